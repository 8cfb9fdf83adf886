"""Pod: the shape on the wire, and where to find its defaults, rules and columns."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.core.affinity import Affinity, Toleration, TopologySpreadConstraint
from pybernetes.api.core.container import Container, EphemeralContainer, ResourceRequirements
from pybernetes.api.core.pod_columns import POD_COLUMNS, pod_row_conditions
from pybernetes.api.core.pod_defaults import set_pod_defaults
from pybernetes.api.core.pod_preparation import prepare_pod_create, prepare_pod_status
from pybernetes.api.core.pod_status import PodStatus
from pybernetes.api.core.pod_status_validation import validate_pod_status
from pybernetes.api.core.pod_validation import validate_pod, validate_pod_update
from pybernetes.api.core.pod_warnings import pod_warnings
from pybernetes.api.core.reference import LocalObjectReference
from pybernetes.api.core.security_context import PodSecurityContext
from pybernetes.api.core.volume import Volume
from pybernetes.api.definition import Definition, text_field
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.object import Json
from pybernetes.api.scalars import Int32, Int64, Quantity
from pybernetes.api.schema.marks import Always, Atomic, AtomicMap, Default, ListMap, PatchMerge, struct


class Pod(TypedDict, total=False):
    """A group of containers that run together on one node and share its network address and its volumes."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    spec: Annotated[PodSpec, Always()]
    "What the pod should run, and how."
    status: Annotated[PodStatus, Always()]
    "What the kubelet and the scheduler last saw of the pod."


class PodSpec(TypedDict, total=False):
    """What a pod runs, where it may run, and how it is treated."""

    activeDeadlineSeconds: Int64 | None
    "How many seconds the pod may be active on a node before it is stopped and marked as failed."
    affinity: Affinity
    "Which nodes, and which neighbours, the pod needs or prefers."
    automountServiceAccountToken: bool | None
    "Whether a token of the service account is mounted into the containers. By default the service account says."
    containers: Required[Annotated[list[Container], ListMap("name"), PatchMerge("name")]]
    "The containers that run side by side. There is at least one, and the list is fixed once the pod exists."
    dnsConfig: PodDNSConfig
    "Name servers, search domains and options on top of what dnsPolicy gives."
    dnsPolicy: Annotated[str, Default("ClusterFirst")]
    """Where names are looked up: in the cluster first (ClusterFirst, ClusterFirstWithHostNet), as the node does
    (Default), or only by dnsConfig (None).
    """
    enableServiceLinks: bool | None
    "Whether the services of the namespace appear as environment variables. They do by default."
    ephemeralContainers: Annotated[list[EphemeralContainer], ListMap("name"), PatchMerge("name")]
    "Containers that were added to the running pod for debugging, through its ephemeralcontainers subresource."
    hostAliases: Annotated[list[HostAlias], ListMap("ip"), PatchMerge("ip")]
    "Lines that are added to /etc/hosts in the containers."
    hostIPC: bool
    "Whether the pod uses the IPC namespace of its node."
    hostNetwork: bool
    "Whether the pod uses the network of its node, so that its ports are the node's ports."
    hostPID: bool
    "Whether the pod sees the processes of its node."
    hostUsers: bool | None
    "Whether users in the pod are those of the node. With false the pod gets a user namespace of its own."
    hostname: str
    "The host name inside the pod. It is the pod's name by default."
    hostnameOverride: str | None
    "A host name that the pod sees of itself in place of every other, without any record in DNS."
    imagePullSecrets: Annotated[list[LocalObjectReference], ListMap("name"), PatchMerge("name")]
    "Secrets of the same namespace with credentials for the registries of the images."
    initContainers: Annotated[list[Container], ListMap("name"), PatchMerge("name")]
    """Containers that run one after another to their end before the others start. Those with restartPolicy Always
    keep on running as sidecars.
    """
    nodeName: str
    "The node that the pod runs on. The scheduler sets it; a pod that is created with it skips the scheduler."
    nodeSelector: Annotated[dict[str, str], AtomicMap()]
    "Labels that a node must have for the pod to run there."
    os: PodOS
    "The operating system that the pod is made for."
    overhead: dict[str, Quantity]
    "What the sandbox of the pod itself costs beyond its containers. The runtime class sets it."
    preemptionPolicy: str | None
    "Whether pods of lower priority may be evicted to make room for this one. It comes from the priority class."
    priority: Int32 | None
    "How important the pod is: more is more important. It comes from the priority class."
    priorityClassName: str
    "The PriorityClass of the pod. The cluster's default class, or priority 0, holds without it."
    readinessGates: Annotated[list[PodReadinessGate], Atomic()]
    "Conditions beyond its containers' readiness that must be True before the pod is Ready."
    resourceClaims: Annotated[list[PodResourceClaim], ListMap("name"), PatchMerge("name", retain_keys=True)]
    "Claims of devices that must be allocated before the pod starts, and that its containers refer to by name."
    resources: ResourceRequirements
    "The resources that all containers of the pod may use together."
    restartPolicy: Annotated[str, Default("Always")]
    "Whether containers are started again when they end: Always, OnFailure or Never."
    runtimeClassName: str | None
    "The RuntimeClass that says which container runtime handler runs the pod."
    schedulerName: Annotated[str, Default("default-scheduler")]
    "The scheduler that chooses a node for the pod."
    schedulingGates: Annotated[list[PodSchedulingGate], ListMap("name"), PatchMerge("name")]
    "Marks that keep the pod from being scheduled until all of them are removed."
    schedulingGroup: PodSchedulingGroup
    "The group of pods that this one is scheduled together with."
    securityContext: Annotated[PodSecurityContext, Default({})]
    "Security settings for the pod as a whole, and defaults for its containers."
    serviceAccount: str
    "An older name of serviceAccountName, kept equal to it."
    serviceAccountName: str
    "The service account that the pod acts as. It is default unless set."
    setHostnameAsFQDN: bool | None
    "Whether the host name inside the pod is its full domain name rather than the first label of it."
    shareProcessNamespace: bool | None
    "Whether the containers of the pod see each other's processes."
    subdomain: str
    "The domain below the namespace's in which the pod gets a name, if a headless service has this name."
    terminationGracePeriodSeconds: Annotated[Int64 | None, Default(30)]
    "How many seconds processes have to end between the stop signal and being killed. With 0 they are killed at once."
    tolerations: Annotated[list[Toleration], Atomic()]
    "Taints of nodes that the pod puts up with."
    topologySpreadConstraints: Annotated[
        list[TopologySpreadConstraint], ListMap("topologyKey", "whenUnsatisfiable"), PatchMerge("topologyKey")
    ]
    "How evenly pods like this one are spread over zones, nodes or other domains."
    volumes: Annotated[list[Volume], ListMap("name"), PatchMerge("name", retain_keys=True)]
    "The volumes that the containers may mount."


class PodDNSConfig(TypedDict, total=False):
    """Settings for looking up names, added to those that the pod's DNS policy gives."""

    nameservers: Annotated[list[str], Atomic()]
    "Addresses of name servers, asked after those of the DNS policy."
    options: Annotated[list[PodDNSConfigOption], Atomic()]
    "Options of the resolver; one that the DNS policy also gives is replaced."
    searches: Annotated[list[str], Atomic()]
    "Domains in which short names are looked up."


class PodDNSConfigOption(TypedDict, total=False):
    """One option of the resolver, such as ndots."""

    name: str
    "What the option is called in resolv.conf."
    value: str | None
    "Its value, for options that have one."


class HostAlias(TypedDict, total=False):
    """An address and the names that stand for it in /etc/hosts."""

    hostnames: Annotated[list[str], Atomic()]
    "Names that resolve to the address."
    ip: Required[str]
    "The address that the names stand for."


class PodOS(TypedDict, total=False):
    """The operating system that a pod is made for."""

    name: Required[str]
    "The system: linux or windows."


class PodReadinessGate(TypedDict, total=False):
    """A condition that something outside the kubelet sets and the pod's readiness waits for."""

    conditionType: Required[str]
    "The type of the condition in the pod's status."


class PodResourceClaim(TypedDict, total=False):
    """A claim of devices that the pod uses: one that exists, or one made for it from a template."""

    name: Required[str]
    "The name by which the containers of the pod refer to the claim."
    resourceClaimName: str | None
    "A ResourceClaim of the same namespace, which other pods may use too."
    resourceClaimTemplateName: str | None
    "A ResourceClaimTemplate from which a claim is made that lives as long as the pod."


class PodSchedulingGate(TypedDict, total=False):
    """A mark that holds the pod back from the scheduler."""

    name: Required[str]
    "What the gate is called; whoever set it removes it by this name."


@struct(union=("podGroupName",))
class PodSchedulingGroup(TypedDict, total=False):
    """The group within which a pod is scheduled."""

    podGroupName: str | None
    "The PodGroup of the same namespace that the pod belongs to."


def _pod_ip(pod: Json) -> str:
    status = pod.get("status") or {}
    addresses = status.get("podIPs") or ()
    return str((addresses[0].get("ip") if addresses else status.get("podIP")) or "")


def _host_network(pod: Json) -> str:
    return "true" if (pod.get("spec") or {}).get("hostNetwork") else "false"


DEFINITION = Definition(
    kept_by_status=("ownerReferences",),
    columns=POD_COLUMNS,
    row_conditions=pod_row_conditions,
    set_defaults=set_pod_defaults,
    prepare_create=prepare_pod_create,
    prepare_status=prepare_pod_status,
    validate=validate_pod,
    validate_update=validate_pod_update,
    validate_status=validate_pod_status,
    warnings=pod_warnings,
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
