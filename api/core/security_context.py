"""Security context: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.scalars import Int64
from pybernetes.api.schema.marks import Atomic, struct


@struct(union=("localhostProfile",), discriminator="type")
class AppArmorProfile(TypedDict, total=False):
    """Which AppArmor profile confines processes."""

    localhostProfile: str | None
    "The name of a profile that is loaded on the node. Only with type Localhost."
    type: Required[str]
    "RuntimeDefault for the runtime's profile, Localhost for one of the node, Unconfined for none."


class Capabilities(TypedDict, total=False):
    """Linux capabilities that differ from those that the runtime gives."""

    add: Annotated[list[str], Atomic()]
    "Capabilities to add, without CAP_ before the name; ALL for all of them."
    drop: Annotated[list[str], Atomic()]
    "Capabilities to take away; ALL for all of them."


class PodSecurityContext(TypedDict, total=False):
    """Security settings of a pod. Those that containers have too are their defaults."""

    appArmorProfile: AppArmorProfile
    "The AppArmor profile of the containers."
    fsGroup: Int64 | None
    "A group that owns the pod's volumes and that its processes belong to."
    fsGroupChangePolicy: str | None
    "When the owner of a volume's files is changed: Always, or OnRootMismatch for only when its root differs."
    runAsGroup: Int64 | None
    "The group that processes start with; that of the image by default."
    runAsNonRoot: bool | None
    "Whether containers that would run as user 0 are refused."
    runAsUser: Int64 | None
    "The user that processes start as; that of the image by default."
    seLinuxChangePolicy: str | None
    "How volumes get their SELinux label: MountOption, or Recursive for file by file."
    seLinuxOptions: SELinuxOptions
    "The SELinux label of the containers."
    seccompProfile: SeccompProfile
    "The filter of system calls of the containers."
    supplementalGroups: Annotated[list[Int64], Atomic()]
    "More groups that the processes belong to."
    supplementalGroupsPolicy: str | None
    "Whether the groups of the user in the image count too (Merge) or not (Strict)."
    sysctls: Annotated[list[Sysctl], Atomic()]
    "Kernel parameters that are set for the pod."
    windowsOptions: WindowsSecurityContextOptions
    "Settings for pods on Windows."


class SELinuxOptions(TypedDict, total=False):
    """The parts of an SELinux label."""

    level: str
    "The level part of the label."
    role: str
    "The role part of the label."
    type: str
    "The type part of the label."
    user: str
    "The user part of the label."


@struct(union=("localhostProfile",), discriminator="type")
class SeccompProfile(TypedDict, total=False):
    """Which filter of system calls confines processes."""

    localhostProfile: str | None
    "The path of a profile below the kubelet's seccomp directory. Only with type Localhost."
    type: Required[str]
    "RuntimeDefault for the runtime's profile, Localhost for a file of the node, Unconfined for none."


class Sysctl(TypedDict, total=False):
    """A kernel parameter and its value."""

    name: Required[str]
    "The parameter's name, with dots or slashes."
    value: Required[str]
    "The value to set."


class WindowsSecurityContextOptions(TypedDict, total=False):
    """Security settings that only Windows has."""

    gmsaCredentialSpec: str | None
    "The contents of the group managed service account's credential spec."
    gmsaCredentialSpecName: str | None
    "The name of the credential spec to use."
    hostProcess: bool | None
    "Whether containers run as processes of the host. All of a pod's containers agree on it, and need hostNetwork."
    runAsUserName: str | None
    "The Windows user that processes start as; that of the image by default."


class SecurityContext(TypedDict, total=False):
    """Security settings of a container. They outrank those of its pod."""

    allowPrivilegeEscalation: bool | None
    "Whether a process may gain more privileges than its parent has. Privileged containers always may."
    appArmorProfile: AppArmorProfile
    "The AppArmor profile of the container."
    capabilities: Capabilities
    "Linux capabilities that are added to, or taken from, what the runtime gives."
    privileged: bool | None
    "Whether the container runs with, in effect, all rights of root on the node."
    procMount: str | None
    "How /proc is mounted: Default with parts of it masked, or Unmasked."
    readOnlyRootFilesystem: bool | None
    "Whether the container cannot write to its root file system."
    runAsGroup: Int64 | None
    "The group that processes start with; that of the pod or the image by default."
    runAsNonRoot: bool | None
    "Whether the container is refused if it would run as user 0."
    runAsUser: Int64 | None
    "The user that processes start as; that of the pod or the image by default."
    seLinuxOptions: SELinuxOptions
    "The SELinux label of the container."
    seccompProfile: SeccompProfile
    "The filter of system calls of the container."
    windowsOptions: WindowsSecurityContextOptions
    "Settings for containers on Windows."
