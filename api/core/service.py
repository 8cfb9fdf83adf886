"""Service: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required, TypedDict

from pybernetes.api.meta.condition import Condition
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Int32, IntOrString
from pybernetes.api.schema.marks import Always, Atomic, AtomicMap, Default, ListMap, PatchMerge


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
    internalTrafficPolicy: str | None
    ipFamilies: Annotated[list[str], Atomic()]
    ipFamilyPolicy: str | None
    loadBalancerClass: str | None
    loadBalancerIP: str
    loadBalancerSourceRanges: Annotated[list[str], Atomic()]
    ports: Annotated[list[ServicePort], ListMap("port", "protocol"), PatchMerge("port")]
    publishNotReadyAddresses: bool
    selector: Annotated[dict[str, str], AtomicMap()]
    sessionAffinity: Annotated[str, Default("None")]
    sessionAffinityConfig: SessionAffinityConfig
    trafficDistribution: str | None
    type: Annotated[str, Default("ClusterIP")]


class ServicePort(TypedDict, total=False):
    appProtocol: str | None
    name: str
    nodePort: Int32
    port: Required[Int32]
    protocol: Annotated[str, Default("TCP")]
    targetPort: IntOrString


class SessionAffinityConfig(TypedDict, total=False):
    clientIP: ClientIPConfig


class ClientIPConfig(TypedDict, total=False):
    timeoutSeconds: Annotated[Int32 | None, Default(10800)]


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
