"""What the server counts, under CoreDNS's names.

Counting must cost next to nothing for a server that answers a query in microseconds, so counters are plain lists of
one number that the path of a query holds on to; they become Prometheus series only when someone asks.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from pybernetes.dns.wire import RCODE_NAMES, TYPE_NAMES, Query

Counter = list[int]
_SECONDS = (0.00025, 0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024, 2.048, 4.096)


class Stats:
    """All counts of one server."""

    def __init__(self, server: str):
        self.server = server
        self.malformed = 0
        self.dropped = 0
        self.rejected = 0
        self.cache_hits = 0
        self.cache_misses = 0
        self.cache_size = 0
        self._requests: dict[tuple[str, str, str], Counter] = {}
        self._responses: dict[tuple[str, str], Counter] = {}
        self._upstream: dict[tuple[str, str], Counter] = {}
        self._durations = [0] * (len(_SECONDS) + 1)
        self._duration_sum = 0.0

    def count(self, zone: str, protocol: str, query: Query) -> Counter:
        """Count a request; gives the counter, to count the same again."""
        counter = self._requests.setdefault((zone, protocol, TYPE_NAMES.get(query.type, "other")), [0])
        counter[0] += 1
        return counter

    def answered(self, zone: str, rcode: int) -> Counter:
        """Count a reply that was made anew; gives the counter."""
        counter = self._responses.setdefault((zone, RCODE_NAMES.get(rcode, str(rcode))), [0])
        counter[0] += 1
        return counter

    def asked(self, upstream: str, rcode: str) -> None:
        """Count an exchange with another resolver; `rcode` is its answer, or what went wrong."""
        self._upstream.setdefault((upstream, rcode), [0])[0] += 1

    def took(self, seconds: float) -> None:
        """Note how long a reply took."""
        self._durations[bisect_left(_SECONDS, seconds)] += 1
        self._duration_sum += seconds

    def families(self) -> Iterator[Metric]:
        """Everything as Prometheus sees it."""
        requests = CounterMetricFamily(
            "coredns_dns_requests", "Queries", labels=["server", "zone", "view", "proto", "family", "type"]
        )
        for (zone, protocol, type_), (number,) in sorted(self._requests.items()):
            requests.add_metric([self.server, zone, "", protocol, "1", type_], number)
        yield requests
        labels = ["server", "zone", "view", "rcode", "plugin"]
        responses = CounterMetricFamily("coredns_dns_responses", "Replies", labels=labels)
        for (zone, rcode), (number,) in sorted(self._responses.items()):
            plugin = "forward" if zone == "." else "kubernetes"
            responses.add_metric([self.server, zone, "", rcode, plugin], number)
        yield responses
        upstream = CounterMetricFamily("coredns_proxy_requests", "Exchanges with upstream", labels=["to", "rcode"])
        for (address, rcode), (number,) in sorted(self._upstream.items()):
            upstream.add_metric([address, rcode], number)
        yield upstream
        yield self._duration_family()
        yield from self._plain()

    def _duration_family(self) -> Metric:
        family = HistogramMetricFamily(
            "coredns_dns_request_duration_seconds", "Time to reply", labels=["server", "zone", "view"]
        )
        buckets, total = [], 0
        for limit, number in zip((*map(str, _SECONDS), "+Inf"), self._durations, strict=True):
            total += number
            buckets.append((limit, float(total)))
        family.add_metric([self.server, "", ""], buckets, sum_value=self._duration_sum)
        return family

    def _plain(self) -> Iterable[Metric]:
        yield CounterMetricFamily("pybernetes_dns_malformed", "Messages that are no query", value=self.malformed)
        yield CounterMetricFamily("pybernetes_dns_dropped", "Queries dropped under load", value=self.dropped)
        rejected = "Queries turned down since too many wait for upstream"
        yield CounterMetricFamily("coredns_forward_max_concurrent_rejects", rejected, value=self.rejected)
        labels = ["server", "type", "zones", "view"]
        hits = CounterMetricFamily("coredns_cache_hits", "Answers from the cache", labels=labels)
        hits.add_metric([self.server, "success", ".", ""], self.cache_hits)
        yield hits
        misses = CounterMetricFamily(
            "coredns_cache_misses", "Answers not in the cache", labels=["server", "zones", "view"]
        )
        misses.add_metric([self.server, ".", ""], self.cache_misses)
        yield misses
        entries = GaugeMetricFamily("coredns_cache_entries", "Answers in the cache", labels=labels)
        entries.add_metric([self.server, "success", ".", ""], self.cache_size)
        yield entries


class _StatsCollector(Collector):
    def __init__(self, stats: Stats):
        self._stats = stats

    def collect(self) -> Iterable[Metric]:
        return self._stats.families()


def registry_of(stats: Stats) -> CollectorRegistry:
    """A registry of this server's own, so that several can live in one process."""
    registry = CollectorRegistry()
    registry.register(_StatsCollector(stats))
    return registry
