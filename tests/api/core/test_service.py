"""Services: the causes that Kubernetes gives for each rule, with their exact words, in its order."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.api.object import Json

_LB_ONLY = "Forbidden: may only be used when `type` is 'LoadBalancer'"
_FIXED = "may not change once set"
_PORT = {"port": 80, "protocol": "TCP", "targetPort": 80}
_HINTS, _MODE = "service.kubernetes.io/topology-aware-hints", "service.kubernetes.io/topology-mode"
_RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges"


def service(ports: Any = (_PORT,), annotations: Json | None = None, **spec: Any) -> Json:
    metadata: Json = {"name": "s", "namespace": "default"}
    if annotations:
        metadata["annotations"] = annotations
    return {"metadata": metadata, "spec": {"ports": list(ports), **spec}}


def causes(found: list[tuple[str, str, str]]) -> list[tuple[str, str]]:
    return [(field, message) for field, _, message in found]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (service(), []),
        (service(()), [("spec.ports", "Required value")]),
        (service((), clusterIP="None"), []),
        (
            service(annotations={_HINTS: "a", _MODE: "b"}),
            [
                (
                    f"metadata.annotations[{_MODE}]",
                    f'Invalid value: "b": must match annotations[{_HINTS}] when both are specified',
                )
            ],
        ),
        (
            service(type="NodePort", clusterIP="None"),
            [("spec.clusterIPs[0]", "Invalid value: \"None\": may not be set to 'None' for NodePort services")],
        ),
        (
            service(type="ExternalName", externalName="a.", ipFamilies=["IPv4"], ipFamilyPolicy="SingleStack"),
            [
                ("spec.ipFamilies", "Forbidden: may not be set for ExternalName services"),
                ("spec.ipFamilyPolicy", "Forbidden: may not be set for ExternalName services"),
            ],
        ),
        (service((), type="ExternalName", externalName="."), [("spec.externalName", "Required value")]),
        (
            service([_PORT, _PORT]),
            [
                ("spec.ports[0].name", "Required value"),
                ("spec.ports[1].name", "Required value"),
                (
                    "spec.ports[1]",
                    'Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,'
                    '"NodePort":0}',
                ),
            ],
        ),
        (
            service([{"port": 0, "protocol": "X", "targetPort": 70000, "appProtocol": ""}]),
            [
                ("spec.ports[0].port", "Invalid value: 0: must be between 1 and 65535, inclusive"),
                ("spec.ports[0].protocol", 'Unsupported value: "X": supported values: "SCTP", "TCP", "UDP"'),
                ("spec.ports[0].targetPort", "Invalid value: 70000: must be between 1 and 65535, inclusive"),
                ("spec.ports[0].appProtocol", 'Invalid value: "": name part must be non-empty'),
                (
                    "spec.ports[0].appProtocol",
                    "Invalid value: \"\": name part must consist of alphanumeric characters, '-', '_' or '.', and "
                    "must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', "
                    "regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
                ),
            ],
        ),
        (
            service(sessionAffinity="ClientIP", sessionAffinityConfig={"clientIP": {"timeoutSeconds": 86401}}),
            [
                (
                    "spec.sessionAffinityConfig.clientIP.timeoutSeconds",
                    "Invalid value: 86401: must be greater than 0 and less than 86400",
                )
            ],
        ),
        (
            service(sessionAffinityConfig={"clientIP": {"timeoutSeconds": 1}}),
            [],
        ),
        (
            service(clusterIP="10.0.0.1", clusterIPs=["10.0.0.2"], sessionAffinity="X", type="Y"),
            [
                ("spec.sessionAffinity", 'Unsupported value: "X": supported values: "ClientIP", "None"'),
                ("spec.clusterIPs", 'Invalid value: ["10.0.0.2"]: first value must match `clusterIP`'),
                (
                    "spec.type",
                    'Unsupported value: "Y": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
                ),
            ],
        ),
        (
            service(clusterIP="None", clusterIPs=["None", "10.0.0.1"]),
            [("spec.clusterIPs", 'Invalid value: ["None","10.0.0.1"]: \'None\' must be the first and only value')],
        ),
        (
            service(clusterIP="10.0.0.1", clusterIPs=["10.0.0.1", "10.0.0.2"], ipFamilies=["IPv6", "IPv6"]),
            [
                ("spec.ipFamilies[1]", 'Duplicate value: "IPv6"'),
                (
                    "spec.clusterIPs",
                    'Invalid value: ["10.0.0.1","10.0.0.2"]: may specify no more than one IP for each IP family',
                ),
                (
                    "spec.clusterIPs[0]",
                    'Invalid value: "10.0.0.1": expected an IPv6 value as indicated by `ipFamilies[0]`',
                ),
                (
                    "spec.clusterIPs[1]",
                    'Invalid value: "10.0.0.2": expected an IPv6 value as indicated by `ipFamilies[1]`',
                ),
            ],
        ),
        (
            service([{**_PORT, "name": "a", "nodePort": 1}, {**_PORT, "port": 81, "name": "b", "nodePort": 1}]),
            [
                ("spec.ports[0].nodePort", "Forbidden: may not be used when `type` is 'ClusterIP'"),
                ("spec.ports[1].nodePort", "Forbidden: may not be used when `type` is 'ClusterIP'"),
                ("spec.ports[1].nodePort", "Duplicate value: 1"),
            ],
        ),
        (
            service(annotations={_RANGES: "10.0.0.0/8, x"}, type="LoadBalancer"),
            [
                (
                    f"metadata.annotations[{_RANGES}]",
                    'Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
                )
            ],
        ),
        (
            service(allocateLoadBalancerNodePorts=False, loadBalancerClass="a b", healthCheckNodePort=1),
            [
                ("spec.allocateLoadBalancerNodePorts", _LB_ONLY),
                ("spec.loadBalancerClass", _LB_ONLY),
                (
                    "spec.healthCheckNodePort",
                    "Invalid value: 1: may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is "
                    "'Local'",
                ),
            ],
        ),
        (
            service(externalTrafficPolicy="Local", internalTrafficPolicy="X", trafficDistribution="Y"),
            [
                (
                    "spec.externalTrafficPolicy",
                    'Invalid value: "Local": may only be set for externally-accessible services',
                ),
                ("spec.internalTrafficPolicy", 'Unsupported value: "X": supported values: "Cluster", "Local"'),
                (
                    "spec.trafficDistribution",
                    'Unsupported value: "Y": supported values: "PreferClose", "PreferSameZone", "PreferSameNode"',
                ),
            ],
        ),
        (
            service(type="LoadBalancer", externalTrafficPolicy="Local"),
            [("spec.healthCheckNodePort", "Required value")],
        ),
    ],
)
def test_rules(server: Any, given: Json, expected: list[tuple[str, str]]) -> None:
    assert causes(server.create("services", given)[1]) == expected


_ONE = {"clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.1"], "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack"}
_TWO = {
    "clusterIP": "10.0.0.1",
    "clusterIPs": ["10.0.0.1", "fd00::1"],
    "ipFamilies": ["IPv4", "IPv6"],
    "ipFamilyPolicy": "RequireDualStack",
}
_BALANCER = {**_ONE, "type": "LoadBalancer", "externalTrafficPolicy": "Local", "healthCheckNodePort": 30000}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (_ONE, _TWO, []),
        (_TWO, _ONE, []),
        (_ONE, {**_ONE, "type": "ExternalName", "externalName": "a.b"}, []),
        (
            _TWO,
            {**_ONE, "ipFamilyPolicy": "PreferDualStack"},
            [
                (
                    "spec.ipFamilyPolicy",
                    "Invalid value: \"PreferDualStack\": must be set to 'SingleStack' "
                    f"when releasing the secondary {it}",
                )
                for it in ("clusterIP", "ipFamily")
            ],
        ),
        (
            _TWO,
            {**_ONE, "clusterIP": "fd00::2", "clusterIPs": ["fd00::2"], "ipFamilies": ["IPv6"]},
            [
                ("spec.clusterIPs[0]", f'Invalid value: ["fd00::2"]: {_FIXED}'),
                ("spec.ipFamilies[0]", f'Invalid value: ["fd00::2"]: {_FIXED}'),
            ],
        ),
        (
            _BALANCER,
            {**_BALANCER, "healthCheckNodePort": 30001, "loadBalancerClass": "x"},
            [
                ("spec.loadBalancerClass", f'Invalid value: "x": {_FIXED}'),
                ("spec.healthCheckNodePort", "Forbidden: field is immutable"),
            ],
        ),
        (
            {**_BALANCER, "loadBalancerClass": "x"},
            _BALANCER,
            [("spec.loadBalancerClass", f"Invalid value: null: {_FIXED}")],
        ),
    ],
)
def test_what_may_change(server: Any, before: Json, after: Json, expected: list[tuple[str, str]]) -> None:
    old = server.create("services", service(**before))[0]
    assert causes(server.update("services", old, service(**after))) == expected


def test_a_range_in_an_annotation_may_stay(server: Any) -> None:
    old = server.create("services", service(annotations={_RANGES: "10.0.0.1/8"}, **_BALANCER))[0]
    assert server.update("services", old, service(annotations={_RANGES: "10.0.0.1/8"}, **_BALANCER)) == []


@pytest.mark.parametrize(
    ("ingress", "expected"),
    [
        ([{"ip": "10.0.0.1", "ipMode": "VIP"}, {"hostname": "a.b"}], []),
        (
            [{"ip": "10.0.0.1"}],
            [],  # the mode has a default
        ),
        (
            [{"ipMode": "VIP"}, {"ip": "x", "ipMode": "X", "hostname": "10.0.0.1"}],
            [
                ("[0].ipMode", "Forbidden: may not be specified when `ip` is not set"),
                (
                    "[1].ip",
                    'Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
                ),
                ("[1].ipMode", 'Unsupported value: "X": supported values: "Proxy", "VIP"'),
                ("[1].hostname", 'Invalid value: "10.0.0.1": must be a DNS name, not an IP address'),
            ],
        ),
    ],
)
def test_a_status(server: Any, ingress: list[Json], expected: list[tuple[str, str]]) -> None:
    old = server.create("services", service(**_BALANCER))[0]
    new = {**old, "status": {"loadBalancer": {"ingress": ingress}}}
    found = causes(server.update("services", old, new, status=True))
    assert found == [(f"status.loadBalancer.ingress{field}", message) for field, message in expected]
