"""Nodes: what a new one may say, what may change, and every cause in Kubernetes' order."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pybernetes.api.object import Json

TAINT = {"key": "a", "effect": "NoSchedule"}
_SHOWN = '{"Key":"a","Value":"","Effect":"NoSchedule","TimeAdded":null}'
_EFFECTS = '"NoSchedule", "PreferNoSchedule", "NoExecute"'
_CIDR = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
_FAMILIES = "may specify no more than one CIDR for each IP family"
_FORM = (
    "must start with an UpperCamelCase segment, with subsequent segments separated by '/' (e.g., MyFeature or "
    "MyFeature/mySubFeature), and contain only alphanumeric characters and slashes"
)
_TAINTS = "scheduler.alpha.kubernetes.io/taints"
_AVOID = "scheduler.alpha.kubernetes.io/preferAvoidPods"


def node(**parts: Any) -> Json:
    return {"metadata": {"name": "n"}, **parts}


def causes(found: list[tuple[str, str, str]]) -> list[tuple[str, str]]:
    return [(field, message) for field, _, message in found]


def test_a_minimal_node(server: Any) -> None:
    status = {"daemonEndpoints": {"kubeletEndpoint": {"Port": 0}}}
    created, found = server.create("nodes", node(status={"capacity": {"cpu": "2"}}))
    assert found == []
    assert created["status"]["allocatable"] == {"cpu": "2"}
    assert created["status"]["daemonEndpoints"] == status["daemonEndpoints"]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"spec": {"taints": [{"effect": "NoSchedule"}]}}, ["metadata.taints[0].key", "metadata.taints[0].key"]),
        (
            {"spec": {"taints": [TAINT, TAINT]}},
            [("metadata.taints[1]", f"Duplicate value: {_SHOWN}: taints must be unique by key and effect pair")],
        ),
        (
            {"spec": {"taints": [{"key": "a"}, {"key": "a", "effect": "X"}]}},
            [
                ("metadata.taints[0].effect", "Required value"),
                ("metadata.taints[1].effect", f'Unsupported value: "X": supported values: {_EFFECTS}'),
            ],
        ),
        (
            {"spec": {"podCIDRs": ["x", "10.0.0.0/24"]}},
            [
                ("spec.podCIDRs[0]", f'Invalid value: "x": {_CIDR}'),
                (
                    "spec.podCIDRs",
                    "Internal error: invalid PodCIDRs. failed to check with dual stack with error:invalid CIDR[0]: "
                    "<nil> (invalid CIDR address: x)",
                ),
                ("spec.podCIDRs", f'Invalid value: ["x","10.0.0.0/24"]: {_FAMILIES}'),
            ],
        ),
        (
            {"spec": {"podCIDRs": ["10.0.0.0/24", "10.0.1.0/24"]}},
            [("spec.podCIDRs", f'Invalid value: ["10.0.0.0/24","10.0.1.0/24"]: {_FAMILIES}')],
        ),
        ({"spec": {"podCIDRs": ["10.0.0.0/24", "fd00::/64"]}}, []),
        (
            {"status": {"capacity": {"cpu": "-1"}, "allocatable": {"pods": "500m"}}},
            [
                ("status.capacity.cpu", 'Invalid value: "-1": must be greater than or equal to 0'),
                ("status.allocatable.pods", 'Invalid value: "500m": must be an integer'),
            ],
        ),
        (
            {"status": {"declaredFeatures": ["B", "A", "A", "x"]}},
            [
                ("status.declaredFeatures[1]", 'Invalid value: "A": list must be sorted alphabetically'),
                ("status.declaredFeatures[2]", 'Duplicate value: "A"'),
                ("status.declaredFeatures[3]", f'Invalid value: "x": invalid feature name "x": {_FORM}'),
            ],
        ),
        ({"spec": {"configSource": {}}, "status": {"declaredFeatures": ["A", "A/b"]}}, []),
    ],
)
def test_rules(server: Any, parts: Json, expected: list[Any]) -> None:
    found = causes(server.create("nodes", node(**parts))[1])
    assert (found if not expected or isinstance(expected[0], tuple) else [field for field, _ in found]) == expected


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        (_TAINTS, json.dumps([TAINT]), []),
        (_TAINTS, "{", [("metadata.annotations", f'Invalid value: "{_TAINTS}": unexpected end of JSON input')]),
        (_TAINTS, '[{"key":"a"}]', [(f"metadata.annotations.{_TAINTS}[0].effect", "Required value")]),
        (_AVOID, "{}", []),
        (
            _AVOID,
            '{"preferAvoidPods":[{}]}',
            [(f"metadata.annotations.{_AVOID}[0].PodSignature", "Required value")],
        ),
    ],
)
def test_annotations_of_old(server: Any, key: str, value: str, expected: list[tuple[str, str]]) -> None:
    old = {"metadata": {"name": "n", "annotations": {key: value}}}
    assert causes(server.create("nodes", old)[1]) == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, {"spec": {"podCIDR": "10.0.0.0/24", "providerID": "a://b"}}, []),
        (
            {"spec": {"podCIDR": "10.0.0.0/24", "providerID": "a://b", "externalID": "x"}},
            {"spec": {"podCIDR": "10.0.1.0/24", "providerID": "a://c"}},
            [
                (
                    "spec.podCIDRs",
                    'Forbidden: node updates may not change podCIDR except from "" to valid',
                ),
                (
                    "spec.providerID",
                    'Forbidden: node updates may not change providerID except from "" to valid',
                ),
                ("spec.externalID", "Forbidden: may not be updated"),
            ],
        ),
        ({}, {"spec": {"configSource": {}}}, []),
    ],
)
def test_what_may_change(server: Any, before: Json, after: Json, expected: list[tuple[str, str]]) -> None:
    old, found = server.create("nodes", node(**before))
    assert found == []
    assert causes(server.update("nodes", old, node(**after))) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            {},
            [("", 'Invalid value: {"ConfigMap":null}: exactly one reference subfield must be non-nil')],
        ),
        (
            {"configMap": {"uid": "u", "namespace": "a.b", "kubeletConfigKey": ".."}},
            [
                (".configMap.uid", "Forbidden: uid must not be set in spec"),
                (".configMap.namespace", 'Invalid value: "a.b": must not contain dots'),
                (".configMap.name", "Required value"),
                (".configMap.kubeletConfigKey", "Invalid value: \"..\": must not be '..'"),
            ],
        ),
    ],
)
def test_a_source_of_configuration_that_an_old_node_has(
    server: Any, source: Json, expected: list[tuple[str, str]]
) -> None:
    held = node(spec={"configSource": {"configMap": {"name": "c"}}})
    found = causes(server.update("nodes", held, node(spec={"configSource": source})))
    assert found == [(f"spec.configSource{field}", message) for field, message in expected]


def test_a_status(server: Any) -> None:
    address = {"type": "InternalIP", "address": "10.0.0.1"}
    new = node(status={"addresses": [address, address], "config": {"active": {}}})
    assert causes(server.update("nodes", node(), new, status=True)) == [
        ("status.addresses[1]", 'Duplicate value: {"Type":"InternalIP","Address":"10.0.0.1"}')
    ]
    old = node(status={"config": {"active": {"configMap": {}}}})
    new = node(status={"config": {"active": {"configMap": {"name": "a", "namespace": "b", "kubeletConfigKey": "c"}}}})
    assert causes(server.update("nodes", old, new, status=True)) == [
        ("status.config.active.configMap.uid", "Required value"),
        ("status.config.active.configMap.resourceVersion", "Required value"),
    ]
