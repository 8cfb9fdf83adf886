"""Which replica set is the template's own, and which old ones are kept. Pure.

Counterparts: deploymentutil.FindNewReplicaSet, MaxRevision; deployment's cleanupDeployment.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pybernetes.api.object import Json, is_deleting
from pybernetes.controllers.deployment.replica_set import revision_of, same_template
from pybernetes.controllers.deployment.rolling import oldest_first, status_number
from pybernetes.controllers.replication_status import wanted_replicas

_KEEP_ALL = 2**31 - 1
_DEFAULT_HISTORY = 10


def find_new(deployment: Json, replica_sets: Sequence[Json]) -> Json | None:
    """The set that has the deployment's template; the oldest of several, so that the choice is the same each time."""
    template = deployment["spec"]["template"]
    for replica_set in oldest_first(replica_sets):
        if same_template(replica_set["spec"]["template"], template):
            return replica_set
    return None


def others(replica_sets: Sequence[Json], new: Json | None) -> list[Json]:
    """The old sets."""
    return [rs for rs in replica_sets if new is None or rs["metadata"]["uid"] != new["metadata"]["uid"]]


def next_revision(old: Iterable[Json]) -> int:
    """The revision that the new set gets: one more than any old one has."""
    return max((revision_of(replica_set) for replica_set in old), default=0) + 1


def to_clean_up(deployment: Json, old: Sequence[Json]) -> list[Json]:
    """The old sets beyond revisionHistoryLimit that nothing depends on any more, oldest revision first."""
    limit = deployment["spec"].get("revisionHistoryLimit")
    limit = _DEFAULT_HISTORY if limit is None else limit
    if limit == _KEEP_ALL:
        return []
    alive = [replica_set for replica_set in old if not is_deleting(replica_set)]
    surplus = len(alive) - limit
    by_revision = sorted(oldest_first(alive), key=revision_of)
    return [replica_set for replica_set in by_revision[: max(0, surplus)] if _is_spent(replica_set)]


def _is_spent(replica_set: Json) -> bool:
    """It wants no pods, has none, and its controller has seen that it wants none."""
    seen = status_number(replica_set, "observedGeneration") >= (replica_set["metadata"].get("generation") or 0)
    return seen and wanted_replicas(replica_set) == 0 and status_number(replica_set, "replicas") == 0
