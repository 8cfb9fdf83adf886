"""Csi storage capacity: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.meta.label_selector import LabelSelector
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Quantity
from pybernetes.api.schema.marks import Always


class CSIStorageCapacity(TypedDict, total=False):
    """How much room a driver has for volumes of one class in one place."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    capacity: Quantity
    "The room that is left. Unknown if not set."
    maximumVolumeSize: Quantity
    "The largest volume that can be made."
    nodeTopology: LabelSelector
    "The nodes that can reach the place; none if not set, all if it is empty."
    storageClassName: Required[str]
    "The storage class that it is about."
