"""The chains that all services share, the rules they hold themselves, and the rules that lead into them.

An `Anchor` is a rule of ours in a chain that is not ours (INPUT, PREROUTING, …): it is looked for and put in when
missing, and nothing else in that chain is touched. The canaries are chains of one rule that nothing leads to. They
are gone when someone flushed the tables, which is how `apply` finds out.
"""

from __future__ import annotations

from dataclasses import dataclass

from pybernetes.proxy.iptables.rules import Settings

MASQUERADE_MARK = "0x4000/0x4000"
MARK_CHAIN = "KUBE-MARK-MASQ"
TABLES = ("nat", "filter")
CANARY_CHAIN = "KUBE-PROXY-CANARY"
CANARY_RULE = '-m comment --comment "pybernetes looks for this rule" -j RETURN'

SHARED_CHAINS: dict[str, tuple[str, ...]] = {
    "nat": ("KUBE-SERVICES", "KUBE-NODEPORTS", "KUBE-POSTROUTING", MARK_CHAIN, CANARY_CHAIN),
    "filter": (
        "KUBE-SERVICES",
        "KUBE-EXTERNAL-SERVICES",
        "KUBE-NODEPORTS",
        "KUBE-FORWARD",
        "KUBE-PROXY-FIREWALL",
        CANARY_CHAIN,
    ),
}


@dataclass(frozen=True, slots=True)
class Anchor:
    """A rule in a chain of others, written as ``iptables -S`` prints it after ``-A CHAIN``."""

    table: str
    chain: str
    rule: str


def _jump(table: str, chain: str, note: str, target: str, *, new_only: bool = False) -> Anchor:
    state = "-m conntrack --ctstate NEW " if new_only else ""
    return Anchor(table, chain, f'{state}-m comment --comment "{note}" -j {target}')


_EXTERNAL_NOTE = "kubernetes externally-visible service portals"
_JUMPS = (
    _jump("nat", "PREROUTING", "kubernetes service portals", "KUBE-SERVICES"),
    _jump("nat", "OUTPUT", "kubernetes service portals", "KUBE-SERVICES"),
    _jump("nat", "POSTROUTING", "kubernetes postrouting rules", "KUBE-POSTROUTING"),
    _jump("filter", "INPUT", _EXTERNAL_NOTE, "KUBE-EXTERNAL-SERVICES", new_only=True),
    _jump("filter", "FORWARD", _EXTERNAL_NOTE, "KUBE-EXTERNAL-SERVICES", new_only=True),
    _jump("filter", "INPUT", "kubernetes health check service ports", "KUBE-NODEPORTS"),
    _jump("filter", "FORWARD", "kubernetes service portals", "KUBE-SERVICES", new_only=True),
    _jump("filter", "OUTPUT", "kubernetes service portals", "KUBE-SERVICES", new_only=True),
    _jump("filter", "FORWARD", "kubernetes forwarding rules", "KUBE-FORWARD"),
    _jump("filter", "INPUT", "kubernetes load balancer firewall", "KUBE-PROXY-FIREWALL", new_only=True),
    _jump("filter", "OUTPUT", "kubernetes load balancer firewall", "KUBE-PROXY-FIREWALL", new_only=True),
    _jump("filter", "FORWARD", "kubernetes load balancer firewall", "KUBE-PROXY-FIREWALL", new_only=True),
)

# With route_localnet the kernel would let neighbours reach what listens on 127.0.0.1; only what was translated may.
LOCALNET_CHAIN = "KUBE-FIREWALL"
_LOCALNET_ANCHORS = (
    Anchor("filter", "INPUT", f"-j {LOCALNET_CHAIN}"),
    Anchor("filter", "OUTPUT", f"-j {LOCALNET_CHAIN}"),
    Anchor(
        "filter",
        LOCALNET_CHAIN,
        '! -s 127.0.0.0/8 -d 127.0.0.0/8 -m comment --comment "block incoming localnet connections"'
        " -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP",
    ),
)
ALL_ANCHORS = _JUMPS + _LOCALNET_ANCHORS


def anchors(settings: Settings) -> tuple[Anchor, ...]:
    """The rules that must be in chains of others."""
    return ALL_ANCHORS if needs_route_localnet(settings) else _JUMPS


def needs_route_localnet(settings: Settings) -> bool:
    """Whether node ports are to be reachable on 127.0.0.1, which the kernel must be told to allow."""
    if settings.family != 4 or not settings.localhost_nodeports:
        return False
    return settings.nodeport_ips is None or any(address.startswith("127.") for address in settings.nodeport_ips)


def first_rules(settings: Settings) -> dict[tuple[str, str], tuple[str, ...]]:
    """What shared chains hold by themselves, by (table, chain), before any rule of a service."""
    masquerade = "MASQUERADE --random-fully" if settings.masquerade_random_fully else "MASQUERADE"
    return {
        ("nat", MARK_CHAIN): ("-j MARK --or-mark 0x4000",),
        ("nat", "KUBE-POSTROUTING"): (
            f"-m mark ! --mark {MASQUERADE_MARK} -j RETURN",
            "-j MARK --xor-mark 0x4000",  # so that a second pass through here does not masquerade again
            f'-m comment --comment "kubernetes service traffic requiring SNAT" -j {masquerade}',
        ),
        ("filter", "KUBE-FORWARD"): (
            "-m conntrack --ctstate INVALID -j DROP",
            f'-m comment --comment "kubernetes forwarding rules" -m mark --mark {MASQUERADE_MARK} -j ACCEPT',
            '-m comment --comment "kubernetes forwarding conntrack rule"'
            " -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
        ),
        ("nat", CANARY_CHAIN): (CANARY_RULE,),
        ("filter", CANARY_CHAIN): (CANARY_RULE,),
    }


def last_rules(settings: Settings) -> dict[tuple[str, str], tuple[str, ...]]:
    """What must follow after every rule of a service: node ports, since they match on any address of the node."""
    note = '-m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain"'
    if settings.nodeport_ips is not None:
        suffix = settings.host_bits
        found = tuple(f"{note} -d {address}{suffix} -j KUBE-NODEPORTS" for address in settings.nodeport_ips)
        return {("nat", "KUBE-SERVICES"): found}
    loopback = "127.0.0.0/8" if settings.family == 4 else "::1/128"
    spared = "" if needs_route_localnet(settings) else f"! -d {loopback} "
    return {("nat", "KUBE-SERVICES"): (f"{note} {spared}-m addrtype --dst-type LOCAL -j KUBE-NODEPORTS",)}
