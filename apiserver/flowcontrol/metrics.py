"""What flow control counts, under kube-apiserver's names."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

_LABELS = ["priority_level", "flow_schema"]
_DISPATCHED = Counter("apiserver_flowcontrol_dispatched_requests", "Requests that got their seats", _LABELS)
_REJECTED = Counter("apiserver_flowcontrol_rejected_requests", "Requests that were refused", [*_LABELS, "reason"])
_IN_QUEUE = Gauge("apiserver_flowcontrol_current_inqueue_requests", "Requests that wait for a seat", _LABELS)
_SEATS = Gauge("apiserver_flowcontrol_current_limit_seats", "Seats that a level has now", ["priority_level"])
_NOMINAL = Gauge("apiserver_flowcontrol_nominal_limit_seats", "Seats of a level by its shares", ["priority_level"])
_EXECUTING = Gauge("apiserver_flowcontrol_current_executing_seats", "Seats in use", ["priority_level"])


class LevelMetrics:
    """The counters of one level. A schema's own are looked up once."""

    def __init__(self, level: str):
        self._level = level
        self._dispatched: dict[str, Counter] = {}
        self._queued: dict[str, Gauge] = {}

    def dispatched(self, schema: str) -> None:
        counter = self._dispatched.get(schema)
        if counter is None:
            counter = self._dispatched[schema] = _DISPATCHED.labels(self._level, schema)
        counter.inc()

    def rejected(self, schema: str, reason: str) -> None:
        _REJECTED.labels(self._level, schema, reason).inc()

    def queued(self, schema: str, change: int) -> None:
        gauge = self._queued.get(schema)
        if gauge is None:
            gauge = self._queued[schema] = _IN_QUEUE.labels(self._level, schema)
        gauge.inc(change)

    def sized(self, *, seats: int, nominal: int, in_use: int) -> None:
        _SEATS.labels(self._level).set(seats)
        _NOMINAL.labels(self._level).set(nominal)
        _EXECUTING.labels(self._level).set(in_use)
