"""From a pod's spec to what CRI is told: the sandbox's and the containers' configuration. Pure.

Everything that had to be looked up (images, volumes, environment, files) is handed in.
Counterparts: generatePodSandboxConfig, generateContainerConfig.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pybernetes.api.object import Json, name_of, namespace_of, uid_of
from pybernetes.kubelet.container_resources import container_resources
from pybernetes.kubelet.dns import ClusterDNS, pod_dns
from pybernetes.kubelet.expansion import expand_all
from pybernetes.kubelet.hosts_file import sandbox_hostname
from pybernetes.kubelet.paths import Paths, container_log_name
from pybernetes.kubelet.pod_spec import (
    DEFAULT_TERMINATION_MESSAGE_PATH,
    all_containers,
    container_hash,
    spec_of,
)
from pybernetes.kubelet.runtime import labels
from pybernetes.kubelet.runtime.types import (
    ContainerConfig,
    Device,
    Mount,
    PortMapping,
    Protocol,
    Resources,
    SandboxConfig,
)
from pybernetes.kubelet.security import NO_USER, ImageUser, container_security, sandbox_security


@dataclass(frozen=True, slots=True)
class NodeLimits:
    """What of the node shows in containers' cgroups."""

    memory_bytes: int
    cgroup_version: int


def sandbox_config(
    pod: Json, attempt: int, paths: Paths, cluster: ClusterDNS, cgroup_parent: str, overhead: Resources | None = None
) -> SandboxConfig:
    """Raises ValueError for a host name that cannot be."""
    return SandboxConfig(
        name=name_of(pod),
        uid=uid_of(pod),
        namespace=namespace_of(pod),
        attempt=attempt,
        hostname=sandbox_hostname(pod, cluster.domain),
        log_directory=str(paths.pod_logs(pod)),
        dns=pod_dns(pod, cluster),
        port_mappings=() if spec_of(pod).get("hostNetwork") else tuple(_port_mappings(pod)),
        labels=labels.sandbox_labels(pod),
        annotations=labels.sandbox_annotations(pod),
        cgroup_parent=cgroup_parent,
        sysctls=_sysctls(pod),
        security=sandbox_security(pod, paths.seccomp),
        overhead=overhead,
    )


def _port_mappings(pod: Json) -> list[PortMapping]:
    seen = {}
    for _, container in all_containers(pod):
        for port in container.get("ports") or ():
            if not port.get("hostPort"):
                continue
            mapping = PortMapping(
                container_port=port["containerPort"],
                host_port=port["hostPort"],
                protocol=Protocol[port.get("protocol") or "TCP"],
                host_ip=port.get("hostIP") or "",
            )
            seen[(mapping.host_ip, mapping.host_port, mapping.protocol)] = mapping
    return list(seen.values())


def _sysctls(pod: Json) -> dict[str, str]:
    wanted = (spec_of(pod).get("securityContext") or {}).get("sysctls") or ()
    return {sysctl["name"].replace("/", "."): str(sysctl.get("value", "")) for sysctl in wanted}


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was looked up for one container before it can be configured."""

    image: str
    environment: Sequence[tuple[str, str]]
    mounts: Sequence[Mount]
    user: ImageUser = NO_USER
    devices: Sequence[Device] = ()
    target_id: str = ""
    extra_groups: Sequence[int] = ()


def container_config(
    pod: Json, container: Json, restart_count: int, prepared: Prepared, paths: Paths, node: NodeLimits
) -> ContainerConfig:
    """Raises `environment.ConfigError`."""
    scope = dict(prepared.environment)
    name = container["name"]
    return ContainerConfig(
        name=name,
        attempt=restart_count,
        image=prepared.image,
        user_specified_image=container.get("image") or "",
        command=expand_all(container.get("command") or (), scope),
        args=expand_all(container.get("args") or (), scope),
        working_dir=container.get("workingDir") or "",
        envs=tuple(prepared.environment),
        mounts=tuple(prepared.mounts),
        devices=tuple(prepared.devices),
        labels=labels.container_labels(pod, name),
        annotations=labels.container_annotations(pod, container, container_hash(container), restart_count),
        log_path=str(container_log_name(name, restart_count)),
        stdin=bool(container.get("stdin")),
        stdin_once=bool(container.get("stdinOnce")),
        tty=bool(container.get("tty")),
        resources=container_resources(pod, container, node.memory_bytes, node.cgroup_version),
        security=container_security(
            pod,
            container,
            paths.seccomp,
            prepared.user,
            target_id=prepared.target_id,
            extra_groups=prepared.extra_groups,
        ),
        stop_signal=(container.get("lifecycle") or {}).get("stopSignal") or "",
    )


def file_mounts(container: Json, etc_hosts: Path | None, termination_log: Path | None) -> list[Mount]:
    """The files that the kubelet gives every container, unless a volume is mounted in their place."""
    taken = {mount["mountPath"] for mount in container.get("volumeMounts") or ()}
    mounts = []
    if etc_hosts is not None and "/etc/hosts" not in taken:
        readonly = bool((container.get("securityContext") or {}).get("readOnlyRootFilesystem"))
        mounts.append(Mount("/etc/hosts", str(etc_hosts), readonly=readonly))
    if termination_log is not None:
        path = termination_message_path(container)
        mounts.append(Mount(path, str(termination_log)))
    return mounts


def termination_message_path(container: Json) -> str:
    return container.get("terminationMessagePath") or DEFAULT_TERMINATION_MESSAGE_PATH
