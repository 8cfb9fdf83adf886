"""The smallest patch that turns the status the API has into the one it should have. Pure.

A strategic merge patch: conditions go by their type, so that those of others (readiness gates, the scheduler's) are
never touched; addresses are replaced as a whole.
"""

from __future__ import annotations

from typing import Any

from pybernetes.api.object import Json

_MERGED_BY_ADDRESS = frozenset(("podIPs", "hostIPs"))
# What the kubelet decides on; all else in a pod's status is somebody else's.
_OWNED = (
    "phase",
    "reason",
    "message",
    "observedGeneration",
    "hostIP",
    "hostIPs",
    "podIP",
    "podIPs",
    "startTime",
    "initContainerStatuses",
    "containerStatuses",
    "ephemeralContainerStatuses",
    "qosClass",
    "allocatedResources",
    "resources",
)
# Conditions that the kubelet takes away when they no longer hold.
_REMOVABLE = ("PodResizePending", "PodResizeInProgress")


def status_patch(known: Json, wanted: Json) -> Json:
    """Empty when there is nothing to change."""
    patch: Json = {}
    for field in _OWNED:
        if _plain(known.get(field)) == _plain(wanted.get(field)):
            continue
        value: Any = wanted.get(field)
        if field in _MERGED_BY_ADDRESS and known.get(field) and value:
            value = [*value, {"$patch": "replace"}]
        patch[field] = value
    conditions = _changed_conditions(known.get("conditions") or [], wanted.get("conditions") or [])
    if conditions:
        patch["conditions"] = conditions
    return patch


def _changed_conditions(known: list[Json], wanted: list[Json]) -> list[Json]:
    before = {condition["type"]: condition for condition in known}
    changed = []
    for condition in wanted:
        old = before.get(condition["type"])
        if old is not None and _plain(old) == _plain(condition):
            continue
        gone = {key: None for key in ("reason", "message") if old and old.get(key) and not condition.get(key)}
        changed.append({**condition, **gone})
    present = {condition["type"] for condition in wanted}
    return changed + [
        {"$patch": "delete", "type": kind} for kind in _REMOVABLE if kind in before and kind not in present
    ]


def _plain(value: Any) -> Any:
    """Without what says nothing: nulls, and empty texts, maps and lists, as servers differ on keeping them."""
    if isinstance(value, dict):
        cleaned = {key: _plain(item) for key, item in value.items()}
        return {key: item for key, item in cleaned.items() if item not in (None, "", {}, [])}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value if value not in ("", {}, []) else None
