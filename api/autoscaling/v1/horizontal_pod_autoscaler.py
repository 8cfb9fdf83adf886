"""Horizontal pod autoscaler: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Int32, Int64, Time
from pybernetes.api.schema.marks import Always, Default, struct


class HorizontalPodAutoscaler(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Required[Annotated[HorizontalPodAutoscalerSpec, Always()]]
    status: Annotated[HorizontalPodAutoscalerStatus, Always()]


class HorizontalPodAutoscalerSpec(TypedDict, total=False):
    maxReplicas: Required[Int32]
    minReplicas: Annotated[Int32 | None, Default(1)]
    scaleTargetRef: Required[Annotated[CrossVersionObjectReference, Always()]]
    targetCPUUtilizationPercentage: Int32 | None


@struct(atomic=True)
class CrossVersionObjectReference(TypedDict, total=False):
    apiVersion: str
    kind: Required[str]
    name: Required[str]


class HorizontalPodAutoscalerStatus(TypedDict, total=False):
    currentCPUUtilizationPercentage: Int32 | None
    currentReplicas: Required[Int32]
    desiredReplicas: Required[Int32]
    lastScaleTime: Time
    observedGeneration: Int64 | None
