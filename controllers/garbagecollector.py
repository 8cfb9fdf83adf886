"""What has lost all its owners goes; what goes in the foreground waits for its dependents; orphans are let go.

    all resources (discovered, metadata only) → `owner_graph` → examine, orphan (queues) → live reads → deletes

The graph only says what to look at. Before anything is deleted, the object and each owner not known to be absent
are read from the API server itself: a cache that lags must never cost anyone an object. An owner is looked for in
its dependent's own namespace, so a reference across namespaces is never satisfied.

Counterpart: pkg/controller/garbagecollector.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from pybernetes.api.errors import APIError, is_conflict, is_not_found
from pybernetes.api.object import Json, is_deleting, resource_version_of, uid_of
from pybernetes.api.resources import Resource
from pybernetes.client.client import Client
from pybernetes.client.events import WARNING
from pybernetes.client.reconciler import run_workers
from pybernetes.controllers.context import Context
from pybernetes.controllers.owner_graph import (
    FOREGROUND,
    ORPHAN,
    Coordinates,
    Node,
    OwnerGraph,
    Work,
    finalizers_of,
)
from pybernetes.controllers.resource_monitors import ResourceMonitors

log = logging.getLogger(__name__)

_COMPONENT = "garbage-collector-controller"
_ABSENT_OWNERS = 500  # as many owners are remembered as gone
_TRIES = 5
_UNKNOWN_KIND_SECONDS = 30.0


class ClusterOwnedByNamespacedError(Exception):
    """A cluster-wide object names an owner that lives in namespaces: that cannot be resolved, nor retried."""


class UnknownKindError(Exception):
    """An owner is of a kind that the API server does not serve, or not now: nothing can be said of it."""


@dataclass
class Owners:
    """An object's owner references by what became of the owners."""

    solid: list[Json] = field(default_factory=list)
    dangling: list[Json] = field(default_factory=list)
    waiting: list[Json] = field(default_factory=list)


def propagation_of(latest: Json) -> str:
    """How an object goes that nobody owns any more: as its finalizers ask, else in the background."""
    finalizers = finalizers_of(latest)
    if ORPHAN in finalizers:
        return "Orphan"
    return "Foreground" if FOREGROUND in finalizers else "Background"


class GarbageCollector:
    """Keys of both queues are uids."""

    def __init__(self, context: Context):
        self._client, self._workers = context.client, context.options.concurrent_gc_syncs
        self._recorder = context.recorder(_COMPONENT)
        self._graph = OwnerGraph()
        self._absent: OrderedDict[Coordinates, None] = OrderedDict()
        self._examine = context.queue("garbage_collector_attempt_to_delete")
        self._orphan = context.queue("garbage_collector_attempt_to_orphan")
        self._monitors = ResourceMonitors(context, self._observed, self._gone)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._monitors.run(), name="garbage collector monitors")
            await self._monitors.wait_synced()
            for queue, work in ((self._examine, self.examine), (self._orphan, self.orphan)):
                group.create_task(run_workers(_COMPONENT, queue, work, workers=self._workers), name=queue.name)

    # What informers see

    def _observed(self, obj: Json, resource: Resource) -> None:
        self._enqueue(self._graph.observe(obj, resource))

    def _gone(self, obj: Json) -> None:
        node = self._graph.nodes.get(uid_of(obj))
        if node is not None:
            self._remember_absent(node.at)
        self._enqueue(self._graph.remove(uid_of(obj)))

    def _enqueue(self, work: Work) -> None:
        for uid in work.examine:
            self._examine.add(uid)
        for uid in work.orphan:
            self._orphan.add(uid)

    def _remember_absent(self, at: Coordinates) -> None:
        self._absent[at] = None
        self._absent.move_to_end(at)
        if len(self._absent) > _ABSENT_OWNERS:
            self._absent.popitem(last=False)

    # Examining one object

    async def examine(self, uid: str) -> float | None:
        """Delete the object if its owners are all gone, or let it go if it waited for its dependents."""
        node = self._graph.nodes.get(uid)
        if node is None or (node.deleting and not node.deleting_dependents):
            return None
        if not node.virtual and not node.owners and not node.deleting_dependents:
            return None
        try:
            await self._examine_node(node)
        except UnknownKindError as error:
            log.info("owner of unknown kind", extra={"object": node.at.name, "error": str(error)})
            return _UNKNOWN_KIND_SECONDS
        return None

    async def _examine_node(self, node: Node) -> None:
        latest = await self._read(node.at)
        if latest is None:
            self._remember_absent(node.at)
            self._enqueue(self._graph.remove(node.at.uid))
            return
        if node.deleting_dependents:
            await self._release_if_free(node)
            return
        references = latest["metadata"].get("ownerReferences") or []
        if references and not is_deleting(latest):
            await self._judge(node, latest, references)

    async def _judge(self, node: Node, latest: Json, references: Sequence[Json]) -> None:
        try:
            owners = await self._classify(node, references)
        except ClusterOwnedByNamespacedError as error:
            log.warning("owner reference ignored", extra={"object": node.at.name, "error": str(error)})
            return
        if owners.solid:
            if owners.dangling or owners.waiting:
                gone = {reference["uid"] for reference in (*owners.dangling, *owners.waiting)}
                kept = [reference for reference in references if reference["uid"] not in gone]
                await self._set_owner_references(node, latest, kept)
            return
        if owners.waiting and node.dependents:
            if any(dependent.deleting_dependents for dependent in node.dependents.values()):
                unblocked = [{**reference, "blockOwnerDeletion": False} for reference in references]
                latest = await self._set_owner_references(node, latest, unblocked)  # a circle: cut it here
            await self._delete(node, latest, "Foreground")
            return
        await self._delete(node, latest, propagation_of(latest))

    async def _classify(self, node: Node, references: Sequence[Json]) -> Owners:
        owners = Owners()
        for reference in references:
            owner = await self._owner(node, reference)
            if owner is None:
                owners.dangling.append(reference)
            elif is_deleting(owner) and FOREGROUND in finalizers_of(owner):
                owners.waiting.append(reference)
            else:
                owners.solid.append(reference)
        return owners

    async def _owner(self, node: Node, reference: Json) -> Json | None:
        """The owner as it is now, or None when it is absent."""
        resource = self._resource(reference.get("apiVersion") or "", reference["kind"])
        if resource.namespaced and not node.at.namespace:
            raise ClusterOwnedByNamespacedError(f"{reference['kind']} {reference['name']} is in a namespace")
        namespace = node.at.namespace if resource.namespaced else ""
        at = Coordinates(
            reference.get("apiVersion") or "", reference["kind"], namespace, reference["name"], reference["uid"]
        )
        if at in self._absent:
            return None
        owner = await self._read(at)
        if owner is None:
            self._remember_absent(at)
            self._tell_if_elsewhere(node, at)
        return owner

    def _tell_if_elsewhere(self, node: Node, said: Coordinates) -> None:
        """An owner that lives in another namespace is a mistake that somebody should hear of."""
        known = self._graph.nodes.get(said.uid)
        if known is None or known.virtual or known.at.namespace in ("", node.at.namespace):
            return
        reference = f"[{said.api_version}/{said.kind}, namespace: {said.namespace}, name: {said.name}, uid: {said.uid}]"
        message = f'ownerRef {reference} does not exist in namespace "{node.at.namespace}"'
        self._recorder.event(_reference_to(node.at), WARNING, "OwnerRefInvalidNamespace", message)

    async def _release_if_free(self, node: Node) -> None:
        """An object that goes in the foreground goes when no dependent blocks it; until then they are pressed."""
        blocking = node.blocking_dependents()
        if not blocking:
            await self._remove_finalizer(node, FOREGROUND)
            return
        for dependent in blocking:
            if not dependent.deleting_dependents:
                self._examine.add(dependent.at.uid)

    # Orphaning

    async def orphan(self, uid: str) -> float | None:
        """Take the object out of its dependents' owners, then let it go."""
        node = self._graph.nodes.get(uid)
        if node is None or not node.orphaning:
            return None
        for dependent in list(node.dependents.values()):
            latest = await self._read(dependent.at)
            if latest is None:
                continue
            references = latest["metadata"].get("ownerReferences") or []
            kept = [reference for reference in references if reference["uid"] != uid]
            if len(kept) < len(references):
                await self._set_owner_references(dependent, latest, kept)
        await self._remove_finalizer(node, ORPHAN)
        return None

    # The API

    def _resource(self, api_version: str, kind: str) -> Resource:
        resource = self._monitors.discovery.for_kind(api_version, kind)
        if resource is None:
            raise UnknownKindError(f'no matches for kind "{kind}" in version "{api_version}"')
        return resource

    async def _read(self, at: Coordinates) -> Json | None:
        """The object as the API server has it; None when it is gone or another has its name."""
        resource = self._resource(at.api_version, at.kind)
        namespace = at.namespace if resource.namespaced else ""
        return await _get(self._client, resource, namespace, at)

    async def _delete(self, node: Node, latest: Json, propagation: str) -> None:
        resource = self._resource(node.at.api_version, node.at.kind)
        log.debug("deleting what lost its owners", extra={"kind": node.at.kind, "object": node.at.name})
        try:
            await self._client.delete(
                resource,
                node.at.name,
                node.at.namespace,
                uid=node.at.uid,
                resource_version=resource_version_of(latest),
                propagation=propagation,
            )
        except APIError as error:
            if not is_not_found(error):
                raise

    async def _set_owner_references(self, node: Node, latest: Json, references: list[Json]) -> Json:
        return await self._patch(node, latest, {"ownerReferences": references or None}) or latest

    async def _remove_finalizer(self, node: Node, finalizer: str) -> None:
        for attempt in range(1, _TRIES + 1):
            latest = await self._read(node.at)
            if latest is None or finalizer not in finalizers_of(latest):
                return
            kept = [name for name in finalizers_of(latest) if name != finalizer]
            try:
                await self._patch(node, latest, {"finalizers": kept or None})
                return
            except APIError as error:
                if attempt == _TRIES or not is_conflict(error):
                    raise

    async def _patch(self, node: Node, latest: Json, metadata: Json) -> Json | None:
        """Change metadata if the object is still as it was read. None when it is gone."""
        resource = self._resource(node.at.api_version, node.at.kind)
        fixed = {"uid": node.at.uid, "resourceVersion": resource_version_of(latest)}
        try:
            return await self._client.patch(
                resource, node.at.name, {"metadata": {**fixed, **metadata}}, node.at.namespace
            )
        except APIError as error:
            if is_not_found(error):
                return None
            raise


def _reference_to(at: Coordinates) -> Json:
    return {
        "apiVersion": at.api_version,
        "kind": at.kind,
        "namespace": at.namespace,
        "name": at.name,
        "uid": at.uid,
    }


async def _get(client: Client, resource: Resource, namespace: str, at: Coordinates) -> Json | None:
    try:
        found = await client.get(resource, at.name, namespace, metadata_only=True)
    except APIError as error:
        if is_not_found(error):
            return None
        raise
    return found if uid_of(found) == at.uid else None


def garbage_collector(context: Context) -> GarbageCollector:
    return GarbageCollector(context)
