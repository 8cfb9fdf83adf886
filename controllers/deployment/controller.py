"""The loop over deployments.

One reconcile takes one step: it finds or makes the template's own replica set, changes the size of some sets, and
writes the status. The sets' own progress brings the deployment back for the next step.
"""

from __future__ import annotations

from collections.abc import Sequence

from pybernetes.api.core.pod_conditions import is_terminal
from pybernetes.api.object import Json, controller_of, is_deleting, key_of, labels_of, namespace_of, object_key, uid_of
from pybernetes.api.selectors import selector_from_object
from pybernetes.client.events import WARNING
from pybernetes.client.reconciler import run_workers
from pybernetes.controllers.context import Context, wait_synced
from pybernetes.controllers.deployment.actions import DEPLOYMENTS, REPLICA_SETS, Actions
from pybernetes.controllers.deployment.progress import (
    counted_status,
    is_complete,
    pause_condition,
    rollout_status,
    same_status,
    seconds_until_deadline,
    with_condition,
)
from pybernetes.controllers.deployment.revisions import find_new, others
from pybernetes.controllers.deployment.rolling import Scale, active, is_rolling, next_step, status_number
from pybernetes.controllers.deployment.scaling import is_scaling, plan_scaling
from pybernetes.controllers.indices import CONTROLLER, controller_uid, index_by_controller, owned_or_orphaned
from pybernetes.controllers.ownership import claim_all
from pybernetes.controllers.replication_status import wanted_replicas
from pybernetes.controllers.status_writer import write_status

_COMPONENT = "deployment-controller"


class DeploymentController:
    """See the module's docstring."""

    def __init__(self, context: Context):
        self._client, self._clock = context.client, context.clock
        self._workers = context.options.concurrent_deployment_syncs
        self._recorder = context.recorder(_COMPONENT)
        self._actions = Actions(context.client, self._recorder, context.clock)
        self._queue = context.queue("deployment")
        self._deployments = context.informers.informer(DEPLOYMENTS)
        self._sets = index_by_controller(context.informers.informer(REPLICA_SETS))
        self._pods = index_by_controller(context.informers.informer("pods"))
        self._deployments.add_handler(self._enqueue, lambda new, old: self._enqueue(new), self._enqueue)
        self._sets.add_handler(self._set_changed, self._set_updated, self._set_changed)
        self._pods.add_handler(on_delete=self._pod_deleted)

    async def run(self) -> None:
        await wait_synced(self._deployments, self._sets, self._pods)
        await run_workers(_COMPONENT, self._queue, self.reconcile, workers=self._workers)

    # What happened → whose it is

    def _enqueue(self, deployment: Json) -> None:
        self._queue.add(key_of(deployment))

    def _owner_of(self, replica_set: Json) -> Json | None:
        reference = controller_of(replica_set)
        if reference is None or reference["kind"] != "Deployment":
            return None
        owner = self._deployments.get(object_key(namespace_of(replica_set), reference["name"]))
        return owner if owner is not None and uid_of(owner) == reference["uid"] else None

    def _set_changed(self, replica_set: Json) -> None:
        owner = self._owner_of(replica_set)
        if owner is not None:
            self._enqueue(owner)
        elif not controller_uid(replica_set) and not is_deleting(replica_set):
            for deployment in self._deployments.items(namespace_of(replica_set)):
                if selector_from_object(deployment["spec"].get("selector")).matches(labels_of(replica_set)):
                    self._enqueue(deployment)

    def _set_updated(self, replica_set: Json, old: Json) -> None:
        if controller_uid(old) != controller_uid(replica_set):
            self._set_changed(old)
        self._set_changed(replica_set)

    def _pod_deleted(self, pod: Json) -> None:
        """A Recreate deployment waits for the last old pod to be gone, which no replica set's status shows."""
        reference = controller_of(pod)
        if reference is None or reference["kind"] != "ReplicaSet":
            return
        replica_set = self._sets.get(object_key(namespace_of(pod), reference["name"]))
        owner = self._owner_of(replica_set) if replica_set is not None else None
        if owner is not None and not is_rolling(owner):
            self._enqueue(owner)

    # One step

    async def reconcile(self, key: str) -> float | None:
        """Take the deployment one step on."""
        deployment = self._deployments.get(key)
        if deployment is None:
            return None
        selector = selector_from_object(deployment["spec"].get("selector"))
        if selector.matches_all:
            await self._refuse(deployment)
            return None
        candidates = owned_or_orphaned(self._sets, deployment)
        sets = await claim_all(self._client, DEPLOYMENTS, deployment, REPLICA_SETS, candidates, selector)
        new = find_new(deployment, sets)
        if is_deleting(deployment):
            await self._write(deployment, counted_status(deployment, sets, new, self._clock.now()))
            return None
        deployment = await self._tell_paused(deployment)
        old = others(sets, new)
        if new is not None:
            deployment, new = await self._actions.sync_existing(deployment, new, old)
        everything = [*old, new] if new is not None else old
        if deployment["spec"].get("paused") or is_scaling(deployment, everything):
            await self._scale(deployment, new, old)
            return None
        if is_rolling(deployment):
            return await self._roll(deployment, new, old)
        return await self._recreate(deployment, new, old)

    async def _refuse(self, deployment: Json) -> None:
        message = "This deployment is selecting all pods. A non-empty selector is required."
        self._recorder.event(deployment, WARNING, "SelectingAll", message)
        generation = deployment["metadata"].get("generation") or 0
        if status_number(deployment, "observedGeneration") < generation:
            await self._write(deployment, {**(deployment.get("status") or {}), "observedGeneration": generation})

    async def _tell_paused(self, deployment: Json) -> Json:
        told = pause_condition(deployment, self._clock.now())
        if told is None:
            return deployment
        return await self._write(deployment, with_condition(deployment.get("status") or {}, told))

    async def _scale(self, deployment: Json, new: Json | None, old: Sequence[Json]) -> None:
        """Only change sizes: spec.replicas changed, or the deployment is paused."""
        everything = [*old, new] if new is not None else list(old)
        scaled = await self._apply(deployment, everything, plan_scaling(deployment, new, old))
        new = _again(new, scaled)
        if deployment["spec"].get("paused"):
            await self._actions.clean_up(deployment, others(scaled, new))
        await self._write(deployment, counted_status(deployment, scaled, new, self._clock.now()))

    async def _roll(self, deployment: Json, new: Json | None, old: Sequence[Json]) -> float | None:
        if new is None:
            deployment, new = await self._actions.create_new(deployment, old)
        return await self._finish_step(deployment, new, old, next_step(deployment, new, old))

    async def _recreate(self, deployment: Json, new: Json | None, old: Sequence[Json]) -> float | None:
        """All old pods go, to the last, before the first new one comes."""
        steps = [Scale(replica_set, 0) for replica_set in active(old)]
        if steps or self._have_pods(old):
            return await self._finish_step(deployment, new, old, steps)
        if new is None:
            deployment, new = await self._actions.create_new(deployment, old)
        wanted = wanted_replicas(deployment)
        steps = [Scale(new, wanted)] if wanted_replicas(new) != wanted else []
        return await self._finish_step(deployment, new, old, steps)

    def _have_pods(self, sets: Sequence[Json]) -> bool:
        if any(status_number(replica_set, "replicas") > 0 for replica_set in sets):
            return True
        pods = (pod for replica_set in sets for pod in self._pods.by_index(CONTROLLER, uid_of(replica_set)))
        return any(not is_terminal(pod) for pod in pods)

    async def _finish_step(
        self, deployment: Json, new: Json | None, old: Sequence[Json], steps: Sequence[Scale]
    ) -> float | None:
        """Scale as planned, or clean up when there is nothing left to do, and write the status."""
        everything = [*old, new] if new is not None else list(old)
        scaled = await self._apply(deployment, everything, steps)
        new = _again(new, scaled)
        if not steps and is_complete(deployment, deployment.get("status") or {}):
            await self._actions.clean_up(deployment, old)
        now = self._clock.now()
        status = rollout_status(deployment, scaled, new, now)
        deployment = await self._write(deployment, status)
        return seconds_until_deadline(deployment, status, now)

    async def _apply(self, deployment: Json, sets: Sequence[Json], steps: Sequence[Scale]) -> list[Json]:
        """The sets, those that were scaled as they are now."""
        written = {uid_of(step.replica_set): await self._actions.scale(deployment, step) for step in steps}
        return [written.get(uid_of(replica_set), replica_set) for replica_set in sets]

    async def _write(self, deployment: Json, status: Json) -> Json:
        if same_status(deployment.get("status"), status):
            return deployment
        return await write_status(self._client, DEPLOYMENTS, deployment, status)


def _again(replica_set: Json | None, sets: Sequence[Json]) -> Json | None:
    """The set as it is among `sets`."""
    if replica_set is None:
        return None
    return next(one for one in sets if uid_of(one) == uid_of(replica_set))


def deployments(context: Context) -> DeploymentController:
    return DeploymentController(context)
