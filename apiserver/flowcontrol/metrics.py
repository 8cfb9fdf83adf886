"""What flow control counts, under kube-apiserver's names.

Every request is counted, so that is an addition to a number; Prometheus' own counters lock, and take ten times as long.
"""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import REGISTRY, Counter, Gauge
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

_LABELS = ["priority_level", "flow_schema"]
_REJECTED = Counter("apiserver_flowcontrol_rejected_requests", "Requests that were refused", [*_LABELS, "reason"])
_IN_QUEUE = Gauge("apiserver_flowcontrol_current_inqueue_requests", "Requests that wait for a seat", _LABELS)
_SEATS = Gauge("apiserver_flowcontrol_current_limit_seats", "Seats that a level has now", ["priority_level"])
_NOMINAL = Gauge("apiserver_flowcontrol_nominal_limit_seats", "Seats of a level by its shares", ["priority_level"])
_LEAST = Gauge("apiserver_flowcontrol_lower_limit_seats", "Seats that a level keeps when it lends", ["priority_level"])
_MOST = Gauge("apiserver_flowcontrol_upper_limit_seats", "Seats that a level may have by borrowing", ["priority_level"])
_EXECUTING = Gauge("apiserver_flowcontrol_current_executing_seats", "Seats in use", ["priority_level"])


class _Dispatched(Collector):
    """How many requests of each level and schema got their seats."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], list[int]] = {}

    def count_of(self, level: str, schema: str) -> list[int]:
        """The one number of a schema in a level."""
        return self._counts.setdefault((level, schema), [0])

    def collect(self) -> Iterator[Metric]:
        name = "apiserver_flowcontrol_dispatched_requests"
        family = CounterMetricFamily(name, "Requests that got their seats", labels=_LABELS)
        for labels, (count,) in self._counts.items():
            family.add_metric(labels, count)
        yield family


_DISPATCHED = _Dispatched()
REGISTRY.register(_DISPATCHED)


class LevelMetrics:
    """The counters of one level. A schema's own are looked up once."""

    def __init__(self, level: str):
        self._level = level
        self._dispatched: dict[str, list[int]] = {}
        self._queued: dict[str, Gauge] = {}

    def dispatched(self, schema: str) -> None:
        count = self._dispatched.get(schema)
        if count is None:
            count = self._dispatched[schema] = _DISPATCHED.count_of(self._level, schema)
        count[0] += 1

    def rejected(self, schema: str, reason: str) -> None:
        _REJECTED.labels(self._level, schema, reason).inc()

    def queued(self, schema: str, change: int) -> None:
        gauge = self._queued.get(schema)
        if gauge is None:
            gauge = self._queued[schema] = _IN_QUEUE.labels(self._level, schema)
        gauge.inc(change)

    def sized(self, *, seats: int, nominal: int, least: int, most: int, in_use: int) -> None:
        _SEATS.labels(self._level).set(seats)
        _NOMINAL.labels(self._level).set(nominal)
        _LEAST.labels(self._level).set(least)
        _MOST.labels(self._level).set(most)
        _EXECUTING.labels(self._level).set(in_use)
