"""Container: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.core.env import EnvFromSource, EnvVar
from pybernetes.api.core.probe import Lifecycle, Probe
from pybernetes.api.core.security_context import SecurityContext
from pybernetes.api.scalars import Int32, Quantity
from pybernetes.api.schema.marks import Always, Atomic, Default, Enum, ListMap, ListSet, PatchMerge


class Container(TypedDict, total=False):
    args: Annotated[list[str], Atomic()]
    command: Annotated[list[str], Atomic()]
    env: Annotated[list[EnvVar], ListMap("name"), PatchMerge("name")]
    envFrom: Annotated[list[EnvFromSource], Atomic()]
    image: str
    imagePullPolicy: Annotated[str, Enum("Always", "IfNotPresent", "Never")]
    lifecycle: Lifecycle
    livenessProbe: Probe
    name: Required[str]
    ports: Annotated[list[ContainerPort], ListMap("containerPort", "protocol"), PatchMerge("containerPort")]
    readinessProbe: Probe
    resizePolicy: Annotated[list[ContainerResizePolicy], Atomic()]
    resources: Annotated[ResourceRequirements, Always()]
    restartPolicy: str | None
    restartPolicyRules: Annotated[list[ContainerRestartRule], Atomic()]
    securityContext: SecurityContext
    startupProbe: Probe
    stdin: bool
    stdinOnce: bool
    terminationMessagePath: Annotated[str, Default("/dev/termination-log")]
    terminationMessagePolicy: Annotated[str, Default("File"), Enum("File", "FallbackToLogsOnError")]
    tty: bool
    volumeDevices: Annotated[list[VolumeDevice], ListMap("devicePath"), PatchMerge("devicePath")]
    volumeMounts: Annotated[list[VolumeMount], ListMap("mountPath"), PatchMerge("mountPath")]
    workingDir: str


class ContainerPort(TypedDict, total=False):
    containerPort: Required[Int32]
    hostIP: str
    hostPort: Int32
    name: str
    protocol: Annotated[str, Default("TCP"), Enum("SCTP", "TCP", "UDP")]


class ContainerResizePolicy(TypedDict, total=False):
    resourceName: Required[str]
    restartPolicy: Required[str]


class ResourceRequirements(TypedDict, total=False):
    claims: Annotated[list[ResourceClaim], ListMap("name")]
    limits: dict[str, Quantity]
    requests: dict[str, Quantity]


class ResourceClaim(TypedDict, total=False):
    name: Required[str]
    request: str


class ContainerRestartRule(TypedDict, total=False):
    action: Required[str]
    exitCodes: ContainerRestartRuleOnExitCodes


class ContainerRestartRuleOnExitCodes(TypedDict, total=False):
    operator: Required[str]
    values: Annotated[list[Int32], ListSet()]


class VolumeDevice(TypedDict, total=False):
    devicePath: Required[str]
    name: Required[str]


class VolumeMount(TypedDict, total=False):
    mountPath: Required[str]
    mountPropagation: str | None
    name: Required[str]
    readOnly: bool
    recursiveReadOnly: str | None
    subPath: str
    subPathExpr: str


class EphemeralContainer(TypedDict, total=False):
    args: Annotated[list[str], Atomic()]
    command: Annotated[list[str], Atomic()]
    env: Annotated[list[EnvVar], ListMap("name"), PatchMerge("name")]
    envFrom: Annotated[list[EnvFromSource], Atomic()]
    image: str
    imagePullPolicy: Annotated[str, Enum("Always", "IfNotPresent", "Never")]
    lifecycle: Lifecycle
    livenessProbe: Probe
    name: Required[str]
    ports: Annotated[list[ContainerPort], ListMap("containerPort", "protocol"), PatchMerge("containerPort")]
    readinessProbe: Probe
    resizePolicy: Annotated[list[ContainerResizePolicy], Atomic()]
    resources: Annotated[ResourceRequirements, Always()]
    restartPolicy: str | None
    restartPolicyRules: Annotated[list[ContainerRestartRule], Atomic()]
    securityContext: SecurityContext
    startupProbe: Probe
    stdin: bool
    stdinOnce: bool
    targetContainerName: str
    terminationMessagePath: Annotated[str, Default("/dev/termination-log")]
    terminationMessagePolicy: Annotated[str, Default("File"), Enum("File", "FallbackToLogsOnError")]
    tty: bool
    volumeDevices: Annotated[list[VolumeDevice], ListMap("devicePath"), PatchMerge("devicePath")]
    volumeMounts: Annotated[list[VolumeMount], ListMap("mountPath"), PatchMerge("mountPath")]
    workingDir: str
