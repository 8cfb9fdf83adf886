"""Certificate signing request: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Base64, Int32, Time
from pybernetes.api.schema.marks import Always, Atomic, ListMap


class CertificateSigningRequest(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Required[Annotated[CertificateSigningRequestSpec, Always()]]
    status: Annotated[CertificateSigningRequestStatus, Always()]


class CertificateSigningRequestSpec(TypedDict, total=False):
    expirationSeconds: Int32 | None
    extra: dict[str, list[str]]
    groups: Annotated[list[str], Atomic()]
    request: Required[Base64]
    signerName: Required[str]
    uid: str
    usages: Annotated[list[str], Atomic()]
    username: str


class CertificateSigningRequestStatus(TypedDict, total=False):
    certificate: Base64
    conditions: Annotated[list[CertificateSigningRequestCondition], ListMap("type")]


class CertificateSigningRequestCondition(TypedDict, total=False):
    status: Required[str]
    lastTransitionTime: Annotated[Time, Always()]
    lastUpdateTime: Annotated[Time, Always()]
    message: str
    reason: str
    type: Required[str]
