"""What the author of a service is told to think about."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.api.core.service_warnings import service_warnings

_HEADLESS = {"type": "ClusterIP", "clusterIP": "None", "clusterIPs": ["None"], "sessionAffinity": "None"}


@pytest.mark.parametrize(
    ("spec", "warnings"),
    [
        ({"type": "ClusterIP", "clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.1"]}, []),
        (_HEADLESS, []),
        (
            {**_HEADLESS, "sessionAffinity": "ClientIP", "loadBalancerIP": "10.0.0.1", "externalIPs": ["10.0.0.2"]},
            [
                "spec.loadBalancerIP is ignored for headless services",
                "spec.externalIPs is ignored for headless services",
                "spec.SessionAffinity is ignored for headless services",
            ],
        ),
        (
            {"clusterIP": "FD00::1", "clusterIPs": ["FD00::1"]},
            ['spec.clusterIPs[0]: IPv6 address "FD00::1" should be in RFC 5952 canonical format ("fd00::1")'],
        ),
        (
            {"loadBalancerSourceRanges": ["FD00::/64"]},
            [
                'spec.loadBalancerSourceRanges[0]: IPv6 CIDR value "FD00::/64" '
                'should be in RFC 5952 canonical format ("fd00::/64")'
            ],
        ),
        (
            {"type": "ExternalName", "externalName": "a", "externalIPs": ["10.0.0.1"]},
            ['spec.externalIPs is ignored when spec.type is "ExternalName"'],
        ),
        (
            {"type": "ClusterIP", "externalName": "a"},
            ['spec.externalName is ignored when spec.type is not "ExternalName"'],
        ),
        (
            {"trafficDistribution": "PreferClose"},
            ['spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"'],
        ),
    ],
)
def test_warnings(spec: dict[str, Any], warnings: list[str]) -> None:
    assert service_warnings({"metadata": {}, "spec": spec}, None) == warnings


def test_the_old_annotation() -> None:
    annotations = {"service.kubernetes.io/topology-aware-hints": "auto"}
    assert service_warnings({"metadata": {"annotations": annotations}, "spec": {}}, None) == [
        "annotation service.kubernetes.io/topology-aware-hints is deprecated, "
        "please use service.kubernetes.io/topology-mode instead"
    ]
