"""Device class: the shape on the wire, its rules and columns."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.columns import NAME_AND_AGE
from pybernetes.api.core.resource_validation import is_extended
from pybernetes.api.definition import Definition
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.object import Json
from pybernetes.api.resource.device_selector import DeviceSelector
from pybernetes.api.resource.opaque_device_configuration import OpaqueDeviceConfiguration
from pybernetes.api.resource.parts_validation import (
    MAX_CONFIGS,
    MAX_SELECTORS,
    validate_configuration,
    validate_items,
    validate_selector,
)
from pybernetes.api.schema.marks import Always, Atomic


class DeviceClass(TypedDict, total=False):
    """A class of devices that claims can ask for."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    spec: Required[Annotated[DeviceClassSpec, Always()]]
    "Which devices, and how they are set up."


class DeviceClassSpec(TypedDict, total=False):
    """Which devices belong to a class, and how they are set up."""

    config: Annotated[list[DeviceClassConfiguration], Atomic()]
    "Settings that drivers get for devices of the class."
    extendedResourceName: str | None
    "The name of an extended resource by which containers can ask for devices of the class."
    selectors: Annotated[list[DeviceSelector], Atomic()]
    "What a device must meet, all of it, to belong to the class."


class DeviceClassConfiguration(TypedDict, total=False):
    """Settings for devices of a class."""

    opaque: OpaqueDeviceConfiguration
    "Settings that only the driver understands."


def _validate(device_class: Json, errors: ErrorList) -> None:
    spec = device_class.get("spec") or {}
    validate_items(spec.get("selectors") or [], MAX_SELECTORS, validate_selector, "spec.selectors", errors)
    validate_items(spec.get("config") or [], MAX_CONFIGS, validate_configuration, "spec.config", errors)
    name = spec.get("extendedResourceName")
    if name is not None and not is_extended(name):
        errors.invalid("spec.extendedResourceName", name, "must be a valid extended resource name")


DEFINITION = Definition(columns=NAME_AND_AGE, validate=_validate, spec_fields=("spec",))
