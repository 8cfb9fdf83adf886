"""Flow schemas and priority levels: defaults, every rule as a row, what must be as it is, and what `get` prints."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from pybernetes.api.definition import definition_of
from pybernetes.api.object import Json
from pybernetes.api.resources import resource
from pybernetes.apiserver.bootstrap.flow_schemas import (
    mandatory_levels,
    mandatory_schemas,
    suggested_levels,
    suggested_schemas,
)

NOW = datetime(2026, 1, 2, tzinfo=UTC)
Change = Callable[[Json, str, Any], Json]
SCHEMAS, LEVELS = (f"{one}.flowcontrol.apiserver.k8s.io" for one in ("flowschemas", "prioritylevelconfigurations"))
SCHEMA: Json = {
    "metadata": {"name": "a"},
    "spec": {
        "priorityLevelConfiguration": {"name": "p"},
        "rules": [
            {
                "subjects": [{"kind": "ServiceAccount", "serviceAccount": {"name": "s", "namespace": "n"}}],
                "resourceRules": [{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"], "namespaces": ["n"]}],
                "nonResourceRules": [{"verbs": ["get"], "nonResourceURLs": ["/x"]}],
            }
        ],
    },
}
LEVEL: Json = {
    "metadata": {"name": "a"},
    "spec": {"type": "Limited", "limited": {"limitResponse": {"type": "Queue", "queuing": {}}}},
}


def test_defaults(server: Any) -> None:
    made, causes = server.create(SCHEMAS, SCHEMA)
    assert (made["spec"]["matchingPrecedence"], causes) == (1000, [])
    made, causes = server.create(LEVELS, LEVEL)
    assert causes == []
    assert made["spec"]["limited"] == {
        "lendablePercent": 0,
        "limitResponse": {"type": "Queue", "queuing": {"handSize": 8, "queueLengthLimit": 50, "queues": 64}},
        "nominalConcurrencyShares": 30,
    }


@pytest.mark.parametrize("obj", [*mandatory_schemas(), *suggested_schemas()], ids=lambda one: one["metadata"]["name"])
def test_the_schemas_of_every_cluster_are_right(server: Any, obj: Json) -> None:
    assert server.create(SCHEMAS, obj)[1] == []


@pytest.mark.parametrize("obj", [*mandatory_levels(), *suggested_levels()], ids=lambda one: one["metadata"]["name"])
def test_the_levels_of_every_cluster_are_right(server: Any, obj: Json) -> None:
    assert server.create(LEVELS, obj)[1] == []


_RULE = "spec.rules[0]"
_QUEUING = "spec.limited.limitResponse.queuing"
ROWS: list[tuple[str, Any, str, str]] = [
    ("matchingPrecedence", -1, "spec.matchingPrecedence", "Invalid value: -1: must be a positive value"),
    ("matchingPrecedence", 10001, "spec.matchingPrecedence", "Invalid value: 10001: must not be greater than 10000"),
    (
        "matchingPrecedence",
        1,
        "spec.matchingPrecedence",
        "Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1",
    ),
    (
        "distinguisherMethod",
        {"type": "X"},
        "spec.distinguisherMethod.type",
        'Unsupported value: {"Type":"X"}: supported values: "ByNamespace", "ByUser"',
    ),
    (
        "priorityLevelConfiguration/name",
        "",
        "spec.priorityLevelConfiguration.name",
        "Required value: must reference a priority level",
    ),
    ("rules/0/subjects", [], f"{_RULE}.subjects", "Required value: subjects must contain at least one value"),
    (
        "rules/0",
        {"subjects": [{"kind": "User", "user": {"name": "u"}}]},
        _RULE,
        "Required value: at least one of resourceRules and nonResourceRules has to be non-empty",
    ),
    (
        "rules/0/subjects/0/kind",
        "X",
        f"{_RULE}.subjects[0].kind",
        'Unsupported value: "X": supported values: "Group", "ServiceAccount", "User"',
    ),
    (
        "rules/0/subjects/0/kind",
        "User",
        f"{_RULE}.subjects[0].user",
        "Required value: user is required when subject kind is 'User'",
    ),
    (
        "rules/0/subjects/0/kind",
        "User",
        f"{_RULE}.subjects[0].serviceAccount",
        "Forbidden: serviceAccount is forbidden when subject kind is not 'ServiceAccount'",
    ),
    (
        "rules/0/subjects/0/serviceAccount/namespace",
        "",
        f"{_RULE}.subjects[0].serviceAccount.namespace",
        "Required value: must specify namespace for service account",
    ),
    (
        "rules/0/resourceRules/0/verbs",
        [],
        f"{_RULE}.resourceRules[0].verbs",
        "Required value: verbs must contain at least one value",
    ),
    (
        "rules/0/resourceRules/0/verbs",
        ["*", "get"],
        f"{_RULE}.resourceRules[0].verbs",
        'Invalid value: ["*","get"]: if \'*\' is present, must not specify other verbs',
    ),
    (
        "rules/0/resourceRules/0/apiGroups",
        [],
        f"{_RULE}.resourceRules[0].apiGroups",
        "Required value: resource rules must supply at least one api group",
    ),
    (
        "rules/0/resourceRules/0/resources",
        ["*", "a"],
        f"{_RULE}.resourceRules[0].resources",
        'Invalid value: ["*","a"]: if \'*\' is present, must not specify other resources',
    ),
    (
        "rules/0/resourceRules/0/namespaces",
        [],
        f"{_RULE}.resourceRules[0].namespaces",
        "Required value: resource rules that are not cluster scoped must supply at least one namespace",
    ),
    (
        "rules/0/nonResourceRules/0/nonResourceURLs",
        ["x"],
        f"{_RULE}.nonResourceRules[0].nonResourceURLs[0]",
        'Invalid value: "x": must start with slash',
    ),
    (
        "rules/0/nonResourceRules/0/nonResourceURLs",
        ["/x*"],
        f"{_RULE}.nonResourceRules[0].nonResourceURLs[0]",
        'Invalid value: "/x*": wildcard can only do suffix matching',
    ),
]


@pytest.mark.parametrize(("path", "value", "field", "message"), ROWS)
def test_every_rule_on_schemas(server: Any, changed: Change, path: str, value: Any, field: str, message: str) -> None:
    found = server.create(SCHEMAS, changed(SCHEMA, f"spec/{path}", value))[1]
    assert (field, message) in [(at, told) for at, _, told in found]


LEVEL_ROWS: list[tuple[str, Any, str, str]] = [
    ("type", "X", "spec.type", 'Unsupported value: "X": supported values: "Exempt", "Limited"'),
    ("type", "Exempt", "spec.type", "Invalid value: \"Exempt\": type must be 'Exempt' if and only if name is 'exempt'"),
    ("limited", ..., "spec.limited", "Required value: must not be empty when type is Limited"),
    ("exempt", {}, "spec.exempt", "Forbidden: must be nil if the type is Limited"),
    (
        "limited/lendablePercent",
        101,
        "spec.limited.lendablePercent",
        "Invalid value: 101: must be between 0 and 100, inclusive",
    ),
    (
        "limited/borrowingLimitPercent",
        -1,
        "spec.limited.borrowingLimitPercent",
        "Invalid value: -1: if specified, must be a non-negative integer",
    ),
    (
        "limited/nominalConcurrencyShares",
        -1,
        "spec.limited.nominalConcurrencyShares",
        "Invalid value: -1: must be a non-negative integer",
    ),
    (
        "limited/limitResponse/type",
        "Reject",
        _QUEUING,
        "Forbidden: must be nil if limited.limitResponse.type is not Limited",
    ),
    (
        "limited/limitResponse/queuing",
        ...,
        _QUEUING,
        "Required value: must not be empty if limited.limitResponse.type is Limited",
    ),
    (
        "limited/limitResponse/queuing/queues",
        10_000_001,
        f"{_QUEUING}.queues",
        "Invalid value: 10000001: must not be greater than 10000000",
    ),
    (
        "limited/limitResponse/queuing/handSize",
        65,
        f"{_QUEUING}.handSize",
        "Invalid value: 65: should not be greater than queues (64)",
    ),
    (
        "limited/limitResponse/queuing/handSize",
        12,
        f"{_QUEUING}.handSize",
        "Invalid value: 12: required entropy bits of deckSize 64 and handSize 12 should not be greater than 60",
    ),
    (
        "limited/limitResponse/queuing/queueLengthLimit",
        -1,
        f"{_QUEUING}.queueLengthLimit",
        "Invalid value: -1: must be positive",
    ),
]


@pytest.mark.parametrize(("path", "value", "field", "message"), LEVEL_ROWS)
def test_every_rule_on_levels(server: Any, changed: Change, path: str, value: Any, field: str, message: str) -> None:
    found = server.create(LEVELS, changed(LEVEL, f"spec/{path}", value))[1]
    assert (field, message) in [(at, told) for at, _, told in found]


def test_what_every_cluster_needs_stays_as_it_is(server: Any, changed: Change) -> None:
    schema, level = mandatory_schemas()[1], mandatory_levels()[1]
    for kind, obj in ((SCHEMAS, changed(schema, "spec/matchingPrecedence", 9000)), (LEVELS, LEVEL)):
        named = changed(obj, "metadata/name", "catch-all")
        assert "spec of 'catch-all' must equal the fixed value" in server.create(kind, named)[1][0][2]
    assert server.create(LEVELS, changed(mandatory_levels()[0], "spec/exempt/lendablePercent", 50))[1] == []
    assert server.create(LEVELS, level)[1] == []


def test_what_get_prints() -> None:
    cells = [column.cell(SCHEMA, NOW) for column in definition_of(resource(SCHEMAS)).columns]
    assert cells == ["a", "p", 0, "<none>", "<unknown>", "?"]
    cells = [column.cell(LEVEL, NOW) for column in definition_of(resource(LEVELS)).columns]
    assert cells[:6] == ["a", "Limited", "<none>", "<none>", "<none>", "<none>"]
