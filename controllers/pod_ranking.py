"""Which pods go first when there are too many: those whose loss is felt least.

In this order, the first difference decides: not bound before bound; Pending before Unknown before Running; not
ready before ready; lower ``controller.kubernetes.io/pod-deletion-cost`` first; more relatives on its node first;
ready for a shorter time first; more restarts first; younger first. Times are compared by their order of magnitude,
so that among pods of about one age the choice is arbitrary and spreads. Counterpart: controller.ActivePodsWithRanks.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cmp_to_key

from pybernetes.api.core.pod_conditions import is_active, is_sidecar, phase_of, pod_condition
from pybernetes.api.object import Json, annotations_of, parse_time, uid_of

DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"
_PHASES = {"Pending": 0, "Unknown": 1, "Running": 2}


def pods_to_delete(pods: Sequence[Json], relatives: Iterable[Json], count: int, now: datetime) -> list[Json]:
    """The `count` of the pods that go. `relatives` are the active pods of all that shares the owner's owner."""
    if count >= len(pods):
        return list(pods)
    on_node = Counter(_node(pod) for pod in relatives if is_active(pod))
    return rank(pods, on_node, now)[:count]


def rank(pods: Sequence[Json], on_node: Mapping[str, int], now: datetime) -> list[Json]:
    """The pods, the first to delete first."""
    entries = [_Entry(pod, on_node.get(_node(pod), 0), now) for pod in pods]
    return [entry.pod for entry in sorted(entries, key=cmp_to_key(_compare))]


def deletion_cost(pod: Json) -> int:
    """What the annotation says; 0 when it is missing or not a 32-bit number written plainly."""
    text = annotations_of(pod).get(DELETION_COST, "0")
    try:
        cost = int(text)
    except ValueError:
        return 0
    return cost if str(cost) == text and -(2**31) <= cost < 2**31 else 0


class _Entry:
    """What of a pod is compared, worked out once."""

    __slots__ = ("coarse", "created", "now", "pod", "ready_since", "restarts", "uid")

    def __init__(self, pod: Json, rank: int, now: datetime):
        ready = pod_condition(pod, "Ready")
        is_ready = ready is not None and ready.get("status") == "True"
        phase = _PHASES.get(phase_of(pod) or "Unknown", 1)
        self.pod, self.now, self.uid = pod, now, uid_of(pod)
        self.coarse = (bool(_node(pod)), phase, is_ready, deletion_cost(pod), -rank)
        since = ready.get("lastTransitionTime") if ready is not None and is_ready else None
        self.ready_since = parse_time(since) if since else None
        created = pod["metadata"].get("creationTimestamp")
        self.created = parse_time(created) if created else None
        self.restarts = _restarts(pod)


def _compare(one: _Entry, other: _Entry) -> int:
    if one.coarse != other.coarse:
        return -1 if one.coarse < other.coarse else 1
    if one.coarse[2]:
        by_ready = _younger_first(one, other, one.ready_since, other.ready_since)
        if by_ready:
            return by_ready
    if one.restarts != other.restarts:
        return -1 if one.restarts > other.restarts else 1
    return _younger_first(one, other, one.created, other.created)


def _younger_first(one: _Entry, other: _Entry, since: datetime | None, other_since: datetime | None) -> int:
    if since == other_since:
        return 0
    if since is None or other_since is None:
        return -1 if since is None else 1
    difference = _magnitude(one.now, since) - _magnitude(other.now, other_since)
    if difference:
        return -1 if difference < 0 else 1
    return -1 if one.uid < other.uid else 1


def _magnitude(now: datetime, since: datetime) -> int:
    """The logarithm to base 2 of an age in nanoseconds, whole; -1 for what is not past."""
    age_ns = (now - since).total_seconds() * 1e9
    return int(math.log2(age_ns)) if age_ns > 0 else -1


def _restarts(pod: Json) -> tuple[int, int]:
    """The most restarts of any container, and of any sidecar."""
    status, spec = pod.get("status") or {}, pod.get("spec") or {}
    sidecars = {container.get("name") for container in spec.get("initContainers") or () if is_sidecar(container)}
    regular = max((s.get("restartCount") or 0 for s in status.get("containerStatuses") or ()), default=0)
    beside = (
        s.get("restartCount") or 0 for s in status.get("initContainerStatuses") or () if s.get("name") in sidecars
    )
    return regular, max(beside, default=0)


def _node(pod: Json) -> str:
    return str((pod.get("spec") or {}).get("nodeName") or "")
