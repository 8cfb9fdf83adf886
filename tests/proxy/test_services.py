"""Services in, service ports out."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.proxy.services import ServicePort, service_ports
from tests.proxy.objects import service


def only(obj: dict[str, Any]) -> ServicePort:
    (port,) = service_ports(obj, 4)
    return port


def test_a_plain_service() -> None:
    assert only(service()) == ServicePort("ns/web:http", "ns/web", "http", "tcp", 80, "10.96.0.10")


def test_a_port_without_a_name() -> None:
    assert only(service(ports=[{"port": 53, "protocol": "UDP"}])).name == "ns/web"


@pytest.mark.parametrize(
    "obj",
    [
        service(ip="None"),
        service(ip=""),
        service(type="ExternalName", externalName="example.com"),
        service(labels={"service.kubernetes.io/service-proxy-name": "another"}),
        service(ip="fd00::1"),
        service(name="we\nb"),
        service(name='we"b'),
        service(ip="10.96.0.1 -j ACCEPT"),
        service(ports=[]),
        service(ports=[{"port": 80, "protocol": "QUIC"}]),
        service(ports=[{"port": 80, "name": "a b"}]),
    ],
)
def test_nothing_to_do(obj: dict[str, Any]) -> None:
    assert service_ports(obj, 4) == ()


@pytest.mark.parametrize(
    ("spec", "field", "value"),
    [
        ({"type": "NodePort", "ports": [{"port": 80, "nodePort": 30080}]}, "node_port", 30080),
        ({"ports": [{"port": 80, "nodePort": 30080}]}, "node_port", 0),
        ({"externalIPs": ["1.2.3.4", "1.2.3.4", "fd00::1", "x"]}, "external_ips", ("1.2.3.4",)),
        ({"type": "LoadBalancer", "ingress": [{"ip": "9.9.9.9"}]}, "load_balancer_ips", ("9.9.9.9",)),
        ({"type": "LoadBalancer", "ingress": [{"ip": "9.9.9.9", "ipMode": "Proxy"}]}, "load_balancer_ips", ()),
        ({"type": "LoadBalancer", "ingress": [{"hostname": "lb.example"}]}, "load_balancer_ips", ()),
        ({"ingress": [{"ip": "9.9.9.9"}]}, "load_balancer_ips", ()),
        (
            {"type": "LoadBalancer", "loadBalancerSourceRanges": ["10.1.0.0/16", " 10.2.0.1/24", "fd00::/64"]},
            "source_ranges",
            ("10.1.0.0/16", "10.2.0.0/24"),
        ),
        ({"type": "LoadBalancer", "loadBalancerSourceRanges": ["10.1.0.0/16", "0.0.0.0/0"]}, "source_ranges", ()),
        (
            {
                "type": "LoadBalancer",
                "annotations": {"service.beta.kubernetes.io/load-balancer-source-ranges": "10.1.0.0/16,10.3.0.0/16"},
            },
            "source_ranges",
            ("10.1.0.0/16", "10.3.0.0/16"),
        ),
        ({"sessionAffinity": "ClientIP"}, "affinity_seconds", 10800),
        (
            {"sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 7}}},
            "affinity_seconds",
            7,
        ),
        ({"sessionAffinity": "None"}, "affinity_seconds", 0),
        ({"internalTrafficPolicy": "Local"}, "internal_local", True),
        ({"externalTrafficPolicy": "Local"}, "external_local", False),
        ({"externalTrafficPolicy": "Local", "type": "NodePort"}, "external_local", True),
        ({"externalTrafficPolicy": "Local", "externalIPs": ["1.2.3.4"]}, "external_local", True),
        (
            {"externalTrafficPolicy": "Local", "type": "LoadBalancer", "healthCheckNodePort": 31000},
            "health_check_node_port",
            31000,
        ),
        (
            {"externalTrafficPolicy": "Cluster", "type": "LoadBalancer", "healthCheckNodePort": 31000},
            "health_check_node_port",
            0,
        ),
    ],
)
def test_fields(spec: dict[str, Any], field: str, value: Any) -> None:
    assert getattr(only(service(**spec)), field) == value


def test_each_family_sees_its_own_address() -> None:
    obj = service(clusterIPs=["10.96.0.10", "FD00:0::10"])
    assert only(obj).cluster_ip == "10.96.0.10"
    assert service_ports(obj, 6)[0].cluster_ip == "fd00::10"
