"""Service account: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, TypedDict

from pybernetes.api.core.reference import LocalObjectReference, ObjectReference
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.schema.marks import Atomic, ListMap, PatchMerge


class ServiceAccount(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: ObjectMeta
    automountServiceAccountToken: bool | None
    imagePullSecrets: Annotated[list[LocalObjectReference], Atomic()]
    secrets: Annotated[list[ObjectReference], ListMap("name"), PatchMerge("name")]
