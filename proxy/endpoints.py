"""Where the traffic of a service port may go, from the EndpointSlices of its Service.

    EndpointSlice  →  `slice_of`: what it says in one family, compact
    all slices of a Service  →  `endpoints_of`: one list for a port, without doubles
    that list, policies, this node and its zone  →  `routes_of`: whom cluster-wide and node-local traffic reaches

publishNotReadyAddresses needs nothing here: the controller that writes the slices marks such endpoints as ready.
Counterparts: kube-proxy's EndpointSliceCache and CategorizeEndpoints.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pybernetes.api.object import Json, labels_of, name_of, namespace_of
from pybernetes.proxy.services import (
    HEADLESS_LABEL,
    SERVICE_PROXY_NAME_LABEL,
    Family,
    ServicePort,
    canonical_address,
)

SERVICE_NAME_LABEL = "kubernetes.io/service-name"
_ADDRESS_TYPES: dict[Family, str] = {4: "IPv4", 6: "IPv6"}
_PROTOCOLS = {"TCP": "tcp", "UDP": "udp", "SCTP": "sctp"}


@dataclass(frozen=True, slots=True)
class Host:
    """One entry of a slice: an address with its conditions and hints."""

    ip: str
    ready: bool
    serving: bool
    terminating: bool
    node: str = ""
    zone_hints: frozenset[str] = frozenset()
    node_hints: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Slice:
    """An EndpointSlice as far as the proxy needs it. Ports are (name, protocol, number)."""

    service: str
    name: str
    ports: tuple[tuple[str, str, int], ...]
    hosts: tuple[Host, ...]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address and port that serves one service port."""

    host: Host
    port: int

    @property
    def address(self) -> str:
        """``ip:port``, with brackets around IPv6."""
        return f"[{self.host.ip}]:{self.port}" if ":" in self.host.ip else f"{self.host.ip}:{self.port}"


@dataclass(frozen=True, slots=True)
class Routes:
    """The endpoints that traffic under each policy is spread over, in a stable order.

    `cluster` is empty only when the service has nothing to serve with at all. `local` is what is on this node.
    """

    cluster: tuple[Endpoint, ...] = ()
    local: tuple[Endpoint, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where this proxy runs."""

    node: str
    zone: str = ""


def slice_of(obj: Json, family: Family) -> Slice | None:
    """What an EndpointSlice says in a family, or None when it is nothing to this proxy."""
    labels = labels_of(obj)
    service = labels.get(SERVICE_NAME_LABEL)
    if not service or obj.get("addressType") != _ADDRESS_TYPES[family]:
        return None
    if SERVICE_PROXY_NAME_LABEL in labels or HEADLESS_LABEL in labels:
        return None
    ports = []
    for port in obj.get("ports") or ():
        protocol = _PROTOCOLS.get(port.get("protocol") or "TCP")
        if port.get("port") and protocol:
            ports.append((port.get("name") or "", protocol, int(port["port"])))
    hosts = (_host(endpoint, family) for endpoint in obj.get("endpoints") or ())
    return Slice(
        service=f"{namespace_of(obj)}/{service}",
        name=name_of(obj),
        ports=tuple(ports),
        hosts=tuple(host for host in hosts if host is not None),
    )


def _host(endpoint: Json, family: Family) -> Host | None:
    addresses = endpoint.get("addresses") or ("",)
    ip = canonical_address(addresses[0], family)
    if not ip:
        return None
    conditions = endpoint.get("conditions") or {}
    ready = conditions.get("ready") is not False
    serving = conditions.get("serving")
    hints = endpoint.get("hints") or {}
    return Host(
        ip=ip,
        ready=ready,
        serving=ready if serving is None else bool(serving),
        terminating=bool(conditions.get("terminating")),
        node=endpoint.get("nodeName") or "",
        zone_hints=frozenset(hint["name"] for hint in hints.get("forZones") or ()),
        node_hints=frozenset(hint["name"] for hint in hints.get("forNodes") or ()),
    )


def endpoints_of(port: ServicePort, slices: Iterable[Slice]) -> list[Endpoint]:
    """The endpoints of a service port. An address in several slices counts once, and as ready if one says so.

    While a pod moves from one slice to another both may be seen, one of them old.
    """
    found: dict[str, Endpoint] = {}
    for piece in sorted(slices, key=lambda piece: piece.name):
        for port_name, protocol, number in piece.ports:
            if port_name != port.port_name or protocol != port.protocol:
                continue
            for host in piece.hosts:
                endpoint = Endpoint(host, number)
                other = found.get(endpoint.address)
                if other is None or (host.ready, host.serving) > (other.host.ready, other.host.serving):
                    found[endpoint.address] = endpoint
    return [found[address] for address in sorted(found)]


def routes_of(endpoints: Iterable[Endpoint], place: Place) -> Routes:
    """Whom traffic reaches under each policy, seen from `place`.

    Ready endpoints take it; when there is none, those that still serve while they terminate. Topology hints narrow
    cluster-wide traffic only when every ready endpoint has them and at least one names this place.
    """
    everything = list(endpoints)
    ready = [endpoint for endpoint in everything if endpoint.host.ready]
    leaving = [e for e in everything if not e.host.ready and e.host.serving and e.host.terminating]
    local_ready = [endpoint for endpoint in ready if endpoint.host.node == place.node]
    local_leaving = [endpoint for endpoint in leaving if endpoint.host.node == place.node]
    return Routes(cluster=tuple(_near(ready, place) or leaving), local=tuple(local_ready or local_leaving))


def _near(ready: list[Endpoint], place: Place) -> list[Endpoint]:
    """The ready endpoints that hints choose for this place, or all of them."""
    if all(endpoint.host.node_hints for endpoint in ready):
        chosen = [endpoint for endpoint in ready if place.node in endpoint.host.node_hints]
        if chosen:
            return chosen
    if place.zone and all(endpoint.host.zone_hints for endpoint in ready):
        chosen = [endpoint for endpoint in ready if place.zone in endpoint.host.zone_hints]
        if chosen:
            return chosen
    return ready
