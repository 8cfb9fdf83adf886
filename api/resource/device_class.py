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
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Required[Annotated[DeviceClassSpec, Always()]]


class DeviceClassSpec(TypedDict, total=False):
    config: Annotated[list[DeviceClassConfiguration], Atomic()]
    extendedResourceName: str
    selectors: Annotated[list[DeviceSelector], Atomic()]


class DeviceClassConfiguration(TypedDict, total=False):
    opaque: OpaqueDeviceConfiguration


DEFINITION = Definition(spec_fields=("spec",))
