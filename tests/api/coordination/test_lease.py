"""Leases: every rule as a row, and the fields that are off."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.api.object import Json

KIND = "leases.coordination.k8s.io"
INVALID = "FieldValueInvalid"


def lease(**spec: Any) -> Json:
    return {"metadata": {"name": "a.b", "namespace": "d"}, "spec": spec}


@pytest.mark.parametrize(
    ("spec", "causes"),
    [
        ({}, []),
        ({"holderIdentity": "", "leaseTransitions": 0}, []),
        (
            {"leaseDurationSeconds": 0, "leaseTransitions": -1},
            [
                ("spec.leaseDurationSeconds", INVALID, "Invalid value: 0: must be greater than 0"),
                ("spec.leaseTransitions", INVALID, "Invalid value: -1: must be greater than or equal to 0"),
            ],
        ),
        ({"strategy": "X", "preferredHolder": "p"}, []),  # dropped
    ],
)
def test_every_rule(server: Any, spec: Json, causes: list[tuple[str, str, str]]) -> None:
    made, found = server.create(KIND, lease(**spec))
    assert found == causes
    assert made["spec"] == {key: value for key, value in spec.items() if key not in ("strategy", "preferredHolder")}
    old = server.create(KIND, lease())[0]
    assert server.update(KIND, old, lease(**spec)) == causes
