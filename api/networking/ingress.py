"""Ingress: the shape on the wire, its columns. The rules are in `ingress_validation`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.columns import AGE, NAME, NONE
from pybernetes.api.core.reference import TypedLocalObjectReference
from pybernetes.api.definition import Column, Definition
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.networking.ingress_validation import CLASS_ANNOTATION, validate, validate_create, validate_status
from pybernetes.api.object import Json, annotations_of
from pybernetes.api.scalars import Int32
from pybernetes.api.schema.marks import Always, Atomic, struct


class Ingress(TypedDict, total=False):
    """How HTTP requests from outside reach services, by host and path. An ingress controller carries it out."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    spec: Annotated[IngressSpec, Always()]
    "Which requests lead where."
    status: Annotated[IngressStatus, Always()]
    "Where the controller takes requests."


class IngressSpec(TypedDict, total=False):
    """Which requests lead to which services."""

    defaultBackend: IngressBackend
    "Where requests go that no rule matches."
    ingressClassName: str | None
    "The IngressClass, and so the controller, that it is for; the default class if not set."
    rules: Annotated[list[IngressRule], Atomic()]
    "Where requests go, by host."
    tls: Annotated[list[IngressTLS], Atomic()]
    "Certificates, by host."


class IngressBackend(TypedDict, total=False):
    """Where requests go: a service, or a resource that the controller knows."""

    resource: TypedLocalObjectReference
    "An object of the same namespace, in place of a service."
    service: IngressServiceBackend
    "A service of the same namespace."


class IngressServiceBackend(TypedDict, total=False):
    """A port of a service."""

    name: Required[str]
    "The service."
    port: Annotated[ServiceBackendPort, Always()]
    "The port of the service."


@struct(atomic=True)
class ServiceBackendPort(TypedDict, total=False):
    """A port of a service, by name or by number."""

    name: str
    "The name of the port."
    number: Int32
    "The number of the port."


class IngressRule(TypedDict, total=False):
    """Where the requests for one host go."""

    host: str
    "The host, or a wildcard such as *.example.com. Any host if empty."
    http: HTTPIngressRuleValue
    "Where requests go, by path."


class HTTPIngressRuleValue(TypedDict, total=False):
    """Where the requests for one host go, by path."""

    paths: Required[Annotated[list[HTTPIngressPath], Atomic()]]
    "The paths; the longest one that matches holds."


class HTTPIngressPath(TypedDict, total=False):
    """Where the requests for one path go."""

    backend: Required[Annotated[IngressBackend, Always()]]
    "Where they go."
    path: str
    "The path, which starts with a slash."
    pathType: Required[str | None]
    "Exact, Prefix to match whole parts of a path, or ImplementationSpecific."


class IngressTLS(TypedDict, total=False):
    """The certificate for some hosts."""

    hosts: Annotated[list[str], Atomic()]
    "The hosts that the certificate is for."
    secretName: str
    "The secret with the certificate and the key."


class IngressStatus(TypedDict, total=False):
    """Where an ingress controller takes requests."""

    loadBalancer: Annotated[IngressLoadBalancerStatus, Always()]
    "The addresses of its load balancer."


class IngressLoadBalancerStatus(TypedDict, total=False):
    """The addresses of a load balancer for an ingress."""

    ingress: Annotated[list[IngressLoadBalancerIngress], Atomic()]
    "The points at which requests enter."


class IngressLoadBalancerIngress(TypedDict, total=False):
    """A point at which requests enter a load balancer."""

    hostname: str
    "Its name, if it goes by names."
    ip: str
    "Its address, if it goes by addresses."
    ports: Annotated[list[IngressPortStatus], Atomic()]
    "The state of each port."


class IngressPortStatus(TypedDict, total=False):
    """The state of one port of a load balancer for an ingress."""

    error: str | None
    "What is wrong with the port, in CamelCase."
    port: Required[Int32]
    "The number of the port."
    protocol: Required[str]
    "The transport protocol: TCP, UDP or SCTP."


_MOST_HOSTS = 3


def _class(ingress: Json, now: datetime) -> str:
    name = (ingress.get("spec") or {}).get("ingressClassName")
    return NONE if name is None else str(name)


def _hosts(ingress: Json, now: datetime) -> str:
    hosts = [rule["host"] for rule in (ingress.get("spec") or {}).get("rules") or () if rule.get("host")]
    shown = ",".join(hosts[:_MOST_HOSTS])
    more = len(hosts) - _MOST_HOSTS
    return f"{shown} + {more} more..." if more > 0 else shown or "*"


def _addresses(ingress: Json, now: datetime) -> str:
    entries = ((ingress.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
    found = {entry.get("ip") or entry.get("hostname") or "" for entry in entries}
    return ",".join(sorted(found - {""}))


def _ports(ingress: Json, now: datetime) -> str:
    return "80, 443" if (ingress.get("spec") or {}).get("tls") else "80"


def _warnings(obj: Json, old: Json | None) -> list[str]:
    """New ones should name their class in the field that is there for it."""
    if old is not None or CLASS_ANNOTATION not in annotations_of(obj) or obj["spec"].get("ingressClassName"):
        return []
    return [f"annotation \"{CLASS_ANNOTATION}\" is deprecated, please use 'spec.ingressClassName' instead"]


DEFINITION = Definition(
    warnings=_warnings,
    columns=(
        NAME,
        Column("Class", _class, description="The class, and so the controller, that it is for."),
        Column("Hosts", _hosts, description="The hosts whose requests it leads on; * for any."),
        Column("Address", _addresses, description="Where the controller takes requests."),
        Column("Ports", _ports, description="The ports on which it takes them."),
        AGE,
    ),
    validate=validate,
    validate_create=validate_create,
    validate_status=validate_status,
    spec_fields=("spec",),
)
