"""Csi driver: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Int64
from pybernetes.api.schema.marks import Always, Atomic, Default, ListSet


class CSIDriver(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Required[Annotated[CSIDriverSpec, Always()]]


class CSIDriverSpec(TypedDict, total=False):
    attachRequired: Annotated[bool | None, Default(True)]
    fsGroupPolicy: str | None
    nodeAllocatableUpdatePeriodSeconds: Int64 | None
    podInfoOnMount: Annotated[bool | None, Default(False)]
    preventPodSchedulingIfMissing: bool
    requiresRepublish: Annotated[bool | None, Default(False)]
    seLinuxMount: Annotated[bool | None, Default(False)]
    serviceAccountTokenInSecrets: bool | None
    storageCapacity: Annotated[bool | None, Default(False)]
    tokenRequests: Annotated[list[TokenRequest], Atomic()]
    volumeLifecycleModes: Annotated[list[str], ListSet()]


class TokenRequest(TypedDict, total=False):
    audience: Required[str]
    expirationSeconds: Int64
