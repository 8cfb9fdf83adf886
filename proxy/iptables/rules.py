"""The rules of one service port.

    KUBE-SERVICES ──cluster IP──────────────→ KUBE-SVC (or KUBE-SVL when internal traffic stays local)
        │  ├─external IP, open balancer──────→ KUBE-EXT ──→ KUBE-SVC, or KUBE-SVL when external traffic stays local
        │  └─balancer with source ranges──────→ KUBE-FW  ──→ KUBE-EXT
        └─address of this node→ KUBE-NODEPORTS → KUBE-EXT
    KUBE-SVC, KUBE-SVL ──one in n──→ KUBE-SEP → DNAT

What has no endpoint is refused in the filter table, and what has none on this node but must stay local is dropped
there: such packets are never translated, so they still carry the service's own address.

Invariants: a chain is written only if something leads to it, and every chain that is jumped to is written or shared.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import NamedTuple

from pybernetes.proxy.backend import Target
from pybernetes.proxy.endpoints import Endpoint
from pybernetes.proxy.iptables import names
from pybernetes.proxy.services import Family, ServicePort


class SharedRule(NamedTuple):
    """A rule of one service in a chain that all share. `rule` is without its ``-A CHAIN``."""

    table: str
    chain: str
    rule: str


@dataclass(frozen=True, slots=True)
class ServiceRules:
    """All rules of a service port. `chains` are its own, all in the nat table."""

    chains: dict[str, tuple[str, ...]] = field(default_factory=dict)
    shared: tuple[SharedRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """What rules depend on besides services. `nodeport_ips` None: every address of the node."""

    family: Family = 4
    cluster_cidr: str = ""
    masquerade_all: bool = False
    nodeport_ips: tuple[str, ...] | None = None
    localhost_nodeports: bool = True
    node_ips: tuple[str, ...] = ()
    masquerade_random_fully: bool = True

    @property
    def reject(self) -> str:
        return "REJECT --reject-with " + ("icmp-port-unreachable" if self.family == 4 else "icmp6-port-unreachable")

    @property
    def host_bits(self) -> str:
        """The suffix that makes an address a network of one."""
        return "/32" if self.family == 4 else "/128"


def service_rules(target: Target, settings: Settings) -> ServiceRules:
    """Everything the kernel is told about one service port."""
    writer = _Writer(target, settings)
    writer.cluster_ip()
    writer.external_addresses()
    writer.load_balancer()
    writer.node_port()
    writer.health_check_port()
    writer.own_chains()
    return ServiceRules(writer.chains, tuple(writer.shared))


class _Writer:
    """Collects the rules of one target. Each method adds what its name says, if the service asks for it."""

    def __init__(self, target: Target, settings: Settings):
        self.port: ServicePort = target.port
        self.routes = target.routes
        self.settings = settings
        self.chains: dict[str, tuple[str, ...]] = {}
        self.shared: list[SharedRule] = []
        hashed = names.service_hash(self.port.name, self.port.protocol)
        self._cluster = names.CLUSTER_POLICY_PREFIX + hashed
        self._local = names.LOCAL_POLICY_PREFIX + hashed
        self._external = names.EXTERNAL_PREFIX + hashed
        self._firewall = names.FIREWALL_PREFIX + hashed
        self._internal_endpoints = self.routes.local if self.port.internal_local else self.routes.cluster
        self._external_endpoints = self.routes.local if self.port.external_local else self.routes.cluster

    def cluster_ip(self) -> None:
        match = self._to(self.port.cluster_ip)
        if self._internal_endpoints:
            chain = self._local if self.port.internal_local else self._cluster
            self._add("nat", "KUBE-SERVICES", "cluster IP", match, chain)
        else:
            self._refuse("KUBE-SERVICES", match)

    def external_addresses(self) -> None:
        for address in self.port.external_ips:
            self._capture("KUBE-SERVICES", "external IP", self._to(address), self._external)
            if not self._external_endpoints:
                self._refuse("KUBE-EXTERNAL-SERVICES", self._to(address))

    def load_balancer(self) -> None:
        chain = self._firewall if self.port.source_ranges else self._external
        for address in self.port.load_balancer_ips:
            match = self._to(address)
            self._capture("KUBE-SERVICES", "loadbalancer IP", match, chain)
            if self.port.source_ranges:
                note = f"traffic not accepted by {self._firewall}"
                self._add("filter", "KUBE-PROXY-FIREWALL", note, match, "DROP")
            if not self._external_endpoints:
                self._refuse("KUBE-EXTERNAL-SERVICES", match)

    def node_port(self) -> None:
        if not self.port.node_port:
            return
        match = f"-p {self.port.protocol} -m {self.port.protocol} --dport {self.port.node_port}"
        self._capture("KUBE-NODEPORTS", "", match, self._external)
        if not self._external_endpoints:
            self._refuse("KUBE-EXTERNAL-SERVICES", f"-m addrtype --dst-type LOCAL {match}")

    def health_check_port(self) -> None:
        if self.port.health_check_node_port:
            match = f"-p tcp -m tcp --dport {self.port.health_check_node_port}"
            self._add("filter", "KUBE-NODEPORTS", "health check node port", match, "ACCEPT")

    def own_chains(self) -> None:
        """The service's own chains, those that are led to."""
        if not self.routes.cluster:
            return
        used_from_outside = self.port.externally_accessible
        if used_from_outside:
            self._external_chain()
        if self.port.source_ranges and self.port.load_balancer_ips:
            self._firewall_chain()
        cluster_used = not self.port.internal_local or used_from_outside
        local_used = bool(self.routes.local) and (
            self.port.internal_local or (self.port.external_local and used_from_outside)
        )
        if cluster_used:
            self._policy_chain(self._cluster, self.routes.cluster, internal=not self.port.internal_local)
        if local_used:
            self._policy_chain(self._local, self.routes.local, internal=self.port.internal_local)
        written = (self.routes.cluster if cluster_used else ()) + (self.routes.local if local_used else ())
        for endpoint in {endpoint.address: endpoint for endpoint in written}.values():
            self._endpoint_chain(endpoint)

    def _external_chain(self) -> None:
        """Traffic from outside: who sees the client's address, and which endpoints count."""
        if not self.port.external_local:
            note = f"masquerade traffic for {self.port.name} external destinations"
            self.chains[self._external] = (_jump(note, "", "KUBE-MARK-MASQ"), f"-j {self._cluster}")
            return
        rules = []
        if self.settings.cluster_cidr:
            note = f"pod traffic for {self.port.name} external destinations"
            rules.append(_jump(note, f"-s {self.settings.cluster_cidr}", self._cluster))
        from_node = "-m addrtype --src-type LOCAL"
        note = f"masquerade LOCAL traffic for {self.port.name} external destinations"
        rules.append(_jump(note, from_node, "KUBE-MARK-MASQ"))
        note = f"route LOCAL traffic for {self.port.name} external destinations"
        rules.append(_jump(note, from_node, self._cluster))
        if self.routes.local:
            rules.append(f"-j {self._local}")
        self.chains[self._external] = tuple(rules)

    def _firewall_chain(self) -> None:
        """Who may use the load balancer. The rest stays untranslated and is dropped by KUBE-PROXY-FIREWALL."""
        note = f"{self.port.name} loadbalancer IP"
        rules = [_jump(note, f"-s {source}", self._external) for source in self.port.source_ranges]
        if _any_within(self.settings.node_ips, self.port.source_ranges):
            # where the balancer's address is one of the node's own, the node's traffic to it has it as source
            for address in self.port.load_balancer_ips:
                rules.append(_jump(note, f"-s {address}{self.settings.host_bits}", self._external))
        self.chains[self._firewall] = tuple(rules)

    def _policy_chain(self, chain: str, endpoints: tuple[Endpoint, ...], *, internal: bool) -> None:
        """Spread over endpoints evenly; clients that are known go where they went before."""
        rules = []
        if internal:
            rules += self._masquerade_rules()
        steps = [(f"{self.port.name} -> {e.address}", self._endpoint_name(e)) for e in endpoints]
        if self.port.affinity_seconds:
            for note, endpoint in steps:
                seen = f"-m recent --name {endpoint} --rcheck --seconds {self.port.affinity_seconds} --reap"
                rules.append(_jump(note, seen, endpoint))
        for index, (note, endpoint) in enumerate(steps):
            left = len(steps) - index
            rules.append(_jump(note, probability(left) if left > 1 else "", endpoint))
        self.chains[chain] = tuple(rules)

    def _masquerade_rules(self) -> list[str]:
        """Traffic to the cluster IP that comes from no pod must find its way back through this node."""
        match = self._to(self.port.cluster_ip)
        note = f"{self.port.name} cluster IP"
        if self.settings.masquerade_all:
            return [_jump(note, match, "KUBE-MARK-MASQ")]
        if self.settings.cluster_cidr:
            return [_jump(note, f"! -s {self.settings.cluster_cidr} {match}", "KUBE-MARK-MASQ")]
        return []

    def _endpoint_chain(self, endpoint: Endpoint) -> None:
        chain = self._endpoint_name(endpoint)
        protocol = self.port.protocol
        remember = f"-m recent --name {chain} --set " if self.port.affinity_seconds else ""
        self.chains[chain] = (
            _jump(self.port.name, f"-s {endpoint.host.ip}{self.settings.host_bits}", "KUBE-MARK-MASQ"),  # hairpin
            _jump(
                self.port.name,
                f"{remember}-p {protocol} -m {protocol}",
                f"DNAT --to-destination {endpoint.address}",
            ),
        )

    def _endpoint_name(self, endpoint: Endpoint) -> str:
        return names.endpoint_chain(self.port.name, self.port.protocol, endpoint.address)

    def _to(self, address: str) -> str:
        protocol = self.port.protocol
        return f"-d {address}{self.settings.host_bits} -p {protocol} -m {protocol} --dport {self.port.port}"

    def _capture(self, shared_chain: str, note: str, match: str, chain: str) -> None:
        if self.routes.cluster:
            self._add("nat", shared_chain, note, match, chain)

    def _refuse(self, shared_chain: str, match: str) -> None:
        if self.routes.cluster:
            self._add("filter", shared_chain, "has no local endpoints", match, "DROP")
        else:
            self._add("filter", shared_chain, "has no endpoints", match, self.settings.reject)

    def _add(self, table: str, chain: str, note: str, match: str, target: str) -> None:
        comment = f"{self.port.name} {note}" if note else self.port.name
        self.shared.append(SharedRule(table, chain, _jump(comment, match, target)))


def _jump(note: str, match: str, target: str) -> str:
    matching = f"{match} " if match else ""
    return f'-m comment --comment "{note}" {matching}-j {target}'


def probability(among: int) -> str:
    """A match that takes one in `among`. Ten digits are finer than the kernel's own steps of 2^-31."""
    return f"-m statistic --mode random --probability {1 / among:.10f}"


def _any_within(addresses: tuple[str, ...], ranges: tuple[str, ...]) -> bool:
    networks = [ip_network(text) for text in ranges]
    return any(ip_address(address) in network for address in addresses for network in networks)
