"""Pods leave nodes that are tainted NoExecute: at once, after the time that they tolerate, or never.

    node's taints, pod's tolerations (informers) → key of a pod → delete now | look again when its time is up

The time counts from when we first saw the pod under such a taint, and starts over when the taint goes. Counterpart:
pkg/controller/tainteviction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pybernetes.api.core.taints import NO_EXECUTE, matching_tolerations, toleration_seconds
from pybernetes.api.errors import APIError, is_not_found
from pybernetes.api.object import Json, is_deleting, key_of, name_of, uid_of
from pybernetes.client.events import NORMAL
from pybernetes.client.reconciler import run_workers
from pybernetes.controllers.context import Context, wait_synced
from pybernetes.controllers.indices import NODE, index_by_node
from pybernetes.controllers.node_taints import taints_of
from pybernetes.controllers.pod_disruption import mark_disrupted

_COMPONENT = "taint-eviction-controller"
_REASON = "DeletionByTaintManager"
_MESSAGE = "Taint manager: deleting due to NoExecute taint"


def execute_taints(node: Json | None) -> list[Json]:
    return [taint for taint in taints_of(node or {}) if taint.get("effect") == NO_EXECUTE]


def seconds_tolerated(taints: Sequence[Json], tolerations: Sequence[Json]) -> float | None:
    """How long a pod may stay under these taints: 0 is not at all, None for ever."""
    if not taints:
        return None
    all_tolerated, used = matching_tolerations(taints, tolerations)
    if not all_tolerated:
        return 0.0
    seconds = toleration_seconds(used)
    return None if seconds is None else float(seconds)


class TaintEvictionController:
    """Keys are pods."""

    def __init__(self, context: Context):
        self._client, self._clock = context.client, context.clock
        self._recorder = context.recorder(_COMPONENT)
        self._queue = context.queue("noexec_taint_pod")
        self._nodes = context.informers.informer("nodes")
        self._pods = index_by_node(context.informers.informer("pods"))
        self._since: dict[str, datetime] = {}
        self._nodes.add_handler(self._node_changed, self._node_updated)
        self._pods.add_handler(self._pod_changed, self._pod_updated, self._pod_deleted)

    async def run(self) -> None:
        await wait_synced(self._nodes, self._pods)
        await run_workers(_COMPONENT, self._queue, self.reconcile, workers=8)

    def _node_changed(self, node: Json) -> None:
        if execute_taints(node):
            self._enqueue_pods(node)

    def _node_updated(self, node: Json, old: Json) -> None:
        if execute_taints(node) != execute_taints(old):
            self._enqueue_pods(node)

    def _enqueue_pods(self, node: Json) -> None:
        for pod in self._pods.by_index(NODE, name_of(node)):
            self._queue.add(key_of(pod))

    def _pod_changed(self, pod: Json) -> None:
        if execute_taints(self._nodes.get(_node_name(pod))):
            self._queue.add(key_of(pod))

    def _pod_updated(self, pod: Json, old: Json) -> None:
        changed = (_node_name(pod), pod["spec"].get("tolerations")) != (_node_name(old), old["spec"].get("tolerations"))
        if changed:
            self._pod_changed(pod)

    def _pod_deleted(self, pod: Json) -> None:
        self._since.pop(uid_of(pod), None)

    async def reconcile(self, key: str) -> float | None:
        """Evict the pod if its time is up; else say when it will be."""
        pod = self._pods.get(key)
        if pod is None or is_deleting(pod) or not _node_name(pod):
            return None
        taints = execute_taints(self._nodes.get(_node_name(pod)))
        seconds = seconds_tolerated(taints, pod["spec"].get("tolerations") or ())
        if seconds is None:
            if self._since.pop(uid_of(pod), None) is not None:
                self._recorder.event(pod, NORMAL, "TaintManagerEviction", f"Cancelling deletion of Pod {key}")
            return None
        now = self._clock.now()
        since = self._since.setdefault(uid_of(pod), now)
        remaining = seconds - (now - since).total_seconds()
        if remaining > 0:
            return remaining
        await self._evict(pod)
        return None

    async def _evict(self, pod: Json) -> None:
        self._recorder.event(pod, NORMAL, "TaintManagerEviction", f"Marking for deletion Pod {key_of(pod)}")
        await mark_disrupted(self._client, pod, _REASON, _MESSAGE, self._clock.now())
        try:
            await self._client.delete("pods", name_of(pod), pod["metadata"]["namespace"], uid=uid_of(pod))
        except APIError as error:
            if not is_not_found(error):
                raise
        self._since.pop(uid_of(pod), None)


def _node_name(pod: Json) -> str:
    return str((pod.get("spec") or {}).get("nodeName") or "")


def taint_eviction(context: Context) -> TaintEvictionController:
    return TaintEvictionController(context)
