"""Storage class: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.core.affinity import TopologySelectorTerm
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.schema.marks import Atomic, Default


class StorageClass(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: ObjectMeta
    allowVolumeExpansion: bool | None
    allowedTopologies: Annotated[list[TopologySelectorTerm], Atomic()]
    mountOptions: Annotated[list[str], Atomic()]
    parameters: dict[str, str]
    provisioner: Required[str]
    reclaimPolicy: Annotated[str | None, Default("Delete")]
    volumeBindingMode: Annotated[str | None, Default("Immediate")]
