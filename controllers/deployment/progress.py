"""The status of a deployment and its conditions Available, Progressing and ReplicaFailure. Pure.

Progress is any step: more new pods, fewer old ones, more ready or available. A deployment that makes none for
progressDeadlineSeconds is told to have failed to progress; it goes on trying.

Counterparts: deployment/progress.go, deployment/sync.go's calculateStatus, deploymentutil's conditions.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pybernetes.api.object import Json, condition_of, format_time, name_of, parse_time
from pybernetes.controllers.deployment.rolling import max_unavailable, status_number, total_status, total_wanted
from pybernetes.controllers.replication_status import REPLICA_FAILURE, wanted_replicas
from pybernetes.controllers.status_writer import bare

AVAILABLE = "Available"
PROGRESSING = "Progressing"
NEW_SET_AVAILABLE = "NewReplicaSetAvailable"
TIMED_OUT = "ProgressDeadlineExceeded"
_NO_DEADLINE_SECONDS = 2**31 - 1
_COUNTS = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "unavailableReplicas")


def has_deadline(deployment: Json) -> bool:
    seconds = deployment["spec"].get("progressDeadlineSeconds")
    return seconds is not None and seconds != _NO_DEADLINE_SECONDS


def condition(type: str, status: str, reason: str, message: str, now: datetime) -> Json:
    """A new deployment condition."""
    moment = format_time(now)
    return {
        "type": type,
        "status": status,
        "lastUpdateTime": moment,
        "lastTransitionTime": moment,
        "reason": reason,
        "message": message,
    }


def with_condition(status: Json, wanted: Json) -> Json:
    """The status with the condition in it, unless it says so already; a transition is a change of status."""
    conditions = status.get("conditions") or []
    current = next((c for c in conditions if c["type"] == wanted["type"]), None)
    if current is not None:
        if (current["status"], current.get("reason")) == (wanted["status"], wanted["reason"]):
            return status
        if current["status"] == wanted["status"]:
            wanted = {**wanted, "lastTransitionTime": current.get("lastTransitionTime")}
    rest = [c for c in conditions if c["type"] != wanted["type"]]
    return {**status, "conditions": [*rest, wanted]}


def without_condition(status: Json, type: str) -> Json:
    return {**status, "conditions": [c for c in status.get("conditions") or () if c["type"] != type]}


def counted_status(deployment: Json, replica_sets: Sequence[Json], new: Json | None, now: datetime) -> Json:
    """The numbers, and whether enough pods are available. Other conditions are kept."""
    before = deployment.get("status") or {}
    available = total_status(replica_sets, "availableReplicas")
    status: Json = {
        "observedGeneration": deployment["metadata"].get("generation") or 0,
        "replicas": total_status(replica_sets, "replicas"),
        "updatedReplicas": status_number(new, "replicas") if new else 0,
        "readyReplicas": total_status(replica_sets, "readyReplicas"),
        "availableReplicas": available,
        "unavailableReplicas": max(0, total_wanted(replica_sets) - available),
        "terminatingReplicas": total_status(replica_sets, "terminatingReplicas"),
        "conditions": list(before.get("conditions") or ()),
    }
    if before.get("collisionCount") is not None:
        status["collisionCount"] = before["collisionCount"]
    if available >= wanted_replicas(deployment) - max_unavailable(deployment):
        message = "Deployment has minimum availability."
        return with_condition(status, condition(AVAILABLE, "True", "MinimumReplicasAvailable", message, now))
    message = "Deployment does not have minimum availability."
    return with_condition(status, condition(AVAILABLE, "False", "MinimumReplicasUnavailable", message, now))


def rollout_status(deployment: Json, replica_sets: Sequence[Json], new: Json | None, now: datetime) -> Json:
    """The whole status while a rollout goes on: numbers and all conditions."""
    status = counted_status(deployment, replica_sets, new, now)
    if not has_deadline(deployment):
        status = without_condition(status, PROGRESSING)
    elif not _is_settled(deployment, status):
        status = _with_progress(deployment, status, new, now)
    failure = _failure(replica_sets, new)
    return with_condition(status, failure) if failure is not None else without_condition(status, REPLICA_FAILURE)


def _is_settled(deployment: Json, status: Json) -> bool:
    """All pods are new and this was said before: what follows is upkeep, not a rollout."""
    current = condition_of(deployment, PROGRESSING)
    all_new = status["replicas"] == status["updatedReplicas"]
    return all_new and current is not None and current.get("reason") == NEW_SET_AVAILABLE


def _with_progress(deployment: Json, status: Json, new: Json | None, now: datetime) -> Json:
    subject = f'ReplicaSet "{name_of(new)}"' if new else f'Deployment "{name_of(deployment)}"'
    current = condition_of(deployment, PROGRESSING)
    if is_complete(deployment, status):
        message = f"{subject} has successfully progressed."
        return with_condition(status, condition(PROGRESSING, "True", NEW_SET_AVAILABLE, message, now))
    if is_progressing(deployment, status):
        wanted = condition(PROGRESSING, "True", "ReplicaSetUpdated", f"{subject} is progressing.", now)
        if current is not None and current["status"] == "True":
            wanted["lastTransitionTime"] = current.get("lastTransitionTime")
        return with_condition(without_condition(status, PROGRESSING), wanted)  # each step renews lastUpdateTime
    if is_timed_out(deployment, now):
        message = f"{subject} has timed out progressing."
        return with_condition(status, condition(PROGRESSING, "False", TIMED_OUT, message, now))
    return status


def is_complete(deployment: Json, status: Json) -> bool:
    """All pods are new and available, and the status is about the spec as it is now."""
    wanted = wanted_replicas(deployment)
    counts = (status.get(field) or 0 for field in ("updatedReplicas", "replicas", "availableReplicas"))
    seen = (status.get("observedGeneration") or 0) >= (deployment["metadata"].get("generation") or 0)
    return seen and all(count == wanted for count in counts)


def is_progressing(deployment: Json, status: Json) -> bool:
    """Whether anything moved since the status that the deployment has."""
    before = {field: status_number(deployment, field) for field in _COUNTS}
    return bool(
        status["updatedReplicas"] > before["updatedReplicas"]
        or status["replicas"] - status["updatedReplicas"] < before["replicas"] - before["updatedReplicas"]
        or status["readyReplicas"] > before["readyReplicas"]
        or status["availableReplicas"] > before["availableReplicas"]
    )


def is_timed_out(deployment: Json, now: datetime) -> bool:
    current = condition_of(deployment, PROGRESSING)
    if current is None or current.get("reason") == NEW_SET_AVAILABLE:
        return False
    return current.get("reason") == TIMED_OUT or _remaining_seconds(deployment, current, now) < 0


def _remaining_seconds(deployment: Json, current: Json, now: datetime) -> float:
    since = parse_time(current["lastUpdateTime"])
    return float(deployment["spec"]["progressDeadlineSeconds"]) - (now - since).total_seconds()


def seconds_until_deadline(deployment: Json, status: Json, now: datetime) -> float | None:
    """When to look whether the deadline has passed; None when it does not matter."""
    current = condition_of(deployment, PROGRESSING)
    if not has_deadline(deployment) or current is None:
        return None
    if is_complete(deployment, status) or current.get("reason") in (TIMED_OUT, NEW_SET_AVAILABLE):
        return None
    return max(0.0, _remaining_seconds(deployment, current, now)) + 1  # times are kept to the second


def _failure(replica_sets: Sequence[Json], new: Json | None) -> Json | None:
    """The first set's ReplicaFailure as the deployment's; the new set's before all others."""
    for replica_set in [new, *replica_sets] if new else replica_sets:
        found = condition_of(replica_set, REPLICA_FAILURE)
        if found is not None:
            return {**found, "lastUpdateTime": found.get("lastTransitionTime")}
    return None


def pause_condition(deployment: Json, now: datetime) -> Json | None:
    """The Progressing condition that pausing or resuming asks for, or None. A deadline that has passed stays told."""
    current = condition_of(deployment, PROGRESSING)
    if not has_deadline(deployment) or (current is not None and current.get("reason") == TIMED_OUT):
        return None
    said = current is not None and current.get("reason") == "DeploymentPaused"
    paused = bool(deployment["spec"].get("paused"))
    if paused == said:
        return None
    if paused:
        return condition(PROGRESSING, "Unknown", "DeploymentPaused", "Deployment is paused", now)
    return condition(PROGRESSING, "Unknown", "DeploymentResumed", "Deployment is resumed", now)


def same_status(one: Json | None, other: Json) -> bool:
    """Equal, where the order of conditions does not count."""
    return _ordered(one or {}) == _ordered(other)


def _ordered(status: Json) -> Json:
    stripped: Json = bare(status)
    if "conditions" in stripped:
        stripped["conditions"] = sorted(stripped["conditions"], key=lambda c: str(c["type"]))
    return stripped
