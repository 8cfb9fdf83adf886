"""API services: defaults, every rule as a row, and what `get` prints."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from pybernetes.api.definition import definition_of
from pybernetes.api.object import Json
from pybernetes.api.resources import resource

KIND = "apiservices.apiregistration.k8s.io"
NOW = datetime(2026, 1, 2, tzinfo=UTC)
Change = Callable[[Json, str, Any], Json]
SERVICE: Json = {
    "metadata": {"name": "v1.example.com"},
    "spec": {
        "group": "example.com",
        "version": "v1",
        "groupPriorityMinimum": 100,
        "versionPriority": 10,
        "service": {"name": "s", "namespace": "n"},
    },
}


def test_the_port_is_that_of_https(server: Any) -> None:
    made, causes = server.create(KIND, SERVICE)
    assert (made["spec"]["service"]["port"], causes) == (443, [])


ROWS: list[tuple[str, Any, str, str]] = [
    (
        "metadata/name",
        "v2.example.com",
        "metadata.name",
        'Invalid value: "v2.example.com": must be `spec.version+"."+spec.group`: "v1.example.com"',
    ),
    (
        "spec",
        {"version": "v2", "groupPriorityMinimum": 1, "versionPriority": 1},
        "spec.group",
        "Required value: only v1 may have an empty group and it better be legacy kube",
    ),
    (
        "spec/groupPriorityMinimum",
        20001,
        "spec.groupPriorityMinimum",
        "Invalid value: 20001: must be positive and less than 20000",
    ),
    ("spec/versionPriority", 0, "spec.versionPriority", "Invalid value: 0: must be positive and less than 1000"),
    ("spec/service/name", "", "spec.service.name", "Required value"),
    ("spec/service/namespace", "", "spec.service.namespace", "Required value"),
    (
        "spec/service/port",
        70000,
        "spec.service.port",
        "Invalid value: 70000: port is not valid: must be between 1 and 65535, inclusive",
    ),
    (
        "spec",
        {**SERVICE["spec"], "insecureSkipTLSVerify": True, "caBundle": "eHg="},
        "spec.insecureSkipTLSVerify",
        "Invalid value: true: may not be true if caBundle is present",
    ),
    (
        "spec",
        {**SERVICE["spec"], "service": None, "caBundle": "eHg="},
        "spec.caBundle",
        'Invalid value: "2 bytes": local APIServices may not have a caBundle',
    ),
]


@pytest.mark.parametrize(("path", "value", "field", "message"), ROWS)
def test_every_rule(server: Any, changed: Change, path: str, value: Any, field: str, message: str) -> None:
    found = server.create(KIND, changed(SERVICE, path, value))[1]
    assert (field, message) in [(at, told) for at, _, told in found]


@pytest.mark.parametrize(
    ("condition", "cell"),
    [
        (None, "Unknown"),
        ({"status": "True", "reason": "Local"}, "True"),
        ({"status": "False", "reason": "MissingEndpoints"}, "False (MissingEndpoints)"),
        ({"status": "False"}, "False"),
    ],
)
def test_what_get_prints(changed: Change, condition: Json | None, cell: str) -> None:
    conditions = [{"type": "Available", **condition}] if condition else []
    obj = changed(SERVICE, "status", {"conditions": conditions})
    columns = definition_of(resource(KIND)).columns
    assert [column.cell(obj, NOW) for column in columns[:3]] == ["v1.example.com", "n/s", cell]
