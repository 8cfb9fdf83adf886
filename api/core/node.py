"""Node: the shape on the wire, its defaults and columns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.columns import AGE, NAME, NONE, WIDE, text_of
from pybernetes.api.core.node_validation import validate_node, validate_node_update
from pybernetes.api.definition import Column, Definition
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.object import Json, condition_of, labels_of
from pybernetes.api.scalars import Int32, Int64, Quantity, Time
from pybernetes.api.schema.marks import Always, Atomic, ListMap, ListSet, PatchMerge


class Node(TypedDict, total=False):
    """A machine that runs pods."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    spec: Annotated[NodeSpec, Always()]
    "What is wanted of the node."
    status: Annotated[NodeStatus, Always()]
    "What its kubelet last reported."


class NodeSpec(TypedDict, total=False):
    """What is wanted of a node."""

    configSource: NodeConfigSource
    "No longer used: kubelets are configured by files."
    externalID: str
    "No longer used."
    podCIDR: str
    "The range that the node's pods get addresses from. It is the first of podCIDRs."
    podCIDRs: Annotated[list[str], ListSet(), PatchMerge()]
    "The ranges for the addresses of pods, at most one of each family."
    providerID: str
    "The machine's id at its cloud provider, as provider://id."
    taints: Annotated[list[Taint], Atomic()]
    "Marks that keep away pods that do not tolerate them."
    unschedulable: bool
    "Whether new pods are kept away. kubectl cordon sets it."


class NodeConfigSource(TypedDict, total=False):
    """No longer used: where a kubelet's configuration was read from."""

    configMap: ConfigMapNodeConfigSource
    "The config map that held the configuration."


class ConfigMapNodeConfigSource(TypedDict, total=False):
    """No longer used: a config map that held a kubelet's configuration."""

    kubeletConfigKey: Required[str]
    "The key that held the configuration."
    name: Required[str]
    "The name of the config map."
    namespace: Required[str]
    "The namespace of the config map."
    resourceVersion: str
    "The version of the config map, in a status only."
    uid: str
    "The id of the config map, in a status only."


class Taint(TypedDict, total=False):
    """A mark on a node that repels pods which do not tolerate it."""

    effect: Required[str]
    "NoSchedule keeps new pods away, PreferNoSchedule only if it can be helped, NoExecute evicts running ones too."
    key: Required[str]
    "The name of the taint."
    timeAdded: Time
    "When a NoExecute taint was added."
    value: str
    "A value that goes with the key."


class NodeStatus(TypedDict, total=False):
    """What a node's kubelet last reported."""

    addresses: Annotated[list[NodeAddress], ListMap("type"), PatchMerge("type")]
    "The addresses and names that the node can be reached by."
    allocatable: dict[str, Quantity]
    "What is left of the capacity for pods, by resource."
    capacity: dict[str, Quantity]
    "What the node has, by resource."
    conditions: Annotated[list[NodeCondition], ListMap("type"), PatchMerge("type")]
    "How the node is: Ready, MemoryPressure, DiskPressure, PIDPressure and others."
    config: NodeConfigStatus
    "No longer used: the state of the kubelet's configuration."
    daemonEndpoints: Annotated[NodeDaemonEndpoints, Always()]
    "The ports of the node's daemons."
    declaredFeatures: Annotated[list[str], Atomic()]
    "Features of the kubelet that the scheduler should know of."
    features: NodeFeatures
    "What the container runtime can do on this node."
    images: Annotated[list[ContainerImage], Atomic()]
    "Images on the node, the largest first. The list may be cut short."
    nodeInfo: Annotated[NodeSystemInfo, Always()]
    "Versions and ids of the node's parts."
    phase: str
    "No longer used; the conditions say it."
    runtimeHandlers: Annotated[list[NodeRuntimeHandler], Atomic()]
    "The handlers that the container runtime offers."
    volumesAttached: Annotated[list[AttachedVolume], Atomic()]
    "The volumes that are attached to the node."
    volumesInUse: Annotated[list[str], Atomic()]
    "The volumes that the node mounts, and that must not be detached."


class NodeAddress(TypedDict, total=False):
    """An address of a node."""

    address: Required[str]
    "The address, or the name."
    type: Required[str]
    "Hostname, InternalIP, ExternalIP, InternalDNS or ExternalDNS."


class NodeCondition(TypedDict, total=False):
    """One aspect of how a node is."""

    status: Required[str]
    "Whether the condition holds: True, False or Unknown."
    lastHeartbeatTime: Annotated[Time, Always()]
    "When the node last reported it."
    lastTransitionTime: Annotated[Time, Always()]
    "When the status last changed."
    message: str
    "A sentence for people about the last change."
    reason: str
    "A word in CamelCase that says why the status is what it is."
    type: Required[str]
    "The aspect, such as Ready."


class NodeConfigStatus(TypedDict, total=False):
    """No longer used: the state of a kubelet's configuration."""

    active: NodeConfigSource
    "The configuration that was in use."
    assigned: NodeConfigSource
    "The configuration that was to be used."
    error: str
    "What went wrong with it."
    lastKnownGood: NodeConfigSource
    "The configuration to fall back on."


class NodeDaemonEndpoints(TypedDict, total=False):
    """The ports on which a node's daemons listen."""

    kubeletEndpoint: Annotated[DaemonEndpoint, Always()]
    "Where the kubelet listens."


class DaemonEndpoint(TypedDict, total=False):
    """A port on which a daemon listens."""

    Port: Required[Int32]
    "The number of the port."


class NodeFeatures(TypedDict, total=False):
    """What the container runtime of a node can do, whichever handler is used."""

    supplementalGroupsPolicy: bool | None
    "Whether pods can choose how their supplemental groups are put together."


class ContainerImage(TypedDict, total=False):
    """An image on a node."""

    names: Annotated[list[str], Atomic(), Always()]
    "The names by which the image is known."
    sizeBytes: Int64
    "How large the image is, in bytes."


class NodeSystemInfo(TypedDict, total=False):
    """Versions and ids of a node's parts."""

    architecture: Required[str]
    "The processor architecture, such as amd64."
    bootID: Required[str]
    "An id that is new after each boot."
    containerRuntimeVersion: Required[str]
    "The container runtime and its version, as containerd://2.0.0."
    kernelVersion: Required[str]
    "The version of the kernel."
    kubeProxyVersion: Required[str]
    "No longer used: the version of kube-proxy."
    kubeletVersion: Required[str]
    "The version of the kubelet."
    machineID: Required[str]
    "An id that the machine keeps, from /etc/machine-id."
    operatingSystem: Required[str]
    "The operating system: linux or windows."
    osImage: Required[str]
    "The full name of the system, from /etc/os-release."
    swap: NodeSwapStatus
    "What is known of the node's swap space."
    systemUUID: Required[str]
    "An id that the hardware keeps."


class NodeSwapStatus(TypedDict, total=False):
    """The swap space of a node."""

    capacity: Int64 | None
    "How much there is, in bytes."


class NodeRuntimeHandler(TypedDict, total=False):
    """A handler of the container runtime."""

    features: NodeRuntimeHandlerFeatures
    "What the handler can do."
    name: Annotated[str, Always()]
    "The handler's name; empty for the default one."


class NodeRuntimeHandlerFeatures(TypedDict, total=False):
    """What a handler of the container runtime can do."""

    recursiveReadOnlyMounts: bool | None
    "Whether it can make mounts read-only all the way down."
    userNamespaces: bool | None
    "Whether it can give pods a user namespace of their own."


class AttachedVolume(TypedDict, total=False):
    """A volume that is attached to a node."""

    devicePath: Required[str]
    "The path of its device on the node."
    name: Required[str]
    "The volume's unique name."


_ROLE_PREFIX = "node-role.kubernetes.io/"
_ROLE_LABEL = "kubernetes.io/role"


def _set_defaults(node: Json) -> None:
    """podCIDR is the first of podCIDRs; a node that says only what it has lets all of it be used."""
    spec, status = node.get("spec") or {}, node.get("status") or {}
    if spec.get("podCIDR") and (spec.get("podCIDRs") or [""])[0] != spec["podCIDR"]:
        spec["podCIDRs"] = [spec["podCIDR"]]
    elif spec.get("podCIDRs"):
        spec["podCIDR"] = spec["podCIDRs"][0]
    if status.get("capacity") and "allocatable" not in status:
        status["allocatable"] = dict(status["capacity"])


def _prepare_create(node: Json) -> None:
    """Where a kubelet's configuration came from is told by old nodes only."""
    (node.get("spec") or {}).pop("configSource", None)


def _prepare_update(new: Json, old: Json) -> None:
    if "configSource" not in (old.get("spec") or {}):
        _prepare_create(new)


def _prepare_status(new: Json, old: Json) -> None:
    if "config" not in (old.get("status") or {}):
        (new.get("status") or {}).pop("config", None)


def _status(node: Json, now: datetime) -> str:
    ready = condition_of(node, "Ready")
    shown = "Unknown" if ready is None else "Ready" if ready.get("status") == "True" else "NotReady"
    return f"{shown},SchedulingDisabled" if (node.get("spec") or {}).get("unschedulable") else shown


def _roles(node: Json, now: datetime) -> str:
    roles = set()
    for label, value in labels_of(node).items():
        if label.startswith(_ROLE_PREFIX):
            roles.add(label.removeprefix(_ROLE_PREFIX))
        elif label == _ROLE_LABEL:
            roles.add(value)
    return ",".join(sorted(role for role in roles if role)) or NONE


def _address(node: Json, kind: str) -> str:
    for address in (node.get("status") or {}).get("addresses") or ():
        if address.get("type") == kind:
            return str(address.get("address") or NONE)
    return NONE


def _unschedulable(node: Json) -> str:
    return "true" if (node.get("spec") or {}).get("unschedulable") else "false"


def _info(field: str, default: str = "<unknown>") -> Callable[[Json, datetime], str]:
    return text_of("status", "nodeInfo", field, default=default)


def _warnings(obj: Json, old: Json | None) -> list[str]:
    spec, found = obj.get("spec") or {}, []
    if spec.get("configSource"):
        found.append("spec.configSource: the feature is removed")
    if spec.get("externalID"):
        found.append("spec.externalID: this field is deprecated, and is unused by Kubernetes")
    return found


DEFINITION = Definition(
    warnings=_warnings,
    columns=(
        NAME,
        Column("Status", _status, description="Whether it is ready and may be given pods."),
        Column("Roles", _roles, description="What it is labelled to do."),
        AGE,
        Column("Version", _info("kubeletVersion", ""), description="The version of its agent."),
        Column("Internal-IP", lambda o, n: _address(o, "InternalIP"), priority=WIDE, description="In the cluster."),
        Column("External-IP", lambda o, n: _address(o, "ExternalIP"), priority=WIDE, description="From outside."),
        Column("OS-Image", _info("osImage"), priority=WIDE, description="Its operating system."),
        Column("Kernel-Version", _info("kernelVersion"), priority=WIDE, description="Its kernel."),
        Column("Container-Runtime", _info("containerRuntimeVersion"), priority=WIDE, description="Its runtime."),
    ),
    set_defaults=_set_defaults,
    prepare_create=_prepare_create,
    prepare_update=_prepare_update,
    prepare_status=_prepare_status,
    validate=validate_node,
    validate_update=validate_node_update,
    validate_status=validate_node_update,
    status_written_by=frozenset({"create"}),  # an agent registers its node with all that it knows of it
    fields={"spec.unschedulable": _unschedulable},
)
