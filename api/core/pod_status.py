"""Pod status: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.core.container import ResourceRequirements
from pybernetes.api.scalars import Int32, Int64, Quantity, Time
from pybernetes.api.schema.marks import Always, Atomic, Default, ListMap, ListSet, PatchMerge


class ContainerExtendedResourceRequest(TypedDict, total=False):
    """Which request of a claim stands for an extended resource of a container."""

    containerName: Required[str]
    "The container that asks for the resource."
    requestName: Required[str]
    "The request of the claim."
    resourceName: Required[str]
    "The extended resource."


class ContainerState(TypedDict, total=False):
    """The state of a container: one of these; waiting if none is set."""

    running: ContainerStateRunning
    "Set while the container runs."
    terminated: ContainerStateTerminated
    "Set once the container has ended."
    waiting: ContainerStateWaiting
    "Set while the container is not yet running."


class ContainerStateRunning(TypedDict, total=False):
    """A container that runs."""

    startedAt: Annotated[Time, Always()]
    "When this run began."


class ContainerStateTerminated(TypedDict, total=False):
    """A container that has ended."""

    containerID: str
    "The id of the container that ended."
    exitCode: Required[Int32]
    "What its first process exited with."
    finishedAt: Annotated[Time, Always()]
    "When it ended."
    message: str
    "What it left as its termination message."
    reason: str
    "A word for why it ended, such as Completed, Error or OOMKilled."
    signal: Int32
    "The signal that ended it, if one did."
    startedAt: Annotated[Time, Always()]
    "When that run began."


class ContainerStateWaiting(TypedDict, total=False):
    """A container that does not run yet."""

    message: str
    "A sentence for people about what it waits for."
    reason: str
    "A word for what it waits for, such as ContainerCreating or CrashLoopBackOff."


class ContainerStatus(TypedDict, total=False):
    """What was last seen of a container."""

    allocatedResources: dict[str, Quantity]
    "What the node has set aside for the container."
    allocatedResourcesStatus: Annotated[list[ResourceStatus], ListMap("name"), PatchMerge("name")]
    "The health of the devices that the container uses."
    containerID: str
    "The container's id, after the runtime's name and ://."
    image: Required[str]
    "The image that runs. It may be spelled otherwise than in the spec."
    imageID: Required[str]
    "The id of the image, usually by its digest."
    lastState: Annotated[ContainerState, Always()]
    "How the container's run before this one ended."
    name: Required[str]
    "The container's name, as in the spec."
    ready: Required[bool]
    "Whether the readiness probe succeeds; always true for a running container without one."
    resources: ResourceRequirements
    "The requests and limits that are in force in the runtime."
    restartCount: Required[Int32]
    "How often the container was started again."
    started: bool | None
    "Whether the startup probe has succeeded and postStart is through."
    state: Annotated[ContainerState, Always()]
    "Whether the container waits, runs or has ended."
    stopSignal: str | None
    "The signal that is sent to stop the container."
    user: ContainerUser
    "The user and groups that its first process started with."
    volumeMounts: Annotated[list[VolumeMountStatus], ListMap("mountPath"), PatchMerge("mountPath")]
    "The mounts of the container, as they are in force."


class ResourceStatus(TypedDict, total=False):
    """The health of the devices of one resource."""

    name: Required[str]
    "The resource, or the claim and its request."
    resources: Annotated[list[ResourceHealth], ListMap("resourceID")]
    "The health of each device."


class ResourceHealth(TypedDict, total=False):
    """The health of one device."""

    health: str
    "Healthy, Unhealthy or Unknown."
    message: str
    "A sentence for people about the health."
    resourceID: Required[str]
    "The id of the device, unique within the resource."


class ContainerUser(TypedDict, total=False):
    """Who the first process of a container runs as."""

    linux: LinuxContainerUser
    "User and groups on Linux."


class LinuxContainerUser(TypedDict, total=False):
    """The user and groups of a process on Linux."""

    gid: Required[Int64]
    "The main group."
    supplementalGroups: Annotated[list[Int64], Atomic()]
    "All further groups."
    uid: Required[Int64]
    "The user, as a number."


class VolumeMountStatus(TypedDict, total=False):
    """A mount of a container as it is in force."""

    mountPath: Required[str]
    "The path inside the container."
    name: Required[str]
    "The volume of the pod."
    readOnly: bool
    "Whether it cannot be written to."
    recursiveReadOnly: str
    "Whether mounts below it are read-only too: Disabled or Enabled."
    volumeStatus: VolumeStatus
    "More about the volume, by its kind."


class VolumeStatus(TypedDict, total=False):
    """What is known of a mounted volume, by its kind."""

    image: ImageVolumeStatus
    "For image volumes."


class ImageVolumeStatus(TypedDict, total=False):
    """What is known of a mounted image."""

    imageRef: Required[str]
    "The image by its digest."


class HostIP(TypedDict, total=False):
    """An address of a node."""

    ip: Required[str]
    "The address, IPv4 or IPv6."


class NodeAllocatableResourceClaimStatus(TypedDict, total=False):
    """What a claim of devices uses up of the node's own resources."""

    containers: Annotated[list[str], ListSet()]
    "The containers that use the claim."
    resourceClaimName: Required[str]
    "The ResourceClaim, of the pod's namespace."
    resources: Required[dict[str, Quantity]]
    "How much of each resource it uses."


class PodCondition(TypedDict, total=False):
    """One aspect of how far a pod has come."""

    status: Required[str]
    "Whether the condition holds: True, False or Unknown."
    lastProbeTime: Annotated[Time, Always()]
    "When the condition was last checked."
    lastTransitionTime: Annotated[Time, Always()]
    "When the status last changed."
    message: str
    "A sentence for people about the last change."
    observedGeneration: Int64
    "The generation of the object that the condition was worked out from."
    reason: str
    "A word in CamelCase that says why the status is what it is."
    type: Required[str]
    "The aspect, such as Ready or PodScheduled."


class PodExtendedResourceClaimStatus(TypedDict, total=False):
    """The claim that was made for a pod's extended resources."""

    requestMappings: Required[Annotated[list[ContainerExtendedResourceRequest], Atomic()]]
    "Which request of the claim serves which container."
    resourceClaimName: Required[str]
    "The ResourceClaim, of the pod's namespace."


class PodIP(TypedDict, total=False):
    """An address of a pod."""

    ip: Required[str]
    "The address, IPv4 or IPv6."


class PodResourceClaimStatus(TypedDict, total=False):
    """The claim that was made for one entry of the pod's resourceClaims."""

    name: Required[str]
    "The entry's name."
    resourceClaimName: str | None
    "The ResourceClaim that was made. Missing if none was needed."


class PodStatus(TypedDict, total=False):
    """What was last seen of a pod."""

    allocatedResources: dict[str, Quantity]
    "What the node has set aside for the pod as a whole."
    conditions: Annotated[list[PodCondition], ListMap("type"), PatchMerge("type")]
    "How far the pod has come: PodScheduled, Initialized, ContainersReady, Ready and others."
    containerStatuses: Annotated[list[ContainerStatus], Atomic()]
    "The state of each container."
    ephemeralContainerStatuses: Annotated[list[ContainerStatus], Atomic()]
    "The state of each ephemeral container."
    extendedResourceClaimStatus: PodExtendedResourceClaimStatus
    "The claim that was made for extended resources which devices back."
    hostIP: str
    "The address of the pod's node."
    hostIPs: Annotated[list[HostIP], PatchMerge("ip"), Atomic()]
    "All addresses of the pod's node, the first equal to hostIP."
    initContainerStatuses: Annotated[list[ContainerStatus], Atomic()]
    "The state of each init container."
    message: str
    "A sentence for people about why the pod is in this state."
    nodeAllocatableResourceClaimStatuses: Annotated[list[NodeAllocatableResourceClaimStatus], Atomic()]
    "Claims of devices that use up resources of the node, and how much of them."
    nominatedNodeName: str
    "The node where room is being made for the pod. It may still be placed on another."
    observedGeneration: Int64
    "The generation of the pod that this status was worked out from."
    phase: Annotated[str, Default("Pending")]
    "Pending, Running, Succeeded, Failed or Unknown: the pod's life in one word."
    podIP: str
    "The pod's address, once it has one."
    podIPs: Annotated[list[PodIP], ListMap("ip"), PatchMerge("ip")]
    "All addresses of the pod, at most one of each family, the first equal to podIP."
    qosClass: str
    "Guaranteed, Burstable or BestEffort, by the containers' requests and limits. The last is evicted first."
    reason: str
    "A word in CamelCase for why the pod is in this state, such as Evicted."
    resize: str
    "How far a resize of the pod's resources has come. Newer kubelets say it by conditions."
    resourceClaimStatuses: Annotated[
        list[PodResourceClaimStatus], ListMap("name"), PatchMerge("name", retain_keys=True)
    ]
    "The claims that were made for the pod from templates."
    resources: ResourceRequirements
    "The resources of the pod as a whole that are in force."
    startTime: Time
    "When the kubelet took the pod on, before it pulled any image."
