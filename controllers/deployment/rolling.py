"""How many pods a deployment may have at once, and the next step of a rolling update. Pure.

Counterparts: deploymentutil.ResolveFenceposts, NewRSNewReplicas; deployment/rolling.go.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pybernetes.api.intstr import scaled_value
from pybernetes.api.object import Json, name_of
from pybernetes.controllers.replication_status import wanted_replicas

ROLLING_UPDATE = "RollingUpdate"
RECREATE = "Recreate"
_DEFAULT = "25%"


@dataclass(frozen=True, slots=True)
class Scale:
    """Give a replica set this many pods."""

    replica_set: Json
    replicas: int


def is_rolling(deployment: Json) -> bool:
    return (deployment["spec"].get("strategy") or {}).get("type") != RECREATE


def fenceposts(deployment: Json) -> tuple[int, int]:
    """(surge, unavailable) in pods: surge rounded up, unavailable down, and never both nothing."""
    limits = (deployment["spec"].get("strategy") or {}).get("rollingUpdate") or {}
    wanted = wanted_replicas(deployment)
    surge = scaled_value(limits.get("maxSurge", _DEFAULT), wanted, round_up=True)
    unavailable = scaled_value(limits.get("maxUnavailable", _DEFAULT), wanted, round_up=False)
    if surge == 0 and unavailable == 0:
        unavailable = 1  # or nothing could ever move
    return surge, unavailable


def max_surge(deployment: Json) -> int:
    return fenceposts(deployment)[0] if is_rolling(deployment) else 0


def max_unavailable(deployment: Json) -> int:
    wanted = wanted_replicas(deployment)
    if not is_rolling(deployment) or wanted == 0:
        return 0
    return min(fenceposts(deployment)[1], wanted)


def status_number(obj: Json, field: str) -> int:
    return int((obj.get("status") or {}).get(field) or 0)


def total_wanted(replica_sets: Sequence[Json]) -> int:
    return sum(wanted_replicas(replica_set) for replica_set in replica_sets)


def total_status(replica_sets: Sequence[Json], field: str) -> int:
    return sum(status_number(replica_set, field) for replica_set in replica_sets)


def active(replica_sets: Sequence[Json]) -> list[Json]:
    """Those that want pods."""
    return [replica_set for replica_set in replica_sets if wanted_replicas(replica_set) > 0]


def oldest_first(replica_sets: Sequence[Json]) -> list[Json]:
    return sorted(replica_sets, key=lambda rs: (rs["metadata"].get("creationTimestamp") or "", name_of(rs)))


def new_replicas(deployment: Json, replica_sets: Sequence[Json], new: Json) -> int:
    """How many pods the new set, one of `replica_sets`, may have now."""
    wanted = wanted_replicas(deployment)
    if not is_rolling(deployment):
        return wanted
    room = wanted + max_surge(deployment) - total_wanted(replica_sets)
    has = wanted_replicas(new)
    return has if room <= 0 else has + min(room, wanted - has)


def next_step(deployment: Json, new: Json, old: Sequence[Json]) -> list[Scale]:
    """The step of a rolling update: first the new set grows; when it cannot, the old ones shrink."""
    return step_new(deployment, new, old) or step_old(deployment, new, old)


def step_new(deployment: Json, new: Json, old: Sequence[Json]) -> list[Scale]:
    wanted, has = wanted_replicas(deployment), wanted_replicas(new)
    if has == wanted:
        return []
    target = wanted if has > wanted else new_replicas(deployment, [*old, new], new)
    return [] if target == has else [Scale(new, target)]


def step_old(deployment: Json, new: Json, old: Sequence[Json]) -> list[Scale]:
    """Shrink old sets by what is not needed for the least number of available pods, unhealthy pods first."""
    old = oldest_first(active(old))
    if not old:
        return []
    minimum = wanted_replicas(deployment) - max_unavailable(deployment)
    new_unavailable = wanted_replicas(new) - status_number(new, "availableReplicas")
    may_go = total_wanted([*old, new]) - minimum - new_unavailable
    if may_go <= 0:
        return []
    targets = [wanted_replicas(replica_set) for replica_set in old]
    _drop_unhealthy(old, targets, may_go)
    _drop_available(old, targets, total_status([*old, new], "availableReplicas") - minimum)
    return [
        Scale(replica_set, target)
        for replica_set, target in zip(old, targets, strict=True)
        if target != wanted_replicas(replica_set)
    ]


def _drop_unhealthy(old: Sequence[Json], targets: list[int], may_go: int) -> None:
    """Pods that are not available do no good: they go first, so that they cannot hold the update up."""
    for index, replica_set in enumerate(old):
        unhealthy = targets[index] - status_number(replica_set, "availableReplicas")
        dropped = min(may_go, max(0, unhealthy))
        targets[index] -= dropped
        may_go -= dropped


def _drop_available(old: Sequence[Json], targets: list[int], surplus: int) -> None:
    for index in range(len(old)):
        dropped = min(max(0, surplus), targets[index])
        targets[index] -= dropped
        surplus -= dropped
