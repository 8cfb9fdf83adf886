"""Node: the shape on the wire, its defaults, rules and columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.addresses import cidr, is_dual_stack
from pybernetes.api.columns import AGE, NAME, NONE, WIDE, text_of
from pybernetes.api.core.affinity_validation import validate_taints
from pybernetes.api.core.resource_validation import validate_quantity
from pybernetes.api.definition import Column, Definition
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.object import Json, condition_of, labels_of
from pybernetes.api.scalars import Int32, Int64, Quantity, Time
from pybernetes.api.schema.marks import Always, Atomic, ListMap, ListSet, PatchMerge


class Node(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Annotated[NodeSpec, Always()]
    status: Annotated[NodeStatus, Always()]


class NodeSpec(TypedDict, total=False):
    configSource: NodeConfigSource
    externalID: str
    podCIDR: str
    podCIDRs: Annotated[list[str], ListSet(), PatchMerge()]
    providerID: str
    taints: Annotated[list[Taint], Atomic()]
    unschedulable: bool


class NodeConfigSource(TypedDict, total=False):
    configMap: ConfigMapNodeConfigSource


class ConfigMapNodeConfigSource(TypedDict, total=False):
    kubeletConfigKey: Required[str]
    name: Required[str]
    namespace: Required[str]
    resourceVersion: str
    uid: str


class Taint(TypedDict, total=False):
    effect: Required[str]
    key: Required[str]
    timeAdded: Time
    value: str


class NodeStatus(TypedDict, total=False):
    addresses: Annotated[list[NodeAddress], ListMap("type"), PatchMerge("type")]
    allocatable: dict[str, Quantity]
    capacity: dict[str, Quantity]
    conditions: Annotated[list[NodeCondition], ListMap("type"), PatchMerge("type")]
    config: NodeConfigStatus
    daemonEndpoints: Annotated[NodeDaemonEndpoints, Always()]
    declaredFeatures: Annotated[list[str], Atomic()]
    features: NodeFeatures
    images: Annotated[list[ContainerImage], Atomic()]
    nodeInfo: Annotated[NodeSystemInfo, Always()]
    phase: str
    runtimeHandlers: Annotated[list[NodeRuntimeHandler], Atomic()]
    volumesAttached: Annotated[list[AttachedVolume], Atomic()]
    volumesInUse: Annotated[list[str], Atomic()]


class NodeAddress(TypedDict, total=False):
    address: Required[str]
    type: Required[str]


class NodeCondition(TypedDict, total=False):
    status: Required[str]
    lastHeartbeatTime: Annotated[Time, Always()]
    lastTransitionTime: Annotated[Time, Always()]
    message: str
    reason: str
    type: Required[str]


class NodeConfigStatus(TypedDict, total=False):
    active: NodeConfigSource
    assigned: NodeConfigSource
    error: str
    lastKnownGood: NodeConfigSource


class NodeDaemonEndpoints(TypedDict, total=False):
    kubeletEndpoint: Annotated[DaemonEndpoint, Always()]


class DaemonEndpoint(TypedDict, total=False):
    Port: Required[Int32]


class NodeFeatures(TypedDict, total=False):
    supplementalGroupsPolicy: bool | None


class ContainerImage(TypedDict, total=False):
    names: Annotated[list[str], Atomic(), Always()]
    sizeBytes: Int64


class NodeSystemInfo(TypedDict, total=False):
    architecture: Required[str]
    bootID: Required[str]
    containerRuntimeVersion: Required[str]
    kernelVersion: Required[str]
    kubeProxyVersion: Required[str]
    kubeletVersion: Required[str]
    machineID: Required[str]
    operatingSystem: Required[str]
    osImage: Required[str]
    swap: NodeSwapStatus
    systemUUID: Required[str]


class NodeSwapStatus(TypedDict, total=False):
    capacity: Int64 | None


class NodeRuntimeHandler(TypedDict, total=False):
    features: NodeRuntimeHandlerFeatures
    name: str


class NodeRuntimeHandlerFeatures(TypedDict, total=False):
    recursiveReadOnlyMounts: bool | None
    userNamespaces: bool | None


class AttachedVolume(TypedDict, total=False):
    devicePath: Required[str]
    name: Required[str]


_ROLE_PREFIX = "node-role.kubernetes.io/"
_ROLE_LABEL = "kubernetes.io/role"
_MAX_CIDRS = 2
_FIXED_CIDR = 'node updates may not change podCIDR except from "" to valid'
_FIXED_PROVIDER = 'node updates may not change providerID except from "" to valid'


def _set_defaults(node: Json) -> None:
    """podCIDR is the first of podCIDRs; a node that says only what it has lets all of it be used."""
    spec, status = node.get("spec") or {}, node.get("status") or {}
    if spec.get("podCIDR") and (spec.get("podCIDRs") or [""])[0] != spec["podCIDR"]:
        spec["podCIDRs"] = [spec["podCIDR"]]
    elif spec.get("podCIDRs"):
        spec["podCIDR"] = spec["podCIDRs"][0]
    if status.get("capacity") and "allocatable" not in status:
        status["allocatable"] = dict(status["capacity"])


def _validate(node: Json, errors: ErrorList) -> None:
    spec = node.get("spec") or {}
    if spec.get("taints"):
        validate_taints(spec["taints"], "metadata.taints", errors)
    _validate_amounts(node, errors)
    _validate_cidrs(spec.get("podCIDRs") or [], errors)


def _validate_amounts(node: Json, errors: ErrorList) -> None:
    status = node.get("status") or {}
    for part in ("capacity", "allocatable"):
        for name, quantity in (status.get(part) or {}).items():
            validate_quantity(name, quantity, f"status.{part}.{name}", errors)


def _validate_cidrs(networks: Sequence[str], errors: ErrorList) -> None:
    for index, network in enumerate(networks):
        errors.each_invalid(f"spec.podCIDRs[{index}]", network, cidr(network))
        if network in networks[:index]:
            errors.duplicate(f"spec.podCIDRs[{index}]", network)
    if len(networks) > _MAX_CIDRS or (len(networks) > 1 and not is_dual_stack(networks)):
        detail = "may specify no more than one CIDR for each IP family"
        errors.invalid("spec.podCIDRs", list(networks), detail)


def _validate_update(new: Json, old: Json, errors: ErrorList) -> None:
    spec, before = new.get("spec") or {}, old.get("spec") or {}
    if before.get("podCIDRs") and spec.get("podCIDRs") != before["podCIDRs"]:
        errors.forbidden("spec.podCIDRs", _FIXED_CIDR)
    if before.get("providerID") and spec.get("providerID") != before["providerID"]:
        errors.forbidden("spec.providerID", _FIXED_PROVIDER)
    if spec.get("externalID") != before.get("externalID"):
        errors.forbidden("spec.externalID", "may not be updated")


def _validate_status(new: Json, old: Json, errors: ErrorList) -> None:
    _validate_amounts(new, errors)
    addresses = (new.get("status") or {}).get("addresses") or []
    for index, address in enumerate(addresses):
        if address in addresses[:index]:
            errors.duplicate(f"status.addresses[{index}]", address)


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


DEFINITION = Definition(
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
    validate=_validate,
    validate_update=_validate_update,
    validate_status=_validate_status,
    fields={"spec.unschedulable": _unschedulable},
)
