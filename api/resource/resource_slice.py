"""Resource slice: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.core.affinity import NodeSelector
from pybernetes.api.definition import Definition
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Int64, Quantity, Time
from pybernetes.api.schema.marks import Always, Atomic


class ResourceSlice(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Required[Annotated[ResourceSliceSpec, Always()]]


class ResourceSliceSpec(TypedDict, total=False):
    allNodes: bool
    devices: Annotated[list[Device], Atomic()]
    driver: Required[str]
    nodeName: str
    nodeSelector: NodeSelector
    perDeviceNodeSelection: bool
    pool: Required[Annotated[ResourcePool, Always()]]
    sharedCounters: Annotated[list[CounterSet], Atomic()]


class Device(TypedDict, total=False):
    allNodes: bool
    allowMultipleAllocations: bool
    attributes: dict[str, DeviceAttribute]
    bindingConditions: Annotated[list[str], Atomic()]
    bindingFailureConditions: Annotated[list[str], Atomic()]
    bindsToNode: bool
    capacity: dict[str, DeviceCapacity]
    consumesCounters: Annotated[list[DeviceCounterConsumption], Atomic()]
    name: Required[str]
    nodeAllocatableResourceMappings: dict[str, NodeAllocatableResourceMapping]
    nodeName: str
    nodeSelector: NodeSelector
    taints: Annotated[list[DeviceTaint], Atomic()]


class DeviceAttribute(TypedDict, total=False):
    bool: bool
    bools: Annotated[list[bool], Atomic()]
    int: Int64
    ints: Annotated[list[Int64], Atomic()]
    string: str
    strings: Annotated[list[str], Atomic()]
    version: str
    versions: Annotated[list[str], Atomic()]


class DeviceCapacity(TypedDict, total=False):
    requestPolicy: CapacityRequestPolicy
    value: Required[Quantity]


class CapacityRequestPolicy(TypedDict, total=False):
    default: Quantity
    validRange: CapacityRequestPolicyRange
    validValues: Annotated[list[Quantity], Atomic()]


class CapacityRequestPolicyRange(TypedDict, total=False):
    max: Quantity
    min: Required[Quantity]
    step: Quantity


class DeviceCounterConsumption(TypedDict, total=False):
    counterSet: Required[str]
    counters: Required[dict[str, Counter]]


class Counter(TypedDict, total=False):
    value: Required[Quantity]


class NodeAllocatableResourceMapping(TypedDict, total=False):
    allocationMultiplier: Quantity
    capacityKey: str


class DeviceTaint(TypedDict, total=False):
    effect: Required[str]
    key: Required[str]
    timeAdded: Time
    value: str


class ResourcePool(TypedDict, total=False):
    generation: Required[Int64]
    name: Required[str]
    resourceSliceCount: Required[Int64]


class CounterSet(TypedDict, total=False):
    counters: Required[dict[str, Counter]]
    name: Required[str]


DEFINITION = Definition(spec_fields=("spec",))
