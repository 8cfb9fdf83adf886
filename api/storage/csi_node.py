"""Csi node: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Int32
from pybernetes.api.schema.marks import Always, Atomic, ListMap, PatchMerge


class CSINode(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Required[Annotated[CSINodeSpec, Always()]]


class CSINodeSpec(TypedDict, total=False):
    drivers: Required[Annotated[list[CSINodeDriver], ListMap("name"), PatchMerge("name")]]


class CSINodeDriver(TypedDict, total=False):
    allocatable: VolumeNodeResources
    name: Required[str]
    nodeID: Required[str]
    topologyKeys: Annotated[list[str], Atomic()]


class VolumeNodeResources(TypedDict, total=False):
    count: Int32 | None
