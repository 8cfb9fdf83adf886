"""Pod disruption budgets: every rule as a row, statuses, columns."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from pybernetes.api.definition import definition_of
from pybernetes.api.object import Json
from pybernetes.api.resources import resource

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
INVALID, REQUIRED, DUPLICATE = "FieldValueInvalid", "FieldValueRequired", "FieldValueDuplicate"
UNSUPPORTED = "FieldValueNotSupported"
BUDGETS = "poddisruptionbudgets.policy"


def budget(**spec: Any) -> Json:
    return {"metadata": {"name": "a", "namespace": "d", "creationTimestamp": "2026-01-01T11:00:00Z"}, "spec": spec}


def test_a_minimal_one(server: Any) -> None:
    created, causes = server.create(BUDGETS, budget())
    assert causes == []
    assert created["spec"] == {}


RULES: list[tuple[Json, str, str, str]] = [
    (
        {"minAvailable": 1, "maxUnavailable": 1},
        "spec",
        INVALID,
        'Invalid value: {"MinAvailable":1,"Selector":null,"MaxUnavailable":1,"UnhealthyPodEvictionPolicy":null}: '
        "minAvailable and maxUnavailable cannot be both set",
    ),
    (
        {"minAvailable": -1},
        "spec.minAvailable",
        INVALID,
        "Invalid value: -1: must be greater than or equal to 0",
    ),
    (
        {"maxUnavailable": "101%"},
        "spec.maxUnavailable",
        INVALID,
        'Invalid value: "101%": must not be greater than 100%',
    ),
    (
        {"selector": {"matchExpressions": [{"key": "a", "operator": "X"}]}},
        "spec.selector.matchExpressions[0].operator",
        INVALID,
        'Invalid value: "X": not a valid selector operator',
    ),
    (
        {"unhealthyPodEvictionPolicy": "X"},
        "spec.unhealthyPodEvictionPolicy",
        UNSUPPORTED,
        'Unsupported value: "X": supported values: "AlwaysAllow", "IfHealthyBudget"',
    ),
]


@pytest.mark.parametrize(("spec", "field", "reason", "message"), RULES)
def test_rules(server: Any, spec: Json, field: str, reason: str, message: str) -> None:
    assert (field, reason, message) in server.create(BUDGETS, budget(**spec))[1]


_CONDITION = {"type": "A", "status": "True", "reason": "R", "lastTransitionTime": "2026-01-01T00:00:00Z", "message": ""}


@pytest.mark.parametrize(
    ("status", "field", "reason"),
    [
        ({"disruptionsAllowed": -1}, "status.disruptionsAllowed", INVALID),
        ({"conditions": [{**_CONDITION, "type": "a b"}]}, "status.conditions[0].type", INVALID),
        ({"conditions": [{**_CONDITION, "status": "Yes"}]}, "status.conditions[0].status", UNSUPPORTED),
        ({"conditions": [{**_CONDITION, "reason": ""}]}, "status.conditions[0].reason", REQUIRED),
        ({"conditions": [{**_CONDITION, "reason": "1"}]}, "status.conditions[0].reason", INVALID),
        (
            {"conditions": [{**_CONDITION, "lastTransitionTime": None}]},
            "status.conditions[0].lastTransitionTime",
            REQUIRED,
        ),
        ({"conditions": [_CONDITION, _CONDITION]}, "status.conditions[1].type", DUPLICATE),
    ],
)
def test_statuses(server: Any, changed: Any, status: Json, field: str, reason: str) -> None:
    created, _ = server.create(BUDGETS, budget())
    causes = server.update(BUDGETS, created, changed(created, "status", status), status=True)
    assert [cause[:2] for cause in causes] == [(field, reason)]


def test_columns() -> None:
    shown = budget(minAvailable="50%") | {"status": {"disruptionsAllowed": 2}}
    row = [column.cell(shown, NOW) for column in definition_of(resource(BUDGETS)).columns]
    assert row == ["a", "50%", "N/A", 2, "60m"]
