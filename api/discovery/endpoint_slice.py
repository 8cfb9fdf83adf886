"""Endpoint slice: the shape on the wire, its rules and columns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.addresses import ip_warnings, legacy_ip, loose_ip, non_special_ip, parse_loosely, port_number
from pybernetes.api.columns import AGE, NAME, text_of
from pybernetes.api.core.endpoints import shortened
from pybernetes.api.core.reference import ObjectReference
from pybernetes.api.definition import Column, Definition
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.meta.validation import validate_label_name, validate_labels
from pybernetes.api.names import NameCheck, dns_label, dns_subdomain, label_value
from pybernetes.api.object import Json, labels_of
from pybernetes.api.scalars import Int32
from pybernetes.api.schema.marks import Always, Atomic, Default, Enum, Immutable, ListSet, NotEmpty, struct


class EndpointSlice(TypedDict, total=False):
    """Some of the addresses behind a service, all of one family and with the same ports."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    addressType: Required[Annotated[str, NotEmpty(), Enum("FQDN", "IPv4", "IPv6"), Immutable()]]
    "IPv4, IPv6 or FQDN: what the addresses are. It cannot change."
    endpoints: Annotated[list[Endpoint], Atomic(), Always()]
    "The endpoints, 1000 of them at most."
    ports: Annotated[list[EndpointPort], Atomic(), Always()]
    "The ports that every endpoint serves, 100 of them at most."


class Endpoint(TypedDict, total=False):
    """One endpoint of a service, usually a pod."""

    addresses: Required[Annotated[list[str], ListSet()]]
    "Its addresses, which stand for one another. Most readers use the first only."
    conditions: Annotated[EndpointConditions, Always()]
    "Whether it is ready for traffic."
    deprecatedTopology: dict[str, str]
    "Labels of its place, in the form of an older version of the API."
    hints: EndpointHints
    "For whom it is best used."
    hostname: str | None
    "A name for it within the service, for headless services."
    nodeName: str | None
    "The node that it is on."
    targetRef: ObjectReference
    "The object that it stands for."
    zone: str | None
    "The zone that it is in."


class EndpointConditions(TypedDict, total=False):
    """Whether an endpoint is ready for traffic."""

    ready: bool | None
    "Whether new traffic may go to it. If not set, it may."
    serving: bool | None
    "Whether it can serve, even while it is ending."
    terminating: bool | None
    "Whether it is ending."


class EndpointHints(TypedDict, total=False):
    """For whom an endpoint is best used."""

    forNodes: Annotated[list[ForNode], Atomic()]
    "The nodes whose clients should use it."
    forZones: Annotated[list[ForZone], Atomic()]
    "The zones whose clients should use it."


class ForNode(TypedDict, total=False):
    """A node whose clients should use an endpoint."""

    name: Required[str]
    "The name of the node."


class ForZone(TypedDict, total=False):
    """A zone whose clients should use an endpoint."""

    name: Required[str]
    "The name of the zone."


@struct(atomic=True)
class EndpointPort(TypedDict, total=False):
    """A port of the endpoints of a slice."""

    appProtocol: str | None
    "The protocol of the application, such as http or kubernetes.io/h2c."
    name: Annotated[str | None, Default("")]
    "The name of the port of the service."
    port: Int32 | None
    "The number of the port; any port if not set."
    protocol: Annotated[str | None, Default("TCP"), Enum("SCTP", "TCP", "UDP")]
    "The transport protocol: TCP, UDP or SCTP."


_MAX_ENDPOINTS = 1000
_MAX_ADDRESSES = 100
_MAX_PORTS = 20000
_MAX_HINTS = 8
_MAX_TOPOLOGY_LABELS = 16
_UNSET = "<unset>"


def _validate(endpoint_slice: Json, errors: ErrorList) -> None:
    kind, endpoints = endpoint_slice.get("addressType") or "", endpoint_slice.get("endpoints") or []
    same = errors.old is not None and (errors.old.get("endpoints") or []) == endpoints
    form = loose_ip if same else legacy_ip  # an old address is no reason to refuse a label
    if len(endpoints) > _MAX_ENDPOINTS:
        errors.too_many("endpoints", len(endpoints), _MAX_ENDPOINTS)
    else:
        for index, endpoint in enumerate(endpoints):
            _validate_endpoint(endpoint, kind, form, f"endpoints[{index}]", errors)
    ports = endpoint_slice.get("ports") or ()
    if len(ports) > _MAX_PORTS:
        errors.too_many("ports", len(ports), _MAX_PORTS)
    else:
        _validate_ports(ports, errors)


def _validate_endpoint(endpoint: Json, kind: str, form: NameCheck, path: str, errors: ErrorList) -> None:
    addresses = endpoint.get("addresses") or ()
    if not addresses:
        errors.required(f"{path}.addresses", "must contain at least 1 address")
    elif len(addresses) > _MAX_ADDRESSES:
        errors.too_many(f"{path}.addresses", len(addresses), _MAX_ADDRESSES)
    for index, address in enumerate(addresses):
        errors.each_invalid(f"{path}.addresses[{index}]", address, _wrong_address(address, kind, form))
    topology = endpoint.get("deprecatedTopology") or {}
    if len(topology) > _MAX_TOPOLOGY_LABELS:
        errors.too_many(f"{path}.deprecatedTopology", len(topology), _MAX_TOPOLOGY_LABELS)
    validate_labels(topology, f"{path}.deprecatedTopology", errors)
    if endpoint.get("nodeName") is not None:
        errors.each_invalid(f"{path}.nodeName", endpoint["nodeName"], dns_subdomain(endpoint["nodeName"]))
    if endpoint.get("hostname") is not None:
        errors.each_invalid(f"{path}.hostname", endpoint["hostname"], dns_label(endpoint["hostname"]))
    for part in ("forZones", "forNodes"):
        _validate_hints((endpoint.get("hints") or {}).get(part) or (), f"{path}.hints.{part}", errors)


def _wrong_address(address: str, kind: str, form: NameCheck) -> list[str]:
    if kind == "FQDN":
        name = address.removesuffix(".")
        few = "should be a domain with at least two segments separated by dots"
        return dns_subdomain(name) or ([] if "." in name else [few])
    for family, version in (("IPv4", 4), ("IPv6", 6)):
        if kind == family:
            parsed, wrong = parse_loosely(address), form(address)
            if parsed is not None and parsed.version != version and not wrong:
                wrong = [f"must be a valid {family} address"]
            return [*wrong, *non_special_ip(address)]
    return []


def _validate_hints(hints: Sequence[Json], path: str, errors: ErrorList) -> None:
    if len(hints) > _MAX_HINTS:
        errors.too_many(path, len(hints), _MAX_HINTS)
        return
    seen = set()
    for index, hint in enumerate(hints):
        name = hint.get("name") or ""
        if name in seen:
            errors.duplicate(f"{path}[{index}].name", name)
        seen.add(name)
        errors.each_invalid(f"{path}[{index}].name", name, label_value(name))


def _validate_ports(ports: Sequence[Json], errors: ErrorList) -> None:
    names = set()
    for index, port in enumerate(ports):
        name = port.get("name") or ""
        if name:
            errors.each_invalid(f"ports[{index}].name", name, dns_label(name))
        if name in names:
            errors.duplicate(f"ports[{index}].name", name)
        names.add(name)
        if port.get("port") is not None:
            errors.each_invalid(f"ports[{index}].port", port["port"], port_number(port["port"]))
        if port.get("appProtocol") is not None:
            validate_label_name(port["appProtocol"], f"ports[{index}].appProtocol", errors)


def _ports(endpoint_slice: Json, now: datetime) -> str:
    shown = [str(port.get("port") or "*") for port in endpoint_slice.get("ports") or ()]
    return shortened(shown) if shown else _UNSET


def _endpoints(endpoint_slice: Json, now: datetime) -> str:
    endpoints = endpoint_slice.get("endpoints") or ()
    shown = [address for endpoint in endpoints for address in endpoint.get("addresses") or ()]
    return shortened(shown) if endpoints else _UNSET


_HOST_LABEL = "kubernetes.io/hostname"
_MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
_CONTROLLERS = ("endpointslice-controller.k8s.io", "endpointslicemirroring-controller.k8s.io")


def _prepare_create(endpoint_slice: Json) -> None:
    _drop_topology(endpoint_slice, set())


def _prepare_update(new: Json, old: Json) -> None:
    if new.get("endpoints") != old.get("endpoints"):
        topologies = (endpoint.get("deprecatedTopology") or {} for endpoint in old.get("endpoints") or ())
        _drop_topology(new, {topology[_HOST_LABEL] for topology in topologies if topology.get(_HOST_LABEL)})


def _drop_topology(endpoint_slice: Json, nodes: set[str]) -> None:
    """The old form of an endpoint's place is not written any more; a node that was known by it alone stays known."""
    for endpoint in endpoint_slice.get("endpoints") or ():
        node = (endpoint.pop("deprecatedTopology", None) or {}).get(_HOST_LABEL)
        if endpoint.get("nodeName") is None and node in nodes and not dns_subdomain(node):
            endpoint["nodeName"] = node


def _warnings(new: Json, old: Json | None) -> list[str]:
    warnings = []
    if old is None and new.get("addressType") == "FQDN":
        warnings.append("spec.addressType: FQDN endpoints are deprecated")
    if labels_of(new).get(_MANAGED_BY) in _CONTROLLERS:
        return warnings  # these write addresses as they should be
    for index, endpoint in enumerate(new.get("endpoints") or ()):
        for place, address in enumerate(endpoint.get("addresses") or ()):
            warnings += ip_warnings(address, f"endpoints[{index}].addresses[{place}]")
    return warnings


DEFINITION = Definition(
    columns=(
        NAME,
        Column("AddressType", text_of("addressType"), description="What the addresses are."),
        Column("Ports", _ports, description="The ports of all its endpoints."),
        Column("Endpoints", _endpoints, description="The addresses of its endpoints."),
        AGE,
    ),
    prepare_create=_prepare_create,
    prepare_update=_prepare_update,
    validate=_validate,
    warnings=_warnings,
    spec_fields=("endpoints", "ports", "addressType"),
)
