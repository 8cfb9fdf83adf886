"""Affinity: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.meta.label_selector import LabelSelector
from pybernetes.api.scalars import Int32, Int64
from pybernetes.api.schema.marks import Always, Atomic, struct


class Affinity(TypedDict, total=False):
    """Where a pod must or would rather be placed."""

    nodeAffinity: NodeAffinity
    "Rules about the labels of nodes."
    podAffinity: PodAffinity
    "Rules about pods to be near to."
    podAntiAffinity: PodAntiAffinity
    "Rules about pods to be away from."


class NodeAffinity(TypedDict, total=False):
    """Rules about the labels of the node that a pod is placed on."""

    preferredDuringSchedulingIgnoredDuringExecution: Annotated[list[PreferredSchedulingTerm], Atomic()]
    "Terms that add their weight to the score of each node that matches."
    requiredDuringSchedulingIgnoredDuringExecution: NodeSelector
    "What a node must match at the time of scheduling. Later changes do not move the pod."


class PreferredSchedulingTerm(TypedDict, total=False):
    """A preference for certain nodes."""

    preference: Required[Annotated[NodeSelectorTerm, Always()]]
    "Which nodes are preferred."
    weight: Required[Int32]
    "How much it counts, from 1 to 100."


@struct(atomic=True)
class NodeSelectorTerm(TypedDict, total=False):
    """Requirements on a node, all of which must hold. An empty term matches no node."""

    matchExpressions: Annotated[list[NodeSelectorRequirement], Atomic()]
    "Requirements on the node's labels."
    matchFields: Annotated[list[NodeSelectorRequirement], Atomic()]
    "Requirements on the node's fields; metadata.name is the one that there is."


class NodeSelectorRequirement(TypedDict, total=False):
    """A requirement on one label or field of a node."""

    key: Required[str]
    "The label or the field."
    operator: Required[str]
    "In, NotIn, Exists, DoesNotExist, Gt or Lt."
    values: Annotated[list[str], Atomic()]
    "What to compare with: some for In and NotIn, none for Exists and DoesNotExist, one integer for Gt and Lt."


@struct(atomic=True)
class NodeSelector(TypedDict, total=False):
    """A set of nodes: those that match at least one of its terms."""

    nodeSelectorTerms: Required[Annotated[list[NodeSelectorTerm], Atomic()]]
    "The terms, of which one is enough."


class PodAffinity(TypedDict, total=False):
    """Rules about which pods a pod is placed near to."""

    preferredDuringSchedulingIgnoredDuringExecution: Annotated[list[WeightedPodAffinityTerm], Atomic()]
    "Terms that add their weight to the score of each node that satisfies them."
    requiredDuringSchedulingIgnoredDuringExecution: Annotated[list[PodAffinityTerm], Atomic()]
    "Terms that a node must satisfy, all of them, at the time of scheduling."


class WeightedPodAffinityTerm(TypedDict, total=False):
    """A preference about neighbours."""

    podAffinityTerm: Required[Annotated[PodAffinityTerm, Always()]]
    "Which pods it is about, and what counts as near."
    weight: Required[Int32]
    "How much it counts, from 1 to 100."


class PodAffinityTerm(TypedDict, total=False):
    """A set of pods, and what counts as near to them."""

    labelSelector: LabelSelector
    "Which pods, by their labels."
    matchLabelKeys: Annotated[list[str], Atomic()]
    "Labels in which the pods must also agree with the pod that is being placed."
    mismatchLabelKeys: Annotated[list[str], Atomic()]
    "Labels in which the pods must differ from the pod that is being placed."
    namespaceSelector: LabelSelector
    "Namespaces to look in, by their labels; an empty one stands for all namespaces."
    namespaces: Annotated[list[str], Atomic()]
    "Namespaces to look in, by name. Without either, the pod's own."
    topologyKey: Required[str]
    "The label of nodes that says what counts as near: nodes with an equal value of it."


class PodAntiAffinity(TypedDict, total=False):
    """Rules about which pods a pod is placed away from."""

    preferredDuringSchedulingIgnoredDuringExecution: Annotated[list[WeightedPodAffinityTerm], Atomic()]
    "Terms that take their weight from the score of each node that breaks them."
    requiredDuringSchedulingIgnoredDuringExecution: Annotated[list[PodAffinityTerm], Atomic()]
    "Terms, none of which a node may break at the time of scheduling."


class Toleration(TypedDict, total=False):
    """What lets a pod run in spite of a taint. It tolerates the taints that it matches."""

    effect: str
    "The effect that is tolerated: NoSchedule, PreferNoSchedule or NoExecute; any if empty."
    key: str
    "The key of the taint; any if empty, which needs the operator Exists."
    operator: str
    "Equal compares the values, and is the default; Exists matches any value; Gt and Lt compare integers."
    tolerationSeconds: Int64 | None
    "For NoExecute: how many seconds the pod stays after the taint appears. It stays for good without it."
    value: str
    "The value of the taint, for operators that compare."


class TopologySelectorLabelRequirement(TypedDict, total=False):
    """The values that one label of a node may have."""

    key: Required[str]
    "The label that is looked at."
    values: Required[Annotated[list[str], Atomic()]]
    "The values, of which one must be there."


@struct(atomic=True)
class TopologySelectorTerm(TypedDict, total=False):
    """Requirements on the place of a volume, all of which must hold."""

    matchLabelExpressions: Annotated[list[TopologySelectorLabelRequirement], Atomic()]
    "Requirements on the labels of nodes."


class TopologySpreadConstraint(TypedDict, total=False):
    """How evenly matching pods are spread over the domains of a topology."""

    labelSelector: LabelSelector
    "Which pods are counted in each domain."
    matchLabelKeys: Annotated[list[str], Atomic()]
    "Labels in which counted pods must also agree with the pod that is being placed."
    maxSkew: Required[Int32]
    "By how many pods a domain may exceed the one that has the fewest."
    minDomains: Int32 | None
    "With fewer domains than this, the fewest is taken to be 0. Only with DoNotSchedule."
    nodeAffinityPolicy: str | None
    """Whether nodes that the pod's node affinity and selector rule out are left out (Honor, the default) or counted
    (Ignore).
    """
    nodeTaintsPolicy: str | None
    "Whether nodes with taints that the pod does not tolerate are left out (Honor) or counted (Ignore, the default)."
    topologyKey: Required[str]
    "The label of nodes whose values are the domains."
    whenUnsatisfiable: Required[str]
    "DoNotSchedule leaves the pod pending; ScheduleAnyway only prefers nodes that lower the skew."
