"""What can be set, with the names and the defaults of kube-controller-manager's flags."""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass, field, fields
from typing import Any

from pybernetes.client.leaderelection import ElectionTimes
from pybernetes.component.duration import duration_seconds


@dataclass(frozen=True)
class Options:
    """Times are in seconds. Each field is a flag: ``node_monitor_period`` is ``--node-monitor-period``."""

    controllers: tuple[str, ...] = ("*",)
    cluster_cidr: str = ""
    service_cluster_ip_range: str = ""
    allocate_node_cidrs: bool = False
    node_cidr_mask_size: int = 24
    node_cidr_mask_size_ipv6: int = 64
    root_ca_file: str = ""
    root_ca: str = ""
    service_account_private_key_file: str = ""
    cluster_signing_cert_file: str = ""
    cluster_signing_key_file: str = ""
    cluster_signing_kubelet_serving_cert_file: str = ""
    cluster_signing_kubelet_serving_key_file: str = ""
    cluster_signing_kubelet_client_cert_file: str = ""
    cluster_signing_kubelet_client_key_file: str = ""
    cluster_signing_kube_apiserver_client_cert_file: str = ""
    cluster_signing_kube_apiserver_client_key_file: str = ""
    cluster_signing_legacy_unknown_cert_file: str = ""
    cluster_signing_legacy_unknown_key_file: str = ""
    cluster_signing_duration: float = 365 * 24 * 3600.0
    node_monitor_period: float = 5.0
    node_monitor_grace_period: float = 50.0
    node_startup_grace_period: float = 60.0
    node_eviction_rate: float = 0.1
    secondary_node_eviction_rate: float = 0.01
    large_cluster_size_threshold: int = 50
    unhealthy_zone_threshold: float = 0.55
    terminated_pod_gc_threshold: int = 12500
    max_endpoints_per_slice: int = 100
    mirroring_max_endpoints_per_subset: int = 1000
    resource_quota_sync_period: float = 300.0
    concurrent_deployment_syncs: int = 5
    concurrent_replicaset_syncs: int = 5
    concurrent_rc_syncs: int = 5
    concurrent_endpoint_syncs: int = 5
    concurrent_service_endpoint_syncs: int = 5
    mirroring_concurrent_service_endpoint_syncs: int = 5
    concurrent_namespace_syncs: int = 10
    concurrent_serviceaccount_token_syncs: int = 5
    concurrent_gc_syncs: int = 20
    concurrent_resource_quota_syncs: int = 5
    leader_elect: bool = False
    leader_elect_resource_name: str = "kube-controller-manager"
    leader_elect_resource_namespace: str = "kube-system"
    leader_elect_times: ElectionTimes = field(default_factory=ElectionTimes)

    def __post_init__(self) -> None:
        for setting in fields(self):
            value = getattr(self, setting.name)
            if setting.name.startswith(("concurrent_", "mirroring_concurrent_")) and value < 1:
                raise ValueError(f"{flag_of(setting.name)} must be greater than 0, but is {value}")
        if (self.cluster_signing_cert_file or self.cluster_signing_key_file) and any(
            getattr(self, setting.name) for setting in fields(self) if re.match(_SIGNER_FILE, setting.name)
        ):
            raise ValueError(
                "--cluster-signing-cert-file and a signer's own --cluster-signing-*-file exclude each other"
            )

    def is_enabled(self, name: str, *, by_default: bool = True) -> bool:
        """Whether a controller runs: its own name counts before ``*``, ``-name`` turns it off."""
        if name in self.controllers:
            return True
        return f"-{name}" not in self.controllers and by_default and "*" in self.controllers


_SIGNER_FILE = "cluster_signing_(kubelet|kube_apiserver|legacy)_.*_file"
_NOT_FLAGS = frozenset(("root_ca", "leader_elect", "leader_elect_times"))
_HELP = {
    "controllers": "controllers to run: '*' is all, 'foo' runs foo, '-foo' does not",
    "cluster_cidr": "addresses for pods, one range or an IPv4 and an IPv6 range with a comma between",
    "service_cluster_ip_range": "addresses of services, which no node's range of pod addresses may meet",
    "allocate_node_cidrs": "give each node a part of the cluster's pod addresses",
    "root_ca_file": "certificate authority that pods are told to trust (kube-root-ca.crt in each namespace)",
    "service_account_private_key_file": "key that the tokens in secrets of service accounts are signed with",
    "cluster_signing_cert_file": "CA certificate that certificate signing requests are signed with, for all signers",
    "cluster_signing_key_file": "key of the CA that certificate signing requests are signed with",
    "cluster_signing_duration": "longest time that signed certificates are good for",
    "node_monitor_grace_period": "seconds a node may be silent before it counts as unhealthy",
    "terminated_pod_gc_threshold": "how many pods that have ended are kept; 0 keeps all",
}


def flag_of(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def add_options(parser: argparse.ArgumentParser) -> None:
    """One flag for each field of `Options`; times may be written ``50``, ``50s`` or ``5m0s``."""
    for setting in fields(Options):
        if setting.name in _NOT_FLAGS:
            continue
        default: Any = setting.default
        described = _HELP.get(setting.name, setting.name.replace("_", " "))
        if isinstance(default, bool):
            parser.add_argument(
                flag_of(setting.name), action=argparse.BooleanOptionalAction, default=default, help=described
            )
        elif isinstance(default, tuple):
            parser.add_argument(flag_of(setting.name), type=_names, default=default, help=described)
        elif isinstance(default, float):
            kind = float if setting.name in _RATIOS else duration_seconds
            parser.add_argument(flag_of(setting.name), type=kind, default=default, help=described)
        else:
            parser.add_argument(flag_of(setting.name), type=type(default), default=default, help=described)


_RATIOS = frozenset(("node_eviction_rate", "secondary_node_eviction_rate", "unhealthy_zone_threshold"))


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def options_from(parsed: argparse.Namespace) -> Options:
    """The options that a command line gives."""
    given = vars(parsed)
    chosen = {setting.name: given[setting.name] for setting in fields(Options) if setting.name in given}
    if "leader_elect_lease_duration" in given:
        chosen["leader_elect_times"] = ElectionTimes(
            given["leader_elect_lease_duration"],
            given["leader_elect_renew_deadline"],
            given["leader_elect_retry_period"],
        )
    return Options(**chosen)
