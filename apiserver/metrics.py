"""What the API server counts of its requests, under kube-apiserver's names.

Counting is on the way of every request, so it is an addition to numbers in a list; Prometheus' own objects are made
of them when somebody asks for the metrics. What was refused is counted by its resource only if that has been asked
for with success before, so that nobody can fill the memory with names.

Counterpart: apiserver/pkg/endpoints/metrics.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

from prometheus_client import REGISTRY
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from pybernetes.apiserver.http import Answer, ListResponse, Response, Upgrade
from pybernetes.apiserver.paths import PathInfo

_DURATIONS_SECONDS = (
    *(0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0),
    *(4.0, 5.0, 6.0, 8.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0),
)
# What requests take of the server itself is told in coarser steps. Streams go on as long as their readers like.
_OWN_DURATIONS_SECONDS = _DURATIONS_SECONDS[2:]
_DEPRECATED = frozenset((("", "v1", "componentstatuses"), ("", "v1", "endpoints")))
_STREAMS = frozenset(("watch", "connect"))
_SIZES_BYTES = (1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9)
_VERBS = {"create": "POST", "update": "PUT"}
_LABELS = ("verb", "group", "version", "resource", "subresource", "scope", "component")
_COMPONENT = "apiserver"


class _Kind(NamedTuple):
    """Requests that are counted together."""

    verb: str
    group: str
    version: str
    resource: str
    subresource: str
    scope: str

    @property
    def labels(self) -> list[str]:
        verb = _VERBS.get(self.verb, self.verb.upper())
        return [verb, self.group, self.version, self.resource, self.subresource, self.scope, _COMPONENT]


class _Series:
    """The numbers of one kind of requests. The last bucket is for whatever is beyond all limits.

    `codes` counts by status, those of dry runs apart.
    """

    __slots__ = ("codes", "durations", "seconds", "size_sum", "sizes")

    def __init__(self) -> None:
        self.codes: dict[tuple[int, str], int] = {}
        self.durations = [0] * (len(_DURATIONS_SECONDS) + 1)
        self.seconds = 0.0
        self.sizes = [0] * (len(_SIZES_BYTES) + 1)
        self.size_sum = 0


class RequestMetrics(Collector):
    """Counts answers."""

    def __init__(self) -> None:
        self._series: dict[_Kind, _Series] = {}

    def count(self, verb: str, info: PathInfo, answer: Answer, seconds: float, dry_run: str = "") -> None:
        """One more request was answered, `seconds` after it came. `dry_run` is ``All`` for one that changes nothing."""
        whole = isinstance(answer, Response)
        code = 101 if isinstance(answer, Upgrade) else answer.status
        scope = "resource" if info.name else "namespace" if info.namespace else "cluster" if info.resource else ""
        key = (verb, info.group, info.version, info.resource, info.subresource, scope)
        series = self._series.get(key)  # type: ignore[call-overload]  # a tuple is equal to its named form
        if series is None:
            kind = _Kind(*key) if code < 400 else _Kind(verb, "", "", "", "", "")
            series = self._series.setdefault(kind, _Series())
        counted = (code, dry_run)
        series.codes[counted] = series.codes.get(counted, 0) + 1
        series.durations[bisect_left(_DURATIONS_SECONDS, seconds)] += 1
        series.seconds += seconds
        if whole and verb in ("get", "list"):
            size = answer.size if type(answer) is ListResponse else len(answer.body)  # type: ignore[union-attr]
            series.sizes[bisect_left(_SIZES_BYTES, size)] += 1
            series.size_sum += size

    def collect(self) -> Iterator[Metric]:
        """All of it in Prometheus' terms."""
        totals = CounterMetricFamily("apiserver_request", "Requests answered", labels=[*_LABELS, "code", "dry_run"])
        durations = HistogramMetricFamily(
            "apiserver_request_duration_seconds", "Time until an answer was ready", labels=_LABELS
        )
        own = HistogramMetricFamily(
            "apiserver_request_sli_duration_seconds", "Time until an answer was ready, streams left out", labels=_LABELS
        )
        sizes = HistogramMetricFamily("apiserver_response_sizes", "Bytes of whole answers", labels=_LABELS)
        for kind, series in self._series.items():
            for (code, dry_run), count in series.codes.items():
                totals.add_metric([*kind.labels, str(code), dry_run], count)
            durations.add_metric(kind.labels, _buckets(_DURATIONS_SECONDS, series.durations), series.seconds)
            if kind.verb not in _STREAMS:
                coarse = [sum(series.durations[:3]), *series.durations[3:]]
                own.add_metric(kind.labels, _buckets(_OWN_DURATIONS_SECONDS, coarse), series.seconds)
            if any(series.sizes):
                sizes.add_metric(kind.labels, _buckets(_SIZES_BYTES, series.sizes), series.size_sum)
        yield from (totals, durations, own, sizes, self._attempts(), self._deprecated())

    def _deprecated(self) -> Metric:
        """Which deprecated resources somebody has asked for."""
        asked = GaugeMetricFamily(
            "apiserver_requested_deprecated_apis",
            "Deprecated resources that have been asked for",
            labels=["group", "version", "resource", "subresource", "removed_release"],
        )
        for labels in {(kind.group, kind.version, kind.resource, kind.subresource) for kind in self._series}:
            if labels[:3] in _DEPRECATED:
                asked.add_metric([*labels, ""], 1)
        return asked

    def _attempts(self) -> Metric:
        """Every request is one try to say who asks: what was answered 401 failed.

        A gauge to Prometheus' library, which lets no counter have a name without ``_total``.
        """
        counts = {"success": 0, "failure": 0}
        for series in self._series.values():
            for (code, _), count in series.codes.items():
                counts["failure" if code == 401 else "success"] += count
        attempts = GaugeMetricFamily("authentication_attempts", "Tries to authenticate", labels=["result"])
        for result, count in counts.items():
            attempts.add_metric([result], count)
        return attempts


def _buckets(limits: tuple[float, ...], counts: list[int]) -> list[tuple[str, float]]:
    """Cumulative counts below each limit, as Prometheus wants them."""
    names = [*(f"{limit:g}" if limit < 1000 else f"{limit:.0f}" for limit in limits), "+Inf"]
    return list(zip(names, accumulate(counts), strict=True))


REQUESTS = RequestMetrics()
REGISTRY.register(REQUESTS)
