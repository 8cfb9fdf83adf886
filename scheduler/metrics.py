"""What the scheduler tells of itself, under kube-scheduler's names and with its buckets."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import Counter, Gauge, Histogram

_PROFILE = "default-scheduler"
_ATTEMPT_SECONDS = tuple(0.001 * 2**n for n in range(15))
_SLI_SECONDS = tuple(0.01 * 2**n for n in range(20))
_POINT_SECONDS = tuple(0.0001 * 2**n for n in range(12))

ATTEMPTS = Counter("scheduler_schedule_attempts_total", "Attempts to schedule pods, by result", ["profile", "result"])
ATTEMPT_SECONDS = Histogram(
    "scheduler_scheduling_attempt_duration_seconds",
    "Seconds of an attempt: decision and binding",
    ["profile", "result"],
    buckets=_ATTEMPT_SECONDS,
)
ALGORITHM_SECONDS = Histogram(
    "scheduler_scheduling_algorithm_duration_seconds", "Seconds of a decision", buckets=_ATTEMPT_SECONDS
)
SLI_SECONDS = Histogram(
    "scheduler_pod_scheduling_sli_duration_seconds",
    "Seconds from when a pod could be scheduled until it was bound",
    ["attempts"],
    buckets=_SLI_SECONDS,
)
POD_ATTEMPTS = Histogram(
    "scheduler_pod_scheduling_attempts", "Attempts until a pod was bound", buckets=(1, 2, 4, 8, 16)
)
PENDING = Gauge("scheduler_pending_pods", "Pods that wait, by queue", ["queue"])
INCOMING = Counter("scheduler_queue_incoming_pods_total", "Pods put into queues", ["queue", "event"])
POINT_SECONDS = Histogram(
    "scheduler_framework_extension_point_duration_seconds",
    "Seconds spent at an extension point",
    ["extension_point", "status", "profile"],
    buckets=_POINT_SECONDS,
)
UNSCHEDULABLE = Gauge("scheduler_unschedulable_pods", "Pods that a plugin turns down", ["plugin", "profile"])
PREEMPTION_ATTEMPTS = Counter("scheduler_preemption_attempts_total", "Attempts to make room by preemption")
PREEMPTION_VICTIMS = Histogram(
    "scheduler_preemption_victims", "Pods made to leave by one preemption", buckets=tuple(2**n for n in range(7))
)
CACHE = Gauge("scheduler_cache_size", "Nodes, pods and assumed pods that are known", ["type"])

_incoming: dict[tuple[str, str], Counter] = {}
_points = {
    point: POINT_SECONDS.labels(point, "Success", _PROFILE)
    for point in ("PreFilter", "Filter", "PostFilter", "PreScore", "Score", "Reserve", "PreBind", "Bind")
}
_results = {result: ATTEMPTS.labels(_PROFILE, result) for result in ("scheduled", "unschedulable", "error")}
_result_seconds = {result: ATTEMPT_SECONDS.labels(_PROFILE, result) for result in _results}


def incoming_pods(queue: str, event: str) -> None:
    """A pod was put into a queue because of an event."""
    counter = _incoming.get((queue, event))
    if counter is None:
        counter = _incoming[queue, event] = INCOMING.labels(queue, event)
    counter.inc()


def attempt(result: str, seconds: float) -> None:
    """An attempt ended: scheduled, unschedulable or error."""
    _results[result].inc()
    _result_seconds[result].observe(seconds)


def extension_point(point: str, seconds: float) -> None:
    _points[point].observe(seconds)


def bound(attempts: int, seconds: float) -> None:
    """A pod was bound, after so many attempts and seconds."""
    SLI_SECONDS.labels(str(attempts) if attempts < 16 else "16+").observe(seconds)
    POD_ATTEMPTS.observe(attempts)


def watch_queue(name: str, count: Callable[[], int]) -> None:
    """Show what `count` says as the number of pods in a queue."""
    PENDING.labels(name).set_function(count)


def watch_unschedulable(plugin: str, count: Callable[[], int]) -> None:
    """Show what `count` says as the number of pods that a plugin turns down."""
    UNSCHEDULABLE.labels(plugin, _PROFILE).set_function(count)


def watch_cache(name: str, count: Callable[[], int]) -> None:
    CACHE.labels(name).set_function(count)
