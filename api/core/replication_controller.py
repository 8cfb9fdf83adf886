"""Replication controller: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required, TypedDict

from pybernetes.api.core.pod_template import PodTemplateSpec
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Int32, Int64, Time
from pybernetes.api.schema.marks import Always, AtomicMap, Default, ListMap, PatchMerge


class ReplicationController(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Annotated[ReplicationControllerSpec, Always()]
    status: Annotated[ReplicationControllerStatus, Always()]


class ReplicationControllerSpec(TypedDict, total=False):
    minReadySeconds: Int32
    replicas: Annotated[Int32 | None, Default(1)]
    selector: Annotated[dict[str, str], AtomicMap()]
    template: PodTemplateSpec


class ReplicationControllerStatus(TypedDict, total=False):
    availableReplicas: Int32
    conditions: Annotated[list[ReplicationControllerCondition], ListMap("type"), PatchMerge("type")]
    fullyLabeledReplicas: Int32
    observedGeneration: Int64
    readyReplicas: Int32
    replicas: Required[Int32]


class ReplicationControllerCondition(TypedDict, total=False):
    status: Required[str]
    lastTransitionTime: Time
    message: str
    reason: str
    type: Required[str]
