"""Stateful set: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.core.persistent_volume_claim import PersistentVolumeClaim
from pybernetes.api.core.pod_defaults import set_template_defaults
from pybernetes.api.core.pod_template import PodTemplateSpec
from pybernetes.api.definition import Definition
from pybernetes.api.meta.label_selector import LabelSelector
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.object import Json
from pybernetes.api.scalars import Int32, Int64, IntOrString, Time
from pybernetes.api.schema.marks import Always, Atomic, Default, ListMap, PatchMerge


class StatefulSet(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Annotated[StatefulSetSpec, Always()]
    status: Annotated[StatefulSetStatus, Always()]


class StatefulSetSpec(TypedDict, total=False):
    minReadySeconds: Int32
    ordinals: StatefulSetOrdinals
    persistentVolumeClaimRetentionPolicy: StatefulSetPersistentVolumeClaimRetentionPolicy
    podManagementPolicy: Annotated[str, Default("OrderedReady")]
    replicas: Annotated[Int32 | None, Default(1)]
    revisionHistoryLimit: Annotated[Int32 | None, Default(10)]
    selector: Required[LabelSelector]
    serviceName: str
    template: Required[Annotated[PodTemplateSpec, Always()]]
    updateStrategy: Annotated[StatefulSetUpdateStrategy, Always()]
    volumeClaimTemplates: Annotated[list[PersistentVolumeClaim], Atomic()]


class StatefulSetOrdinals(TypedDict, total=False):
    start: Int32


class StatefulSetPersistentVolumeClaimRetentionPolicy(TypedDict, total=False):
    whenDeleted: str
    whenScaled: str


class StatefulSetUpdateStrategy(TypedDict, total=False):
    rollingUpdate: RollingUpdateStatefulSetStrategy
    type: Annotated[str, Default("RollingUpdate")]


class RollingUpdateStatefulSetStrategy(TypedDict, total=False):
    maxUnavailable: IntOrString
    partition: Int32 | None


class StatefulSetStatus(TypedDict, total=False):
    availableReplicas: Int32
    collisionCount: Int32 | None
    conditions: Annotated[list[StatefulSetCondition], ListMap("type"), PatchMerge("type")]
    currentReplicas: Int32
    currentRevision: str
    observedGeneration: Int64
    readyReplicas: Int32
    replicas: Required[Int32]
    updateRevision: str
    updatedReplicas: Int32


class StatefulSetCondition(TypedDict, total=False):
    status: Required[str]
    lastTransitionTime: Annotated[Time, Always()]
    message: str
    reason: str
    type: Required[str]


def _set_defaults(obj: Json) -> None:
    set_template_defaults((obj.get("spec") or {}).get("template") or {})


DEFINITION = Definition(set_defaults=_set_defaults, spec_fields=("spec",))
