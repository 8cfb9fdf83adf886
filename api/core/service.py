"""Service: the shape on the wire, its defaults and columns. Addresses and ports are allocated by the server."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.columns import AGE, NAME, NONE, WIDE, format_labels, text_of
from pybernetes.api.core.service_preparation import prepare_service_create, prepare_service_update
from pybernetes.api.core.service_validation import (
    is_externally_accessible,
    validate_service,
    validate_service_status,
    validate_service_update,
)
from pybernetes.api.definition import Column, Definition, text_field
from pybernetes.api.meta.condition import Condition
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.names import dns_label_1035
from pybernetes.api.object import Json
from pybernetes.api.scalars import Int32, IntOrString
from pybernetes.api.schema.marks import Always, Atomic, AtomicMap, Default, Enum, ListMap, PatchMerge


class Service(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Annotated[ServiceSpec, Always()]
    status: Annotated[ServiceStatus, Always()]


class ServiceSpec(TypedDict, total=False):
    allocateLoadBalancerNodePorts: bool | None
    clusterIP: str
    clusterIPs: Annotated[list[str], Atomic()]
    externalIPs: Annotated[list[str], Atomic()]
    externalName: str
    externalTrafficPolicy: str
    healthCheckNodePort: Int32
    internalTrafficPolicy: Annotated[str | None, Enum("Cluster", "Local")]
    ipFamilies: Annotated[list[str], Atomic()]
    ipFamilyPolicy: Annotated[str | None, Enum("PreferDualStack", "RequireDualStack", "SingleStack")]
    loadBalancerClass: str | None
    loadBalancerIP: str
    loadBalancerSourceRanges: Annotated[list[str], Atomic()]
    ports: Annotated[list[ServicePort], ListMap("port", "protocol"), PatchMerge("port")]
    publishNotReadyAddresses: bool
    selector: Annotated[dict[str, str], AtomicMap()]
    sessionAffinity: Annotated[str, Default("None"), Enum("ClientIP", "None")]
    sessionAffinityConfig: SessionAffinityConfig
    trafficDistribution: str | None
    type: Annotated[str, Default("ClusterIP"), Enum("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")]


class ServicePort(TypedDict, total=False):
    appProtocol: str | None
    name: str
    nodePort: Int32
    port: Required[Int32]
    protocol: Annotated[str, Default("TCP"), Enum("SCTP", "TCP", "UDP")]
    targetPort: Annotated[IntOrString, Always()]


class SessionAffinityConfig(TypedDict, total=False):
    clientIP: ClientIPConfig


class ClientIPConfig(TypedDict, total=False):
    timeoutSeconds: Int32 | None


class ServiceStatus(TypedDict, total=False):
    conditions: Annotated[list[Condition], ListMap("type"), PatchMerge("type")]
    loadBalancer: Annotated[LoadBalancerStatus, Always()]


class LoadBalancerStatus(TypedDict, total=False):
    ingress: Annotated[list[LoadBalancerIngress], Atomic()]


class LoadBalancerIngress(TypedDict, total=False):
    hostname: str
    ip: str
    ipMode: str | None
    ports: Annotated[list[PortStatus], Atomic()]


class PortStatus(TypedDict, total=False):
    error: str | None
    port: Required[Int32]
    protocol: Required[str]


_AFFINITY_SECONDS = 10800  # three hours, as Kubernetes has it
_BALANCER_WIDTH = 16


def _set_defaults(service: Json) -> None:
    spec = service.get("spec") or {}
    if spec.get("sessionAffinity") == "ClientIP":
        if ((spec.get("sessionAffinityConfig") or {}).get("clientIP") or {}).get("timeoutSeconds") is None:
            spec["sessionAffinityConfig"] = {"clientIP": {"timeoutSeconds": _AFFINITY_SECONDS}}
    elif spec.get("sessionAffinity") == "None":
        spec.pop("sessionAffinityConfig", None)
    for port in spec.get("ports") or ():
        if port.get("targetPort") in (None, 0, ""):
            port["targetPort"] = port.get("port", 0)
    if is_externally_accessible(spec):
        spec.setdefault("externalTrafficPolicy", "Cluster")
    if spec.get("internalTrafficPolicy") is None and spec.get("type") in ("ClusterIP", "NodePort", "LoadBalancer"):
        spec["internalTrafficPolicy"] = "Cluster"
    if spec.get("type") == "LoadBalancer":
        if spec.get("allocateLoadBalancerNodePorts") is None:
            spec["allocateLoadBalancerNodePorts"] = True
        for ingress in ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ():
            if ingress.get("ip"):
                ingress.setdefault("ipMode", "VIP")


def _external_ip(service: Json, now: datetime) -> str:
    return _external_addresses(service)


def _external_addresses(service: Json, *, wide: bool = False) -> str:
    spec = service.get("spec") or {}
    external, kind = list(spec.get("externalIPs") or ()), spec.get("type")
    if kind == "ExternalName":
        return str(spec.get("externalName") or "")
    if kind == "LoadBalancer":
        ingress = ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
        points = list(dict.fromkeys(point.get("ip") or point.get("hostname") or "" for point in ingress))
        balancer = ",".join(sorted(point for point in points if point))
        if not wide and len(balancer) > _BALANCER_WIDTH:
            balancer = balancer[: _BALANCER_WIDTH - 3] + "..."
        parts = [part for part in (balancer, *external) if part]
        return ",".join(parts) or "<pending>"
    return ",".join(external) or NONE


def _ports(service: Json, now: datetime) -> str:
    shown = []
    for port in (service.get("spec") or {}).get("ports") or ():
        node_port = f":{port['nodePort']}" if port.get("nodePort") else ""
        shown.append(f"{port.get('port', 0)}{node_port}/{port.get('protocol', '')}")
    return ",".join(shown) or NONE


def _selector(service: Json, now: datetime) -> str:
    return format_labels((service.get("spec") or {}).get("selector"))


DEFINITION = Definition(
    name_check=dns_label_1035,
    columns=(
        NAME,
        Column("Type", text_of("spec", "type"), description="How the service is reached."),
        Column("Cluster-IP", text_of("spec", "clusterIP", default=NONE), description="Its address in the cluster."),
        Column("External-IP", _external_ip, description="Its addresses outside the cluster."),
        Column("Port(s)", _ports, description="Its ports, with the ports on nodes."),
        AGE,
        Column("Selector", _selector, priority=WIDE, description="The labels of the pods behind it."),
    ),
    set_defaults=_set_defaults,
    prepare_create=prepare_service_create,
    prepare_update=prepare_service_update,
    validate=validate_service,
    validate_update=validate_service_update,
    validate_status=validate_service_status,
    fields={"spec.clusterIP": text_field("spec", "clusterIP"), "spec.type": text_field("spec", "type")},
)
