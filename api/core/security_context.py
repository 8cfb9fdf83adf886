"""Security context: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.scalars import Int64
from pybernetes.api.schema.marks import Atomic


class AppArmorProfile(TypedDict, total=False):
    localhostProfile: str | None
    type: Required[str]


class Capabilities(TypedDict, total=False):
    add: Annotated[list[str], Atomic()]
    drop: Annotated[list[str], Atomic()]


class PodSecurityContext(TypedDict, total=False):
    appArmorProfile: AppArmorProfile
    fsGroup: Int64 | None
    fsGroupChangePolicy: str | None
    runAsGroup: Int64 | None
    runAsNonRoot: bool | None
    runAsUser: Int64 | None
    seLinuxChangePolicy: str | None
    seLinuxOptions: SELinuxOptions
    seccompProfile: SeccompProfile
    supplementalGroups: Annotated[list[Int64], Atomic()]
    supplementalGroupsPolicy: str | None
    sysctls: Annotated[list[Sysctl], Atomic()]
    windowsOptions: WindowsSecurityContextOptions


class SELinuxOptions(TypedDict, total=False):
    level: str
    role: str
    type: str
    user: str


class SeccompProfile(TypedDict, total=False):
    localhostProfile: str | None
    type: Required[str]


class Sysctl(TypedDict, total=False):
    name: Required[str]
    value: Required[str]


class WindowsSecurityContextOptions(TypedDict, total=False):
    gmsaCredentialSpec: str | None
    gmsaCredentialSpecName: str | None
    hostProcess: bool | None
    runAsUserName: str | None


class SecurityContext(TypedDict, total=False):
    allowPrivilegeEscalation: bool | None
    appArmorProfile: AppArmorProfile
    capabilities: Capabilities
    privileged: bool | None
    procMount: str | None
    readOnlyRootFilesystem: bool | None
    runAsGroup: Int64 | None
    runAsNonRoot: bool | None
    runAsUser: Int64 | None
    seLinuxOptions: SELinuxOptions
    seccompProfile: SeccompProfile
    windowsOptions: WindowsSecurityContextOptions
