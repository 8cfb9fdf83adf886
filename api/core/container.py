"""Container: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.core.env import EnvFromSource, EnvVar
from pybernetes.api.core.probe import Lifecycle, Probe
from pybernetes.api.core.security_context import SecurityContext
from pybernetes.api.scalars import Int32, Quantity
from pybernetes.api.schema.marks import Always, Atomic, Default, ListMap, ListSet, PatchMerge


class Container(TypedDict, total=False):
    """One container of a pod: its image, what it runs, and what it may use."""

    args: Annotated[list[str], Atomic()]
    "Arguments for the entrypoint; the image's own by default. $(NAME) stands for a variable of the environment."
    command: Annotated[list[str], Atomic()]
    "What to run in place of the image's entrypoint, without a shell. $(NAME) stands for a variable of the environment."
    env: Annotated[list[EnvVar], ListMap("name"), PatchMerge("name")]
    "Variables of the environment. One with the same name in envFrom gives way."
    envFrom: Annotated[list[EnvFromSource], Atomic()]
    "Objects whose keys all become variables of the environment."
    image: str
    "The image to run, with a tag or a digest."
    imagePullPolicy: str
    "When the image is pulled. The default is Always for the tag latest and otherwise IfNotPresent."
    lifecycle: Lifecycle
    "What runs right after the container starts and right before it is stopped."
    livenessProbe: Probe
    "A check that restarts the container when it keeps failing."
    name: Required[str]
    "The container's name, unique within the pod. It cannot change."
    ports: Annotated[list[ContainerPort], ListMap("containerPort", "protocol"), PatchMerge("containerPort")]
    "Ports that the container listens on. The list informs; a port that is not in it is reachable all the same."
    readinessProbe: Probe
    "A check that takes the pod out of its services while it fails."
    resizePolicy: Annotated[list[ContainerResizePolicy], Atomic()]
    "Whether the container restarts when its CPU or memory is resized."
    resources: Annotated[ResourceRequirements, Always()]
    "The compute resources that the container asks for and is held to."
    restartPolicy: str | None
    "When this container restarts, in place of the pod's policy. Always makes a sidecar of an init container."
    restartPolicyRules: Annotated[list[ContainerRestartRule], Atomic()]
    "Rules, tried in order, for whether an exit restarts the container; restartPolicy decides if none matches."
    securityContext: SecurityContext
    "Security settings of this container, which outrank those of the pod."
    startupProbe: Probe
    "A check that holds back the other probes until it succeeds, for containers that start slowly."
    stdin: bool
    "Whether a standard input stays open for the container, so that one can attach to it."
    stdinOnce: bool
    "Whether the standard input is closed for good when the first client that attached leaves."
    terminationMessagePath: Annotated[str, Default("/dev/termination-log")]
    "The file in the container whose contents, when it ends, appear as the message of its status."
    terminationMessagePolicy: Annotated[str, Default("File")]
    "Where that message comes from: the file alone, or the end of the log when a failed container left the file empty."
    tty: bool
    "Whether the container gets a terminal. It needs stdin too."
    volumeDevices: Annotated[list[VolumeDevice], ListMap("devicePath"), PatchMerge("devicePath")]
    "Volumes that the container sees as raw block devices."
    volumeMounts: Annotated[list[VolumeMount], ListMap("mountPath"), PatchMerge("mountPath")]
    "Volumes that are mounted into the container's file system."
    workingDir: str
    "The directory in which the container starts; the image's own by default."


class ContainerPort(TypedDict, total=False):
    """A port that a container listens on."""

    containerPort: Required[Int32]
    "The number of the port on the pod's address."
    hostIP: str
    "The address of the node on which hostPort is bound; all of them by default."
    hostPort: Int32
    "A port of the node that leads to this one. Only one pod on a node can have it."
    name: str
    "A name for the port, unique within the pod, which services can refer to."
    protocol: Annotated[str, Default("TCP")]
    "The transport protocol: TCP, UDP or SCTP."


class ContainerResizePolicy(TypedDict, total=False):
    """What resizing one resource of a running container does to it."""

    resourceName: Required[str]
    "The resource: cpu or memory."
    restartPolicy: Required[str]
    "NotRequired to resize in place, RestartContainer to restart the container."


class ResourceRequirements(TypedDict, total=False):
    """How much of each compute resource is asked for, and how much may be used at most."""

    claims: Annotated[list[ResourceClaim], ListMap("name")]
    "Claims of devices, from the pod's resourceClaims, that the container uses."
    limits: dict[str, Quantity]
    "The most of each resource that may be used."
    requests: dict[str, Quantity]
    "What the scheduler sets aside of each resource. It is the limit where only that is set."


class ResourceClaim(TypedDict, total=False):
    """A use of one of the pod's claims of devices."""

    name: Required[str]
    "The claim's name in the pod's resourceClaims."
    request: str
    "One request of the claim, if not all of its devices are to be available."


class ContainerRestartRule(TypedDict, total=False):
    """What to do when a container ends in a certain way."""

    action: Required[str]
    "What is done: Restart, or RestartAllContainers of the pod."
    exitCodes: ContainerRestartRuleOnExitCodes
    "The exit codes that the rule is for."


class ContainerRestartRuleOnExitCodes(TypedDict, total=False):
    """A set of exit codes."""

    operator: Required[str]
    "In for the codes that are listed, NotIn for all others."
    values: Annotated[list[Int32], ListSet()]
    "The exit codes, 255 of them at most."


class VolumeDevice(TypedDict, total=False):
    """A volume that a container sees as a block device."""

    devicePath: Required[str]
    "The path of the device inside the container."
    name: Required[str]
    "The PersistentVolumeClaim volume of the pod, whose volume mode is Block."


class VolumeMount(TypedDict, total=False):
    """Where and how a container mounts a volume of the pod."""

    mountPath: Required[str]
    "The path inside the container. It has no colon."
    mountPropagation: str | None
    "Whether later mounts pass between node and container: None, HostToContainer or Bidirectional."
    name: Required[str]
    "The volume of the pod."
    readOnly: bool
    "Whether the container cannot write to the volume."
    recursiveReadOnly: str | None
    "Whether mounts below the volume are read-only too: Disabled, IfPossible or Enabled."
    subPath: str
    "A path within the volume to mount in place of its root."
    subPathExpr: str
    "Like subPath, where $(NAME) stands for a variable of the container's environment."


class EphemeralContainer(TypedDict, total=False):
    """A container that is added to a running pod to debug it. It asks for no resources and never restarts."""

    args: Annotated[list[str], Atomic()]
    "Arguments for the entrypoint; the image's own by default. $(NAME) stands for a variable of the environment."
    command: Annotated[list[str], Atomic()]
    "What to run in place of the image's entrypoint, without a shell. $(NAME) stands for a variable of the environment."
    env: Annotated[list[EnvVar], ListMap("name"), PatchMerge("name")]
    "Variables of the environment. One with the same name in envFrom gives way."
    envFrom: Annotated[list[EnvFromSource], Atomic()]
    "Objects whose keys all become variables of the environment."
    image: str
    "The image to run, with a tag or a digest."
    imagePullPolicy: str
    "When the image is pulled. The default is Always for the tag latest and otherwise IfNotPresent."
    lifecycle: Lifecycle
    "Not allowed for ephemeral containers."
    livenessProbe: Probe
    "Not allowed for ephemeral containers."
    name: Required[str]
    "The container's name, unique among all containers of the pod."
    ports: Annotated[list[ContainerPort], ListMap("containerPort", "protocol"), PatchMerge("containerPort")]
    "Not allowed for ephemeral containers."
    readinessProbe: Probe
    "Not allowed for ephemeral containers."
    resizePolicy: Annotated[list[ContainerResizePolicy], Atomic()]
    "Not allowed for ephemeral containers."
    resources: Annotated[ResourceRequirements, Always()]
    "Not allowed for ephemeral containers: they use what the pod has left."
    restartPolicy: str | None
    "Not allowed for ephemeral containers."
    restartPolicyRules: Annotated[list[ContainerRestartRule], Atomic()]
    "Not allowed for ephemeral containers."
    securityContext: SecurityContext
    "Security settings of this container, which outrank those of the pod."
    startupProbe: Probe
    "Not allowed for ephemeral containers."
    stdin: bool
    "Whether a standard input stays open for the container, so that one can attach to it."
    stdinOnce: bool
    "Whether the standard input is closed for good when the first client that attached leaves."
    targetContainerName: str
    "The container of the pod whose processes this one sees. By default it sees its own only."
    terminationMessagePath: Annotated[str, Default("/dev/termination-log")]
    "The file in the container whose contents, when it ends, appear as the message of its status."
    terminationMessagePolicy: Annotated[str, Default("File")]
    "Where that message comes from: the file alone, or the end of the log when a failed container left the file empty."
    tty: bool
    "Whether the container gets a terminal. It needs stdin too."
    volumeDevices: Annotated[list[VolumeDevice], ListMap("devicePath"), PatchMerge("devicePath")]
    "Volumes that the container sees as raw block devices."
    volumeMounts: Annotated[list[VolumeMount], ListMap("mountPath"), PatchMerge("mountPath")]
    "Volumes that are mounted into the container's file system."
    workingDir: str
    "The directory in which the container starts; the image's own by default."
