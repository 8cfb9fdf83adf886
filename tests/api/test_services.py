"""Services as they change: what was allocated stays, the two spellings of the address follow each other."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.api.core.service_preparation import prepare_service_update
from pybernetes.api.object import Json

INVALID = "FieldValueInvalid"


def allocated(**spec: Any) -> Json:
    return {
        "metadata": {"name": "a", "namespace": "default"},
        "spec": {
            "type": "ClusterIP",
            "clusterIP": "10.0.0.1",
            "clusterIPs": ["10.0.0.1"],
            "ipFamilies": ["IPv4"],
            "ipFamilyPolicy": "SingleStack",
            "internalTrafficPolicy": "Cluster",
            "sessionAffinity": "None",
            "ports": [{"port": 80, "protocol": "TCP", "targetPort": 80}],
            **spec,
        },
    }


_NODE_PORTS = [{"port": 80, "protocol": "TCP", "targetPort": 80, "nodePort": 30080}]


@pytest.mark.parametrize(
    ("what", "old", "new", "result"),
    [
        (
            "a replacement without an address keeps it",
            allocated(),
            {"type": "ClusterIP"},
            {"type": "ClusterIP", "clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.1"]},
        ),
        (
            "one spelling changes the other",
            allocated(),
            {"type": "ClusterIP", "clusterIP": "10.0.0.2", "clusterIPs": ["10.0.0.1"]},
            {"type": "ClusterIP", "clusterIP": "10.0.0.2", "clusterIPs": ["10.0.0.2"]},
        ),
        (
            "node ports stay with their port",
            allocated(type="NodePort", ports=_NODE_PORTS),
            {"type": "NodePort", "ports": [{"port": 80, "protocol": "TCP"}, {"port": 81, "protocol": "TCP"}]},
            {
                "type": "NodePort",
                "clusterIP": "10.0.0.1",
                "clusterIPs": ["10.0.0.1"],
                "ports": [{"port": 80, "protocol": "TCP", "nodePort": 30080}, {"port": 81, "protocol": "TCP"}],
            },
        ),
        (
            "another type drops what only the old one has",
            allocated(type="NodePort", ports=_NODE_PORTS, externalTrafficPolicy="Cluster"),
            {
                "type": "ClusterIP",
                "clusterIP": "10.0.0.1",
                "clusterIPs": ["10.0.0.1"],
                "externalTrafficPolicy": "Cluster",
                "ports": _NODE_PORTS,
            },
            {
                "type": "ClusterIP",
                "clusterIP": "10.0.0.1",
                "clusterIPs": ["10.0.0.1"],
                "ports": [{"port": 80, "protocol": "TCP", "targetPort": 80}],
            },
        ),
        (
            "a name outside has no address",
            allocated(),
            {**allocated()["spec"], "type": "ExternalName", "externalName": "x.example.com", "ports": []},
            {
                "type": "ExternalName",
                "externalName": "x.example.com",
                "internalTrafficPolicy": "Cluster",
                "sessionAffinity": "None",
                "ports": [],
            },
        ),
    ],
)
def test_preparation_of_an_update(what: str, old: Json, new: Json, result: Json) -> None:
    service = {"spec": {**new, **({"ports": [dict(p) for p in new["ports"]]} if "ports" in new else {})}}
    prepare_service_update(service, old)
    assert service["spec"] == result


@pytest.mark.parametrize(
    ("old", "new", "field", "message"),
    [
        (
            {},
            {"clusterIP": "10.0.0.2", "clusterIPs": ["10.0.0.2"]},
            "spec.clusterIPs[0]",
            'Invalid value: ["10.0.0.2"]: may not change once set',
        ),
        ({}, {"ipFamilies": ["IPv6"]}, "spec.ipFamilies[0]", 'Invalid value: ["IPv6"]: may not change once set'),
        (
            {
                "clusterIPs": ["10.0.0.1", "fd00::1"],
                "ipFamilies": ["IPv4", "IPv6"],
                "ipFamilyPolicy": "RequireDualStack",
            },
            {"ipFamilyPolicy": "RequireDualStack"},
            "spec.ipFamilyPolicy",
            "Invalid value: \"RequireDualStack\": must be set to 'SingleStack' when releasing the secondary clusterIP",
        ),
    ],
)
def test_what_may_not_change(server: Any, old: Json, new: Json, field: str, message: str) -> None:
    assert (field, INVALID, message) in server.update("services", allocated(**old), allocated(**new))


def test_a_second_address_may_come(server: Any) -> None:
    more = allocated(clusterIPs=["10.0.0.1", "fd00::1"], ipFamilies=["IPv4", "IPv6"], ipFamilyPolicy="PreferDualStack")
    assert server.update("services", allocated(), more) == []


def test_defaults_by_type(server: Any) -> None:
    service = {"metadata": {"name": "a", "namespace": "d"}, "spec": {"ports": [{"port": 1, "targetPort": "web"}]}}
    service["spec"] |= {"type": "LoadBalancer", "sessionAffinity": "ClientIP", "clusterIP": "10.0.0.1"}
    created, causes = server.create("services", service)
    assert causes == []
    assert created["spec"] == {
        "allocateLoadBalancerNodePorts": True,
        "clusterIP": "10.0.0.1",
        "clusterIPs": ["10.0.0.1"],
        "externalTrafficPolicy": "Cluster",
        "internalTrafficPolicy": "Cluster",
        "ports": [{"port": 1, "protocol": "TCP", "targetPort": "web"}],
        "sessionAffinity": "ClientIP",
        "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 10800}},
        "type": "LoadBalancer",
    }
