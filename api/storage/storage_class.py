"""Storage class: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.core.affinity import TopologySelectorTerm
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.schema.marks import Always, Atomic, Default


class StorageClass(TypedDict, total=False):
    """A kind of storage that claims can ask for, and how volumes of it are made."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    allowVolumeExpansion: bool | None
    "Whether claims may grow."
    allowedTopologies: Annotated[list[TopologySelectorTerm], Atomic()]
    "Where volumes may be made; anywhere by default."
    mountOptions: Annotated[list[str], Atomic()]
    "Options for mounting volumes of the class, which are not checked beforehand."
    parameters: dict[str, str]
    "Settings for the provisioner."
    provisioner: Required[str]
    "What makes the volumes, such as the name of a CSI driver."
    reclaimPolicy: Annotated[str | None, Default("Delete")]
    "What becomes of a volume when its claim goes: Delete or Retain."
    volumeBindingMode: Annotated[str | None, Default("Immediate")]
    "Immediate, or WaitForFirstConsumer to choose the place of a volume together with that of its pod."
