"""Controller revision: the shape on the wire, its rules and columns."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.columns import AGE, NAME, NONE, number_of
from pybernetes.api.definition import Column, Definition
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.meta.validation import validate_immutable, validate_not_negative
from pybernetes.api.object import Json, controller_of
from pybernetes.api.scalars import Int64, RawObject
from pybernetes.api.schema.marks import Always


class ControllerRevision(TypedDict, total=False):
    """A stored state of a DaemonSet or StatefulSet, to roll back to. Its data cannot change."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    data: RawObject
    "The state."
    revision: Required[Int64]
    "The number of the revision; later ones are higher."


def _validate(revision: Json, errors: ErrorList) -> None:
    validate_not_negative(revision.get("revision"), "revision", errors)
    if (revision.get("metadata") or {}).get("resourceVersion"):
        return
    data = revision.get("data")
    if data is None:
        errors.required("data", "data is mandatory")
    elif not isinstance(data, dict):
        errors.required("data", "data must be a valid JSON object")


def _validate_update(new: Json, old: Json, errors: ErrorList) -> None:
    validate_immutable(new.get("data"), old.get("data"), "data", errors)


def _controller(revision: Json, now: datetime) -> str:
    owner = controller_of(revision)
    if owner is None:
        return NONE
    group = str(owner.get("apiVersion") or "").rpartition("/")[0]
    kind = f"{owner.get('kind') or ''}.{group}" if group else str(owner.get("kind") or "")
    return f"{kind.lower()}/{owner.get('name') or ''}"


DEFINITION = Definition(
    columns=(
        NAME,
        Column("Controller", _controller, description="Whose state it is."),
        Column("Revision", number_of("revision"), description="The number of the revision."),
        AGE,
    ),
    validate=_validate,
    validate_update=_validate_update,
)
