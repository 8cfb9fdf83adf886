"""Horizontal pod autoscaler: the shape on the wire, and its definition."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.autoscaling.v2.columns import AUTOSCALER_COLUMNS
from pybernetes.api.autoscaling.v2.defaults import set_autoscaler_defaults
from pybernetes.api.autoscaling.v2.validation import (
    validate_autoscaler,
    validate_autoscaler_status,
    validate_autoscaler_update,
)
from pybernetes.api.definition import Definition
from pybernetes.api.meta.label_selector import LabelSelector
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Int32, Int64, Quantity, Time
from pybernetes.api.schema.marks import Always, Atomic, Default, ListMap, PatchMerge


class HorizontalPodAutoscaler(TypedDict, total=False):
    """Changes how many pods a workload has by what is measured of them."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    spec: Required[Annotated[HorizontalPodAutoscalerSpec, Always()]]
    "Which workload, within what bounds, and by which measures."
    status: Annotated[HorizontalPodAutoscalerStatus, Always()]
    "What it last did."


class HorizontalPodAutoscalerSpec(TypedDict, total=False):
    """Which workload is scaled, within what bounds, and by which measures."""

    behavior: HorizontalPodAutoscalerBehavior
    "How fast it may go up and down."
    maxReplicas: Required[Int32]
    "The most pods that there may be."
    metrics: Annotated[list[MetricSpec], Atomic()]
    "The measures. Each proposes a number of pods, and the highest holds. The default is 80% of the requested CPU."
    minReplicas: Annotated[Int32 | None, Default(1)]
    "The fewest pods that there may be."
    scaleTargetRef: Required[Annotated[CrossVersionObjectReference, Always()]]
    "The workload. It must have the scale subresource."


class HorizontalPodAutoscalerBehavior(TypedDict, total=False):
    """How fast an autoscaler may go up and down."""

    scaleDown: HPAScalingRules
    "Rules for fewer pods. By default, the highest proposal of the last 300 seconds holds."
    scaleUp: HPAScalingRules
    "Rules for more pods. By default, 4 pods or 100% more every 15 seconds, whichever is more."


class HPAScalingRules(TypedDict, total=False):
    """How fast an autoscaler may go in one direction."""

    policies: Annotated[list[HPAScalingPolicy], Atomic()]
    "Bounds for the change within a time."
    selectPolicy: str | None
    "Which of the bounds holds: Max for the widest, which is the default, Min, or Disabled for no change."
    stabilizationWindowSeconds: Int32 | None
    "How many seconds of earlier proposals are looked back on before the number changes. At most 3600."
    tolerance: Quantity
    "How far a measure may be off its target without a change, such as 0.1, which is the default."


class HPAScalingPolicy(TypedDict, total=False):
    """A bound for the change within a time."""

    periodSeconds: Required[Int32]
    "Over how many seconds the change is counted. From 1 to 1800."
    type: Required[str]
    "Pods if value is a number of pods, Percent if it is a percentage of them."
    value: Required[Int32]
    "The most that may change. More than 0."


class MetricSpec(TypedDict, total=False):
    """A measure to scale by, and its target. The field that type names is set."""

    containerResource: ContainerResourceMetricSource
    "A resource of one container in each pod."
    external: ExternalMetricSource
    "A measure that has nothing to do with objects of the cluster, such as the length of a queue."
    object: ObjectMetricSource
    "A measure of one object of the cluster."
    pods: PodsMetricSource
    "A measure of each pod, of which the average counts."
    resource: ResourceMetricSource
    "A resource of the pods."
    type: Required[str]
    "ContainerResource, External, Object, Pods or Resource."


class ContainerResourceMetricSource(TypedDict, total=False):
    """A resource of one container in each pod, and its target."""

    container: Required[str]
    "The name of the container."
    name: Required[str]
    "The resource: cpu or memory."
    target: Required[Annotated[MetricTarget, Always()]]
    "What to aim for."


class MetricTarget(TypedDict, total=False):
    """What to aim for: a value, or an average over the pods."""

    averageUtilization: Int32 | None
    "The average over the pods, as a percentage of what they request. Only for resources."
    averageValue: Quantity
    "The average over the pods."
    type: Required[str]
    "Utilization, Value or AverageValue."
    value: Quantity
    "The value itself."


class ExternalMetricSource(TypedDict, total=False):
    """A measure from outside the cluster, and its target."""

    metric: Required[Annotated[MetricIdentifier, Always()]]
    "Which measure it is, by its name and labels."
    target: Required[Annotated[MetricTarget, Always()]]
    "What to aim for."


class MetricIdentifier(TypedDict, total=False):
    """A measure by its name."""

    name: Required[str]
    "The name of the measure."
    selector: LabelSelector
    "Labels that narrow the measure down."


class ObjectMetricSource(TypedDict, total=False):
    """A measure of one object, and its target."""

    describedObject: Required[Annotated[CrossVersionObjectReference, Always()]]
    "The object that is measured."
    metric: Required[Annotated[MetricIdentifier, Always()]]
    "Which measure it is, by its name and labels."
    target: Required[Annotated[MetricTarget, Always()]]
    "What to aim for."


class CrossVersionObjectReference(TypedDict, total=False):
    """An object of the same namespace."""

    apiVersion: str
    "The group and version of the object."
    kind: Required[str]
    "The kind of the object."
    name: Required[str]
    "The name of the object."


class PodsMetricSource(TypedDict, total=False):
    """A measure of each pod, and its target."""

    metric: Required[Annotated[MetricIdentifier, Always()]]
    "Which measure it is, by its name and labels."
    target: Required[Annotated[MetricTarget, Always()]]
    "What to aim for, as an average over the pods."


class ResourceMetricSource(TypedDict, total=False):
    """A resource of the pods, and its target."""

    name: Required[str]
    "The resource: cpu or memory."
    target: Required[Annotated[MetricTarget, Always()]]
    "What to aim for."


class HorizontalPodAutoscalerStatus(TypedDict, total=False):
    """What an autoscaler last saw and did."""

    conditions: Annotated[list[HorizontalPodAutoscalerCondition], ListMap("type"), PatchMerge("type")]
    "Whether it can scale, is scaling, and is held back by its bounds."
    currentMetrics: Annotated[list[MetricStatus], Atomic(), Always()]
    "What was last measured."
    currentReplicas: Int32
    "How many pods there were."
    desiredReplicas: Required[Int32]
    "How many pods it wants."
    lastScaleTime: Time
    "When it last changed the number."
    observedGeneration: Int64 | None
    "The generation of the object that this status was worked out from."


class HorizontalPodAutoscalerCondition(TypedDict, total=False):
    """One aspect of an autoscaler's state."""

    status: Required[str]
    "Whether the condition holds: True, False or Unknown."
    lastTransitionTime: Annotated[Time, Always()]
    "When the status last changed."
    message: str
    "A sentence for people about the last change."
    reason: str
    "A word in CamelCase that says why the status is what it is."
    type: Required[str]
    "The aspect: AbleToScale, ScalingActive or ScalingLimited."


class MetricStatus(TypedDict, total=False):
    """What was last measured. The field that type names is set."""

    containerResource: ContainerResourceMetricStatus
    "A resource of one container in each pod."
    external: ExternalMetricStatus
    "A measure from outside the cluster."
    object: ObjectMetricStatus
    "A measure of one object of the cluster."
    pods: PodsMetricStatus
    "A measure of each pod."
    resource: ResourceMetricStatus
    "A resource of the pods."
    type: Required[str]
    "ContainerResource, External, Object, Pods or Resource."


class ContainerResourceMetricStatus(TypedDict, total=False):
    """What was measured of one container in each pod."""

    container: Required[str]
    "The name of the container."
    current: Required[MetricValueStatus]
    "The value that was measured."
    name: Required[str]
    "The resource: cpu or memory."


class MetricValueStatus(TypedDict, total=False):
    """A value that was measured."""

    averageUtilization: Int32 | None
    "The average over the pods, as a percentage of what they request."
    averageValue: Quantity
    "The average over the pods."
    value: Quantity
    "The value itself."


class ExternalMetricStatus(TypedDict, total=False):
    """What was measured outside the cluster."""

    current: Required[MetricValueStatus]
    "The value that was measured."
    metric: Required[MetricIdentifier]
    "Which measure it is, by its name and labels."


class ObjectMetricStatus(TypedDict, total=False):
    """What was measured of one object."""

    current: Required[MetricValueStatus]
    "The value that was measured."
    describedObject: Required[CrossVersionObjectReference]
    "The object that was measured."
    metric: Required[MetricIdentifier]
    "Which measure it is, by its name and labels."


class PodsMetricStatus(TypedDict, total=False):
    """What was measured of the pods."""

    current: Required[MetricValueStatus]
    "The value that was measured."
    metric: Required[MetricIdentifier]
    "Which measure it is, by its name and labels."


class ResourceMetricStatus(TypedDict, total=False):
    """What was measured of a resource of the pods."""

    current: Required[MetricValueStatus]
    "The value that was measured."
    name: Required[str]
    "The resource: cpu or memory."


DEFINITION = Definition(
    columns=AUTOSCALER_COLUMNS,
    set_defaults=set_autoscaler_defaults,
    validate=validate_autoscaler,
    validate_update=validate_autoscaler_update,
    validate_status=validate_autoscaler_status,
)
