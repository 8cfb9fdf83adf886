"""A change of spec.replicas while a deployment has several sets with pods, and while it is paused. Pure.

With one set the change is that set's. In the middle of a rollout it is shared out in proportion to the sets' sizes,
so that a rollout that stands still stays as far as it had got. Counterparts: deployment/sync.go's scale,
deploymentutil.GetReplicaSetProportion.
"""

from __future__ import annotations

from collections.abc import Sequence

from pybernetes.api.object import Json
from pybernetes.controllers.deployment.replica_set import DESIRED, MAXIMUM, noted_number, size_notes
from pybernetes.controllers.deployment.rolling import (
    Scale,
    active,
    is_rolling,
    max_surge,
    oldest_first,
    status_number,
    total_wanted,
)
from pybernetes.controllers.replication_status import wanted_replicas


def is_scaling(deployment: Json, replica_sets: Sequence[Json]) -> bool:
    """Whether spec.replicas has changed since the sets were last sized."""
    wanted = wanted_replicas(deployment)
    noted = (noted_number(replica_set, DESIRED) for replica_set in active(replica_sets))
    return any(number is not None and number != wanted for number in noted)


def plan_scaling(deployment: Json, new: Json | None, old: Sequence[Json]) -> list[Scale]:
    """The size of each set that has to change its size or its notes."""
    wanted = wanted_replicas(deployment)
    only = _active_or_latest(new, old)
    if only is not None:
        sized = wanted_replicas(only) == wanted and (wanted == 0 or not notes_differ(deployment, only))
        return [] if sized else [Scale(only, wanted)]
    if is_saturated(deployment, new):
        return [Scale(replica_set, 0) for replica_set in active(old)]
    if not is_rolling(deployment):
        return []
    return [
        scale
        for scale in _in_proportion(deployment, active([*old, new] if new else old))
        if scale.replicas != wanted_replicas(scale.replica_set) or notes_differ(deployment, scale.replica_set)
    ]


def notes_differ(deployment: Json, replica_set: Json) -> bool:
    """Whether the notes of size are not those of the deployment as it is."""
    annotations = replica_set["metadata"].get("annotations") or {}
    return any(annotations.get(key) != value for key, value in size_notes(deployment).items())


def is_saturated(deployment: Json, new: Json | None) -> bool:
    """Whether the new set is all that the deployment wants, sized and available."""
    if new is None:
        return False
    wanted = wanted_replicas(deployment)
    sized = wanted_replicas(new) == wanted and noted_number(new, DESIRED) == wanted
    return sized and status_number(new, "availableReplicas") == wanted


def _active_or_latest(new: Json | None, old: Sequence[Json]) -> Json | None:
    """The one set with pods; if none has any, the new or the latest; None when several have."""
    everything = [*old, new] if new else list(old)
    with_pods = active(everything)
    if len(with_pods) > 1 or not everything:
        return None
    if with_pods:
        return with_pods[0]
    return new if new is not None else oldest_first(old)[-1]


def _in_proportion(deployment: Json, replica_sets: list[Json]) -> list[Scale]:
    """Share the difference out; what rounding leaves goes to the first: the largest, and of equals the newest."""
    wanted = wanted_replicas(deployment)
    allowed = wanted + max_surge(deployment) if wanted > 0 else 0
    to_add = allowed - total_wanted(replica_sets)
    ordered = oldest_first(replica_sets)
    if to_add > 0:
        ordered.reverse()
    ordered.sort(key=wanted_replicas, reverse=True)
    added, sizes = 0, []
    for replica_set in ordered:
        share = _share(deployment, replica_set, to_add, added)
        added += share
        sizes.append(wanted_replicas(replica_set) + share)
    if sizes:
        sizes[0] = max(0, sizes[0] + to_add - added)
    return [Scale(replica_set, size) for replica_set, size in zip(ordered, sizes, strict=True)]


def _share(deployment: Json, replica_set: Json, to_add: int, added: int) -> int:
    if to_add == 0 or to_add == added or wanted_replicas(replica_set) == 0:
        return 0
    share, rest = _fraction(deployment, replica_set), to_add - added
    return min(share, rest) if to_add > 0 else max(share, rest)


def _fraction(deployment: Json, replica_set: Json) -> int:
    """What the set would gain or lose if all kept their shares of the deployment's greatest size."""
    has, wanted = wanted_replicas(replica_set), wanted_replicas(deployment)
    if wanted == 0:
        return -has
    before = noted_number(replica_set, MAXIMUM) or status_number(deployment, "replicas")
    if before <= 0:
        return 0
    new_size = has * (wanted + max_surge(deployment)) / before
    return int(new_size + 0.5) - has
