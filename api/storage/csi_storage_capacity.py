"""Csi storage capacity: the shape on the wire."""

from __future__ import annotations

from typing import Required

from typing_extensions import TypedDict

from pybernetes.api.meta.label_selector import LabelSelector
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Quantity


class CSIStorageCapacity(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: ObjectMeta
    capacity: Quantity
    maximumVolumeSize: Quantity
    nodeTopology: LabelSelector
    storageClassName: Required[str]
