"""Which taints the state of a node asks for. Pure.

NoSchedule taints follow conditions and spec.unschedulable, so that the scheduler need know of taints only.
NoExecute taints say that pods should leave; how fast they are put on is decided elsewhere.

Counterparts: nodeConditionToTaintKeyStatusMap of pkg/controller/nodelifecycle, controller/util/node.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pybernetes.api.core.taints import NO_EXECUTE, NO_SCHEDULE, same_taint
from pybernetes.api.object import Json

NOT_READY = "node.kubernetes.io/not-ready"
UNREACHABLE = "node.kubernetes.io/unreachable"
UNSCHEDULABLE = "node.kubernetes.io/unschedulable"
_BY_CONDITION = {
    ("Ready", "False"): NOT_READY,
    ("Ready", "Unknown"): UNREACHABLE,
    ("MemoryPressure", "True"): "node.kubernetes.io/memory-pressure",
    ("DiskPressure", "True"): "node.kubernetes.io/disk-pressure",
    ("NetworkUnavailable", "True"): "node.kubernetes.io/network-unavailable",
    ("PIDPressure", "True"): "node.kubernetes.io/pid-pressure",
}
_OURS = frozenset((*_BY_CONDITION.values(), UNSCHEDULABLE))
_EXECUTE = {"False": NOT_READY, "Unknown": UNREACHABLE}


def taints_of(node: Json) -> list[Json]:
    return list((node.get("spec") or {}).get("taints") or ())


def no_schedule_keys(node: Json) -> set[str]:
    """The keys of the NoSchedule taints that the node should have of ours."""
    conditions = (node.get("status") or {}).get("conditions") or ()
    stated = {(condition.get("type"), condition.get("status")) for condition in conditions}
    keys = {key for state, key in _BY_CONDITION.items() if state in stated}
    if (node.get("spec") or {}).get("unschedulable"):
        keys.add(UNSCHEDULABLE)
    return keys


def with_no_schedule(node: Json, moment: str) -> list[Json] | None:
    """The node's taints with our NoSchedule ones as they should be; None when they are."""
    wanted = [{"key": key, "effect": NO_SCHEDULE} for key in sorted(no_schedule_keys(node))]
    ours = [t for t in taints_of(node) if t["effect"] == NO_SCHEDULE and t["key"] in _OURS]
    return _replaced(taints_of(node), remove=ours, wanted=wanted, moment=moment)


def execute_key(ready: str) -> str:
    """The key of the NoExecute taint for a Ready status; empty for a node that is well or has never said."""
    return _EXECUTE.get(ready, "")


def execute_keys_on(node: Json) -> set[str]:
    """Our NoExecute taints that are on the node."""
    ours = (NOT_READY, UNREACHABLE)
    return {taint["key"] for taint in taints_of(node) if taint["effect"] == NO_EXECUTE and taint["key"] in ours}


def with_no_execute(node: Json, key: str, moment: str) -> list[Json] | None:
    """The node's taints with this NoExecute one of ours and no other (none for an empty key); None when it is so."""
    on = execute_keys_on(node)
    ours = [taint for taint in taints_of(node) if taint["effect"] == NO_EXECUTE and taint["key"] in on]
    wanted = [{"key": key, "effect": NO_EXECUTE}] if key else []
    return _replaced(taints_of(node), remove=ours, wanted=wanted, moment=moment)


def _replaced(
    taints: Sequence[Json], *, remove: Iterable[Json], wanted: Sequence[Json], moment: str
) -> list[Json] | None:
    """The taints less those to remove and more those wanted, in place where they stay."""
    unwanted = [t for t in remove if not any(same_taint(t, w) for w in wanted)]
    missing = [w for w in wanted if not any(same_taint(t, w) for t in taints)]
    if not unwanted and not missing:
        return None
    kept = [taint for taint in taints if not any(same_taint(taint, u) for u in unwanted)]
    return kept + [{**taint, "timeAdded": moment} for taint in missing]
