"""Replica sets and replication controllers: the right number of pods, no more, no fewer.

    pods, owners (informers) → keys → claim pods by owner reference → create or delete the difference → status

One engine for two kinds that differ in how they spell a selector. The difference is acted on only when the cache
shows all that was done before (`expectations`), at most 500 pods at a time, in batches that start with one
(`slow_start`). What goes first is `pod_ranking`'s decision, what the status says `replication_status`'.

Counterpart: pkg/controller/replicaset, pkg/controller/replication.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pybernetes.api.core.pod_conditions import is_active, is_terminal
from pybernetes.api.errors import is_not_found
from pybernetes.api.object import Json, controller_of, is_deleting, key_of, namespace_of, object_key, uid_of
from pybernetes.api.selectors import Selector, selector_from_labels, selector_from_object
from pybernetes.client.reconciler import run_workers
from pybernetes.controllers.context import Context, wait_synced
from pybernetes.controllers.expectations import TIMEOUT_SECONDS as EXPECTATIONS_SECONDS
from pybernetes.controllers.expectations import Expectations
from pybernetes.controllers.indices import CONTROLLER, controller_uid, index_by_controller, owned_or_orphaned
from pybernetes.controllers.ownership import claim_all
from pybernetes.controllers.pod_control import PodControl, is_namespace_terminating
from pybernetes.controllers.pod_ranking import pods_to_delete
from pybernetes.controllers.replication_status import (
    replication_status,
    seconds_until_next_available,
    wanted_replicas,
)
from pybernetes.controllers.slow_start import failures, slow_start
from pybernetes.controllers.status_writer import same_value, write_status

BURST_REPLICAS = 500  # so that one huge set does not keep the API server from all others


@dataclass(frozen=True)
class ReplicaKind:
    """How the two kinds differ."""

    kind: str
    resource: str
    component: str
    selector: Callable[[Json], Selector]
    counts_terminating: bool


REPLICA_SET = ReplicaKind(
    "ReplicaSet",
    "replicasets.apps",
    "replicaset-controller",
    lambda owner: selector_from_object(owner["spec"].get("selector")),
    counts_terminating=True,
)
REPLICATION_CONTROLLER = ReplicaKind(
    "ReplicationController",
    "replicationcontrollers",
    "replication-controller",
    lambda owner: selector_from_labels(owner["spec"].get("selector")),
    counts_terminating=False,
)


@dataclass(frozen=True)
class Difference:
    """How many pods to create, and which to delete; one of them is nothing."""

    create: int = 0
    delete: Sequence[Json] = ()


class ReplicationController:
    """The loop for one of the two kinds."""

    def __init__(self, context: Context, kind: ReplicaKind, workers: int):
        self._context, self._kind, self._workers = context, kind, workers
        self._client, self._clock = context.client, context.clock
        self._recorder = context.recorder(kind.component)
        self._control = PodControl(context.client, self._recorder)
        self._expectations = Expectations(context.clock)
        self._queue = context.queue(kind.kind.lower())
        self._owners = index_by_controller(context.informers.informer(kind.resource))
        self._pods = index_by_controller(context.informers.informer("pods"))
        self._owners.add_handler(self._enqueue, lambda new, old: self._enqueue(new), self._owner_deleted)
        self._pods.add_handler(self._pod_added, self._pod_updated, self._pod_deleted)

    async def run(self) -> None:
        await wait_synced(self._owners, self._pods)
        await run_workers(self._kind.component, self._queue, self.reconcile, workers=self._workers)

    # What happened → whose it is

    def _enqueue(self, owner: Json) -> None:
        self._queue.add(key_of(owner))

    def _owner_deleted(self, owner: Json) -> None:
        self._expectations.forget(key_of(owner))
        self._enqueue(owner)

    def _owner_key(self, pod: Json) -> str | None:
        """The key of the pod's owner, if it is of our kind and still the same object."""
        reference = controller_of(pod)
        if reference is None or reference["kind"] != self._kind.kind:
            return None
        key = object_key(namespace_of(pod), reference["name"])
        owner = self._owners.get(key)
        return key if owner is not None and uid_of(owner) == reference["uid"] else None

    def _enqueue_adopters(self, pod: Json) -> None:
        """A pod without owner concerns all whose selector it matches."""
        for owner in self._owners.items(namespace_of(pod)):
            if self._kind.selector(owner).matches((pod["metadata"].get("labels")) or {}):
                self._enqueue(owner)

    def _pod_added(self, pod: Json) -> None:
        if is_deleting(pod):
            self._pod_deleted(pod)
        elif controller_of(pod) is None:
            self._enqueue_adopters(pod)
        elif (key := self._owner_key(pod)) is not None:
            self._expectations.creation_observed(key)
            self._queue.add(key)

    def _pod_updated(self, pod: Json, old: Json) -> None:
        if controller_uid(old) != controller_uid(pod) and (key := self._owner_key(old)) is not None:
            self._queue.add(key)
        if is_deleting(pod):
            self._pod_deleted(pod)
        elif (key := self._owner_key(pod)) is not None:
            self._queue.add(key)
        elif controller_of(pod) is None and _may_match_anew(pod, old):
            self._enqueue_adopters(pod)

    def _pod_deleted(self, pod: Json) -> None:
        if (key := self._owner_key(pod)) is not None:
            self._expectations.deletion_observed(key, uid_of(pod))
            self._queue.add(key)

    # One step

    async def reconcile(self, key: str) -> float | None:
        """Bring the number of pods one step nearer to what is wanted, and say where it stands."""
        owner = self._owners.get(key)
        if owner is None:
            self._expectations.forget(key)
            return None
        may_act = self._expectations.satisfied(key) and not is_deleting(owner)
        related = owned_or_orphaned(self._pods, owner)
        active = await claim_all(
            self._client,
            self._kind.resource,
            owner,
            "pods",
            [pod for pod in related if is_active(pod)],
            self._kind.selector(owner),
        )
        error = await self._apply(owner, self._difference(owner, active)) if may_act else None
        now = self._clock.now()
        terminating = self._count_terminating(owner) if self._kind.counts_terminating else None
        await self._write_status(owner, replication_status(owner, active, terminating, error, now))
        if error is not None:
            raise error
        waits = (seconds_until_next_available(owner, active, now), None if may_act else EXPECTATIONS_SECONDS + 1)
        return min((wait for wait in waits if wait is not None), default=None)

    def _count_terminating(self, owner: Json) -> int:
        owned = self._pods.by_index(CONTROLLER, uid_of(owner))
        return sum(is_deleting(pod) and not is_terminal(pod) for pod in owned)

    def _difference(self, owner: Json, active: Sequence[Json]) -> Difference:
        surplus = len(active) - wanted_replicas(owner)
        if surplus < 0:
            return Difference(create=min(-surplus, BURST_REPLICAS))
        if surplus == 0:
            return Difference()
        relatives = self._relatives(owner)
        doomed = pods_to_delete(active, relatives, min(surplus, BURST_REPLICAS), self._clock.now())
        return Difference(delete=doomed)

    def _relatives(self, owner: Json) -> list[Json]:
        """The pods of all owners that share the owner's own controller, such as the replica sets of a deployment."""
        uid = controller_uid(owner)
        siblings = self._owners.by_index(CONTROLLER, uid) if uid else [owner]
        return [pod for sibling in siblings for pod in self._pods.by_index(CONTROLLER, uid_of(sibling))]

    async def _apply(self, owner: Json, difference: Difference) -> BaseException | None:
        if difference.create:
            return await self._create(owner, difference.create)
        if difference.delete:
            return await self._delete(owner, difference.delete)
        return None

    async def _create(self, owner: Json, count: int) -> BaseException | None:
        key, template = key_of(owner), owner["spec"].get("template") or {}
        self._expectations.expect_creations(key, count)

        async def create_one() -> None:
            await self._control.create(owner, template)

        try:
            done, error = await slow_start(count, create_one)
        except BaseException:
            self._expectations.forget(key)
            raise
        self._expectations.creation_observed(key, count - done)  # the rest will not come
        return None if error is not None and is_namespace_terminating(error) else error

    async def _delete(self, owner: Json, pods: Sequence[Json]) -> BaseException | None:
        key = key_of(owner)
        self._expectations.expect_deletions(key, [uid_of(pod) for pod in pods])

        async def delete_one(pod: Json) -> None:
            try:
                await self._control.delete(owner, pod)
            except BaseException as error:
                self._expectations.deletion_observed(key, uid_of(pod))
                if not is_not_found(error):
                    raise

        errors = await failures(delete_one(pod) for pod in pods)
        return errors[0] if errors else None

    async def _write_status(self, owner: Json, status: Json) -> None:
        if not same_value(owner.get("status"), status):
            await write_status(self._client, self._kind.resource, owner, status)


def _may_match_anew(pod: Json, old: Json) -> bool:
    """The pod's labels changed or it lost its owner: somebody may want to adopt it now."""
    return pod["metadata"].get("labels") != old["metadata"].get("labels") or controller_uid(pod) != controller_uid(old)


def replica_sets(context: Context) -> ReplicationController:
    return ReplicationController(context, REPLICA_SET, context.options.concurrent_replicaset_syncs)


def replication_controllers(context: Context) -> ReplicationController:
    return ReplicationController(context, REPLICATION_CONTROLLER, context.options.concurrent_rc_syncs)
