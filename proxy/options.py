"""What a proxy can be told, with kube-proxy's defaults."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_network

from pybernetes.proxy.services import Family


@dataclass(frozen=True, slots=True)
class ProxyOptions:
    """Options of one node's proxy. Addresses are ``host:port``; empty means not to serve.

    `command_prefix` is put before every program that is run, for nodes that are network namespaces.
    """

    node_name: str
    cluster_cidr: str = ""
    proxy_mode: str = "iptables"
    nodeport_addresses: tuple[str, ...] = ()
    metrics_bind_address: str = "127.0.0.1:10249"
    healthz_bind_address: str = "0.0.0.0:10256"
    sync_period_seconds: float = 30.0
    min_sync_period_seconds: float = 1.0
    masquerade_all: bool = False
    localhost_nodeports: bool = True
    manage_kernel_settings: bool = True
    command_prefix: tuple[str, ...] = ()

    def cluster_cidr_of(self, family: Family) -> str:
        """The pods' network in one address family, or nothing. Raises ValueError."""
        for text in self.cluster_cidr.split(","):
            if text.strip() and ip_network(text.strip(), strict=False).version == family:
                return text.strip()
        return ""

    @property
    def families(self) -> tuple[Family, ...]:
        """IPv4 always; IPv6 when pods have such addresses."""
        return (4, 6) if self.cluster_cidr_of(6) else (4,)


def split_address(text: str) -> tuple[str, int]:
    """(host, port) of ``host:port``, brackets around IPv6 removed. Raises ValueError."""
    host, separator, port = text.rpartition(":")
    if not separator or not port.isdigit():
        raise ValueError(f"{text!r} is not host:port")
    return host.strip("[]") or "0.0.0.0", int(port)
