"""Node: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required, TypedDict

from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Int32, Int64, Quantity, Time
from pybernetes.api.schema.marks import Always, Atomic, ListMap, ListSet, PatchMerge


class Node(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Annotated[NodeSpec, Always()]
    status: Annotated[NodeStatus, Always()]


class NodeSpec(TypedDict, total=False):
    configSource: NodeConfigSource
    externalID: str
    podCIDR: str
    podCIDRs: Annotated[list[str], ListSet(), PatchMerge()]
    providerID: str
    taints: Annotated[list[Taint], Atomic()]
    unschedulable: bool


class NodeConfigSource(TypedDict, total=False):
    configMap: ConfigMapNodeConfigSource


class ConfigMapNodeConfigSource(TypedDict, total=False):
    kubeletConfigKey: Required[str]
    name: Required[str]
    namespace: Required[str]
    resourceVersion: str
    uid: str


class Taint(TypedDict, total=False):
    effect: Required[str]
    key: Required[str]
    timeAdded: Time
    value: str


class NodeStatus(TypedDict, total=False):
    addresses: Annotated[list[NodeAddress], ListMap("type"), PatchMerge("type")]
    allocatable: dict[str, Quantity]
    capacity: dict[str, Quantity]
    conditions: Annotated[list[NodeCondition], ListMap("type"), PatchMerge("type")]
    config: NodeConfigStatus
    daemonEndpoints: Annotated[NodeDaemonEndpoints, Always()]
    declaredFeatures: Annotated[list[str], Atomic()]
    features: NodeFeatures
    images: Annotated[list[ContainerImage], Atomic()]
    nodeInfo: Annotated[NodeSystemInfo, Always()]
    phase: str
    runtimeHandlers: Annotated[list[NodeRuntimeHandler], Atomic()]
    volumesAttached: Annotated[list[AttachedVolume], Atomic()]
    volumesInUse: Annotated[list[str], Atomic()]


class NodeAddress(TypedDict, total=False):
    address: Required[str]
    type: Required[str]


class NodeCondition(TypedDict, total=False):
    status: Required[str]
    lastHeartbeatTime: Time
    lastTransitionTime: Time
    message: str
    reason: str
    type: Required[str]


class NodeConfigStatus(TypedDict, total=False):
    active: NodeConfigSource
    assigned: NodeConfigSource
    error: str
    lastKnownGood: NodeConfigSource


class NodeDaemonEndpoints(TypedDict, total=False):
    kubeletEndpoint: Annotated[DaemonEndpoint, Always()]


class DaemonEndpoint(TypedDict, total=False):
    Port: Required[Int32]


class NodeFeatures(TypedDict, total=False):
    supplementalGroupsPolicy: bool | None


class ContainerImage(TypedDict, total=False):
    names: Annotated[list[str], Atomic()]
    sizeBytes: Int64


class NodeSystemInfo(TypedDict, total=False):
    architecture: Required[str]
    bootID: Required[str]
    containerRuntimeVersion: Required[str]
    kernelVersion: Required[str]
    kubeProxyVersion: Required[str]
    kubeletVersion: Required[str]
    machineID: Required[str]
    operatingSystem: Required[str]
    osImage: Required[str]
    swap: NodeSwapStatus
    systemUUID: Required[str]


class NodeSwapStatus(TypedDict, total=False):
    capacity: Int64 | None


class NodeRuntimeHandler(TypedDict, total=False):
    features: NodeRuntimeHandlerFeatures
    name: str


class NodeRuntimeHandlerFeatures(TypedDict, total=False):
    recursiveReadOnlyMounts: bool | None
    userNamespaces: bool | None


class AttachedVolume(TypedDict, total=False):
    devicePath: Required[str]
    name: Required[str]
