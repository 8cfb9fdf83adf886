"""Namespaces, service accounts, quotas, limit ranges, replication controllers, endpoints: every rule, in order."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.api.core.namespace import validate_namespace_finalizers
from pybernetes.api.definition import definition_of
from pybernetes.api.field import ErrorList
from pybernetes.api.object import Json
from pybernetes.api.resources import resource

_META = {"name": "x", "namespace": "default"}
_NOT_QUALIFIED = "name is neither a standard finalizer name nor is it fully qualified"
_EXISTS_ONLY = (
    "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, "
    "ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity"
)


def causes(found: list[tuple[str, str, str]]) -> list[tuple[str, str]]:
    return [(field, message) for field, _, message in found]


def test_finalizers_of_a_namespace(server: Any) -> None:
    created, found = server.create("namespaces", {"metadata": {"name": "a"}, "spec": {"finalizers": ["x", "a/b"]}})
    assert created["spec"]["finalizers"] == ["x", "a/b", "kubernetes"]
    assert causes(found) == [("spec.finalizers", f'Invalid value: "x": {_NOT_QUALIFIED}')]
    errors = ErrorList()
    validate_namespace_finalizers({"spec": {"finalizers": ["kubernetes", "x"]}}, errors)
    assert [cause["field"] for cause in errors.causes] == ["spec.finalizers[1]"]


@pytest.mark.parametrize(
    ("deleting", "phase", "expected"),
    [
        (False, "Active", []),
        (
            True,
            "Active",
            [
                (
                    "status.Phase",
                    "Invalid value: \"Active\": may only be 'Terminating' if `deletionTimestamp` is not empty",
                )
            ],
        ),
        (True, "Terminating", []),
    ],
)
def test_the_phase_of_a_namespace(server: Any, deleting: bool, phase: str, expected: list[tuple[str, str]]) -> None:
    metadata = {"name": "a", **({"deletionTimestamp": "2026-01-01T00:00:00Z"} if deleting else {})}
    old = {"metadata": metadata, "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}}
    found = server.update("namespaces", old, {**old, "status": {"phase": phase}}, status=True)
    assert causes(found) == expected


def test_a_service_account_keeps_names_of_secrets_and_warns_once(server: Any) -> None:
    annotated = {**_META, "annotations": {"kubernetes.io/enforce-mountable-secrets": "true"}}
    account = {"metadata": annotated, "secrets": [{"name": "s", "kind": "Secret", "uid": "u"}, {"uid": "u"}]}
    created, found = server.create("serviceaccounts", account)
    assert (created["secrets"], found) == ([{"name": "s"}, {}], [])
    definition = definition_of(resource("serviceaccounts"))
    assert definition.warnings(created, None) == [
        "metadata.annotations[kubernetes.io/enforce-mountable-secrets]: deprecated in v1.32+; prefer separate "
        "namespaces to isolate access to mounted secrets"
    ]
    assert definition.warnings(created, created) == []


def quota(**spec: Any) -> Json:
    return {"metadata": _META, "spec": spec}


def term(**parts: Any) -> Json:
    return {"scopeSelector": {"matchExpressions": [parts]}}


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"hard": {"cpu": "1", "count/a.b": "2", "requests.nvidia.com/gpu": "1"}}, []),
        ({"hard": {"pods": "-1"}}, [("spec.hard[pods]", 'Invalid value: "-1": must be greater than or equal to 0')]),
        (
            {"hard": {"x": "1"}},
            [
                ("spec.hard[x]", 'Invalid value: "x": must be a standard resource type or fully qualified'),
                ("spec.hard[x]", 'Invalid value: "x": must be a standard resource for quota'),
            ],
        ),
        (
            {"hard": {"services": "1"}, "scopes": ["BestEffort", "X", "NotBestEffort"]},
            [
                (
                    "spec.scopes",
                    'Invalid value: ["BestEffort","X","NotBestEffort"]: unsupported scope applied to resource',
                ),
                ("spec.scopes", 'Invalid value: ["BestEffort","X","NotBestEffort"]: unsupported scope'),
                ("spec.scopes", 'Invalid value: ["BestEffort","X","NotBestEffort"]: conflicting scopes'),
            ],
        ),
        (
            {"hard": {"cpu": "1"}, **term(scopeName="BestEffort", operator="In", values=["a"])},
            [
                (
                    "spec.scopeSelector.matchExpressions",
                    'Invalid value: {"MatchExpressions":[{"ScopeName":"BestEffort","Operator":"In","Values":["a"]}]}: '
                    "unsupported scope applied to resource",
                ),
                ("spec.scopeSelector.matchExpressions.operator", f'Invalid value: "In": {_EXISTS_ONLY}'),
            ],
        ),
        (
            term(scopeName="PriorityClass", operator="In"),
            [
                (
                    "spec.scopeSelector.matchExpressions.values",
                    "Required value: must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
                )
            ],
        ),
        (
            term(scopeName="VolumeAttributesClass", operator="Exists", values=["a"]),
            [
                (
                    "spec.scopeSelector.matchExpressions.values",
                    "Invalid value: [\"a\"]: must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope "
                    "selector",
                )
            ],
        ),
        (
            term(scopeName="PriorityClass", operator="X"),
            [
                (
                    "spec.scopeSelector.matchExpressions.operator",
                    'Invalid value: "X": not a valid selector operator',
                )
            ],
        ),
    ],
)
def test_quotas(server: Any, spec: Json, expected: list[tuple[str, str]]) -> None:
    assert causes(server.create("resourcequotas", quota(**spec))[1]) == expected


def test_the_scopes_of_a_quota_stay(server: Any) -> None:
    old = server.create("resourcequotas", quota(scopes=["BestEffort"]))[0]
    found = causes(server.update("resourcequotas", old, quota()))
    assert found == [("spec.scopes", "Invalid value: null: field is immutable")]


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"type": "Container", "min": {"cpu": "100m"}, "max": {"cpu": "1"}, "maxLimitRequestRatio": {"cpu": "10"}}, []),
        (
            {"type": "Pod", "min": {"cpu": "300m"}, "max": {"cpu": "1"}, "maxLimitRequestRatio": {"cpu": "3500m"}},
            [
                (
                    "maxLimitRequestRatio[cpu]",
                    'Invalid value: "3500m": ratio 3500m is greater than max/min = 3.333333',
                )
            ],
        ),
        ({"type": "Pod", "min": {"cpu": "0"}, "max": {"cpu": "1"}, "maxLimitRequestRatio": {"cpu": "5"}}, []),
        ({"type": "Pod", "min": {"cpu": "0"}, "max": {"cpu": "0"}, "maxLimitRequestRatio": {"cpu": "5"}}, []),
        (
            {"type": "Container", "default": {"hugepages-2Mi": "4Mi"}, "defaultRequest": {"hugepages-2Mi": "2Mi"}},
            [
                (
                    "defaultRequest[hugepages-2Mi]",
                    'Invalid value: "2Mi": default value 4Mi must equal to defaultRequest value 2Mi in hugepages-2Mi',
                )
            ],
        ),
        (
            {"type": "a b"},
            [
                (
                    "type",
                    "Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and "
                    "must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', "
                    "regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
                )
            ],
        ),
    ],
)
def test_limit_ranges(server: Any, item: Json, expected: list[tuple[str, str]]) -> None:
    found = causes(server.create("limitranges", {"metadata": _META, "spec": {"limits": [item]}})[1])
    assert found == [(f"spec.limits[0].{field}", message) for field, message in expected]


_TEMPLATE = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"template": _TEMPLATE}, []),
        (
            {},
            [("spec.selector", "Required value"), ("spec.template", "Required value")],
        ),
        (
            {"template": _TEMPLATE, "selector": {"x": "y"}, "replicas": -1, "minReadySeconds": -1},
            [
                ("spec.minReadySeconds", "Invalid value: -1: must be greater than or equal to 0"),
                ("spec.replicas", "Invalid value: -1: must be greater than or equal to 0"),
                (
                    "spec.template.metadata.labels",
                    'Invalid value: {"a":"b"}: `selector` does not match template `labels`',
                ),
            ],
        ),
        (
            {"template": {**_TEMPLATE, "metadata": {}}, "selector": {"x": "y"}},
            [
                (
                    "spec.template.metadata.labels",
                    "Invalid value: null: `selector` does not match template `labels`",
                ),
            ],
        ),
    ],
)
def test_replication_controllers(server: Any, spec: Json, expected: list[tuple[str, str]]) -> None:
    assert causes(server.create("replicationcontrollers", {"metadata": _META, "spec": spec})[1]) == expected


@pytest.mark.parametrize(
    ("subset", "expected"),
    [
        ({"addresses": [{"ip": "10.0.0.1"}]}, []),
        ({}, [("", "Required value: must specify `addresses` or `notReadyAddresses`")]),
        (
            {
                "addresses": [{"ip": "127.0.0.1", "hostname": "A.b", "nodeName": "A"}],
                "notReadyAddresses": [{"ip": "x"}],
                "ports": [{"port": 0, "protocol": "X"}, {"port": 1, "name": "a"}],
            },
            [
                ".addresses[0].hostname",
                ".addresses[0].nodeName",
                ".addresses[0].ip",
                ".notReadyAddresses[0].ip",
                ".notReadyAddresses[0].ip",
                ".ports[0].name",
                ".ports[0].port",
                ".ports[0].protocol",
            ],
        ),
    ],
)
def test_endpoints(server: Any, subset: Json, expected: list[Any]) -> None:
    found = causes(server.create("endpoints", {"metadata": _META, "subsets": [subset]})[1])
    wanted = [("subsets[0]" + (one if isinstance(one, str) else one[0]), one[1]) for one in expected]
    if expected and isinstance(expected[0], str):
        assert [field for field, _ in found] == [field for field, _ in wanted]
    else:
        assert found == wanted


def test_events_stay_but_for_their_series(server: Any) -> None:
    event = {
        "metadata": _META,
        "eventTime": "2026-01-01T00:00:00.000000Z",
        "action": "A",
        "reason": "R",
        "type": "Normal",
        "reportingController": "a.b/c",
        "reportingInstance": "i",
        "regarding": {"kind": "Pod", "name": "p", "namespace": "default"},
    }
    old, found = server.create("events.events.k8s.io", event)
    assert found == []
    new = {**event, "regarding": {"kind": "Pod", "name": "q", "namespace": "default"}, "reason": "S", "note": "n"}
    assert causes(server.update("events.events.k8s.io", old, new)) == [
        (
            "involvedObject",
            'Invalid value: {"Kind":"Pod","Namespace":"default","Name":"q","UID":"","APIVersion":"",'
            '"ResourceVersion":"","FieldPath":""}: field is immutable',
        ),
        ("reason", 'Invalid value: "S": field is immutable'),
        ("message", 'Invalid value: "n": field is immutable'),
    ]
