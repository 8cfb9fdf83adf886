"""Resource claim spec: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.resource.device_selector import DeviceSelector
from pybernetes.api.resource.device_toleration import DeviceToleration
from pybernetes.api.resource.opaque_device_configuration import OpaqueDeviceConfiguration
from pybernetes.api.scalars import Int64, Quantity
from pybernetes.api.schema.marks import Always, Atomic


class CapacityRequirements(TypedDict, total=False):
    requests: dict[str, Quantity]


class DeviceClaim(TypedDict, total=False):
    config: Annotated[list[DeviceClaimConfiguration], Atomic()]
    constraints: Annotated[list[DeviceConstraint], Atomic()]
    requests: Annotated[list[DeviceRequest], Atomic()]


class DeviceClaimConfiguration(TypedDict, total=False):
    opaque: OpaqueDeviceConfiguration
    requests: Annotated[list[str], Atomic()]


class DeviceConstraint(TypedDict, total=False):
    distinctAttribute: str
    matchAttribute: str
    requests: Annotated[list[str], Atomic()]


class DeviceRequest(TypedDict, total=False):
    exactly: ExactDeviceRequest
    firstAvailable: Annotated[list[DeviceSubRequest], Atomic()]
    name: Required[str]


class ExactDeviceRequest(TypedDict, total=False):
    adminAccess: bool
    allocationMode: str
    capacity: CapacityRequirements
    count: Int64
    deviceClassName: Required[str]
    selectors: Annotated[list[DeviceSelector], Atomic()]
    tolerations: Annotated[list[DeviceToleration], Atomic()]


class DeviceSubRequest(TypedDict, total=False):
    allocationMode: str
    capacity: CapacityRequirements
    count: Int64
    deviceClassName: Required[str]
    name: Required[str]
    selectors: Annotated[list[DeviceSelector], Atomic()]
    tolerations: Annotated[list[DeviceToleration], Atomic()]


class ResourceClaimSpec(TypedDict, total=False):
    devices: Annotated[DeviceClaim, Always()]
