"""Resource claim: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.core.affinity import NodeSelector
from pybernetes.api.meta.condition import Condition
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.resource.device_toleration import DeviceToleration
from pybernetes.api.resource.opaque_device_configuration import OpaqueDeviceConfiguration
from pybernetes.api.resource.resource_claim_spec import ResourceClaimSpec
from pybernetes.api.scalars import Quantity, RawObject, Time
from pybernetes.api.schema.marks import Always, Atomic, ListMap, PatchMerge


class ResourceClaim(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Required[Annotated[ResourceClaimSpec, Always()]]
    status: Annotated[ResourceClaimStatus, Always()]


class ResourceClaimStatus(TypedDict, total=False):
    allocation: AllocationResult
    devices: Annotated[list[AllocatedDeviceStatus], ListMap("driver", "device", "pool", "shareID")]
    reservedFor: Annotated[list[ResourceClaimConsumerReference], ListMap("uid"), PatchMerge("uid")]


class AllocationResult(TypedDict, total=False):
    allocationTimestamp: Time
    devices: DeviceAllocationResult
    nodeSelector: NodeSelector


class DeviceAllocationResult(TypedDict, total=False):
    config: Annotated[list[DeviceAllocationConfiguration], Atomic()]
    results: Annotated[list[DeviceRequestAllocationResult], Atomic()]


class DeviceAllocationConfiguration(TypedDict, total=False):
    opaque: OpaqueDeviceConfiguration
    requests: Annotated[list[str], Atomic()]
    source: Required[str]


class DeviceRequestAllocationResult(TypedDict, total=False):
    adminAccess: bool
    bindingConditions: Annotated[list[str], Atomic()]
    bindingFailureConditions: Annotated[list[str], Atomic()]
    consumedCapacity: dict[str, Quantity]
    device: Required[str]
    driver: Required[str]
    pool: Required[str]
    request: Required[str]
    shareID: str
    tolerations: Annotated[list[DeviceToleration], Atomic()]


class AllocatedDeviceStatus(TypedDict, total=False):
    conditions: Annotated[list[Condition], ListMap("type")]
    data: RawObject
    device: Required[str]
    driver: Required[str]
    networkData: NetworkDeviceData
    pool: Required[str]
    shareID: str


class NetworkDeviceData(TypedDict, total=False):
    hardwareAddress: str
    interfaceName: str
    ips: Annotated[list[str], Atomic()]


class ResourceClaimConsumerReference(TypedDict, total=False):
    apiGroup: str
    name: Required[str]
    resource: Required[str]
    uid: Required[str]
