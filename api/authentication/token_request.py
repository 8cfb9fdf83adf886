"""Token request: the shape on the wire, and its rules."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypedDict

from pybernetes.api.definition import Definition
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.object import Json
from pybernetes.api.scalars import Int64, Time
from pybernetes.api.schema.marks import Always, Atomic, Default


class TokenRequest(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Annotated[TokenRequestSpec, Always()]
    status: Annotated[TokenRequestStatus, Always()]


class TokenRequestSpec(TypedDict, total=False):
    audiences: Annotated[list[str], Atomic(), Always()]
    boundObjectRef: BoundObjectReference
    expirationSeconds: Annotated[Int64 | None, Default(3600)]


class BoundObjectReference(TypedDict, total=False):
    apiVersion: str
    kind: str
    name: str
    uid: str


class TokenRequestStatus(TypedDict, total=False):
    expirationTimestamp: Annotated[Time, Always()]
    token: Annotated[str, Always()]


_MIN_SECONDS = 10 * 60
_MAX_SECONDS = 1 << 32


def _set_defaults(request: Json) -> None:
    """What the token is bound to is written even when it is nothing."""
    request.setdefault("spec", {}).setdefault("boundObjectRef", None)


def _validate(request: Json, errors: ErrorList) -> None:
    seconds = (request.get("spec") or {}).get("expirationSeconds", 0)
    if seconds < _MIN_SECONDS:
        errors.invalid("spec.expirationSeconds", seconds, "may not specify a duration less than 10 minutes")
    if seconds > _MAX_SECONDS:
        errors.invalid("spec.expirationSeconds", seconds, "may not specify a duration larger than 2^32 seconds")


DEFINITION = Definition(shape=TokenRequest, set_defaults=_set_defaults, validate=_validate)
