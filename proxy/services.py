"""What a Service asks of the proxy: one `ServicePort` for each of its ports.

A Service that the proxy has nothing to do for (headless, ExternalName, another proxy's, another address family) gives
none. Names and addresses end up in commands that run as root, so what is not a plain name or a valid address is left
out here, whatever the API server let through. Counterpart: kube-proxy's ServicePortInfo.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Literal

from pybernetes.api.object import Json, annotations_of, labels_of, name_of, namespace_of

Family = Literal[4, 6]

SERVICE_PROXY_NAME_LABEL = "service.kubernetes.io/service-proxy-name"
HEADLESS_LABEL = "service.kubernetes.io/headless"
_SOURCE_RANGES_ANNOTATION = "service.beta.kubernetes.io/load-balancer-source-ranges"
_AFFINITY_DEFAULT_SECONDS = 10800  # the API server's default for sessionAffinityConfig.clientIP.timeoutSeconds
_PROTOCOLS = {"TCP": "tcp", "UDP": "udp", "SCTP": "sctp"}
_PLAIN_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]*")


@dataclass(frozen=True, slots=True)
class ServicePort:
    """One port of a Service, in one address family. `name` is ``namespace/service:port`` and unique."""

    name: str
    service: str
    port_name: str
    protocol: str
    port: int
    cluster_ip: str
    node_port: int = 0
    external_ips: tuple[str, ...] = ()
    load_balancer_ips: tuple[str, ...] = ()
    source_ranges: tuple[str, ...] = ()
    health_check_node_port: int = 0
    affinity_seconds: int = 0
    internal_local: bool = False
    external_local: bool = False

    @property
    def externally_accessible(self) -> bool:
        """Whether traffic from outside the cluster can be meant for it."""
        return bool(self.node_port or self.external_ips or self.load_balancer_ips)


def service_ports(service: Json, family: Family) -> tuple[ServicePort, ...]:
    """The ports of a Service that this proxy serves, in the order of its spec."""
    spec = service.get("spec") or {}
    cluster_ip = _cluster_ip(spec, family)
    if not cluster_ip or spec.get("type") == "ExternalName" or SERVICE_PROXY_NAME_LABEL in labels_of(service):
        return ()
    namespace, name = namespace_of(service), name_of(service)
    if not (_PLAIN_NAME.fullmatch(namespace) and _PLAIN_NAME.fullmatch(name)):
        return ()
    node_reachable = spec.get("type") in ("NodePort", "LoadBalancer")
    balanced = spec.get("type") == "LoadBalancer"
    external_ips = _addresses(spec.get("externalIPs") or (), family)
    ingress_ips = _ingress_ips(service, family) if balanced else ()
    external_local = spec.get("externalTrafficPolicy") == "Local" and (node_reachable or bool(external_ips))
    result = []
    for port in spec.get("ports") or ():
        port_name = port.get("name") or ""
        protocol = _PROTOCOLS.get(port.get("protocol") or "TCP")
        if protocol is None or (port_name and not _PLAIN_NAME.fullmatch(port_name)):
            continue
        result.append(
            ServicePort(
                name=f"{namespace}/{name}:{port_name}" if port_name else f"{namespace}/{name}",
                service=f"{namespace}/{name}",
                port_name=port_name,
                protocol=protocol,
                port=int(port["port"]),
                cluster_ip=cluster_ip,
                node_port=int(port.get("nodePort") or 0) if node_reachable else 0,
                external_ips=external_ips,
                load_balancer_ips=ingress_ips,
                source_ranges=_source_ranges(service, family) if balanced else (),
                health_check_node_port=int(spec.get("healthCheckNodePort") or 0) if external_local else 0,
                affinity_seconds=_affinity_seconds(spec),
                internal_local=spec.get("internalTrafficPolicy") == "Local",
                external_local=external_local,
            )
        )
    return tuple(result)


def _cluster_ip(spec: Json, family: Family) -> str:
    found = _addresses(spec.get("clusterIPs") or (spec.get("clusterIP") or "",), family)
    return found[0] if found else ""


def canonical_address(text: str, family: Family) -> str:
    """The address as the kernel prints it, or nothing when it is none of this family."""
    try:
        address = ip_address(text)
    except ValueError:
        return ""
    return str(address) if address.version == family else ""


def _addresses(texts: list[str] | tuple[str, ...], family: Family) -> tuple[str, ...]:
    valid = (canonical_address(text, family) for text in texts)
    return tuple(dict.fromkeys(address for address in valid if address))


def _ingress_ips(service: Json, family: Family) -> tuple[str, ...]:
    """Addresses of the load balancer that are served on the node itself: those whose ipMode is VIP."""
    ingress = ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
    return _addresses([entry.get("ip") or "" for entry in ingress if entry.get("ipMode") != "Proxy"], family)


def _source_ranges(service: Json, family: Family) -> tuple[str, ...]:
    """Who may use the load balancer; nothing when everyone may."""
    texts = list((service.get("spec") or {}).get("loadBalancerSourceRanges") or ())
    if not texts:
        texts = annotations_of(service).get(_SOURCE_RANGES_ANNOTATION, "").split(",")
    ranges = []
    for text in texts:
        try:
            network = ip_network(text.strip(), strict=False)
        except ValueError:
            continue
        if network.version == family:
            if network.prefixlen == 0:
                return ()
            ranges.append(str(network))
    return tuple(dict.fromkeys(ranges))


def _affinity_seconds(spec: Json) -> int:
    if spec.get("sessionAffinity") != "ClientIP":
        return 0
    client_ip = (spec.get("sessionAffinityConfig") or {}).get("clientIP") or {}
    return int(client_ip.get("timeoutSeconds") or _AFFINITY_DEFAULT_SECONDS)
