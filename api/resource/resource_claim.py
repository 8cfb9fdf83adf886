"""Resource claim: the shape on the wire, its columns. The rules are in `claim_validation` and its neighbours."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.columns import AGE, NAME
from pybernetes.api.core.affinity import NodeSelector
from pybernetes.api.definition import STATUS_ALONE, Column, Definition
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.condition import Condition
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.meta.validation import validate_immutable
from pybernetes.api.object import Json, is_deleting
from pybernetes.api.resource.claim_status_validation import validate_status
from pybernetes.api.resource.claim_validation import set_spec_defaults, validate_spec
from pybernetes.api.resource.device_toleration import DeviceToleration
from pybernetes.api.resource.opaque_device_configuration import OpaqueDeviceConfiguration
from pybernetes.api.resource.resource_claim_spec import ResourceClaimSpec
from pybernetes.api.scalars import Quantity, RawObject, Time
from pybernetes.api.schema.marks import Always, Atomic, ListMap, PatchMerge


class ResourceClaim(TypedDict, total=False):
    """A claim of devices, for pods to use."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    spec: Required[Annotated[ResourceClaimSpec, Always()]]
    "Which devices are claimed. It cannot change."
    status: Annotated[ResourceClaimStatus, Always()]
    "Which devices were allocated, and who uses them."


class ResourceClaimStatus(TypedDict, total=False):
    """Which devices were allocated for a claim, and who uses them."""

    allocation: AllocationResult
    "The devices. The claim is not allocated without it."
    devices: Annotated[list[AllocatedDeviceStatus], ListMap("driver", "device", "pool", "shareID")]
    "What the drivers say of the devices."
    reservedFor: Annotated[list[ResourceClaimConsumerReference], ListMap("uid"), PatchMerge("uid")]
    "Who may use the claim now, 256 of them at most."


class AllocationResult(TypedDict, total=False):
    """The devices that were allocated for a claim."""

    allocationTimestamp: Time
    "When they were allocated."
    devices: DeviceAllocationResult
    "The devices and their settings."
    nodeSelector: NodeSelector
    "The nodes from which the devices can be reached; all if not set."


class DeviceAllocationResult(TypedDict, total=False):
    """The devices that were allocated, and their settings."""

    config: Annotated[list[DeviceAllocationConfiguration], Atomic()]
    "The settings of the claim and of the classes."
    results: Annotated[list[DeviceRequestAllocationResult], Atomic()]
    "The devices, by request."


class DeviceAllocationConfiguration(TypedDict, total=False):
    """Settings for allocated devices."""

    opaque: OpaqueDeviceConfiguration
    "Settings that only the driver understands."
    requests: Annotated[list[str], Atomic()]
    "The requests that they are for; all if empty."
    source: Required[str]
    "FromClass or FromClaim: where they come from."


class DeviceRequestAllocationResult(TypedDict, total=False):
    """A device that was allocated for a request."""

    adminAccess: bool | None
    "Whether the device was given for administration, beside its other users."
    bindingConditions: Annotated[list[str], Atomic()]
    "Conditions of the device that pods wait for before they are bound."
    bindingFailureConditions: Annotated[list[str], Atomic()]
    "Conditions of the device that mean that it did not work out."
    consumedCapacity: dict[str, Quantity]
    "How much of the device is taken, for devices that can be shared."
    device: Required[str]
    "The name of the device within its pool."
    driver: Required[str]
    "The driver of the device."
    pool: Required[str]
    "The pool of the device."
    request: Required[str]
    "The request, or request/subrequest, that it is for."
    shareID: str | None
    "The id of this share of a device that several claims have."
    tolerations: Annotated[list[DeviceToleration], Atomic()]
    "The taints of the device that were tolerated."


class AllocatedDeviceStatus(TypedDict, total=False):
    """What a driver says of an allocated device."""

    conditions: Annotated[list[Condition], ListMap("type")]
    "The state of the device."
    data: RawObject
    "Whatever else the driver says."
    device: Required[str]
    "The name of the device within its pool."
    driver: Required[str]
    "The driver of the device."
    networkData: NetworkDeviceData
    "Addresses, for network devices."
    pool: Required[str]
    "The pool of the device."
    shareID: str | None
    "The id of the share, for devices that several claims have."


class NetworkDeviceData(TypedDict, total=False):
    """The addresses of a network device."""

    hardwareAddress: str
    "The address of the hardware, such as a MAC address."
    interfaceName: str
    "The name of the interface in the pod."
    ips: Annotated[list[str], Atomic()]
    "The IP addresses, each with the length of its prefix."


class ResourceClaimConsumerReference(TypedDict, total=False):
    """Who uses a claim."""

    apiGroup: str
    "The API group of the user; that of core if empty."
    name: Required[str]
    "The name of the user."
    resource: Required[str]
    "The resource of the user, such as pods."
    uid: Required[str]
    "The id of the user."


def _set_defaults(claim: Json) -> None:
    set_spec_defaults(claim.get("spec") or {})


def _validate_create(claim: Json, errors: ErrorList) -> None:
    validate_spec(claim.get("spec") or {}, "spec", errors)


def _validate_update(new: Json, old: Json, errors: ErrorList) -> None:
    validate_immutable(new.get("spec"), old.get("spec"), "spec", errors)


def _prepare_status(new: Json, old: Json) -> None:
    """What drivers say of a device goes when the claim gives the device back."""
    status = new.get("status") or {}
    given_back = _allocated(old) - _allocated(new)
    if given_back and status.get("devices"):
        status["devices"] = [device for device in status["devices"] if _identity(device) not in given_back]
        if not status["devices"]:
            del status["devices"]


def _allocated(claim: Json) -> set[tuple[str | None, ...]]:
    allocation = (claim.get("status") or {}).get("allocation") or {}
    return {_identity(result) for result in (allocation.get("devices") or {}).get("results") or ()}


def _identity(device: Json) -> tuple[str | None, ...]:
    return tuple(device.get(field) for field in ("driver", "pool", "device", "shareID"))


def _state(claim: Json, now: datetime) -> str:
    status = claim.get("status") or {}
    states = ["deleted"] if is_deleting(claim) else []
    if status.get("allocation") is not None:
        states.append("allocated")
        if status.get("reservedFor"):
            states.append("reserved")
    elif not states:
        states.append("pending")
    return ",".join(states)


DEFINITION = Definition(
    columns=(NAME, Column("State", _state, description="Whether devices were allocated, and are in use."), AGE),
    set_defaults=_set_defaults,
    validate_create=_validate_create,
    validate_update=_validate_update,
    prepare_status=_prepare_status,
    validate_status=validate_status,
    kept_by_status=STATUS_ALONE,
)
