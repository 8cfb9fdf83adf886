"""Certificate signing request: the shape on the wire, its columns. The rules are in `validation`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.certificates.validation import conditions_of, validate
from pybernetes.api.columns import AGE, NAME, NONE, text_of
from pybernetes.api.definition import Column, Definition, text_field
from pybernetes.api.duration import human_duration
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.object import Json
from pybernetes.api.scalars import Base64, Int32, Time
from pybernetes.api.schema.marks import Always, Atomic, ListMap


class CertificateSigningRequest(TypedDict, total=False):
    """A wish for a certificate, to be approved and then signed."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    spec: Required[Annotated[CertificateSigningRequestSpec, Always()]]
    "What is to be certified, by whom, and who asks."
    status: Annotated[CertificateSigningRequestStatus, Always()]
    "Whether it was approved, and the certificate."


class CertificateSigningRequestSpec(TypedDict, total=False):
    """What is to be certified, by whom, and who asks. It cannot change."""

    expirationSeconds: Int32 | None
    "For how many seconds the certificate is to be good. The signer may decide otherwise. At least 600."
    extra: dict[str, list[str]]
    "Further data about who asks. The server fills it in."
    groups: Annotated[list[str], Atomic()]
    "The groups of who asks. The server fills them in."
    request: Required[Base64]
    "The request as PKCS#10 in PEM, in base64."
    signerName: Required[str]
    "The signer that is asked, such as kubernetes.io/kube-apiserver-client."
    uid: str
    "The id of who asks. The server fills it in."
    usages: Annotated[list[str], Atomic()]
    "What the key may be used for, such as client auth."
    username: str
    "The name of who asks. The server fills it in."


class CertificateSigningRequestStatus(TypedDict, total=False):
    """Whether a request for a certificate was approved, and the certificate."""

    certificate: Base64
    "The chain of certificates in PEM, in base64, once it is signed."
    conditions: Annotated[list[CertificateSigningRequestCondition], ListMap("type")]
    "Whether the request was approved, was denied or has failed."


class CertificateSigningRequestCondition(TypedDict, total=False):
    """One aspect of what became of a request for a certificate."""

    status: Required[str]
    "Whether it is so: True, as approval and denial always are."
    lastTransitionTime: Annotated[Time, Always()]
    "When the status last changed."
    lastUpdateTime: Annotated[Time, Always()]
    "When the condition was last written."
    message: str
    "A sentence for people about the last change."
    reason: str
    "A word in CamelCase that says why the status is what it is."
    type: Required[str]
    "Approved, Denied or Failed."


def _any_name(name: str) -> list[str]:
    return []


def _duration(request: Json, now: datetime) -> str:
    seconds = (request.get("spec") or {}).get("expirationSeconds")
    return NONE if seconds is None else human_duration(seconds)


def _state(request: Json, now: datetime) -> str:
    types = {one.get("type") for one in conditions_of(request)}
    state = "Denied" if "Denied" in types else "Approved" if "Approved" in types else "Pending"
    parts = [state, *(["Failed"] if "Failed" in types else [])]
    if (request.get("status") or {}).get("certificate"):
        parts.append("Issued")
    return ",".join(parts)


DEFINITION = Definition(
    columns=(
        NAME,
        AGE,
        Column("SignerName", text_of("spec", "signerName", default=NONE), description="The signer that is asked."),
        Column("Requestor", text_of("spec", "username"), description="Who asks."),
        Column("RequestedDuration", _duration, description="For how long the certificate is to be good."),
        Column("Condition", _state, description="What has become of the request."),
    ),
    name_check=_any_name,
    validate=validate,
    fields={"spec.signerName": text_field("spec", "signerName")},
)
