"""Volume attributes class: the shape on the wire, its rules and columns."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.columns import AGE, NAME, text_of
from pybernetes.api.definition import Column, Definition
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.object import Json
from pybernetes.api.schema.marks import Always
from pybernetes.api.storage.class_validation import validate_parameters, validate_provisioner


class VolumeAttributesClass(TypedDict, total=False):
    """Settings of volumes that can change while they exist, for claims to choose from."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    driverName: Required[str]
    "The driver that the settings are for. It cannot change."
    parameters: dict[str, str]
    "The settings. They cannot change: claims are moved to another class instead."


def _validate(attributes_class: Json, errors: ErrorList) -> None:
    parameters = attributes_class.get("parameters") or {}
    validate_provisioner(attributes_class.get("driverName") or "", "driverName", errors)
    validate_parameters(parameters, "parameters", errors)
    if not parameters:
        errors.required("parameters", "must contain at least one key/value pair")


def _validate_update(new: Json, old: Json, errors: ErrorList) -> None:
    for field in ("driverName", "parameters"):
        if (new.get(field) or None) != (old.get(field) or None):
            errors.forbidden(field, f"updates to {field} are forbidden.")


DEFINITION = Definition(
    columns=(NAME, Column("DriverName", text_of("driverName"), description="The driver of the settings."), AGE),
    validate=_validate,
    validate_update=_validate_update,
)
