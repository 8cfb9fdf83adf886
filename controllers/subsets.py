"""The subsets of an Endpoints object: addresses and ports, in their one canonical form. Pure.

Addresses that have the same ports stand together, each once; what is not ready in one port is not ready. The same
content is always written the same way, so that an object changes only when what it says does.

Counterpart: k8s.io/kubernetes/pkg/api/v1/endpoints.RepackSubsets.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Any

from pybernetes.api.object import Json

_NO_PORT: tuple[str, ...] = ()
AddressKey = tuple[int, bytes, str]
PortKey = tuple[Any, ...]


def _address_key(address: Json) -> AddressKey:
    ip = ipaddress.ip_address(address["ip"])
    return ip.version, ip.packed, str((address.get("targetRef") or {}).get("uid") or "")


def _port_key(port: Json) -> PortKey:
    protocol = str(port.get("protocol") or "TCP")
    return str(port.get("name") or ""), int(port["port"]), protocol, str(port.get("appProtocol") or "")


def repack(subsets: Iterable[Json]) -> list[Json]:
    """The canonical subsets with the same content."""
    addresses: dict[AddressKey, Json] = {}
    ports: dict[PortKey, Json] = {}
    ready: dict[PortKey, dict[AddressKey, bool]] = {}
    for subset in subsets:
        of_subset = {_port_key(port): port for port in subset.get("ports") or ()} or {_NO_PORT: {}}
        ports.update(of_subset)
        for field, is_ready in (("addresses", True), ("notReadyAddresses", False)):
            for address in subset.get(field) or ():
                key = _address_key(address)
                addresses.setdefault(key, address)
                for port in of_subset:
                    states = ready.setdefault(port, {})
                    states[key] = states.get(key, True) and is_ready
    grouped: dict[tuple[tuple[AddressKey, bool], ...], list[PortKey]] = {}
    for port, states in ready.items():
        grouped.setdefault(tuple(sorted(states.items())), []).append(port)
    result = [_subset(states, sorted(keys), addresses, ports) for states, keys in grouped.items()]
    return sorted(result, key=_order)


def _subset(
    states: Iterable[tuple[AddressKey, bool]],
    port_keys: list[PortKey],
    addresses: dict[AddressKey, Json],
    ports: dict[PortKey, Json],
) -> Json:
    subset: Json = {}
    for field, wanted in (("addresses", True), ("notReadyAddresses", False)):
        found = [addresses[key] for key, is_ready in states if is_ready is wanted]
        if found:
            subset[field] = found
    numbered = [ports[key] for key in port_keys if key != _NO_PORT]
    if numbered:
        subset["ports"] = numbered
    return subset


def _order(subset: Json) -> tuple[list[PortKey], list[AddressKey]]:
    everyone = [*(subset.get("addresses") or ()), *(subset.get("notReadyAddresses") or ())]
    return [_port_key(port) for port in subset.get("ports") or ()], sorted(map(_address_key, everyone))
