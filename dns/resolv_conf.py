"""Which resolvers to ask: from options or from a resolv.conf."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address

DNS_PORT = 53


@dataclass(frozen=True, slots=True)
class Upstream:
    """Another resolver."""

    address: str
    port: int = DNS_PORT

    def __str__(self) -> str:
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


def parse_upstream(text: str) -> Upstream:
    """``1.2.3.4``, ``1.2.3.4:5353``, ``fd00::1``, ``[fd00::1]:5353``. Raises ValueError."""
    host, port = text.strip(), DNS_PORT
    if host.startswith("["):
        host, _, after = host[1:].partition("]")
        port = int(after.removeprefix(":") or DNS_PORT)
    elif host.count(":") == 1:
        host, _, number = host.partition(":")
        port = int(number)
    return Upstream(str(ip_address(host)), port)


def parse_resolv_conf(text: str) -> list[Upstream]:
    """The nameservers of a resolv.conf, in order. What is not an address (a scoped one, say) is left out."""
    found = []
    for line in text.splitlines():
        words = line.split()
        if len(words) >= 2 and words[0] == "nameserver":
            try:
                found.append(Upstream(str(ip_address(words[1]))))
            except ValueError:
                continue
    return list(dict.fromkeys(found))


def without_own(upstreams: Iterable[Upstream], own: Iterable[Upstream]) -> list[Upstream]:
    """Those that are not this server itself: asking oneself would never end."""
    mine = set(own)
    return [upstream for upstream in dict.fromkeys(upstreams) if upstream not in mine]
