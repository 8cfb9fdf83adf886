"""Deployment: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required, TypedDict

from pybernetes.api.core.pod_template import PodTemplateSpec
from pybernetes.api.meta.label_selector import LabelSelector
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Int32, Int64, IntOrString, Time
from pybernetes.api.schema.marks import Always, Default, ListMap, PatchMerge


class Deployment(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Annotated[DeploymentSpec, Always()]
    status: Annotated[DeploymentStatus, Always()]


class DeploymentSpec(TypedDict, total=False):
    minReadySeconds: Int32
    paused: bool
    progressDeadlineSeconds: Annotated[Int32 | None, Default(600)]
    replicas: Annotated[Int32 | None, Default(1)]
    revisionHistoryLimit: Annotated[Int32 | None, Default(10)]
    selector: Required[LabelSelector]
    strategy: Annotated[DeploymentStrategy, Always(), PatchMerge(retain_keys=True, replace=True)]
    template: Required[Annotated[PodTemplateSpec, Always()]]


class DeploymentStrategy(TypedDict, total=False):
    rollingUpdate: RollingUpdateDeployment
    type: Annotated[str, Default("RollingUpdate")]


class RollingUpdateDeployment(TypedDict, total=False):
    maxSurge: IntOrString
    maxUnavailable: IntOrString


class DeploymentStatus(TypedDict, total=False):
    availableReplicas: Int32
    collisionCount: Int32 | None
    conditions: Annotated[list[DeploymentCondition], ListMap("type"), PatchMerge("type")]
    observedGeneration: Int64
    readyReplicas: Int32
    replicas: Int32
    terminatingReplicas: Int32 | None
    unavailableReplicas: Int32
    updatedReplicas: Int32


class DeploymentCondition(TypedDict, total=False):
    status: Required[str]
    lastTransitionTime: Time
    lastUpdateTime: Time
    message: str
    reason: str
    type: Required[str]
