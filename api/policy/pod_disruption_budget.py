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
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Annotated[PodDisruptionBudgetSpec, Always()]
    status: Annotated[PodDisruptionBudgetStatus, Always()]


class PodDisruptionBudgetSpec(TypedDict, total=False):
    maxUnavailable: IntOrString
    minAvailable: IntOrString
    selector: Annotated[LabelSelector, PatchMerge(replace=True)]
    unhealthyPodEvictionPolicy: str | None


class PodDisruptionBudgetStatus(TypedDict, total=False):
    conditions: Annotated[list[Condition], ListMap("type"), PatchMerge("type")]
    currentHealthy: Int32
    desiredHealthy: Int32
    disruptedPods: dict[str, Time]
    disruptionsAllowed: Int32
    expectedPods: Int32
    observedGeneration: Int64


DEFINITION = Definition(spec_fields=("spec",))
