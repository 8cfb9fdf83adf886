"""Endpoint slices: what the server drops, every rule as a row, and what it warns of."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.api.definition import definition_of
from pybernetes.api.object import Json
from pybernetes.api.resources import resource

KIND = "endpointslices.discovery.k8s.io"
INVALID, REQUIRED, DUPLICATE, MANY = (
    "FieldValueInvalid",
    "FieldValueRequired",
    "FieldValueDuplicate",
    "FieldValueTooMany",
)
SLICE: Json = {
    "metadata": {"name": "a", "namespace": "default"},
    "addressType": "IPv4",
    "endpoints": [{"addresses": ["10.0.0.1"]}],
    "ports": [{"name": "http", "port": 80}],
}
_LABEL = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with "
    "an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
_FEW = "should be a domain with at least two segments separated by dots"
_LOOPBACK = "may not be in the loopback range (127.0.0.0/8, ::1/128)"
ROWS: list[tuple[str, Any, tuple[str, str, str]]] = [
    ("addressType", ..., ("addressType", REQUIRED, "Required value")),
    (
        "addressType",
        "IP",
        (
            "addressType",
            "FieldValueNotSupported",
            'Unsupported value: "IP": supported values: "FQDN", "IPv4", "IPv6"',
        ),
    ),
    (
        "endpoints/0/addresses",
        [],
        ("endpoints[0].addresses", REQUIRED, "Required value: must contain at least 1 address"),
    ),
    (
        "endpoints/0/addresses/0",
        "127.0.0.1",
        ("endpoints[0].addresses[0]", INVALID, f'Invalid value: "127.0.0.1": {_LOOPBACK}'),
    ),
    (
        "endpoints/0/addresses/0",
        "fd00::1",
        ("endpoints[0].addresses[0]", INVALID, 'Invalid value: "fd00::1": must be a valid IPv4 address'),
    ),
    ("endpoints/0/hostname", "A", ("endpoints[0].hostname", INVALID, f'Invalid value: "A": {_LABEL}')),
    (
        "endpoints/0/hints",
        {"forZones": [{"name": "z"}, {"name": "z"}]},
        ("endpoints[0].hints.forZones[1].name", DUPLICATE, 'Duplicate value: "z"'),
    ),
    (
        "endpoints/0/hints",
        {"forZones": [{"name": str(number)} for number in range(9)]},
        ("endpoints[0].hints.forZones", MANY, "Too many: 9: must have at most 8 items"),
    ),
    (
        "endpoints/0/hints",
        {"forNodes": [{"name": "n"}, {"name": "n"}]},
        ("endpoints[0].hints.forNodes[1].name", DUPLICATE, 'Duplicate value: "n"'),
    ),
    ("ports/0/name", "H", ("ports[0].name", INVALID, f'Invalid value: "H": {_LABEL}')),
    (
        "ports/0/port",
        70000,
        ("ports[0].port", INVALID, "Invalid value: 70000: must be between 1 and 65535, inclusive"),
    ),
    (
        "ports",
        [{"name": "http", "port": 1}, {"name": "http", "port": 2}],
        ("ports[1].name", DUPLICATE, 'Duplicate value: "http"'),
    ),
]


@pytest.mark.parametrize(("path", "value", "cause"), ROWS)
def test_every_rule(server: Any, changed: Any, path: str, value: Any, cause: tuple[str, str, str]) -> None:
    assert server.create(KIND, changed(SLICE, path, value))[1] == [cause]


def test_names_have_two_parts_at_least(server: Any) -> None:
    named = {**SLICE, "addressType": "FQDN", "endpoints": [{"addresses": ["example"]}]}
    cause = ("endpoints[0].addresses[0]", INVALID, f'Invalid value: "example": {_FEW}')
    assert server.create(KIND, named)[1] == [cause]


def test_the_old_form_of_a_place_is_dropped(server: Any, changed: Any) -> None:
    topology = {"kubernetes.io/hostname": "n1"}
    made, causes = server.create(KIND, changed(SLICE, "endpoints/0/deprecatedTopology", topology))
    assert causes == []
    assert made["endpoints"] == [{"addresses": ["10.0.0.1"], "conditions": {}}]


def test_a_node_that_was_known_by_the_old_form_stays_known(server: Any, changed: Any) -> None:
    old = server.create(KIND, SLICE)[0]
    old["endpoints"][0]["deprecatedTopology"] = {"kubernetes.io/hostname": "n1"}
    prepare = definition_of(resource(KIND)).prepare_update
    same = changed(old, "metadata/labels", {"a": "b"})
    prepare(same, old)
    assert same["endpoints"] == old["endpoints"]
    new = changed(old, "endpoints/0/zone", "z")
    prepare(new, old)
    assert new["endpoints"] == [{"addresses": ["10.0.0.1"], "conditions": {}, "zone": "z", "nodeName": "n1"}]


@pytest.mark.parametrize(
    ("address_type", "address", "labels", "warnings"),
    [
        ("IPv4", "10.0.0.1", {}, []),
        (
            "IPv6",
            "FD00::1",
            {},
            ['endpoints[0].addresses[0]: IPv6 address "FD00::1" should be in RFC 5952 canonical format ("fd00::1")'],
        ),
        ("IPv6", "FD00::1", {"endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io"}, []),
        ("FQDN", "a.example", {}, ["spec.addressType: FQDN endpoints are deprecated"]),
    ],
)
def test_warnings(address_type: str, address: str, labels: dict[str, str], warnings: list[str]) -> None:
    made = {"metadata": {"labels": labels}, "addressType": address_type, "endpoints": [{"addresses": [address]}]}
    assert definition_of(resource(KIND)).warnings(made, None) == warnings
