"""The Node object of this machine: what it is when it registers, and its status. Pure.

Counterpart: pkg/kubelet/nodestatus/setters.go, kubelet_node_status.go.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pybernetes.api.core.pod_resources import CPU, EPHEMERAL_STORAGE, MEMORY, amounts
from pybernetes.api.object import Json, annotations_of, labels_of
from pybernetes.api.quantity import format_milli
from pybernetes.kubelet.machine import Machine
from pybernetes.kubelet.options import Options
from pybernetes.kubelet.runtime.types import Image, RuntimeCondition, RuntimeStatus, Version

MOST_IMAGES, MOST_IMAGE_NAMES = 50, 5
_CONTROLLER_ATTACH = "volumes.kubernetes.io/controller-managed-attach-detach"


def default_labels(options: Options, machine: Machine) -> dict[str, str]:
    """Labels that every node has, and those it is told to have."""
    return {
        "kubernetes.io/hostname": options.node_name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": machine.architecture,
        "beta.kubernetes.io/os": "linux",
        "beta.kubernetes.io/arch": machine.architecture,
        **options.node_labels,
    }


def new_node(options: Options, machine: Machine) -> Json:
    """The object to create; its status follows."""
    spec: Json = {}
    if options.register_taints:
        spec["taints"] = list(options.register_taints)
    if options.provider_id:
        spec["providerID"] = options.provider_id
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": options.node_name,
            "labels": default_labels(options, machine),
            "annotations": {_CONTROLLER_ATTACH: "true"},
        },
        "spec": spec,
    }


def missing_metadata(node: Json, options: Options, machine: Machine) -> Json:
    """A merge patch for an existing Node that lacks labels or annotations of ours; empty when it has them."""
    wanted = default_labels(options, machine)
    labels = {key: value for key, value in wanted.items() if labels_of(node).get(key) != value}
    patch: Json = {}
    if labels:
        patch["labels"] = labels
    if _CONTROLLER_ATTACH not in annotations_of(node):
        patch["annotations"] = {_CONTROLLER_ATTACH: "true"}
    return {"metadata": patch} if patch else {}


@dataclass(frozen=True, slots=True)
class NodeState:
    """What was measured and asked for one status."""

    machine: Machine
    disk_bytes: int
    version: Version | None
    runtime: RuntimeStatus | None
    images: Sequence[Image]
    errors: Sequence[str]
    port: int
    memory_pressure: bool = False
    disk_pressure: bool = False
    pid_pressure: bool = False


def capacity(options: Options, machine: Machine, disk_bytes: int) -> dict[str, str]:
    return {
        "cpu": str(machine.cpus),
        "memory": f"{machine.memory_bytes // 1024}Ki",
        "ephemeral-storage": f"{disk_bytes // 1024}Ki",
        "pods": str(options.max_pods),
        "hugepages-1Gi": "0",
        "hugepages-2Mi": "0",
    }


def allocatable(options: Options, machine: Machine, disk_bytes: int) -> dict[str, str]:
    """Capacity without what is reserved: for the system, and so that eviction comes before the kernel's killer."""
    reserved = amounts(options.system_reserved)
    result = capacity(options, machine, disk_bytes)
    result["cpu"] = format_milli(max(0, machine.cpus * 1000 - reserved.get(CPU, 0)))
    memory = machine.memory_bytes - reserved.get(MEMORY, 0) - options.eviction_memory_bytes
    result["memory"] = f"{max(0, memory) // 1024}Ki"
    storage = disk_bytes * 9 // 10 - reserved.get(EPHEMERAL_STORAGE, 0)  # nodefs.available<10% evicts
    result["ephemeral-storage"] = str(max(0, storage))
    return result


def node_status(node: Json, options: Options, state: NodeState, now: str) -> Json:
    """The whole status, with the times of conditions kept where their status is kept."""
    machine = state.machine
    before = {each["type"]: each for each in (node.get("status") or {}).get("conditions") or ()}
    return {
        "addresses": _addresses(options),
        "capacity": capacity(options, machine, state.disk_bytes),
        "allocatable": allocatable(options, machine, state.disk_bytes),
        "conditions": [_timed(each, before.get(each["type"]), now) for each in _conditions(state)],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": state.port}},
        "nodeInfo": _info(options, state),
        "images": _images(state.images),
    }


def _addresses(options: Options) -> list[Json]:
    internal = [{"type": "InternalIP", "address": address} for address in options.node_ips]
    return [*internal, {"type": "Hostname", "address": options.node_name}]


def _info(options: Options, state: NodeState) -> Json:
    machine = state.machine
    version = f"{state.version.name}://{state.version.version}" if state.version is not None else ""
    return {
        "architecture": machine.architecture,
        "bootID": machine.boot_id,
        "containerRuntimeVersion": version,
        "kernelVersion": machine.kernel_version,
        "kubeProxyVersion": "",
        "kubeletVersion": options.version,
        "machineID": machine.machine_id,
        "operatingSystem": "linux",
        "osImage": machine.os_image,
        "systemUUID": machine.system_uuid,
        "swap": {"capacity": machine.swap_bytes},
    }


def _images(images: Sequence[Image]) -> list[Json]:
    """The largest images by their names."""
    largest = sorted(images, key=lambda image: (-image.size_bytes, image.id))[:MOST_IMAGES]
    shown = []
    for image in largest:
        names = [*image.repo_digests, *image.repo_tags][:MOST_IMAGE_NAMES]
        if names:
            shown.append({"names": names, "sizeBytes": image.size_bytes})
    return shown


def _conditions(state: NodeState) -> list[Json]:
    return [
        _pressure("MemoryPressure", state.memory_pressure),
        _pressure("DiskPressure", state.disk_pressure),
        _pressure("PIDPressure", state.pid_pressure),
        _ready(state),
    ]


_HAS_ENOUGH = {
    "MemoryPressure": ("KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    "DiskPressure": ("KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    "PIDPressure": ("KubeletHasSufficientPID", "kubelet has sufficient PID available"),
}
_HAS_TOO_LITTLE = {
    "MemoryPressure": ("KubeletHasInsufficientMemory", "kubelet has insufficient memory available"),
    "DiskPressure": ("KubeletHasDiskPressure", "kubelet has disk pressure"),
    "PIDPressure": ("KubeletHasInsufficientPID", "kubelet has insufficient PID available"),
}


def _pressure(kind: str, pressed: bool) -> Json:
    reason, message = (_HAS_TOO_LITTLE if pressed else _HAS_ENOUGH)[kind]
    return {"type": kind, "status": "True" if pressed else "False", "reason": reason, "message": message}


def _ready(state: NodeState) -> Json:
    """Ready when the runtime and its network are, and the kubelet itself has nothing against it."""
    errors = list(state.errors)
    if state.runtime is None:
        errors.append("container runtime status check may not have completed yet")
    else:
        for kind, called in (("RuntimeReady", "container runtime"), ("NetworkReady", "container runtime network")):
            condition = state.runtime.condition(kind)
            if condition is None or not condition.status:
                errors.append(f"{called} not ready: {_condition_text(kind, condition)}")
    if errors:
        message = errors[0] if len(errors) == 1 else f"[{', '.join(errors)}]"
        return {"type": "Ready", "status": "False", "reason": "KubeletNotReady", "message": message}
    return {"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "kubelet is posting ready status"}


def _condition_text(kind: str, condition: RuntimeCondition | None) -> str:
    reason, message = (condition.reason, condition.message) if condition is not None else ("", "")
    return f"{kind}=false reason:{reason} message:{message}"


def _timed(condition: Json, before: Json | None, now: str) -> Json:
    same = before is not None and before.get("status") == condition["status"]
    since = (before or {}).get("lastTransitionTime") if same else None
    return {**condition, "lastHeartbeatTime": now, "lastTransitionTime": since or now}


def is_worth_writing(node: Json, status: Json) -> bool:
    """Whether anything but the heartbeat differs from what the API has."""
    return _without_heartbeat(node.get("status") or {}, status) != _without_heartbeat(status, status)


def _without_heartbeat(status: Json, wanted: Json) -> Json:
    shown = {key: status.get(key) for key in wanted}
    ours = {each["type"] for each in wanted["conditions"]}
    shown["conditions"] = [
        {key: value for key, value in each.items() if key != "lastHeartbeatTime"}
        for each in sorted(status.get("conditions") or (), key=lambda each: str(each["type"]))
        if each["type"] in ours
    ]
    return shown
