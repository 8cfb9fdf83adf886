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
from pybernetes.api.core.service_warnings import service_warnings
from pybernetes.api.definition import Column, Definition, text_field
from pybernetes.api.meta.condition import Condition
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.names import dns_label
from pybernetes.api.object import Json
from pybernetes.api.scalars import Int32, IntOrString
from pybernetes.api.schema.marks import Always, Atomic, AtomicMap, Default, ListMap, PatchMerge


class Service(TypedDict, total=False):
    """A stable name and address for a set of pods."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    spec: Annotated[ServiceSpec, Always()]
    "Which pods, by which ports, and for whom."
    status: Annotated[ServiceStatus, Always()]
    "The state of its load balancer."


class ServiceSpec(TypedDict, total=False):
    """Which pods a service leads to, by which ports, and how it can be reached."""

    allocateLoadBalancerNodePorts: bool | None
    "Whether a LoadBalancer service also gets ports on the nodes. It does by default."
    clusterIP: str
    "The address inside the cluster; one is given unless it is set. None makes the service headless."
    clusterIPs: Annotated[list[str], Atomic()]
    "The addresses inside the cluster, one of each family at most. The first is clusterIP."
    externalIPs: Annotated[list[str], Atomic()]
    "Further addresses at which nodes take traffic for the service. Whoever sets them must bring the traffic there."
    externalName: str
    "The name that an ExternalName service stands for in DNS."
    externalTrafficPolicy: str
    """Whether traffic from outside goes to any endpoint (Cluster) or to those on the same node (Local), keeping its
    source.
    """
    healthCheckNodePort: Int32
    "The port by which load balancers learn which nodes have endpoints, for LoadBalancer services with policy Local."
    internalTrafficPolicy: str | None
    "Whether traffic from inside goes to any endpoint (Cluster) or to those on the same node (Local)."
    ipFamilies: Annotated[list[str], Atomic()]
    "The families of the addresses: IPv4, IPv6 or both, the first of them first."
    ipFamilyPolicy: str | None
    "SingleStack, PreferDualStack for both families where there are both, or RequireDualStack."
    loadBalancerClass: str | None
    "Which load balancer implementation serves it, if not the default one. It is fixed once it is set."
    loadBalancerIP: str
    "An address to ask the load balancer for. Deprecated: implementations differ in what they make of it."
    loadBalancerSourceRanges: Annotated[list[str], Atomic()]
    "The ranges of clients that the load balancer lets in, where it can tell."
    ports: Annotated[list[ServicePort], ListMap("port", "protocol"), PatchMerge("port")]
    "The ports of the service."
    publishNotReadyAddresses: bool
    "Whether DNS names pods that are not ready too, as peers of a StatefulSet need to find each other."
    selector: Annotated[dict[str, str], AtomicMap()]
    "The labels of the pods that it leads to. Without one, somebody else keeps its endpoints."
    sessionAffinity: Annotated[str, Default("None")]
    "ClientIP to send a client to the same pod each time, None to send it to any."
    sessionAffinityConfig: SessionAffinityConfig
    "Settings for sessionAffinity."
    trafficDistribution: str | None
    "Which endpoints are preferred: PreferSameZone (or its older name PreferClose) or PreferSameNode."
    type: Annotated[str, Default("ClusterIP")]
    """ClusterIP for an address inside the cluster, NodePort for ports on nodes too, LoadBalancer for a load balancer
    too, or ExternalName for an alias in DNS.
    """


class ServicePort(TypedDict, total=False):
    """One port of a service."""

    appProtocol: str | None
    "The protocol of the application, such as http or kubernetes.io/h2c, as a hint."
    name: str
    "The port's name. It is needed if there are several."
    nodePort: Int32
    "The port on each node, for NodePort and LoadBalancer services. One is given unless it is set."
    port: Required[Int32]
    "The port of the service."
    protocol: Annotated[str, Default("TCP")]
    "The transport protocol: TCP, UDP or SCTP."
    targetPort: Annotated[IntOrString, Always()]
    "The port of the pods, by number or by a container's name for it. It is port by default."


class SessionAffinityConfig(TypedDict, total=False):
    """Settings for keeping a client with the same pod."""

    clientIP: ClientIPConfig
    "Settings for affinity by the client's address."


class ClientIPConfig(TypedDict, total=False):
    """Settings for affinity by the client's address."""

    timeoutSeconds: Int32 | None
    "How many seconds without traffic a client is remembered. The default is 10800, which is three hours."


class ServiceStatus(TypedDict, total=False):
    """The state of a service."""

    conditions: Annotated[list[Condition], ListMap("type"), PatchMerge("type")]
    "What is known of the service."
    loadBalancer: Annotated[LoadBalancerStatus, Always()]
    "Where its load balancer can be reached."


class LoadBalancerStatus(TypedDict, total=False):
    """Where a load balancer can be reached."""

    ingress: Annotated[list[LoadBalancerIngress], Atomic()]
    "The points at which traffic enters."


class LoadBalancerIngress(TypedDict, total=False):
    """A point at which traffic for the service enters a load balancer."""

    hostname: str
    "Its name, if the load balancer goes by names."
    ip: str
    "Its address, if it goes by addresses."
    ipMode: str | None
    "VIP if traffic arrives with this address as its destination, Proxy if it arrives with a node's or pod's."
    ports: Annotated[list[PortStatus], Atomic()]
    "The state of each port."


class PortStatus(TypedDict, total=False):
    """The state of one port of a load balancer."""

    error: str | None
    "What is wrong with the port, in CamelCase."
    port: Required[Int32]
    "The number of the port."
    protocol: Required[str]
    "The transport protocol: TCP, UDP or SCTP."


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
    name_check=dns_label,
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
    change_rules_first=True,
    validate_status=validate_service_status,
    warnings=service_warnings,
    fields={"spec.clusterIP": text_field("spec", "clusterIP"), "spec.type": text_field("spec", "type")},
    allow_create_on_update=True,
)
