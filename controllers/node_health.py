"""Whether a node still speaks to us, and what its conditions become when it does not. Pure.

A node speaks by renewing its lease and by posting its status. What counts is when *we* saw that change, by our own
clock: clocks of nodes may be wrong. A node that is silent for longer than its grace period is told to be Unknown.

Counterpart: tryUpdateNodeHealth of pkg/controller/nodelifecycle.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pybernetes.api.object import Json, condition_of, format_time, parse_time

WATCHED_CONDITIONS = ("Ready", "MemoryPressure", "DiskPressure", "PIDPressure")
NEVER_POSTED = ("NodeStatusNeverUpdated", "Kubelet never posted node status.")
STOPPED_POSTING = ("NodeStatusUnknown", "Kubelet stopped posting node status.")


@dataclass(frozen=True, slots=True)
class Health:
    """What was last seen of a node, and when (monotonic seconds)."""

    spoke_at: float
    heartbeat: str = ""
    renewed: str = ""


def ready_status(node: Json) -> str:
    """True, False or Unknown; empty when the node has never said."""
    condition = condition_of(node, "Ready")
    return str(condition["status"]) if condition else ""


def observe(before: Health | None, node: Json, lease: Json | None, monotonic: float, now: datetime) -> Health:
    """What is known of the node with what its object and its lease say now."""
    condition = condition_of(node, "Ready") or {}
    heartbeat, ready = str(condition.get("lastHeartbeatTime") or ""), str(condition.get("status") or "")
    renewed = str(((lease or {}).get("spec") or {}).get("renewTime") or "")
    if before is None:
        spoke_at = monotonic if condition or renewed else monotonic - _age_seconds(node, now)
    else:
        # We write Unknown ourselves: to a node without conditions that gives a heartbeat that it never had.
        beat = heartbeat != before.heartbeat and (ready != "Unknown" or bool(before.heartbeat))
        spoke_at = monotonic if beat or renewed != before.renewed else before.spoke_at
    return Health(spoke_at, heartbeat, renewed)


def _age_seconds(node: Json, now: datetime) -> float:
    created = node["metadata"].get("creationTimestamp")
    return max(0.0, (now - parse_time(created)).total_seconds()) if created else 0.0


def grace_seconds(node: Json, grace: float, startup_grace: float) -> float:
    """A node that has never said anything gets the time it needs to start."""
    return grace if ready_status(node) else startup_grace


def unknown_conditions(node: Json, now: datetime) -> list[Json] | None:
    """The node's conditions when it is silent; None when they say so already."""
    moment, changed = format_time(now), False
    conditions = [dict(condition) for condition in (node.get("status") or {}).get("conditions") or ()]
    by_type = {condition["type"]: condition for condition in conditions}
    for type in WATCHED_CONDITIONS:
        current = by_type.get(type)
        if current is None:
            reason, message = NEVER_POSTED
            created = node["metadata"].get("creationTimestamp") or moment
            conditions.append(_unknown(type, reason, message, created, moment))
            changed = True
        elif current["status"] != "Unknown":
            reason, message = STOPPED_POSTING
            current.update(status="Unknown", reason=reason, message=message, lastTransitionTime=moment)
            changed = True
    return conditions if changed else None


def _unknown(type: str, reason: str, message: str, heartbeat: str, moment: str) -> Json:
    return {
        "type": type,
        "status": "Unknown",
        "reason": reason,
        "message": message,
        "lastHeartbeatTime": heartbeat,
        "lastTransitionTime": moment,
    }
