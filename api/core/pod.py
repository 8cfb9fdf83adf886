"""Pod: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required, TypedDict

from pybernetes.api.core.affinity import Affinity, Toleration, TopologySpreadConstraint
from pybernetes.api.core.container import Container, EphemeralContainer, ResourceRequirements
from pybernetes.api.core.pod_status import PodStatus
from pybernetes.api.core.reference import LocalObjectReference
from pybernetes.api.core.security_context import PodSecurityContext
from pybernetes.api.core.volume import Volume
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Int32, Int64, Quantity
from pybernetes.api.schema.marks import Always, Atomic, AtomicMap, Default, ListMap, PatchMerge


class Pod(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Annotated[PodSpec, Always()]
    status: Annotated[PodStatus, Always()]


class PodSpec(TypedDict, total=False):
    activeDeadlineSeconds: Int64 | None
    affinity: Affinity
    automountServiceAccountToken: bool | None
    containers: Required[Annotated[list[Container], ListMap("name"), PatchMerge("name")]]
    dnsConfig: PodDNSConfig
    dnsPolicy: Annotated[str, Default("ClusterFirst")]
    enableServiceLinks: Annotated[bool | None, Default(True)]
    ephemeralContainers: Annotated[list[EphemeralContainer], ListMap("name"), PatchMerge("name")]
    hostAliases: Annotated[list[HostAlias], ListMap("ip"), PatchMerge("ip")]
    hostIPC: bool
    hostNetwork: bool
    hostPID: bool
    hostUsers: bool | None
    hostname: str
    hostnameOverride: str | None
    imagePullSecrets: Annotated[list[LocalObjectReference], ListMap("name"), PatchMerge("name")]
    initContainers: Annotated[list[Container], ListMap("name"), PatchMerge("name")]
    nodeName: str
    nodeSelector: Annotated[dict[str, str], AtomicMap()]
    os: PodOS
    overhead: dict[str, Quantity]
    preemptionPolicy: str | None
    priority: Int32 | None
    priorityClassName: str
    readinessGates: Annotated[list[PodReadinessGate], Atomic()]
    resourceClaims: Annotated[list[PodResourceClaim], ListMap("name"), PatchMerge("name", retain_keys=True)]
    resources: ResourceRequirements
    restartPolicy: Annotated[str, Default("Always")]
    runtimeClassName: str | None
    schedulerName: Annotated[str, Default("default-scheduler")]
    schedulingGates: Annotated[list[PodSchedulingGate], ListMap("name"), PatchMerge("name")]
    schedulingGroup: PodSchedulingGroup
    securityContext: Annotated[PodSecurityContext, Default({})]
    serviceAccount: str
    serviceAccountName: str
    setHostnameAsFQDN: bool | None
    shareProcessNamespace: bool | None
    subdomain: str
    terminationGracePeriodSeconds: Annotated[Int64 | None, Default(30)]
    tolerations: Annotated[list[Toleration], Atomic()]
    topologySpreadConstraints: Annotated[
        list[TopologySpreadConstraint], ListMap("topologyKey", "whenUnsatisfiable"), PatchMerge("topologyKey")
    ]
    volumes: Annotated[list[Volume], ListMap("name"), PatchMerge("name", retain_keys=True)]


class PodDNSConfig(TypedDict, total=False):
    nameservers: Annotated[list[str], Atomic()]
    options: Annotated[list[PodDNSConfigOption], Atomic()]
    searches: Annotated[list[str], Atomic()]


class PodDNSConfigOption(TypedDict, total=False):
    name: str
    value: str | None


class HostAlias(TypedDict, total=False):
    hostnames: Annotated[list[str], Atomic()]
    ip: Required[str]


class PodOS(TypedDict, total=False):
    name: Required[str]


class PodReadinessGate(TypedDict, total=False):
    conditionType: Required[str]


class PodResourceClaim(TypedDict, total=False):
    name: Required[str]
    resourceClaimName: str | None
    resourceClaimTemplateName: str | None


class PodSchedulingGate(TypedDict, total=False):
    name: Required[str]


class PodSchedulingGroup(TypedDict, total=False):
    podGroupName: str | None
