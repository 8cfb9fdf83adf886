"""Pod status: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.core.container import ResourceRequirements
from pybernetes.api.scalars import Int32, Int64, Quantity, Time
from pybernetes.api.schema.marks import Always, Atomic, Default, ListMap, ListSet, PatchMerge


class ContainerExtendedResourceRequest(TypedDict, total=False):
    containerName: Required[str]
    requestName: Required[str]
    resourceName: Required[str]


class ContainerState(TypedDict, total=False):
    running: ContainerStateRunning
    terminated: ContainerStateTerminated
    waiting: ContainerStateWaiting


class ContainerStateRunning(TypedDict, total=False):
    startedAt: Annotated[Time, Always()]


class ContainerStateTerminated(TypedDict, total=False):
    containerID: str
    exitCode: Required[Int32]
    finishedAt: Annotated[Time, Always()]
    message: str
    reason: str
    signal: Int32
    startedAt: Annotated[Time, Always()]


class ContainerStateWaiting(TypedDict, total=False):
    message: str
    reason: str


class ContainerStatus(TypedDict, total=False):
    allocatedResources: dict[str, Quantity]
    allocatedResourcesStatus: Annotated[list[ResourceStatus], ListMap("name"), PatchMerge("name")]
    containerID: str
    image: Required[str]
    imageID: Required[str]
    lastState: Annotated[ContainerState, Always()]
    name: Required[str]
    ready: Required[bool]
    resources: ResourceRequirements
    restartCount: Required[Int32]
    started: bool | None
    state: Annotated[ContainerState, Always()]
    stopSignal: str | None
    user: ContainerUser
    volumeMounts: Annotated[list[VolumeMountStatus], ListMap("mountPath"), PatchMerge("mountPath")]


class ResourceStatus(TypedDict, total=False):
    name: Required[str]
    resources: Annotated[list[ResourceHealth], ListMap("resourceID")]


class ResourceHealth(TypedDict, total=False):
    health: str
    message: str
    resourceID: Required[str]


class ContainerUser(TypedDict, total=False):
    linux: LinuxContainerUser


class LinuxContainerUser(TypedDict, total=False):
    gid: Required[Int64]
    supplementalGroups: Annotated[list[Int64], Atomic()]
    uid: Required[Int64]


class VolumeMountStatus(TypedDict, total=False):
    mountPath: Required[str]
    name: Required[str]
    readOnly: bool
    recursiveReadOnly: str
    volumeStatus: VolumeStatus


class VolumeStatus(TypedDict, total=False):
    image: ImageVolumeStatus


class ImageVolumeStatus(TypedDict, total=False):
    imageRef: Required[str]


class HostIP(TypedDict, total=False):
    ip: Required[str]


class NodeAllocatableResourceClaimStatus(TypedDict, total=False):
    containers: Annotated[list[str], ListSet()]
    resourceClaimName: Required[str]
    resources: Required[dict[str, Quantity]]


class PodCondition(TypedDict, total=False):
    status: Required[str]
    lastProbeTime: Annotated[Time, Always()]
    lastTransitionTime: Annotated[Time, Always()]
    message: str
    observedGeneration: Int64
    reason: str
    type: Required[str]


class PodExtendedResourceClaimStatus(TypedDict, total=False):
    requestMappings: Required[Annotated[list[ContainerExtendedResourceRequest], Atomic()]]
    resourceClaimName: Required[str]


class PodIP(TypedDict, total=False):
    ip: Required[str]


class PodResourceClaimStatus(TypedDict, total=False):
    name: Required[str]
    resourceClaimName: str | None


class PodStatus(TypedDict, total=False):
    allocatedResources: dict[str, Quantity]
    conditions: Annotated[list[PodCondition], ListMap("type"), PatchMerge("type")]
    containerStatuses: Annotated[list[ContainerStatus], Atomic()]
    ephemeralContainerStatuses: Annotated[list[ContainerStatus], Atomic()]
    extendedResourceClaimStatus: PodExtendedResourceClaimStatus
    hostIP: str
    hostIPs: Annotated[list[HostIP], PatchMerge("ip"), Atomic()]
    initContainerStatuses: Annotated[list[ContainerStatus], Atomic()]
    message: str
    nodeAllocatableResourceClaimStatuses: Annotated[list[NodeAllocatableResourceClaimStatus], Atomic()]
    nominatedNodeName: str
    observedGeneration: Int64
    phase: Annotated[str, Default("Pending")]
    podIP: str
    podIPs: Annotated[list[PodIP], ListMap("ip"), PatchMerge("ip")]
    qosClass: str
    reason: str
    resize: str
    resourceClaimStatuses: Annotated[
        list[PodResourceClaimStatus], ListMap("name"), PatchMerge("name", retain_keys=True)
    ]
    resources: ResourceRequirements
    startTime: Time
