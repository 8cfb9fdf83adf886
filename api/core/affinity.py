"""Affinity: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.meta.label_selector import LabelSelector
from pybernetes.api.scalars import Int32, Int64
from pybernetes.api.schema.marks import Always, Atomic, struct


class Affinity(TypedDict, total=False):
    nodeAffinity: NodeAffinity
    podAffinity: PodAffinity
    podAntiAffinity: PodAntiAffinity


class NodeAffinity(TypedDict, total=False):
    preferredDuringSchedulingIgnoredDuringExecution: Annotated[list[PreferredSchedulingTerm], Atomic()]
    requiredDuringSchedulingIgnoredDuringExecution: NodeSelector


class PreferredSchedulingTerm(TypedDict, total=False):
    preference: Required[Annotated[NodeSelectorTerm, Always()]]
    weight: Required[Int32]


@struct(atomic=True)
class NodeSelectorTerm(TypedDict, total=False):
    matchExpressions: Annotated[list[NodeSelectorRequirement], Atomic()]
    matchFields: Annotated[list[NodeSelectorRequirement], Atomic()]


class NodeSelectorRequirement(TypedDict, total=False):
    key: Required[str]
    operator: Required[str]
    values: Annotated[list[str], Atomic()]


@struct(atomic=True)
class NodeSelector(TypedDict, total=False):
    nodeSelectorTerms: Required[Annotated[list[NodeSelectorTerm], Atomic()]]


class PodAffinity(TypedDict, total=False):
    preferredDuringSchedulingIgnoredDuringExecution: Annotated[list[WeightedPodAffinityTerm], Atomic()]
    requiredDuringSchedulingIgnoredDuringExecution: Annotated[list[PodAffinityTerm], Atomic()]


class WeightedPodAffinityTerm(TypedDict, total=False):
    podAffinityTerm: Required[Annotated[PodAffinityTerm, Always()]]
    weight: Required[Int32]


class PodAffinityTerm(TypedDict, total=False):
    labelSelector: LabelSelector
    matchLabelKeys: Annotated[list[str], Atomic()]
    mismatchLabelKeys: Annotated[list[str], Atomic()]
    namespaceSelector: LabelSelector
    namespaces: Annotated[list[str], Atomic()]
    topologyKey: Required[str]


class PodAntiAffinity(TypedDict, total=False):
    preferredDuringSchedulingIgnoredDuringExecution: Annotated[list[WeightedPodAffinityTerm], Atomic()]
    requiredDuringSchedulingIgnoredDuringExecution: Annotated[list[PodAffinityTerm], Atomic()]


class Toleration(TypedDict, total=False):
    effect: str
    key: str
    operator: str
    tolerationSeconds: Int64 | None
    value: str


class TopologySelectorLabelRequirement(TypedDict, total=False):
    key: Required[str]
    values: Required[Annotated[list[str], Atomic()]]


@struct(atomic=True)
class TopologySelectorTerm(TypedDict, total=False):
    matchLabelExpressions: Annotated[list[TopologySelectorLabelRequirement], Atomic()]


class TopologySpreadConstraint(TypedDict, total=False):
    labelSelector: LabelSelector
    matchLabelKeys: Annotated[list[str], Atomic()]
    maxSkew: Required[Int32]
    minDomains: Int32 | None
    nodeAffinityPolicy: str | None
    nodeTaintsPolicy: str | None
    topologyKey: Required[str]
    whenUnsatisfiable: Required[str]
