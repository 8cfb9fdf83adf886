"""Pod: the shape on the wire, and where to find its defaults, rules and columns."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.core.affinity import Affinity, Toleration, TopologySpreadConstraint
from pybernetes.api.core.container import Container, EphemeralContainer, ResourceRequirements
from pybernetes.api.core.pod_columns import POD_COLUMNS
from pybernetes.api.core.pod_defaults import set_pod_defaults
from pybernetes.api.core.pod_preparation import prepare_pod_create, prepare_pod_status
from pybernetes.api.core.pod_status import PodStatus
from pybernetes.api.core.pod_validation import validate_pod, validate_pod_status, validate_pod_update
from pybernetes.api.core.reference import LocalObjectReference
from pybernetes.api.core.security_context import PodSecurityContext
from pybernetes.api.core.volume import Volume
from pybernetes.api.definition import Definition, text_field
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.object import Json
from pybernetes.api.scalars import Int32, Int64, Quantity
from pybernetes.api.schema.marks import Always, Atomic, AtomicMap, Default, Enum, ListMap, PatchMerge


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
    dnsPolicy: Annotated[
        str, Default("ClusterFirst"), Enum("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")
    ]
    enableServiceLinks: bool | None
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
    preemptionPolicy: Annotated[str | None, Enum("PreemptLowerPriority", "Never")]
    priority: Int32 | None
    priorityClassName: str
    readinessGates: Annotated[list[PodReadinessGate], Atomic()]
    resourceClaims: Annotated[list[PodResourceClaim], ListMap("name"), PatchMerge("name", retain_keys=True)]
    resources: ResourceRequirements
    restartPolicy: Annotated[str, Default("Always"), Enum("Always", "OnFailure", "Never")]
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


def _pod_ip(pod: Json) -> str:
    status = pod.get("status") or {}
    addresses = status.get("podIPs") or ()
    return str((addresses[0].get("ip") if addresses else status.get("podIP")) or "")


def _host_network(pod: Json) -> str:
    return "true" if (pod.get("spec") or {}).get("hostNetwork") else "false"


DEFINITION = Definition(
    columns=POD_COLUMNS,
    set_defaults=set_pod_defaults,
    prepare_create=prepare_pod_create,
    prepare_status=prepare_pod_status,
    validate=validate_pod,
    validate_update=validate_pod_update,
    validate_status=validate_pod_status,
    spec_fields=("spec",),
    fields={
        "spec.nodeName": text_field("spec", "nodeName"),
        "spec.host": text_field("spec", "nodeName"),
        "spec.restartPolicy": text_field("spec", "restartPolicy"),
        "spec.schedulerName": text_field("spec", "schedulerName"),
        "spec.serviceAccountName": text_field("spec", "serviceAccountName"),
        "spec.hostNetwork": _host_network,
        "status.phase": text_field("status", "phase"),
        "status.podIP": _pod_ip,
        "status.nominatedNodeName": text_field("status", "nominatedNodeName"),
    },
)
