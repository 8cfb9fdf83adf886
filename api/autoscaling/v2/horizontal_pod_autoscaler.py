"""Horizontal pod autoscaler: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.meta.label_selector import LabelSelector
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Int32, Int64, Quantity, Time
from pybernetes.api.schema.marks import Always, Atomic, Default, ListMap, PatchMerge


class HorizontalPodAutoscaler(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Required[Annotated[HorizontalPodAutoscalerSpec, Always()]]
    status: Annotated[HorizontalPodAutoscalerStatus, Always()]


class HorizontalPodAutoscalerSpec(TypedDict, total=False):
    behavior: HorizontalPodAutoscalerBehavior
    maxReplicas: Required[Int32]
    metrics: Annotated[list[MetricSpec], Atomic()]
    minReplicas: Annotated[Int32 | None, Default(1)]
    scaleTargetRef: Required[Annotated[CrossVersionObjectReference, Always()]]


class HorizontalPodAutoscalerBehavior(TypedDict, total=False):
    scaleDown: HPAScalingRules
    scaleUp: HPAScalingRules


class HPAScalingRules(TypedDict, total=False):
    policies: Annotated[list[HPAScalingPolicy], Atomic()]
    selectPolicy: str | None
    stabilizationWindowSeconds: Int32 | None
    tolerance: Quantity


class HPAScalingPolicy(TypedDict, total=False):
    periodSeconds: Required[Int32]
    type: Required[str]
    value: Required[Int32]


class MetricSpec(TypedDict, total=False):
    containerResource: ContainerResourceMetricSource
    external: ExternalMetricSource
    object: ObjectMetricSource
    pods: PodsMetricSource
    resource: ResourceMetricSource
    type: Required[str]


class ContainerResourceMetricSource(TypedDict, total=False):
    container: Required[str]
    name: Required[str]
    target: Required[Annotated[MetricTarget, Always()]]


class MetricTarget(TypedDict, total=False):
    averageUtilization: Int32 | None
    averageValue: Quantity
    type: Required[str]
    value: Quantity


class ExternalMetricSource(TypedDict, total=False):
    metric: Required[Annotated[MetricIdentifier, Always()]]
    target: Required[Annotated[MetricTarget, Always()]]


class MetricIdentifier(TypedDict, total=False):
    name: Required[str]
    selector: LabelSelector


class ObjectMetricSource(TypedDict, total=False):
    describedObject: Required[Annotated[CrossVersionObjectReference, Always()]]
    metric: Required[Annotated[MetricIdentifier, Always()]]
    target: Required[Annotated[MetricTarget, Always()]]


class CrossVersionObjectReference(TypedDict, total=False):
    apiVersion: str
    kind: Required[str]
    name: Required[str]


class PodsMetricSource(TypedDict, total=False):
    metric: Required[Annotated[MetricIdentifier, Always()]]
    target: Required[Annotated[MetricTarget, Always()]]


class ResourceMetricSource(TypedDict, total=False):
    name: Required[str]
    target: Required[Annotated[MetricTarget, Always()]]


class HorizontalPodAutoscalerStatus(TypedDict, total=False):
    conditions: Annotated[list[HorizontalPodAutoscalerCondition], ListMap("type"), PatchMerge("type")]
    currentMetrics: Annotated[list[MetricStatus], Atomic()]
    currentReplicas: Int32
    desiredReplicas: Required[Int32]
    lastScaleTime: Time
    observedGeneration: Int64 | None


class HorizontalPodAutoscalerCondition(TypedDict, total=False):
    status: Required[str]
    lastTransitionTime: Annotated[Time, Always()]
    message: str
    reason: str
    type: Required[str]


class MetricStatus(TypedDict, total=False):
    containerResource: ContainerResourceMetricStatus
    external: ExternalMetricStatus
    object: ObjectMetricStatus
    pods: PodsMetricStatus
    resource: ResourceMetricStatus
    type: Required[str]


class ContainerResourceMetricStatus(TypedDict, total=False):
    container: Required[str]
    current: Required[MetricValueStatus]
    name: Required[str]


class MetricValueStatus(TypedDict, total=False):
    averageUtilization: Int32 | None
    averageValue: Quantity
    value: Quantity


class ExternalMetricStatus(TypedDict, total=False):
    current: Required[MetricValueStatus]
    metric: Required[MetricIdentifier]


class ObjectMetricStatus(TypedDict, total=False):
    current: Required[MetricValueStatus]
    describedObject: Required[CrossVersionObjectReference]
    metric: Required[MetricIdentifier]


class PodsMetricStatus(TypedDict, total=False):
    current: Required[MetricValueStatus]
    metric: Required[MetricIdentifier]


class ResourceMetricStatus(TypedDict, total=False):
    current: Required[MetricValueStatus]
    name: Required[str]
