"""Ingress: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.core.reference import TypedLocalObjectReference
from pybernetes.api.definition import Definition
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Int32
from pybernetes.api.schema.marks import Always, Atomic, struct


class Ingress(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Annotated[IngressSpec, Always()]
    status: Annotated[IngressStatus, Always()]


class IngressSpec(TypedDict, total=False):
    defaultBackend: IngressBackend
    ingressClassName: str | None
    rules: Annotated[list[IngressRule], Atomic()]
    tls: Annotated[list[IngressTLS], Atomic()]


class IngressBackend(TypedDict, total=False):
    resource: TypedLocalObjectReference
    service: IngressServiceBackend


class IngressServiceBackend(TypedDict, total=False):
    name: Required[str]
    port: ServiceBackendPort


@struct(atomic=True)
class ServiceBackendPort(TypedDict, total=False):
    name: str
    number: Int32


class IngressRule(TypedDict, total=False):
    host: str
    http: HTTPIngressRuleValue


class HTTPIngressRuleValue(TypedDict, total=False):
    paths: Required[Annotated[list[HTTPIngressPath], Atomic()]]


class HTTPIngressPath(TypedDict, total=False):
    backend: Required[Annotated[IngressBackend, Always()]]
    path: str
    pathType: Required[str | None]


class IngressTLS(TypedDict, total=False):
    hosts: Annotated[list[str], Atomic()]
    secretName: str


class IngressStatus(TypedDict, total=False):
    loadBalancer: Annotated[IngressLoadBalancerStatus, Always()]


class IngressLoadBalancerStatus(TypedDict, total=False):
    ingress: Annotated[list[IngressLoadBalancerIngress], Atomic()]


class IngressLoadBalancerIngress(TypedDict, total=False):
    hostname: str
    ip: str
    ports: Annotated[list[IngressPortStatus], Atomic()]


class IngressPortStatus(TypedDict, total=False):
    error: str | None
    port: Required[Int32]
    protocol: Required[str]


DEFINITION = Definition(spec_fields=("spec",))
