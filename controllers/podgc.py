"""Pods that nobody else will remove.

- ended ones beyond a threshold (12500), the oldest first
- those bound to a node that is gone, some time after it went, when the API server confirms it
- those asked to go before they were ever bound
- those that are going on a node that is down and marked out of service

Each is found by an event, and looked for once at the start; nothing is polled. Counterpart: pkg/controller/podgc.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pybernetes.api.core.pod_conditions import is_terminal
from pybernetes.api.errors import APIError, is_not_found
from pybernetes.api.object import Json, is_condition_true, is_deleting, key_of, name_of, namespace_of, uid_of
from pybernetes.client.reconciler import run_workers
from pybernetes.controllers.context import Context, wait_synced
from pybernetes.controllers.indices import NODE, index_by_node
from pybernetes.controllers.node_taints import taints_of
from pybernetes.controllers.pod_disruption import mark_disrupted

_COMPONENT = "pod-garbage-collector-controller"
_QUARANTINE_SECONDS = 40.0  # a node may be deleted and made again, as some clouds do when it restarts
_OUT_OF_SERVICE = "node.kubernetes.io/out-of-service"
_TERMINATED = "terminated"
_NODE_PREFIX, _POD_PREFIX = "node:", "pod:"


def surplus_terminated(pods: Sequence[Json], threshold: int) -> list[Json]:
    """The ended pods beyond the threshold: evicted ones first, then the oldest."""
    ordered = sorted(
        pods,
        key=lambda pod: (
            pod["status"].get("reason") != "Evicted",
            pod["metadata"].get("creationTimestamp") or "",
            name_of(pod),
        ),
    )
    return ordered[: max(0, len(pods) - threshold)]


def is_out_of_service(node: Json | None) -> bool:
    """Somebody said that the node is down for good, and it is not ready."""
    if node is None or is_condition_true(node, "Ready"):
        return False
    return any(taint["key"] == _OUT_OF_SERVICE for taint in taints_of(node))


def _terminated(pod: Json) -> Iterable[str]:
    return (_TERMINATED,) if is_terminal(pod) and not is_deleting(pod) else ()


class PodGarbageCollector:
    """Keys are ``terminated``, ``node:<name>`` of a node that may be gone or out of service, ``pod:<key>``."""

    def __init__(self, context: Context):
        self._client, self._clock = context.client, context.clock
        self._threshold = context.options.terminated_pod_gc_threshold
        self._queue = context.queue("pod_gc")
        self._nodes = context.informers.informer("nodes")
        self._pods = index_by_node(context.informers.informer("pods"))
        self._pods.add_indexer(_TERMINATED, _terminated)
        self._pods.add_handler(self._pod_changed, lambda new, old: self._pod_changed(new))
        self._nodes.add_handler(self._node_changed, lambda new, old: self._node_changed(new), self._node_deleted)

    async def run(self) -> None:
        await wait_synced(self._nodes, self._pods)
        for pod in self._pods.items():  # nodes may have been unknown when these were seen
            self._pod_changed(pod)
        await run_workers(_COMPONENT, self._queue, self.reconcile, workers=2)

    def _pod_changed(self, pod: Json) -> None:
        node_name = (pod.get("spec") or {}).get("nodeName")
        if is_terminal(pod) and 0 < self._threshold < self._pods.count(_TERMINATED, _TERMINATED):
            self._queue.add(_TERMINATED)
        if not node_name:
            if is_deleting(pod):
                self._queue.add(_POD_PREFIX + key_of(pod))
        elif self._nodes.has_synced:
            node = self._nodes.get(node_name)
            if node is None:
                self._queue.add_after(_NODE_PREFIX + node_name, _QUARANTINE_SECONDS)
            elif is_deleting(pod) and is_out_of_service(node):
                self._queue.add(_NODE_PREFIX + node_name)

    def _node_changed(self, node: Json) -> None:
        if is_out_of_service(node):
            self._queue.add(_NODE_PREFIX + name_of(node))

    def _node_deleted(self, node: Json) -> None:
        if self._pods.by_index(NODE, name_of(node)):
            self._queue.add_after(_NODE_PREFIX + name_of(node), _QUARANTINE_SECONDS)

    async def reconcile(self, key: str) -> float | None:
        """Remove what the key leads to, if it still should be."""
        if key == _TERMINATED:
            for pod in surplus_terminated(self._pods.by_index(_TERMINATED, _TERMINATED), self._threshold):
                await self._delete(pod)
        elif key.startswith(_POD_PREFIX):
            pod_ = self._pods.get(key.removeprefix(_POD_PREFIX))
            if pod_ is not None and is_deleting(pod_) and not pod_["spec"].get("nodeName"):
                await self._delete(pod_)
        else:
            await self._reconcile_node(key.removeprefix(_NODE_PREFIX))
        return None

    async def _reconcile_node(self, name: str) -> None:
        node, pods = self._nodes.get(name), self._pods.by_index(NODE, name)
        if is_out_of_service(node):
            for pod in pods:
                if is_deleting(pod):
                    await self._delete(pod)
        elif node is None and pods and not await self._exists(name):
            for pod in pods:
                await self._fail(pod)
                await self._delete(pod)

    async def _exists(self, node_name: str) -> bool:
        try:
            await self._client.get("nodes", node_name)
        except APIError as error:
            if is_not_found(error):
                return False
            raise
        return True

    async def _fail(self, pod: Json) -> None:
        """Nobody is left to say how the pod ended: it failed."""
        if not is_terminal(pod):
            message = "PodGC: node no longer exists"
            now = self._clock.now()
            await mark_disrupted(self._client, pod, "DeletionByPodGC", message, now, phase="Failed")

    async def _delete(self, pod: Json) -> None:
        try:
            await self._client.delete("pods", name_of(pod), namespace_of(pod), uid=uid_of(pod), grace_seconds=0)
        except APIError as error:
            if not is_not_found(error):
                raise


def pod_garbage_collector(context: Context) -> PodGarbageCollector:
    return PodGarbageCollector(context)
