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
    """How much of a device is needed."""

    requests: dict[str, Quantity]
    "The amounts, by the names of the device's capacities."


class DeviceClaim(TypedDict, total=False):
    """Requests for devices, and what must hold among them."""

    config: Annotated[list[DeviceClaimConfiguration], Atomic()]
    "Settings for the devices."
    constraints: Annotated[list[DeviceConstraint], Atomic()]
    "What must hold among the devices."
    requests: Annotated[list[DeviceRequest], Atomic()]
    "The requests, all of which must be met."


class DeviceClaimConfiguration(TypedDict, total=False):
    """Settings for devices of a claim."""

    opaque: OpaqueDeviceConfiguration
    "Settings that only the driver understands."
    requests: Annotated[list[str], Atomic()]
    "The requests that they are for; all if empty."


class DeviceConstraint(TypedDict, total=False):
    """What must hold among devices. One of the attributes is set."""

    distinctAttribute: str | None
    "The attribute in which all of them must differ."
    matchAttribute: str | None
    "The attribute in which all of them must agree."
    requests: Annotated[list[str], Atomic()]
    "The requests whose devices are meant; all if empty."


class DeviceRequest(TypedDict, total=False):
    """A request for devices: exactly these, or the first of several that can be had."""

    exactly: ExactDeviceRequest
    "The devices that are needed."
    firstAvailable: Annotated[list[DeviceSubRequest], Atomic()]
    "What to try, one after another."
    name: Required[str]
    "The name by which the claim's other parts, and containers, refer to the request."


class ExactDeviceRequest(TypedDict, total=False):
    """Which devices are needed, and how many."""

    adminAccess: bool | None
    "Whether the devices are for administration, and may be in use by others. It needs a namespace that allows it."
    allocationMode: str
    "ExactCount for count of them, which is the default, or All that match."
    capacity: CapacityRequirements
    "How much of each device is needed."
    count: Int64
    "How many devices, for ExactCount. The default is 1."
    deviceClassName: Required[str]
    "The class that the devices must belong to."
    selectors: Annotated[list[DeviceSelector], Atomic()]
    "What the devices must meet, all of it."
    tolerations: Annotated[list[DeviceToleration], Atomic()]
    "The taints of devices that are tolerated."


class DeviceSubRequest(TypedDict, total=False):
    """One of several choices of devices."""

    allocationMode: str
    "ExactCount for count of them, which is the default, or All that match."
    capacity: CapacityRequirements
    "How much of each device is needed."
    count: Int64
    "How many devices, for ExactCount. The default is 1."
    deviceClassName: Required[str]
    "The class that the devices must belong to."
    name: Required[str]
    "The name of the choice: it is referred to as request/name."
    selectors: Annotated[list[DeviceSelector], Atomic()]
    "What the devices must meet, all of it."
    tolerations: Annotated[list[DeviceToleration], Atomic()]
    "The taints of devices that are tolerated."


class ResourceClaimSpec(TypedDict, total=False):
    """Which devices are claimed."""

    devices: Annotated[DeviceClaim, Always()]
    "The requests for devices."
