"""What the API shows, brought into the table and the queue.

    informer ─→ transform (read once, keep little) ─→ handler ─→ table, queue, promised nodes ─→ queue.move(event)

Each kind of object has its handlers here. They are called in one event loop with decisions, so every one of them
leaves table and queue in agreement:

- a pod with a node is in the table and not in the queue;
- a pod of ours without one is in the queue, unless it is assumed: decided, in the table, its binding under way;
- a pod that the API shows on a node is no longer assumed, wherever we thought it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pybernetes.api.object import Json, is_deleting, key_of, labels_of, name_of, namespace_of
from pybernetes.api.selectors import selector_from_object
from pybernetes.scheduler.hints import Event, Kind
from pybernetes.scheduler.node import Node, read_node
from pybernetes.scheduler.nominated import Nominations
from pybernetes.scheduler.pod import Pod
from pybernetes.scheduler.pod_reader import PodClasses
from pybernetes.scheduler.queue import Entry, SchedulingQueue
from pybernetes.scheduler.table import Table
from pybernetes.scheduler.victims import Budget


def kept_metadata(obj: Json) -> Json:
    """The metadata that an informer needs to tell objects and versions apart."""
    meta = obj["metadata"]
    return {key: meta[key] for key in ("name", "namespace", "uid", "resourceVersion") if key in meta}


class Cluster:
    """The table, the queue and what keeps them in agreement."""

    def __init__(self, queue: SchedulingQueue, names: Iterable[str]):
        self.table = Table()
        self.queue = queue
        self.nominations = Nominations()
        self.assumed: dict[str, str] = {}  # pods decided but not yet shown on a node, by key: their uid
        self.budgets: dict[str, Budget] = {}
        self.on_gone: Callable[[str], None] = lambda key: None  # told of each pod that is deleted
        self._names = frozenset(names)
        self._classes = PodClasses()

    # -- transforms: what an informer keeps

    def keep_pod(self, obj: Json) -> Json:
        return {"metadata": kept_metadata(obj), "pod": self._classes.read(obj)}

    @staticmethod
    def keep_node(obj: Json) -> Json:
        return {"metadata": kept_metadata(obj), "node": read_node(obj)}

    @staticmethod
    def keep_labels(obj: Json) -> Json:
        return {"metadata": {**kept_metadata(obj), "labels": labels_of(obj)}}

    # -- pods

    def pod_added(self, obj: Json) -> None:
        self._pod_changed(obj["pod"], None)

    def pod_updated(self, obj: Json, old: Json) -> None:
        self._pod_changed(obj["pod"], old["pod"])

    def pod_deleted(self, obj: Json) -> None:
        self._pod_gone(obj["pod"])

    def _pod_changed(self, pod: Pod, old: Pod | None) -> None:
        if pod.finished:
            self._pod_gone(pod)
        elif pod.node:
            self._pod_on_node(pod, old)
        elif self.is_ours(pod) and not pod.terminating:
            self._pod_waits(pod, old)
        else:
            self.queue.delete(pod.key)
            self.promise(pod, "")

    def _pod_on_node(self, pod: Pod, old: Pod | None) -> None:
        self.assumed.pop(pod.key, None)
        self.queue.delete(pod.key)
        self.promise(pod, "")
        self.table.set_pod(pod)
        if old is None or not old.node:
            self.queue.move(Event(Kind.POD_ADD, new_pod=pod))
        elif old.cls is not pod.cls or old.terminating != pod.terminating:
            self.queue.move(Event(Kind.POD_UPDATE, old_pod=old, new_pod=pod))

    def _pod_waits(self, pod: Pod, old: Pod | None) -> None:
        if self.assumed.get(pod.key) == pod.uid:
            return
        self.queue.update(pod)
        if old is None or old.nominated != pod.nominated:  # else what we promised meanwhile stands
            self.promise(pod, pod.nominated)

    def _pod_gone(self, pod: Pod) -> None:
        self.queue.delete(pod.key)
        self.promise(pod, "")
        self.assumed.pop(pod.key, None)
        self.on_gone(pod.key)
        known = self.table.remove_pod(pod.key)
        if known is not None:
            self.queue.move(Event(Kind.POD_DELETE, old_pod=known))

    def is_ours(self, pod: Pod) -> bool:
        """Whether the pod asks for this scheduler."""
        return pod.scheduler in self._names

    def assume(self, entry: Entry, node: str) -> Pod:
        """Put a decided pod on its node and take it out of the queue. Gives the pod as it is there."""
        pod = entry.pod.on(node)
        self.queue.delete(pod.key)
        self.promise(pod, "")
        self.table.set_pod(pod)
        self.assumed[pod.key] = pod.uid
        return pod

    def forget(self, entry: Entry, pod: Pod) -> None:
        """The binding failed: take the pod off its node and let it wait, unless the API knows better by now."""
        if self.assumed.get(pod.key) != pod.uid:
            return
        del self.assumed[pod.key]
        self.table.remove_pod(pod.key)
        self.queue.restore(entry, pod.on(""))
        self.queue.move(Event(Kind.POD_DELETE, old_pod=pod))

    def promise(self, pod: Pod, node: str) -> None:
        """Keep a node for a pod, or with an empty name give it up; what was worked out for the nodes is outdated."""
        if not node and not self.nominations.node_of(pod.key):
            return
        for name in {self.nominations.node_of(pod.key), node}:
            row = self.table.rows.get(name)
            if row is not None:
                self.table.touch(row)
        self.nominations.set(pod, node)

    # -- nodes

    def node_added(self, obj: Json) -> None:
        self._node_changed(obj["node"], None)

    def node_updated(self, obj: Json, old: Json) -> None:
        self._node_changed(obj["node"], old["node"])

    def _node_changed(self, node: Node, old: Node | None) -> None:
        if node == old:
            return
        self.table.set_node(node)
        kind = Kind.NODE_ADD if old is None else Kind.NODE_UPDATE
        self.queue.move(Event(kind, old_node=old, new_node=node))

    def node_deleted(self, obj: Json) -> None:
        node: Node = obj["node"]
        self.table.remove_node(node.name)
        self.queue.move(Event(Kind.NODE_DELETE, old_node=node))

    # -- budgets

    @staticmethod
    def keep_budget(obj: Json) -> Json:
        status = obj.get("status") or {}
        budget = Budget(
            namespace=namespace_of(obj),
            selector=selector_from_object((obj.get("spec") or {}).get("selector")),
            allowed=int(status.get("disruptionsAllowed") or 0),
            disrupted=frozenset(status.get("disruptedPods") or ()),
        )
        return {"metadata": kept_metadata(obj), "budget": budget}

    def budget_changed(self, obj: Json, _: Json | None = None) -> None:
        self.budgets[key_of(obj)] = obj["budget"]

    def budget_deleted(self, obj: Json) -> None:
        self.budgets.pop(key_of(obj), None)

    # -- services, controllers, claims

    @staticmethod
    def keep_selector(obj: Json) -> Json:
        return {"metadata": kept_metadata(obj), "selector": (obj.get("spec") or {}).get("selector")}

    def workload_changed(self, kind: str, obj: Json) -> None:
        self.table.workloads.set(kind, obj, obj["selector"])

    def workload_deleted(self, kind: str, obj: Json) -> None:
        self.table.workloads.set(kind, obj, None)

    @staticmethod
    def keep_claim(obj: Json) -> Json:
        return {"metadata": kept_metadata(obj), "deleting": is_deleting(obj)}

    def claim_changed(self, obj: Json, _: Json | None = None) -> None:
        self.table.claims[key_of(obj)] = obj["deleting"]
        self.queue.move(Event(Kind.CLAIM, name=key_of(obj)))

    def claim_deleted(self, obj: Json) -> None:
        self.table.claims.pop(key_of(obj), None)

    # -- namespaces

    def namespace_changed(self, obj: Json, _: Json | None = None) -> None:
        if self.table.index.set_namespace(name_of(obj), labels_of(obj)):
            self.queue.move(Event(Kind.NAMESPACE, name=name_of(obj)))

    def namespace_deleted(self, obj: Json) -> None:
        self.table.index.set_namespace(name_of(obj), None)
