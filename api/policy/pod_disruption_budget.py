"""Pod disruption budget: the shape on the wire."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypedDict

from pybernetes.api.definition import Definition
from pybernetes.api.meta.condition import Condition
from pybernetes.api.meta.label_selector import LabelSelector
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Int32, Int64, IntOrString, Time
from pybernetes.api.schema.marks import Always, ListMap, PatchMerge


class PodDisruptionBudget(TypedDict, total=False):
    """How many of some pods must stay, or may be missing, when pods are evicted on purpose."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    spec: Annotated[PodDisruptionBudgetSpec, Always()]
    "Which pods, and how many."
    status: Annotated[PodDisruptionBudgetStatus, Always()]
    "How many may be evicted now."


class PodDisruptionBudgetSpec(TypedDict, total=False):
    """Which pods a budget protects, and how many. One of maxUnavailable and minAvailable is set."""

    maxUnavailable: IntOrString
    "How many may be missing after an eviction, as a number or a percentage."
    minAvailable: IntOrString
    "How many must be there after an eviction, as a number or a percentage."
    selector: Annotated[LabelSelector, PatchMerge(replace=True)]
    "The pods that it is for; none if not set, all of the namespace if it is empty."
    unhealthyPodEvictionPolicy: str | None
    """Whether pods that are not ready can be evicted whatever the budget (AlwaysAllow) or while it holds
    (IfHealthyBudget, the default).
    """


class PodDisruptionBudgetStatus(TypedDict, total=False):
    """How many pods may be evicted now."""

    conditions: Annotated[list[Condition], ListMap("type"), PatchMerge("type")]
    "What is known of the budget; DisruptionAllowed says whether a pod may be evicted."
    currentHealthy: Int32
    "How many pods are ready."
    desiredHealthy: Int32
    "How many must be."
    disruptedPods: dict[str, Time]
    "Pods whose eviction was granted and that are not gone yet, with the time of it."
    disruptionsAllowed: Int32
    "How many pods may be evicted now."
    expectedPods: Int32
    "How many pods the budget counts with."
    observedGeneration: Int64
    "The generation of the object that this status was worked out from."


DEFINITION = Definition(spec_fields=("spec",))
