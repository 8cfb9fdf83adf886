"""What each object says that names resolve to, and no more: a few tuples in place of a tree of dictionaries."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address

from pybernetes.api.object import Json, labels_of, namespace_of

SERVICE_NAME_LABEL = "kubernetes.io/service-name"


@dataclass(frozen=True, slots=True)
class ServiceEntry:
    """A Service. Ports are (name, protocol in lower case, number)."""

    addresses: tuple[str, ...]
    headless: bool
    external_name: str
    ports: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True, slots=True)
class SliceEntry:
    """The ready endpoints of an EndpointSlice: (name in DNS, address)."""

    service: str
    ports: tuple[tuple[str, str, int], ...]
    endpoints: tuple[tuple[str, str], ...]


def service_entry(service: Json) -> ServiceEntry | None:
    """What a Service says, or None when nothing resolves to it."""
    spec = service.get("spec") or {}
    ports = tuple(
        (port.get("name") or "", (port.get("protocol") or "TCP").lower(), int(port["port"]))
        for port in spec.get("ports") or ()
    )
    if spec.get("type") == "ExternalName":
        target = str(spec.get("externalName") or "")
        return ServiceEntry((), False, target, ports) if target else None
    addresses = spec.get("clusterIPs") or (spec.get("clusterIP") or "",)
    if "None" in addresses:
        return ServiceEntry((), True, "", ports)
    valid = tuple(address for address in map(canonical_address, addresses) if address)
    return ServiceEntry(valid, False, "", ports) if valid else None


def slice_entry(obj: Json) -> SliceEntry | None:
    """What an EndpointSlice says, or None when it belongs to no Service or has no addresses."""
    service = labels_of(obj).get(SERVICE_NAME_LABEL)
    if not service or obj.get("addressType") == "FQDN":
        return None
    endpoints: dict[tuple[str, str], None] = {}
    for endpoint in obj.get("endpoints") or ():
        if (endpoint.get("conditions") or {}).get("ready") is False:
            continue
        for address in map(canonical_address, endpoint.get("addresses") or ()):
            if address:
                endpoints[endpoint.get("hostname") or dashed(address), address] = None
    ports = tuple(
        (port.get("name") or "", (port.get("protocol") or "TCP").lower(), int(port["port"]))
        for port in obj.get("ports") or ()
        if port.get("port")
    )
    return SliceEntry(f"{namespace_of(obj)}/{service}", ports, tuple(endpoints))


def canonical_address(text: str) -> str:
    """An address in the one spelling that we compare by, or nothing when it is none."""
    try:
        return str(ip_address(text))
    except ValueError:
        return ""


def dashed(address: str) -> str:
    """An address as a label: ``1-2-3-4``, ``fd00--1``."""
    return address.replace(".", "-").replace(":", "-")


def undashed(label: str) -> str:
    """The address that a label spells, in canonical form, or nothing."""
    return canonical_address(label.replace("-", ".")) or canonical_address(label.replace("-", ":"))


def pod_addresses(pod: Json) -> tuple[str, ...]:
    """The addresses that a pod has while it runs."""
    status = pod.get("status") or {}
    if status.get("phase") in ("Succeeded", "Failed"):
        return ()
    listed = [entry.get("ip") or "" for entry in status.get("podIPs") or ()] or [status.get("podIP") or ""]
    return tuple(address for address in map(canonical_address, listed) if address)
