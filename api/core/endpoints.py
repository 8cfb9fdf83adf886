"""Endpoints: the shape on the wire, its rules and columns."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.addresses import ip_warnings, legacy_ip, loose_ip, non_special_ip, port_number
from pybernetes.api.columns import AGE, NAME, NONE
from pybernetes.api.core.reference import ObjectReference
from pybernetes.api.definition import Column, Definition
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.meta.validation import validate_label_name
from pybernetes.api.names import NameCheck, dns_label, dns_subdomain
from pybernetes.api.object import Json
from pybernetes.api.scalars import Int32
from pybernetes.api.schema.marks import Always, Atomic, Default, struct


class Endpoints(TypedDict, total=False):
    """The addresses behind a service, all in one object. EndpointSlices have taken its place."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    subsets: Annotated[list[EndpointSubset], Atomic()]
    "Addresses grouped by the ports that they have in common."


class EndpointSubset(TypedDict, total=False):
    """Addresses that all serve the same ports."""

    addresses: Annotated[list[EndpointAddress], Atomic()]
    "Addresses that are ready for traffic."
    notReadyAddresses: Annotated[list[EndpointAddress], Atomic()]
    "Addresses that are not, for instance while they start."
    ports: Annotated[list[EndpointPort], Atomic()]
    "The ports that every address serves."


@struct(atomic=True)
class EndpointAddress(TypedDict, total=False):
    """One address behind a service."""

    hostname: str
    "A name for the address within the service, for headless services."
    ip: Required[str]
    "The address. It is neither a loopback nor a link-local address."
    nodeName: str | None
    "The node that the address is on."
    targetRef: ObjectReference
    "The object that has the address, usually a pod."


@struct(atomic=True)
class EndpointPort(TypedDict, total=False):
    """A port of the addresses behind a service."""

    appProtocol: str | None
    "The protocol of the application, such as http or kubernetes.io/h2c."
    name: str
    "The name of the port of the service. It may be empty if there is one port only."
    port: Required[Int32]
    "The number of the port."
    protocol: Annotated[str, Default("TCP")]
    "The transport protocol: TCP, UDP or SCTP."


MAX_SHOWN = 3
PROTOCOLS = ("SCTP", "TCP", "UDP")


def _validate(endpoints: Json, errors: ErrorList) -> None:
    same = errors.old is not None and errors.old.get("subsets") == endpoints.get("subsets")
    form = loose_ip if same else legacy_ip  # an old address is no reason to refuse a label
    for index, subset in enumerate(endpoints.get("subsets") or ()):
        at = f"subsets[{index}]"
        if not subset.get("addresses") and not subset.get("notReadyAddresses"):
            errors.required(at, "must specify `addresses` or `notReadyAddresses`")
        for part in ("addresses", "notReadyAddresses"):
            for place, address in enumerate(subset.get(part) or ()):
                _validate_address(address, form, f"{at}.{part}[{place}]", errors)
        ports = subset.get("ports") or ()
        for place, port in enumerate(ports):
            _validate_port(port, len(ports) > 1, f"{at}.ports[{place}]", errors)


def _validate_address(address: Json, form: NameCheck, path: str, errors: ErrorList) -> None:
    ip, host, node = address.get("ip") or "", address.get("hostname"), address.get("nodeName")
    errors.each_invalid(f"{path}.ip", ip, form(ip))
    if host:
        errors.each_invalid(f"{path}.hostname", host, dns_label(host))
    if node is not None:
        errors.each_invalid(f"{path}.nodeName", node, dns_subdomain(node))
    errors.each_invalid(f"{path}.ip", ip, non_special_ip(ip))


def _validate_port(port: Json, needs_name: bool, path: str, errors: ErrorList) -> None:
    name, number = port.get("name") or "", port.get("port") or 0
    if name:
        errors.each_invalid(f"{path}.name", name, dns_label(name))
    elif needs_name:
        errors.required(f"{path}.name")
    errors.each_invalid(f"{path}.port", number, port_number(number))
    if not port.get("protocol"):
        errors.required(f"{path}.protocol")
    elif port["protocol"] not in PROTOCOLS:
        errors.not_supported(f"{path}.protocol", port["protocol"], PROTOCOLS)
    if port.get("appProtocol") is not None:
        validate_label_name(port["appProtocol"], f"{path}.appProtocol", errors)


def join_host_port(host: str, port: int) -> str:
    """``10.0.0.1:80``, ``[fd00::1]:80``."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def shortened(items: list[str]) -> str:
    """The first three, and how many more."""
    more = f" + {len(items) - MAX_SHOWN} more..." if len(items) > MAX_SHOWN else ""
    return ",".join(items[:MAX_SHOWN]) + more


def _endpoints(endpoints: Json, now: datetime) -> str:
    shown: list[str] = []
    for subset in endpoints.get("subsets") or ():
        addresses = [address.get("ip") or "" for address in subset.get("addresses") or ()]
        if subset.get("ports"):
            shown += [join_host_port(ip, port.get("port") or 0) for port in subset["ports"] for ip in addresses]
        else:
            shown += addresses
    return shortened(shown) if endpoints.get("subsets") else NONE


def _warnings(new: Json, old: Json | None) -> list[str]:
    return [
        warning
        for index, subset in enumerate(new.get("subsets") or ())
        for part in ("addresses", "notReadyAddresses")
        for place, address in enumerate(subset.get(part) or ())
        for warning in ip_warnings(address.get("ip") or "", f"subsets[{index}].{part}[{place}].ip")
    ]


DEFINITION = Definition(
    columns=(NAME, Column("Endpoints", _endpoints, description="The addresses that are ready."), AGE),
    validate=_validate,
    warnings=_warnings,
    allow_create_on_update=True,
    deprecation_warning="v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
)
