"""The status of a replica set or a replication controller, worked out from its pods. Pure.

Counterpart: pkg/controller/replicaset/replica_set_utils.go.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pybernetes.api.core.pod_conditions import is_pod_available, is_pod_ready, seconds_until_available
from pybernetes.api.object import Json, condition_of, format_time, labels_of, set_condition

REPLICA_FAILURE = "ReplicaFailure"


def wanted_replicas(obj: Json) -> int:
    """spec.replicas; 1 when it is not said."""
    replicas = (obj.get("spec") or {}).get("replicas")
    return 1 if replicas is None else int(replicas)


def min_ready_seconds(obj: Json) -> int:
    return int((obj.get("spec") or {}).get("minReadySeconds") or 0)


def replication_status(
    owner: Json,
    active: Sequence[Json],
    terminating: int | None,
    error: BaseException | None,
    now: datetime,
) -> Json:
    """The status that `owner` should have. `terminating` is None for a kind that does not report it."""
    template_labels = labels_of((owner.get("spec") or {}).get("template") or {}).items()
    minimum = min_ready_seconds(owner)
    status: Json = {
        "replicas": len(active),
        "fullyLabeledReplicas": sum(template_labels <= labels_of(pod).items() for pod in active),
        "readyReplicas": sum(is_pod_ready(pod) for pod in active),
        "availableReplicas": sum(is_pod_available(pod, minimum, now) for pod in active),
        "observedGeneration": owner["metadata"].get("generation") or 0,
    }
    if terminating is not None:
        status["terminatingReplicas"] = terminating
    conditions = _conditions(owner, len(active), error, format_time(now))
    if conditions:
        status["conditions"] = conditions
    return status


def _conditions(owner: Json, active: int, error: BaseException | None, now: str) -> list[Json]:
    conditions = (owner.get("status") or {}).get("conditions") or []
    if error is None:
        return [condition for condition in conditions if condition.get("type") != REPLICA_FAILURE]
    if condition_of(owner, REPLICA_FAILURE) is not None:
        return list(conditions)
    reason = "FailedCreate" if active < wanted_replicas(owner) else "FailedDelete"
    failure = {"type": REPLICA_FAILURE, "status": "True", "reason": reason, "message": str(error)}
    return set_condition(conditions, failure, now)


def seconds_until_next_available(owner: Json, active: Sequence[Json], now: datetime) -> float | None:
    """When the first of the pods that are ready but not yet available becomes so; None when there is none."""
    minimum = min_ready_seconds(owner)
    if not minimum:
        return None
    waits = (seconds_until_available(pod, minimum, now) for pod in active)
    return min((wait for wait in waits if wait), default=None)
