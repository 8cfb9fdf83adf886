"""The cluster behind the server: its kubelets, its services, the servers it answers for."""

from __future__ import annotations

from dataclasses import dataclass

from pybernetes.component.flag_set import flag


@dataclass(frozen=True)
class ClusterOptions:
    """Certificates that are not given are the control plane's own."""

    SECTION = "Misc"

    service_cluster_ip_range: str = flag("10.96.0.0/16", "range of the addresses of services")
    service_node_port_range: str = flag("30000-32767", "range of node ports, both ends of it included")
    event_ttl_seconds: float = flag(3600.0, "how long events are kept", name="event-ttl", duration=True)
    kubelet_certificate_authority: str = flag("", "CA of the kubelets' serving certificates")
    kubelet_client_certificate: str = flag("", "certificate that this server shows to kubelets")
    kubelet_client_key: str = flag("", "its key")
    kubelet_preferred_address_types: tuple[str, ...] = flag(
        (), "which addresses of a node to try first; InternalIP, ExternalIP and Hostname if not given"
    )
    proxy_client_cert_file: str = flag("", "certificate that this server shows to the servers it answers for")
    proxy_client_key_file: str = flag("", "its key")

    def __post_init__(self) -> None:
        """Raises ValueError."""
        for one, other in (
            ("kubelet_client_certificate", "kubelet_client_key"),
            ("proxy_client_cert_file", "proxy_client_key_file"),
        ):
            if bool(getattr(self, one)) != bool(getattr(self, other)):
                names = [f"--{name.replace('_', '-')}" for name in (one, other)]
                raise ValueError(f"{' and '.join(names)} must be given together")
        node_ports(self.service_node_port_range)


def node_ports(text: str) -> range:
    """The ports of ``30000-32767`` or ``30000+2767``. Raises ValueError."""
    for sign in "-+":
        first, found, last = text.partition(sign)
        if found and first.strip().isdigit() and last.strip().isdigit():
            start, end = int(first), int(last) + (int(first) if sign == "+" else 0)
            if 0 < start <= end <= 65535:
                return range(start, end + 1)
    raise ValueError(f'--service-node-port-range: "{text}" is no range of ports')
