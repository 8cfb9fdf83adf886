"""Priority classes: the names that are the system's own, and what may not change."""

from __future__ import annotations

from typing import Any

import pytest

KIND = "priorityclasses.scheduling.k8s.io"
_RESERVED = "Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: "


@pytest.mark.parametrize(
    ("name", "value", "is_default", "why"),
    [
        ("system-cluster-critical", 2_000_000_000, False, ""),
        ("system-mine", 1, False, "system-mine is not a known system priority class"),
        ("system-node-critical", 1, False, "value of system-node-critical PriorityClass must be 2000001000"),
        (
            "system-node-critical",
            2_000_001_000,
            True,
            "globalDefault of system-node-critical PriorityClass must be false",
        ),
    ],
)
def test_names_of_the_system(server: Any, name: str, value: int, is_default: bool, why: str) -> None:
    made = {"metadata": {"name": name}, "value": value, "globalDefault": is_default}
    wanted = [("metadata.name", "FieldValueForbidden", _RESERVED + why)] if why else []
    assert server.create(KIND, made)[1] == wanted


def test_what_may_not_change(server: Any) -> None:
    old = server.create(KIND, {"metadata": {"name": "a"}, "value": 1})[0]
    new = {**old, "value": 2, "preemptionPolicy": "Never"}
    assert server.update(KIND, old, new) == [
        ("value", "FieldValueForbidden", "Forbidden: may not be changed in an update."),
        ("preemptionPolicy", "FieldValueInvalid", 'Invalid value: "Never": field is immutable'),
    ]
