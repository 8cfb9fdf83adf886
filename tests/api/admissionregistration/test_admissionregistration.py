"""Webhook configurations and admission policies: defaults, every rule as a row, and what `get` prints."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from pybernetes.api.definition import definition_of
from pybernetes.api.object import Json
from pybernetes.api.resources import resource

NOW = datetime(2026, 1, 2, tzinfo=UTC)
Change = Callable[[Json, str, Any], Json]

_META = {"name": "a"}
_RULE = {"apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["deployments"]}
_WEBHOOK = {
    "name": "a.b.c",
    "clientConfig": {"service": {"name": "s", "namespace": "n", "path": "/p"}},
    "rules": [_RULE],
    "sideEffects": "None",
    "admissionReviewVersions": ["v1"],
    "matchConditions": [{"name": "c", "expression": "true"}],
}
_MATCH = {"resourceRules": [_RULE]}
MINIMA: dict[str, Json] = {
    "validatingwebhookconfigurations": {"metadata": _META, "webhooks": [_WEBHOOK]},
    "mutatingwebhookconfigurations": {"metadata": _META, "webhooks": [_WEBHOOK]},
    "validatingadmissionpolicies": {
        "metadata": _META,
        "spec": {
            "matchConstraints": _MATCH,
            "paramKind": {"apiVersion": "v1", "kind": "ConfigMap"},
            "validations": [{"expression": "true"}],
            "auditAnnotations": [{"key": "k", "valueExpression": "'v'"}],
            "variables": [{"name": "v", "expression": "1"}],
        },
    },
    "mutatingadmissionpolicies": {
        "metadata": _META,
        "spec": {
            "matchConstraints": _MATCH,
            "reinvocationPolicy": "Never",
            "mutations": [{"patchType": "JSONPatch", "jsonPatch": {"expression": "[]"}}],
        },
    },
    "validatingadmissionpolicybindings": {
        "metadata": _META,
        "spec": {
            "policyName": "p",
            "validationActions": ["Deny"],
            "paramRef": {"name": "p", "namespace": "n", "parameterNotFoundAction": "Deny"},
        },
    },
    "mutatingadmissionpolicybindings": {"metadata": _META, "spec": {"policyName": "p", "matchResources": _MATCH}},
}


def _kind(plural: str) -> str:
    return f"{plural}.admissionregistration.k8s.io"


@pytest.mark.parametrize("plural", MINIMA)
def test_what_is_right_is_let_through(server: Any, plural: str) -> None:
    made, causes = server.create(_kind(plural), MINIMA[plural])
    assert causes == []
    assert server.update(_kind(plural), made, made) == []


def test_defaults(server: Any) -> None:
    [webhook] = server.create(_kind("mutatingwebhookconfigurations"), MINIMA["mutatingwebhookconfigurations"])[0][
        "webhooks"
    ]
    assert webhook["clientConfig"]["service"]["port"] == 443
    assert webhook["rules"][0]["scope"] == "*"
    matched = {"matchPolicy": "Equivalent", "namespaceSelector": {}, "objectSelector": {}}
    assert matched.items() <= webhook.items()
    assert (webhook["failurePolicy"], webhook["timeoutSeconds"], webhook["reinvocationPolicy"]) == ("Fail", 10, "Never")
    spec = server.create(_kind("validatingadmissionpolicies"), MINIMA["validatingadmissionpolicies"])[0]["spec"]
    assert spec["failurePolicy"] == "Fail"
    assert matched.items() <= spec["matchConstraints"].items()
    assert spec["matchConstraints"]["resourceRules"][0]["scope"] == "*"


_SERVICE = "webhooks[0].clientConfig.service"
_EXCLUSIVE = "Forbidden: name and selector are mutually exclusive"
_STAR = "if '*' is present, must not specify other"
WEBHOOKS: list[tuple[str, Any, str, str]] = [
    ("name", "", "webhooks[0].name", "Required value"),
    (
        "name",
        "a.b",
        "webhooks[0].name",
        'Invalid value: "a.b": should be a domain with at least three segments separated by dots',
    ),
    ("sideEffects", ..., "webhooks[0].sideEffects", "Required value: must specify one of None, NoneOnDryRun"),
    (
        "sideEffects",
        "Some",
        "webhooks[0].sideEffects",
        'Unsupported value: "Some": supported values: "None", "NoneOnDryRun"',
    ),
    ("failurePolicy", "X", "webhooks[0].failurePolicy", 'Unsupported value: "X": supported values: "Fail", "Ignore"'),
    ("matchPolicy", "X", "webhooks[0].matchPolicy", 'Unsupported value: "X": supported values: "Equivalent", "Exact"'),
    (
        "reinvocationPolicy",
        "X",
        "webhooks[0].reinvocationPolicy",
        'Unsupported value: "X": supported values: "IfNeeded", "Never"',
    ),
    (
        "timeoutSeconds",
        31,
        "webhooks[0].timeoutSeconds",
        "Invalid value: 31: the timeout value must be between 1 and 30 seconds",
    ),
    (
        "admissionReviewVersions",
        [],
        "webhooks[0].admissionReviewVersions",
        "Required value: must specify one of v1, v1beta1",
    ),
    (
        "admissionReviewVersions",
        ["v2"],
        "webhooks[0].admissionReviewVersions",
        'Invalid value: ["v2"]: must include at least one of v1, v1beta1',
    ),
    (
        "admissionReviewVersions",
        ["v1", "v1"],
        "webhooks[0].admissionReviewVersions[1]",
        'Invalid value: "v1": duplicate version',
    ),
    ("clientConfig", {}, "webhooks[0].clientConfig", "Required value: exactly one of url or service is required"),
    (
        "clientConfig",
        {"url": "http://h"},
        "webhooks[0].clientConfig.url",
        "Invalid value: \"http\": 'https' is the only allowed URL scheme; desired format: https://host[/path]",
    ),
    (
        "clientConfig",
        {"url": "https:///p"},
        "webhooks[0].clientConfig.url",
        'Invalid value: "": host must be provided; desired format: https://host[/path]',
    ),
    (
        "clientConfig",
        {"url": "https://u@h"},
        "webhooks[0].clientConfig.url",
        'Invalid value: "u": user information is not permitted in the URL',
    ),
    (
        "clientConfig",
        {"url": "https://h?q=1"},
        "webhooks[0].clientConfig.url",
        'Invalid value: "q=1": query parameters are not permitted in the URL',
    ),
    (
        "clientConfig",
        {"url": "https://h#f"},
        "webhooks[0].clientConfig.url",
        'Invalid value: "f": fragments are not permitted in the URL',
    ),
    ("clientConfig/service/name", "", f"{_SERVICE}.namespace", "Required value: service namespace is required"),
    ("clientConfig/service/namespace", "", f"{_SERVICE}.name", "Required value: service name is required"),
    (
        "clientConfig/service/port",
        70000,
        f"{_SERVICE}.port",
        "Invalid value: 70000: port is not valid: must be between 1 and 65535, inclusive",
    ),
    ("clientConfig/service/path", "p", f"{_SERVICE}.path", "Invalid value: \"p\": must start with a '/'"),
    ("clientConfig/service/path", "/a//b", f"{_SERVICE}.path", 'Invalid value: "/a//b": segment[1] may not be empty'),
    ("rules/0/operations", [], "webhooks[0].rules[0].operations", "Required value"),
    (
        "rules/0/operations",
        ["*", "CREATE"],
        "webhooks[0].rules[0].operations",
        f'Invalid value: ["*","CREATE"]: {_STAR} operations',
    ),
    (
        "rules/0/operations",
        ["X"],
        "webhooks[0].rules[0].operations[0]",
        'Unsupported value: "X": supported values: "*", "CONNECT", "CREATE", "DELETE", "UPDATE"',
    ),
    (
        "rules/0/apiGroups",
        ["*", "a"],
        "webhooks[0].rules[0].apiGroups",
        f'Invalid value: ["*","a"]: {_STAR} API groups',
    ),
    ("rules/0/apiVersions", [""], "webhooks[0].rules[0].apiVersions[0]", "Required value"),
    (
        "rules/0/resources",
        ["pods/*", "pods/log"],
        "webhooks[0].rules[0].resources[1]",
        "Invalid value: \"pods/log\": if 'pods/*' is present, must not specify pods/log",
    ),
    (
        "rules/0/resources",
        ["*/*", "a"],
        "webhooks[0].rules[0].resources",
        'Invalid value: ["*/*","a"]: if \'*/*\' is present, must not specify other resources',
    ),
    (
        "rules/0/resources",
        ["*", "a"],
        "webhooks[0].rules[0].resources",
        f'Invalid value: ["*","a"]: {_STAR} resources without subresources',
    ),
    (
        "rules/0/scope",
        "X",
        "webhooks[0].rules[0].scope",
        'Unsupported value: "X": supported values: "*", "Cluster", "Namespaced"',
    ),
    ("matchConditions/0/expression", " ", "webhooks[0].matchConditions[0].expression", "Required value"),
    ("matchConditions/0/name", "", "webhooks[0].matchConditions[0].name", "Required value"),
]


@pytest.mark.parametrize(("path", "value", "field", "message"), WEBHOOKS)
def test_every_rule_on_webhooks(server: Any, changed: Change, path: str, value: Any, field: str, message: str) -> None:
    plural = "mutatingwebhookconfigurations"
    found = server.create(_kind(plural), changed(MINIMA[plural], f"webhooks/0/{path}", value))[1]
    assert (field, message) in [(at, told) for at, _, told in found]


def test_webhooks_have_names_of_their_own(server: Any) -> None:
    twice = {"metadata": _META, "webhooks": [_WEBHOOK, _WEBHOOK]}
    found = server.create(_kind("validatingwebhookconfigurations"), twice)[1]
    assert found == [("webhooks[1].name", "FieldValueDuplicate", 'Duplicate value: "a.b.c"')]


_V, _M = "validatingadmissionpolicies", "mutatingadmissionpolicies"
_VB, _MB = "validatingadmissionpolicybindings", "mutatingadmissionpolicybindings"
_MUTABLE = 'Unsupported value: "DELETE": supported values: "*", "CREATE", "UPDATE"'
POLICIES: list[tuple[str, str, Any, str, str]] = [
    (_V, "failurePolicy", "X", "spec.failurePolicy", 'Unsupported value: "X": supported values: "Fail", "Ignore"'),
    (_V, "matchConstraints", ..., "spec.matchConstraints", "Required value"),
    (_V, "matchConstraints", {}, "spec.matchConstraints.resourceRules", "Required value"),
    (
        _V,
        "matchConstraints/resourceRules/0/resourceNames",
        ["a", "a"],
        "spec.matchConstraints.resourceRules[0].resourceNames[1]",
        'Duplicate value: "a"',
    ),
    (_V, "paramKind/apiVersion", "", "spec.paramKind.apiVersion", "Required value"),
    (
        _V,
        "paramKind/apiVersion",
        "a/b/c",
        "spec.paramKind.apiVersion",
        'Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
    ),
    (_V, "paramKind/kind", "", "spec.paramKind.kind", "Required value"),
    (_V, "variables/0/name", "in", "spec.variables[0].name", 'Invalid value: "in": name is not a valid CEL identifier'),
    (_V, "variables/0/expression", "", "spec.variables[0].expression", "Required value: expression is not specified"),
    (
        _V,
        "validations/0/expression",
        "",
        "spec.validations[0].expression",
        "Required value: expression is not specified",
    ),
    (
        _V,
        "validations/0/message",
        " ",
        "spec.validations[0].message",
        'Invalid value: " ": message must be non-empty if specified',
    ),
    (
        _V,
        "validations/0/message",
        "a\nb",
        "spec.validations[0].message",
        'Invalid value: "a\\nb": message must not contain line breaks',
    ),
    (
        _V,
        "validations/0/reason",
        "X",
        "spec.validations[0].reason",
        'Unsupported value: "X": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge"',
    ),
    (
        _V,
        "auditAnnotations/0/valueExpression",
        "",
        "spec.auditAnnotations[0].valueExpression",
        "Required value: valueExpression is not specified",
    ),
    (_M, "mutations", [], "spec.mutations", "Required value: mutations must contain at least one item"),
    (
        _M,
        "mutations/0/patchType",
        "X",
        "spec.mutations[0].patchType",
        'Unsupported value: "X": supported values: "ApplyConfiguration", "JSONPatch"',
    ),
    (
        _M,
        "mutations/0/jsonPatch",
        ...,
        "spec.mutations[0].jsonPatch",
        "Required value: must be specified when patchType is JSONPatch",
    ),
    (
        _M,
        "mutations/0/applyConfiguration",
        {"expression": "x"},
        "spec.mutations[0].applyConfiguration",
        'Invalid value: "{applyConfiguration}": must not be specified when patchType is JSONPatch',
    ),
    (_M, "reinvocationPolicy", "", "spec.reinvocationPolicy", "Required value"),
    (
        _M,
        "matchConstraints/resourceRules/0/operations",
        ["DELETE"],
        "spec.matchConstraints.resourceRules.operations",
        _MUTABLE,
    ),
    (_VB, "policyName", "", "spec.policyName", "Required value"),
    (
        _VB,
        "validationActions",
        [],
        "spec.validationActions",
        "Required value: at least one validation action is required",
    ),
    (
        _VB,
        "validationActions",
        ["X"],
        "spec.validationActions[0]",
        'Unsupported value: "X": supported values: "Audit", "Deny", "Warn"',
    ),
    (_VB, "paramRef", {}, "spec.paramRef", "Required value: one of name or selector must be specified"),
    (_VB, "paramRef/selector", {}, "spec.paramRef.selector", _EXCLUSIVE),
    (_VB, "paramRef/parameterNotFoundAction", ..., "spec.paramRef.parameterNotFoundAction", "Required value"),
    (
        _MB,
        "matchResources/resourceRules/0/operations",
        ["DELETE"],
        "spec.matchResources.resourceRules.operations",
        _MUTABLE,
    ),
]


@pytest.mark.parametrize(("plural", "path", "value", "field", "message"), POLICIES)
def test_every_rule_on_policies(
    server: Any, changed: Change, plural: str, path: str, value: Any, field: str, message: str
) -> None:
    found = server.create(_kind(plural), changed(MINIMA[plural], f"spec/{path}", value))[1]
    assert (field, message) in [(at, told) for at, _, told in found]


CELLS: list[tuple[str, list[Any]]] = [
    ("validatingwebhookconfigurations", ["a", 1]),
    (_V, ["a", 1, "v1/ConfigMap"]),
    (_M, ["a", 1, "<unset>"]),
    (_VB, ["a", "p", "n/p"]),
    (_MB, ["a", "p", "<unset>"]),
]


@pytest.mark.parametrize(("plural", "cells"), CELLS)
def test_what_get_prints(plural: str, cells: list[Any]) -> None:
    columns = definition_of(resource(_kind(plural))).columns
    assert [column.cell(MINIMA[plural], NOW) for column in columns[: len(cells)]] == cells
