"""Csi node: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Int32
from pybernetes.api.schema.marks import Always, Atomic, ListMap, PatchMerge


class CSINode(TypedDict, total=False):
    """The CSI drivers on a node. It is called after the node."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    spec: Required[Annotated[CSINodeSpec, Always()]]
    "What each driver says of the node."


class CSINodeSpec(TypedDict, total=False):
    """What the CSI drivers on a node say of it."""

    drivers: Required[Annotated[list[CSINodeDriver], ListMap("name"), PatchMerge("name")]]
    "The drivers; the list may be empty."


class CSINodeDriver(TypedDict, total=False):
    """What a CSI driver says of a node."""

    allocatable: VolumeNodeResources
    "How many volumes the node can take."
    name: Required[str]
    "The driver's name."
    nodeID: Required[str]
    "The node's id, as the driver knows it."
    topologyKeys: Annotated[list[str], Atomic()]
    "The labels of nodes that say where the driver's volumes can be reached from."


class VolumeNodeResources(TypedDict, total=False):
    """How many volumes a node can take."""

    count: Int32 | None
    "The most volumes of the driver that the node can use; no limit if not set."
