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
    """A wish for a token of a service account. It is created at the service account's token subresource."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    spec: Annotated[TokenRequestSpec, Always()]
    "What the token is for."
    status: Annotated[TokenRequestStatus, Always()]
    "The token."


class TokenRequestSpec(TypedDict, total=False):
    """What a token is for."""

    audiences: Annotated[list[str], Atomic(), Always()]
    "Who the token is for. Others must refuse it. The default is the API server."
    boundObjectRef: BoundObjectReference
    "An object with which the token ends."
    expirationSeconds: Annotated[Int64 | None, Default(3600)]
    "For how many seconds the token is to be good. The server may make it shorter or longer."


class BoundObjectReference(TypedDict, total=False):
    """An object with which a token ends."""

    apiVersion: str
    "The group and version of the object."
    kind: str
    "Pod, Secret or Node."
    name: str
    "The name of the object."
    uid: str
    "The id of the object."


class TokenRequestStatus(TypedDict, total=False):
    """A token that was made."""

    expirationTimestamp: Annotated[Time, Always()]
    "When the token ends."
    token: Annotated[str, Always()]
    "The token itself, to be kept secret."


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
