"""What a deployment does to its replica sets, and how it says so.

Counterparts: getNewReplicaSet, scaleReplicaSet and cleanupDeployment in deployment/sync.go.
"""

from __future__ import annotations

from collections.abc import Sequence

from pybernetes.api.errors import APIError, is_already_exists, is_not_found
from pybernetes.api.object import Json, annotations_of, condition_of, name_of, namespace_of, uid_of
from pybernetes.client.client import Client
from pybernetes.client.events import NORMAL, WARNING, EventRecorder
from pybernetes.component.clock import Clock
from pybernetes.controllers.deployment.progress import PROGRESSING, condition, has_deadline, with_condition
from pybernetes.controllers.deployment.replica_set import (
    REVISION,
    annotations_of_new,
    new_replica_set,
    same_template,
    size_notes,
)
from pybernetes.controllers.deployment.revisions import next_revision, to_clean_up
from pybernetes.controllers.deployment.rolling import Scale, new_replicas
from pybernetes.controllers.indices import controller_uid
from pybernetes.controllers.pod_control import is_namespace_terminating
from pybernetes.controllers.replication_status import min_ready_seconds, wanted_replicas

DEPLOYMENTS = "deployments.apps"
REPLICA_SETS = "replicasets.apps"


class Actions:
    """Writes for deployments. Each returns what it wrote as the API server has it then; raises `APIError`."""

    def __init__(self, client: Client, recorder: EventRecorder, clock: Clock):
        self._client, self._recorder, self._clock = client, recorder, clock

    async def scale(self, deployment: Json, step: Scale) -> Json:
        """Size a set and note the deployment's size on it."""
        replica_set, before = step.replica_set, wanted_replicas(step.replica_set)
        metadata = {
            **replica_set["metadata"],
            "annotations": {**annotations_of(replica_set), **size_notes(deployment)},
        }
        spec = {**replica_set["spec"], "replicas": step.replicas}
        written = await self._client.update(REPLICA_SETS, {**replica_set, "metadata": metadata, "spec": spec})
        if step.replicas != before:
            direction = "up" if step.replicas > before else "down"
            self._say_scaled(deployment, direction, replica_set, before, step.replicas)
        return written

    async def sync_existing(self, deployment: Json, new: Json, old: Sequence[Json]) -> tuple[Json, Json]:
        """Bring the notes on the deployment's own set up to date. Returns (deployment, set)."""
        annotations = annotations_of_new(deployment, new, next_revision(old), exists=True)
        minimum = min_ready_seconds(deployment)
        if annotations != annotations_of(new) or minimum != min_ready_seconds(new):
            metadata = {**new["metadata"], "annotations": annotations}
            spec = {**new["spec"], "minReadySeconds": minimum}
            new = await self._client.update(REPLICA_SETS, {**new, "metadata": metadata, "spec": spec})
        status = deployment.get("status") or {}
        if has_deadline(deployment) and condition_of(deployment, PROGRESSING) is None:
            status = self._progressing(status, "FoundNewReplicaSet", f'Found new replica set "{name_of(new)}"')
        return await self._note(deployment, annotations_of(new).get(REVISION, ""), status), new

    async def create_new(self, deployment: Json, old: Sequence[Json]) -> tuple[Json, Json]:
        """Make the set for the deployment's template. Returns (deployment, set)."""
        revision = next_revision(old)
        new = new_replica_set(deployment)
        new["spec"]["replicas"] = size = new_replicas(deployment, [*old, new], new)
        new["metadata"]["annotations"] = annotations_of_new(deployment, new, revision, exists=False)
        try:
            new = await self._client.create(REPLICA_SETS, new)
        except APIError as error:
            if is_already_exists(error):
                found = await self._existing(deployment, new, error)
                return await self._note(deployment, str(revision), deployment.get("status") or {}), found
            await self._tell_failure(deployment, new, error)
            raise
        if size > 0:
            self._say_scaled(deployment, "up", new, 0, size)
        status = deployment.get("status") or {}
        if has_deadline(deployment):
            status = self._progressing(status, "NewReplicaSetCreated", f'Created new replica set "{name_of(new)}"')
        return await self._note(deployment, str(revision), status), new

    async def clean_up(self, deployment: Json, old: Sequence[Json]) -> None:
        """Delete old sets beyond the history limit."""
        for replica_set in to_clean_up(deployment, old):
            try:
                await self._client.delete(
                    REPLICA_SETS, name_of(replica_set), namespace_of(replica_set), uid=uid_of(replica_set)
                )
            except APIError as error:
                if not is_not_found(error):
                    raise

    async def _existing(self, deployment: Json, wanted: Json, error: APIError) -> Json:
        """The set that has the name of the one we wanted: ours that the cache does not show yet, or a collision.

        A collision is counted in the status, which makes another name, and raised.
        """
        found = await self._client.get(REPLICA_SETS, name_of(wanted), namespace_of(wanted))
        is_ours = controller_uid(found) == uid_of(deployment)
        if is_ours and same_template(found["spec"]["template"], deployment["spec"]["template"]):
            return found
        status = dict(deployment.get("status") or {})
        status["collisionCount"] = (status.get("collisionCount") or 0) + 1
        await self._client.update_status(DEPLOYMENTS, {**deployment, "status": status})
        raise error

    async def _tell_failure(self, deployment: Json, new: Json, error: APIError) -> None:
        if is_namespace_terminating(error):
            return
        message = f'Failed to create new replica set "{name_of(new)}": {error}'
        self._recorder.event(deployment, WARNING, "ReplicaSetCreateError", message)
        if has_deadline(deployment):
            told = condition(PROGRESSING, "False", "ReplicaSetCreateError", message, self._clock.now())
            status = with_condition(deployment.get("status") or {}, told)
            await self._client.update_status(DEPLOYMENTS, {**deployment, "status": status})

    def _progressing(self, status: Json, reason: str, message: str) -> Json:
        return with_condition(status, condition(PROGRESSING, "True", reason, message, self._clock.now()))

    async def _note(self, deployment: Json, revision: str, status: Json) -> Json:
        """Write the revision and the status where they differ."""
        annotations = annotations_of(deployment)
        if annotations.get(REVISION) == revision and status == (deployment.get("status") or {}):
            return deployment
        metadata = {**deployment["metadata"], "annotations": {**annotations, REVISION: revision}}
        return await self._client.update_status(DEPLOYMENTS, {**deployment, "metadata": metadata, "status": status})

    def _say_scaled(self, deployment: Json, direction: str, replica_set: Json, before: int, after: int) -> None:
        message = f"Scaled {direction} replica set {name_of(replica_set)} from {before} to {after}"
        self._recorder.event(deployment, NORMAL, "ScalingReplicaSet", message)
