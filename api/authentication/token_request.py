"""Token request: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, TypedDict

from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Int64, Time
from pybernetes.api.schema.marks import Always, Atomic, Default


class TokenRequest(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Annotated[TokenRequestSpec, Always()]
    status: Annotated[TokenRequestStatus, Always()]


class TokenRequestSpec(TypedDict, total=False):
    audiences: Annotated[list[str], Atomic()]
    boundObjectRef: BoundObjectReference
    expirationSeconds: Annotated[Int64 | None, Default(3600)]


class BoundObjectReference(TypedDict, total=False):
    apiVersion: str
    kind: str
    name: str
    uid: str


class TokenRequestStatus(TypedDict, total=False):
    expirationTimestamp: Time
    token: str
