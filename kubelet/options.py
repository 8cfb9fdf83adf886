"""The kubelet's settings, with Kubernetes' defaults."""

from __future__ import annotations

import argparse
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pybernetes.api.object import Json
from pybernetes.api.quantity import whole
from pybernetes.kubelet.machine import default_address
from pybernetes.kubelet.paths import Paths

VERSION = "v1.36.0"
VERSION_SUFFIX = "+pybernetes"
# Sysctls that belong to the pod's own namespaces and cannot hurt the node (SafeSysctlAllowlist).
SAFE_SYSCTLS = (
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.ping_group_range",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_wmem",
)


@dataclass(frozen=True)
class Options:
    """One kubelet. Sizes are bytes; `port` 0 takes a free one, `healthz_port` 0 serves no health."""

    node_name: str
    node_ips: Sequence[str]
    runtime_endpoint: str
    root: Path = Path("/var/lib/kubelet")
    log_dir: Path = Path("/var/log/pods")
    address: str = "0.0.0.0"
    port: int = 10250
    healthz_address: str = "127.0.0.1"
    healthz_port: int = 10248
    cluster_dns: Sequence[str] = ()
    cluster_domain: str = "cluster.local"
    resolv_conf: str = "/etc/resolv.conf"
    cgroup_root: str = "/"
    node_labels: Mapping[str, str] = field(default_factory=dict)
    register_node: bool = True
    register_taints: Sequence[Json] = ()
    max_pods: int = 110
    pod_pids_limit: int | None = None
    system_reserved: Mapping[str, str] = field(default_factory=dict)
    eviction_memory_bytes: int = 100 * 1024 * 1024
    manifest_dir: Path | None = None
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    client_ca: Path | None = None
    allowed_sysctls: Sequence[str] = ()
    parallel_pulls: int = 5
    container_log_bytes: int = 10 * 1024 * 1024
    container_log_files: int = 5
    image_gc_high_percent: int = 85
    image_gc_low_percent: int = 80
    status_update_seconds: float = 10.0
    provider_id: str = ""

    @property
    def paths(self) -> Paths:
        return Paths(self.root, self.log_dir)

    @property
    def version(self) -> str:
        return VERSION + VERSION_SUFFIX


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags, named as the kubelet's."""
    add = parser.add_argument
    add("--hostname-override", default="", help="the node's name, if not the host's")
    add("--node-ip", default="", help="addresses of the node, separated by commas")
    add("--container-runtime-endpoint", default="unix:///run/containerd/containerd.sock", help="the runtime's socket")
    add("--root-dir", type=Path, default=Path("/var/lib/kubelet"), help="where volumes and the like are kept")
    add("--log-dir", type=Path, default=Path("/var/log/pods"), help="where the runtime writes containers' logs")
    add("--address", default="0.0.0.0", help="where to serve the node API")
    add("--port", type=int, default=10250, help="the node API's port")
    add("--healthz-port", type=int, default=10248, help="the port for /healthz; 0 serves none")
    add("--cluster-dns", default="", help="the cluster's name servers, separated by commas")
    add("--cluster-domain", default="cluster.local", help="the cluster's domain")
    add("--resolv-conf", default="/etc/resolv.conf", help="the node's own resolver configuration")
    add("--cgroup-root", default="/", help="the cgroup that holds kubepods")
    add("--cgroup-driver", choices=("cgroupfs",), default="cgroupfs", help="who makes the pods' cgroups")
    add("--node-labels", default="", help="labels for the Node: k=v,k=v")
    add("--register-node", action=argparse.BooleanOptionalAction, default=True, help="make the Node object")
    add("--register-with-taints", default="", help="taints for a new Node: key=value:Effect,…")
    add("--max-pods", type=int, default=110, help="how many pods the node takes")
    add("--pod-max-pids", type=int, default=-1, help="processes a pod may have; -1: as many as the node")
    add("--system-reserved", default="", help="resources kept from pods: cpu=200m,memory=150Mi")
    add("--pod-manifest-path", type=Path, default=None, help="directory of static pods")
    add("--tls-cert-file", type=Path, default=None, help="serving certificate")
    add("--tls-private-key-file", type=Path, default=None, help="its key")
    add("--client-ca-file", type=Path, default=None, help="whose client certificates are believed")
    add("--allowed-unsafe-sysctls", default="", help="sysctls allowed besides the safe ones; may end in *")
    add("--max-parallel-image-pulls", type=int, default=5, help="pulls at the same time")
    add("--container-log-max-size", default="10Mi", help="size at which a container's log is rotated")
    add("--container-log-max-files", type=int, default=5, help="log files kept for a container")
    add("--image-gc-high-threshold", type=int, default=85, help="disk percentage at which images are removed")
    add("--image-gc-low-threshold", type=int, default=80, help="disk percentage down to which they are")
    add("--provider-id", default="", help="the node's id with its provider")


def from_flags(flags: argparse.Namespace) -> Options:
    """Raises ValueError for a value that makes no sense."""
    return Options(
        node_name=(flags.hostname_override or socket.gethostname()).lower(),
        node_ips=_listed(flags.node_ip) or [default_address()],
        runtime_endpoint=flags.container_runtime_endpoint,
        root=flags.root_dir,
        log_dir=flags.log_dir,
        address=flags.address,
        port=flags.port,
        healthz_address=flags.healthz_bind_address,
        healthz_port=flags.healthz_port,
        cluster_dns=_listed(flags.cluster_dns),
        cluster_domain=flags.cluster_domain,
        resolv_conf=flags.resolv_conf,
        cgroup_root=flags.cgroup_root,
        node_labels=_pairs(flags.node_labels),
        register_node=flags.register_node,
        register_taints=[parse_taint(text) for text in _listed(flags.register_with_taints)],
        max_pods=flags.max_pods,
        pod_pids_limit=flags.pod_max_pids if flags.pod_max_pids > 0 else None,
        system_reserved=_pairs(flags.system_reserved),
        manifest_dir=flags.pod_manifest_path,
        tls_certificate=flags.tls_cert_file,
        tls_key=flags.tls_private_key_file,
        client_ca=flags.client_ca_file,
        allowed_sysctls=_listed(flags.allowed_unsafe_sysctls),
        parallel_pulls=flags.max_parallel_image_pulls,
        container_log_bytes=whole(flags.container_log_max_size),
        container_log_files=flags.container_log_max_files,
        image_gc_high_percent=flags.image_gc_high_threshold,
        image_gc_low_percent=flags.image_gc_low_threshold,
        provider_id=flags.provider_id,
    )


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _pairs(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in _listed(text))
    return {name: value for name, _, value in pairs}


def parse_taint(text: str) -> Json:
    """``key=value:Effect`` or ``key:Effect``. Raises ValueError."""
    head, colon, effect = text.rpartition(":")
    key, _, value = head.partition("=")
    if not colon or not key or effect not in ("NoSchedule", "PreferNoSchedule", "NoExecute"):
        raise ValueError(f"invalid taint {text!r}: key=value:Effect is expected")
    return {"key": key, "effect": effect, **({"value": value} if value else {})}
