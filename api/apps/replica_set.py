"""Replica set: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required, TypedDict

from pybernetes.api.core.pod_template import PodTemplateSpec
from pybernetes.api.meta.label_selector import LabelSelector
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Int32, Int64, Time
from pybernetes.api.schema.marks import Always, Default, ListMap, PatchMerge


class ReplicaSet(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Annotated[ReplicaSetSpec, Always()]
    status: Annotated[ReplicaSetStatus, Always()]


class ReplicaSetSpec(TypedDict, total=False):
    minReadySeconds: Int32
    replicas: Annotated[Int32 | None, Default(1)]
    selector: Required[LabelSelector]
    template: Annotated[PodTemplateSpec, Always()]


class ReplicaSetStatus(TypedDict, total=False):
    availableReplicas: Int32
    conditions: Annotated[list[ReplicaSetCondition], ListMap("type"), PatchMerge("type")]
    fullyLabeledReplicas: Int32
    observedGeneration: Int64
    readyReplicas: Int32
    replicas: Required[Int32]
    terminatingReplicas: Int32 | None


class ReplicaSetCondition(TypedDict, total=False):
    status: Required[str]
    lastTransitionTime: Time
    message: str
    reason: str
    type: Required[str]
