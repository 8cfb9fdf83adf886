"""What a work queue tells of itself, under the names that Kubernetes' dashboards expect.

Counterpart: component-base/metrics/prometheus/workqueue.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

from prometheus_client import Counter, Gauge, Histogram

_SECONDS = (1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0)

_DEPTH = Gauge("workqueue_depth", "Current depth of workqueue", ["name"])
_ADDS = Counter("workqueue_adds", "Total number of adds handled by workqueue", ["name"])
_RETRIES = Counter("workqueue_retries", "Total number of retries handled by workqueue", ["name"])
_WAITED = Histogram(
    "workqueue_queue_duration_seconds", "How long an item stays in the queue", ["name"], buckets=_SECONDS
)
_WORKED = Histogram("workqueue_work_duration_seconds", "How long working on an item takes", ["name"], buckets=_SECONDS)
_UNFINISHED = Gauge("workqueue_unfinished_work_seconds", "Seconds spent so far on items in work, together", ["name"])
_LONGEST = Gauge("workqueue_longest_running_processor_seconds", "Age of the work that has run longest", ["name"])


class QueueMetrics:
    """The metrics of one queue, told what happens to its keys. `monotonic` is the queue's clock."""

    def __init__(self, name: str, monotonic: Callable[[], float]):
        self._monotonic = monotonic
        self._queued_at: dict[Hashable, float] = {}
        self._started_at: dict[Hashable, float] = {}
        self._depth, self._adds, self._retries = _DEPTH.labels(name), _ADDS.labels(name), _RETRIES.labels(name)
        self._waited, self._worked = _WAITED.labels(name), _WORKED.labels(name)
        _UNFINISHED.labels(name).set_function(self._unfinished)
        _LONGEST.labels(name).set_function(self._longest)

    def added(self, key: Hashable) -> None:
        self._adds.inc()
        self._queued_at.setdefault(key, self._monotonic())

    def queued(self, length: int) -> None:
        self._depth.set(length)

    def started(self, key: Hashable) -> None:
        now = self._monotonic()
        self._waited.observe(now - self._queued_at.pop(key, now))
        self._started_at[key] = now

    def finished(self, key: Hashable) -> None:
        now = self._monotonic()
        self._worked.observe(now - self._started_at.pop(key, now))

    def retried(self) -> None:
        self._retries.inc()

    def _unfinished(self) -> float:
        now = self._monotonic()
        return sum(now - started for started in list(self._started_at.values()))

    def _longest(self) -> float:
        started = min(list(self._started_at.values()), default=None)
        return 0.0 if started is None else self._monotonic() - started
