"""Which events can help which pods that found no node.

A pod that is turned down waits until something happens that may change the answer of a plugin that turned it down.
Each plugin says here what that is, as a function of what happened and of the pod; an event that helps none of the
plugins leaves the pod alone. Saying yes too often costs work, saying no wrongly leaves a pod waiting for up to five
minutes, so in doubt it is yes. Counterpart: the plugins' QueueingHintFns (EventsToRegister).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from pybernetes.api.core.node_affinity import RequiredNodeAffinity
from pybernetes.api.core.taints import untolerated_taint
from pybernetes.scheduler.node import Node
from pybernetes.scheduler.pod import AffinityTerm, Pod

NO_NODES = "NoNodes"  # what turned a pod down when there was no node at all
NodePair = tuple[Node | None, Node | None]


class Kind(Enum):
    """What happened; spelled as in the metric scheduler_queue_incoming_pods_total."""

    NODE_ADD = "NodeAdd"
    NODE_UPDATE = "NodeUpdate"
    NODE_DELETE = "NodeDelete"
    POD_ADD = "AssignedPodAdd"
    POD_UPDATE = "AssignedPodUpdate"
    POD_DELETE = "AssignedPodDelete"
    NAMESPACE = "NamespaceUpdate"
    CLAIM = "PvcUpdate"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in the cluster: the state before and after, as far as there is one."""

    kind: Kind
    old_node: Node | None = None
    new_node: Node | None = None
    old_pod: Pod | None = None
    new_pod: Pod | None = None
    name: str = ""

    @property
    def is_node_gain(self) -> bool:
        return self.kind in (Kind.NODE_ADD, Kind.NODE_UPDATE)


Hint = Callable[[Event, Pod], bool]
_NO_LABELS: Mapping[str, str] = {}


def may_help(event: Event, pod: Pod, plugins: Iterable[str]) -> bool:
    """Whether the event may change the mind of one of the plugins that turned the pod down."""
    return any(HINTS[plugin](event, pod) for plugin in plugins)


def _became(event: Event, good: Callable[[Node], bool]) -> bool:
    """A node appeared that is good, or one that was not has become good."""
    if not event.is_node_gain or event.new_node is None or not good(event.new_node):
        return False
    return event.old_node is None or not good(event.old_node)


def _no_nodes(event: Event, pod: Pod) -> bool:
    return event.kind is Kind.NODE_ADD


def _node_unschedulable(event: Event, pod: Pod) -> bool:
    return _became(event, lambda node: not node.unschedulable)


def _taint_toleration(event: Event, pod: Pod) -> bool:
    tolerations = pod.cls.local.tolerations
    return _became(event, lambda node: untolerated_taint(node.taints, tolerations) is None)


def _node_affinity(event: Event, pod: Pod) -> bool:
    required: RequiredNodeAffinity = pod.cls.local.required
    return _became(
        event,
        lambda node: (pod.pinned is None or node.name in pod.pinned) and required.matches(node.labels, node.name),
    )


def _node_ports(event: Event, pod: Pod) -> bool:
    if event.kind is Kind.NODE_ADD:
        return True
    if event.kind is not Kind.POD_DELETE or event.old_pod is None:
        return False
    freed = event.old_pod.cls.local.ports
    return any(wanted.conflicts(port) for wanted in pod.cls.local.ports for port in freed)


def _node_resources_fit(event: Event, pod: Pod) -> bool:
    if event.kind is Kind.POD_DELETE:
        return True
    requests = dict(pod.cls.local.requests)
    if event.kind is Kind.POD_UPDATE and event.old_pod and event.new_pod:
        before, after = dict(event.old_pod.cls.local.requests), dict(event.new_pod.cls.local.requests)
        return any(after.get(resource, 0) < before.get(resource, 0) for resource in requests)
    if not event.is_node_gain or event.new_node is None:
        return False
    has = event.new_node.allocatable
    if any(has.get(resource, 0) < amount for resource, amount in requests.items()):
        return False
    if event.old_node is None:
        return True
    had = event.old_node.allocatable
    return any(has.get(resource, 0) > had.get(resource, 0) for resource in (*requests, "pods"))


def _pod_topology_spread(event: Event, pod: Pod) -> bool:
    constraints = [constraint for constraint in pod.cls.spread or () if constraint.hard]
    if event.kind in (Kind.NODE_ADD, Kind.NODE_UPDATE, Kind.NODE_DELETE):
        return _topology_changed(event, {constraint.topology_key for constraint in constraints})
    return any(
        other.namespace == pod.namespace and constraint.selector.matches(other.cls.labels)
        for other in (event.old_pod, event.new_pod)
        if other is not None
        for constraint in constraints
    )


def _topology_changed(event: Event, keys: set[str]) -> bool:
    old = event.old_node.labels if event.old_node else _NO_LABELS
    new = event.new_node.labels if event.new_node else _NO_LABELS
    taints = event.old_node and event.new_node and event.old_node.taints != event.new_node.taints
    return bool(taints) or any(old.get(key) != new.get(key) for key in keys)


def _inter_pod_affinity(event: Event, pod: Pod) -> bool:
    cls = pod.cls
    if event.is_node_gain and event.new_node is not None:
        return event.old_node is None or event.old_node.labels != event.new_node.labels
    if event.kind is Kind.NAMESPACE:
        return True
    if event.new_pod is not None and _selects(cls.affinity, event.new_pod):
        return True
    gone = event.old_pod
    if gone is None:
        return False
    if _selects(cls.anti_affinity, gone):
        return True
    return any(held.weight == 0 and _selects((held.term,), pod) for held in gone.cls.held)


def _selects(terms: Iterable[AffinityTerm], pod: Pod) -> bool:
    """Whether a term selects the pod; one that goes by labels of namespaces may, so it counts."""
    return any(
        (term.namespace_selector is not None or pod.namespace in term.namespaces)
        and term.selector.matches(pod.cls.labels)
        for term in terms
    )


def _volume_binding(event: Event, pod: Pod) -> bool:
    return event.kind is Kind.CLAIM and any(event.name == f"{pod.namespace}/{claim}" for claim, _ in pod.claims)


HINTS: Mapping[str, Hint] = {
    NO_NODES: _no_nodes,
    "NodeUnschedulable": _node_unschedulable,
    "TaintToleration": _taint_toleration,
    "NodeAffinity": _node_affinity,
    "NodePorts": _node_ports,
    "NodeResourcesFit": _node_resources_fit,
    "VolumeBinding": _volume_binding,
    "PodTopologySpread": _pod_topology_spread,
    "InterPodAffinity": _inter_pod_affinity,
}
