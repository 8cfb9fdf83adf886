"""Resource slice: the shape on the wire, its columns. The rules are in `slice_validation`."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.columns import AGE, NAME, text_of
from pybernetes.api.core.affinity import NodeSelector
from pybernetes.api.definition import Column, Definition, text_field
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.resource.slice_validation import validate, validate_update
from pybernetes.api.scalars import Int64, Quantity, Time
from pybernetes.api.schema.marks import Always, Atomic


class ResourceSlice(TypedDict, total=False):
    """Some of the devices of a pool, as their driver publishes them."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    spec: Required[Annotated[ResourceSliceSpec, Always()]]
    "The devices, and where they can be reached."


class ResourceSliceSpec(TypedDict, total=False):
    """Devices of one pool, and where they can be reached. One of the fields about nodes is set."""

    allNodes: bool | None
    "Whether all nodes can reach the devices."
    devices: Annotated[list[Device], Atomic()]
    "The devices, 128 of them at most."
    driver: Required[str]
    "The driver of the devices. It cannot change."
    nodeName: str | None
    "The one node that can reach them. It cannot change."
    nodeSelector: NodeSelector
    "The nodes that can reach them."
    perDeviceNodeSelection: bool | None
    "Whether each device says for itself which nodes can reach it."
    pool: Required[Annotated[ResourcePool, Always()]]
    "The pool that the devices belong to."
    sharedCounters: Annotated[list[CounterSet], Atomic()]
    "Amounts that the devices of the pool share."


class Device(TypedDict, total=False):
    """A device, and what can be said of it."""

    allNodes: bool | None
    "Whether all nodes can reach it."
    allowMultipleAllocations: bool | None
    "Whether several claims may have it at a time."
    attributes: dict[str, DeviceAttribute]
    "What it is like, by name, for claims to choose by."
    bindingConditions: Annotated[list[str], Atomic()]
    "Conditions that pods wait for before they are bound."
    bindingFailureConditions: Annotated[list[str], Atomic()]
    "Conditions that mean that it did not work out."
    bindsToNode: bool | None
    "Whether using it ties a claim to the node for which it was allocated."
    capacity: dict[str, DeviceCapacity]
    "What it has, by name, for claims to choose by."
    consumesCounters: Annotated[list[DeviceCounterConsumption], Atomic()]
    "What it takes from amounts that devices share."
    name: Required[str]
    "The name of the device within its pool."
    nodeAllocatableResourceMappings: dict[str, NodeAllocatableResourceMapping]
    "What using it takes from the node's own resources, by resource."
    nodeName: str | None
    "The one node that can reach it."
    nodeSelector: NodeSelector
    "The nodes that can reach it."
    taints: Annotated[list[DeviceTaint], Atomic()]
    "Marks that keep away claims that do not tolerate them."


class DeviceAttribute(TypedDict, total=False):
    """A value that says what a device is like: one of these."""

    bool: bool | None
    "A value that is true or false."
    bools: Annotated[list[bool], Atomic()]
    "Several values that are true or false."
    int: Int64 | None
    "A whole number."
    ints: Annotated[list[Int64], Atomic()]
    "Several whole numbers."
    string: str | None
    "A text of 64 characters at most."
    strings: Annotated[list[str], Atomic()]
    "Several texts."
    version: str | None
    "A semantic version, such as 1.2.3."
    versions: Annotated[list[str], Atomic()]
    "Several semantic versions."


class DeviceCapacity(TypedDict, total=False):
    """An amount that a device has."""

    requestPolicy: CapacityRequestPolicy
    "How the amount can be divided, if claims can share it."
    value: Required[Quantity]
    "How much there is."


class CapacityRequestPolicy(TypedDict, total=False):
    """How much of an amount a claim may take."""

    default: Quantity
    "What a claim takes that does not say how much."
    validRange: CapacityRequestPolicyRange
    "The amounts that may be taken, as a range."
    validValues: Annotated[list[Quantity], Atomic()]
    "The amounts that may be taken, one by one."


class CapacityRequestPolicyRange(TypedDict, total=False):
    """Amounts within bounds."""

    max: Quantity
    "The most that may be taken."
    min: Required[Quantity]
    "The least that may be taken."
    step: Quantity
    "What amounts are a multiple of, counted from the least."


class DeviceCounterConsumption(TypedDict, total=False):
    """What a device takes from amounts that devices share."""

    counterSet: Required[str]
    "The set of amounts."
    counters: Required[dict[str, Counter]]
    "How much it takes, by name."


class Counter(TypedDict, total=False):
    """An amount that devices share."""

    value: Required[Quantity]
    "How much there is, or is taken."


class NodeAllocatableResourceMapping(TypedDict, total=False):
    """How using a device counts against a resource of its node."""

    allocationMultiplier: Quantity
    "What is taken for each unit that is allocated."
    capacityKey: str
    "The capacity of the device that is counted; the device itself if not set."


class DeviceTaint(TypedDict, total=False):
    """A mark on a device that repels claims which do not tolerate it."""

    effect: Required[str]
    "NoSchedule keeps new claims away, NoExecute evicts the pods that use the device too, None only informs."
    key: Required[str]
    "The name of the taint."
    timeAdded: Time
    "When it was added."
    value: str
    "A value that goes with the key."


class ResourcePool(TypedDict, total=False):
    """The pool that devices belong to."""

    generation: Required[Int64]
    "The number of the pool's state: slices of a lower one are out of date."
    name: Required[str]
    "The pool's name, often that of a node."
    resourceSliceCount: Required[Int64]
    "How many slices the pool has in this state."


class CounterSet(TypedDict, total=False):
    """Amounts that devices of a pool share."""

    counters: Required[dict[str, Counter]]
    "The amounts, by name."
    name: Required[str]
    "The set's name, unique within the pool."


DEFINITION = Definition(
    columns=(
        NAME,
        Column("Node", text_of("spec", "nodeName"), description="The one node that can reach the devices."),
        Column("Driver", text_of("spec", "driver"), description="The driver of the devices."),
        Column("Pool", text_of("spec", "pool", "name"), description="The pool that they belong to."),
        AGE,
    ),
    validate=validate,
    validate_update=validate_update,
    fields={"spec.nodeName": text_field("spec", "nodeName"), "spec.driver": text_field("spec", "driver")},
    spec_fields=("spec",),
)
