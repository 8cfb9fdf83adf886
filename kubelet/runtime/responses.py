"""From CRI's messages to our values: pure, one function a message.

Runtimes fill `info` maps with JSON texts; here they are decoded, and what is not JSON stays text. Enum
numbers that a later CRI may add are read as the state that makes the kubelet look again (NOT_READY, UNKNOWN).
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from pybernetes.api.object import Json
from pybernetes.kubelet.runtime.cri import wire as cri
from pybernetes.kubelet.runtime.requests import Message
from pybernetes.kubelet.runtime.types import (
    Container,
    ContainerEvent,
    ContainerEventType,
    ContainerState,
    ContainerStats,
    ContainerStatus,
    ContainerUser,
    CpuUsage,
    FilesystemUsage,
    Image,
    InterfaceUsage,
    MemoryUsage,
    Mount,
    MountPropagation,
    NamespaceMode,
    Namespaces,
    Resources,
    RuntimeCondition,
    RuntimeHandler,
    RuntimeStatus,
    Sandbox,
    SandboxState,
    SandboxStats,
    SandboxStatus,
)


def runtime_status(response: Message) -> RuntimeStatus:
    """CRI: StatusResponse."""
    return RuntimeStatus(
        conditions=tuple(
            RuntimeCondition(each.type, each.status, each.reason, each.message) for each in response.status.conditions
        ),
        handlers=tuple(
            RuntimeHandler(each.name, each.features.recursive_read_only_mounts, each.features.user_namespaces)
            for each in response.runtime_handlers
        ),
        supplemental_groups_policy=response.features.supplemental_groups_policy,
        info=info(response.info),
    )


def info(texts: Mapping[str, str]) -> Json:
    """The runtime's free-form details, decoded where they are JSON."""
    decoded: Json = {}
    for key, text in texts.items():
        try:
            decoded[key] = json.loads(text)
        except ValueError:
            decoded[key] = text
    return decoded


def sandbox(message: Message) -> Sandbox:
    """CRI: PodSandbox, and PodSandboxStatus, which has the same fields."""
    return Sandbox(
        id=message.id,
        name=message.metadata.name,
        namespace=message.metadata.namespace,
        uid=message.metadata.uid,
        attempt=message.metadata.attempt,
        state=SandboxState.READY if message.state == 0 else SandboxState.NOT_READY,
        created_at_ns=message.created_at,
        labels=dict(message.labels),
        annotations=dict(message.annotations),
        runtime_handler=message.runtime_handler,
    )


def sandbox_status(response: Message) -> SandboxStatus:
    """CRI: PodSandboxStatusResponse."""
    return _sandbox_status(
        response.status,
        info(response.info),
        tuple(container_status(each) for each in response.containers_statuses),
    )


def _sandbox_status(status: Message, details: Json, containers: tuple[ContainerStatus, ...]) -> SandboxStatus:
    network = status.network
    ips = (network.ip, *(each.ip for each in network.additional_ips)) if network.ip else ()
    options = status.linux.namespaces.options
    return SandboxStatus(
        sandbox=sandbox(status),
        ips=ips,
        namespaces=Namespaces(
            network=NamespaceMode(options.network),
            pid=NamespaceMode(options.pid),
            ipc=NamespaceMode(options.ipc),
            target_id=options.target_id,
        ),
        info=details,
        containers=containers,
    )


def container(message: Message) -> Container:
    """CRI: Container."""
    return Container(
        id=message.id,
        sandbox_id=message.pod_sandbox_id,
        name=message.metadata.name,
        attempt=message.metadata.attempt,
        image=message.image.image,
        image_ref=message.image_ref,
        image_id=message.image_id,
        state=_container_state(message.state),
        created_at_ns=message.created_at,
        labels=dict(message.labels),
        annotations=dict(message.annotations),
    )


def container_status(status: Message, details: Json | None = None) -> ContainerStatus:
    """CRI: ContainerStatus."""
    user = status.user.linux
    return ContainerStatus(
        id=status.id,
        name=status.metadata.name,
        attempt=status.metadata.attempt,
        state=_container_state(status.state),
        created_at_ns=status.created_at,
        started_at_ns=status.started_at,
        finished_at_ns=status.finished_at,
        exit_code=status.exit_code,
        image=status.image.image,
        image_ref=status.image_ref,
        image_id=status.image_id,
        reason=status.reason,
        message=status.message,
        labels=dict(status.labels),
        annotations=dict(status.annotations),
        mounts=tuple(_mount(each) for each in status.mounts),
        log_path=status.log_path,
        resources=resources(status.resources.linux) if status.resources.HasField("linux") else None,
        user=ContainerUser(user.uid, user.gid, tuple(user.supplemental_groups))
        if status.user.HasField("linux")
        else None,
        stop_signal=signal_name(status.stop_signal),
        info=details or {},
    )


def resources(message: Message) -> Resources:
    """CRI: LinuxContainerResources."""
    return Resources(
        cpu_period=message.cpu_period,
        cpu_quota=message.cpu_quota,
        cpu_shares=message.cpu_shares,
        memory_limit_in_bytes=message.memory_limit_in_bytes,
        memory_swap_limit_in_bytes=message.memory_swap_limit_in_bytes,
        oom_score_adj=message.oom_score_adj,
        cpuset_cpus=message.cpuset_cpus,
        cpuset_mems=message.cpuset_mems,
        hugepage_limits={each.page_size: each.limit for each in message.hugepage_limits},
        unified=dict(message.unified),
    )


def signal_name(number: int) -> str:
    """The signal as a pod's spec spells it; "" for the runtime's default."""
    if number == 0 or number not in cri.Signal.DESCRIPTOR.values_by_number:
        return ""
    return str(cri.Signal.Name(number)).replace("PLUS", "+").replace("MINUS", "-")


def container_stats(stats: Message) -> ContainerStats:
    """CRI: ContainerStats."""
    attributes = stats.attributes
    return ContainerStats(
        id=attributes.id,
        name=attributes.metadata.name,
        attempt=attributes.metadata.attempt,
        labels=dict(attributes.labels),
        annotations=dict(attributes.annotations),
        cpu=_cpu(stats.cpu) if stats.HasField("cpu") else None,
        memory=_memory(stats.memory) if stats.HasField("memory") else None,
        writable_layer=filesystem(stats.writable_layer) if stats.HasField("writable_layer") else None,
    )


def sandbox_stats(stats: Message) -> SandboxStats:
    """CRI: PodSandboxStats."""
    attributes, linux = stats.attributes, stats.linux
    network = linux.network
    return SandboxStats(
        id=attributes.id,
        name=attributes.metadata.name,
        namespace=attributes.metadata.namespace,
        uid=attributes.metadata.uid,
        labels=dict(attributes.labels),
        annotations=dict(attributes.annotations),
        cpu=_cpu(linux.cpu) if linux.HasField("cpu") else None,
        memory=_memory(linux.memory) if linux.HasField("memory") else None,
        default_interface=_interface(network.default_interface) if network.HasField("default_interface") else None,
        interfaces=tuple(_interface(each) for each in network.interfaces),
        process_count=_optional(linux.process, "process_count"),
        containers=tuple(container_stats(each) for each in linux.containers),
    )


def filesystem(usage: Message) -> FilesystemUsage:
    """CRI: FilesystemUsage."""
    return FilesystemUsage(
        timestamp_ns=usage.timestamp,
        mountpoint=usage.fs_id.mountpoint,
        used_bytes=usage.used_bytes.value,
        inodes_used=_optional(usage, "inodes_used"),
    )


def image(message: Message) -> Image:
    """CRI: Image."""
    return Image(
        id=message.id,
        repo_tags=tuple(message.repo_tags),
        repo_digests=tuple(message.repo_digests),
        size_bytes=message.size,
        uid=_optional(message, "uid"),
        username=message.username,
        pinned=message.pinned,
    )


def container_event(message: Message) -> ContainerEvent:
    """CRI: ContainerEventResponse."""
    containers = tuple(container_status(each) for each in message.containers_statuses)
    return ContainerEvent(
        container_id=message.container_id,
        type=ContainerEventType(message.container_event_type),
        created_at_ns=message.created_at,
        sandbox=_sandbox_status(message.pod_sandbox_status, {}, ()) if message.HasField("pod_sandbox_status") else None,
        containers=containers,
    )


def _container_state(number: int) -> ContainerState:
    return ContainerState(number) if 0 <= number <= ContainerState.UNKNOWN else ContainerState.UNKNOWN


def _mount(message: Message) -> Mount:
    return Mount(
        container_path=message.container_path,
        host_path=message.host_path,
        readonly=message.readonly,
        recursive_read_only=message.recursive_read_only,
        propagation=MountPropagation(message.propagation),
        selinux_relabel=message.selinux_relabel,
        image=message.image.image,
        image_sub_path=message.image_sub_path,
    )


def _cpu(usage: Message) -> CpuUsage:
    return CpuUsage(usage.timestamp, usage.usage_core_nano_seconds.value, _optional(usage, "usage_nano_cores"))


def _memory(usage: Message) -> MemoryUsage:
    return MemoryUsage(
        timestamp_ns=usage.timestamp,
        working_set_bytes=usage.working_set_bytes.value,
        available_bytes=_optional(usage, "available_bytes"),
        usage_bytes=_optional(usage, "usage_bytes"),
        rss_bytes=_optional(usage, "rss_bytes"),
        page_faults=_optional(usage, "page_faults"),
        major_page_faults=_optional(usage, "major_page_faults"),
    )


def _interface(usage: Message) -> InterfaceUsage:
    return InterfaceUsage(
        usage.name,
        usage.rx_bytes.value,
        usage.rx_errors.value,
        usage.tx_bytes.value,
        usage.tx_errors.value,
    )


def _optional(message: Message, name: str) -> int | None:
    """The number in a wrapper message, or None where the wrapper is missing."""
    return int(getattr(message, name).value) if message.HasField(name) else None
