"""Priority level configuration: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.definition import Definition
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Int32, Time
from pybernetes.api.schema.marks import Always, ListMap, PatchMerge


class PriorityLevelConfiguration(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Annotated[PriorityLevelConfigurationSpec, Always()]
    status: Annotated[PriorityLevelConfigurationStatus, Always()]


class PriorityLevelConfigurationSpec(TypedDict, total=False):
    exempt: ExemptPriorityLevelConfiguration
    limited: LimitedPriorityLevelConfiguration
    type: Required[str]


class ExemptPriorityLevelConfiguration(TypedDict, total=False):
    lendablePercent: Int32 | None
    nominalConcurrencyShares: Int32 | None


class LimitedPriorityLevelConfiguration(TypedDict, total=False):
    borrowingLimitPercent: Int32 | None
    lendablePercent: Int32 | None
    limitResponse: Annotated[LimitResponse, Always()]
    nominalConcurrencyShares: Int32


class LimitResponse(TypedDict, total=False):
    queuing: QueuingConfiguration
    type: Required[str]


class QueuingConfiguration(TypedDict, total=False):
    handSize: Int32
    queueLengthLimit: Int32
    queues: Int32


class PriorityLevelConfigurationStatus(TypedDict, total=False):
    conditions: Annotated[list[PriorityLevelConfigurationCondition], ListMap("type"), PatchMerge("type")]


class PriorityLevelConfigurationCondition(TypedDict, total=False):
    status: str
    lastTransitionTime: Annotated[Time, Always()]
    message: str
    reason: str
    type: str


DEFINITION = Definition(spec_fields=("spec",))
