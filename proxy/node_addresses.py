"""Which addresses of this node take node port traffic."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address, ip_network

import orjson

from pybernetes.api.object import Json
from pybernetes.proxy.commands import Commands
from pybernetes.proxy.services import Family

PRIMARY = "primary"


async def local_addresses(family: Family, commands: Commands) -> tuple[str, ...]:
    """Every address on an interface of the machine. Empty when they cannot be found out."""
    outcome = await commands.run("ip", "-json", f"-{family}", "address", "show")
    if outcome.code:
        return ()
    interfaces = orjson.loads(outcome.output or "[]")
    return tuple(entry["local"] for each in interfaces for entry in each.get("addr_info") or () if entry.get("local"))


def internal_ips(node: Json | None, family: Family) -> tuple[str, ...]:
    """The InternalIP addresses that a Node object names."""
    addresses = ((node or {}).get("status") or {}).get("addresses") or ()
    found = (entry["address"] for entry in addresses if entry.get("type") == "InternalIP")
    return tuple(address for address in found if ip_address(address).version == family)


def nodeport_addresses(
    wanted: Iterable[str], family: Family, local: Iterable[str], node_ips: tuple[str, ...]
) -> tuple[str, ...] | None:
    """The addresses that node ports are served on, from ``--nodeport-addresses``; None stands for all of them.

    `wanted` are CIDRs, or ``primary`` for the node's own InternalIP. Raises ValueError for what is neither.
    """
    texts = [text.strip() for text in wanted if text.strip()]
    networks = [ip_network(text, strict=False) for text in texts if text != PRIMARY]
    mine = [network for network in networks if network.version == family]
    if not texts or any(network.prefixlen == 0 for network in mine):
        return None
    chosen = [address for address in local if any(ip_address(address) in network for network in mine)]
    if PRIMARY in texts:
        chosen += node_ips[:1]
    return tuple(dict.fromkeys(chosen))
