"""Device class: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.definition import Definition
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.resource.device_selector import DeviceSelector
from pybernetes.api.resource.opaque_device_configuration import OpaqueDeviceConfiguration
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
    extendedResourceName: str
    "The name of an extended resource by which containers can ask for devices of the class."
    selectors: Annotated[list[DeviceSelector], Atomic()]
    "What a device must meet, all of it, to belong to the class."


class DeviceClassConfiguration(TypedDict, total=False):
    """Settings for devices of a class."""

    opaque: OpaqueDeviceConfiguration
    "Settings that only the driver understands."


DEFINITION = Definition(spec_fields=("spec",))
