"""What the DNS server can be told."""

from __future__ import annotations

from dataclasses import dataclass

from pybernetes.dns.records import PodMode
from pybernetes.dns.resolv_conf import Upstream


@dataclass(frozen=True, slots=True)
class DNSOptions:
    """Options of one server.

    With `publish_address` the server keeps itself in the cluster's DNS Service as ``name``; it must be an address that
    pods reach. It then listens there unless `bind_addresses` says otherwise: a socket on the wildcard address may
    answer from another address than was asked, which clients ignore.
    """

    name: str
    cluster_domain: str = "cluster.local"
    bind_addresses: tuple[str, ...] = ()
    port: int = 53
    upstreams: tuple[Upstream, ...] = ()
    pods: PodMode = "insecure"
    metrics_bind_address: str = "0.0.0.0:9153"
    service_namespace: str = "kube-system"
    service_name: str = "kube-dns"
    cluster_dns: str = "10.96.0.10"
    publish_address: str = ""
    node_name: str = ""
    lameduck_seconds: float = 0.0

    @property
    def listen_addresses(self) -> tuple[str, ...]:
        if self.bind_addresses:
            return self.bind_addresses
        return (self.publish_address or "0.0.0.0",)


def split_address(text: str) -> tuple[str, int]:
    """(host, port) of ``host:port``, brackets around IPv6 removed. Raises ValueError."""
    host, separator, port = text.rpartition(":")
    if not separator or not port.isdigit():
        raise ValueError(f"{text!r} is not host:port")
    return host.strip("[]") or "0.0.0.0", int(port)
