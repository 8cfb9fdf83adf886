"""Persistent volume claim: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.core.volume import PersistentVolumeClaimSpec
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Quantity, Time
from pybernetes.api.schema.marks import Always, Atomic, Default, ListMap, PatchMerge


class PersistentVolumeClaim(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Annotated[PersistentVolumeClaimSpec, Always()]
    status: Annotated[PersistentVolumeClaimStatus, Always()]


class PersistentVolumeClaimStatus(TypedDict, total=False):
    accessModes: Annotated[list[str], Atomic()]
    allocatedResourceStatuses: dict[str, str]
    allocatedResources: dict[str, Quantity]
    capacity: dict[str, Quantity]
    conditions: Annotated[list[PersistentVolumeClaimCondition], ListMap("type"), PatchMerge("type")]
    currentVolumeAttributesClassName: str | None
    modifyVolumeStatus: ModifyVolumeStatus
    phase: Annotated[str, Default("Pending")]


class PersistentVolumeClaimCondition(TypedDict, total=False):
    status: Required[str]
    lastProbeTime: Annotated[Time, Always()]
    lastTransitionTime: Annotated[Time, Always()]
    message: str
    reason: str
    type: Required[str]


class ModifyVolumeStatus(TypedDict, total=False):
    status: Required[str]
    targetVolumeAttributesClassName: str
