"""Devices: minimal objects with their defaults, every rule as a row, and what `get` prints."""

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
IMMUTABLE = "field is immutable"

_META = {"name": "a", "namespace": "default"}
_OPAQUE = {"opaque": {"driver": "d.e", "parameters": {"a": 1}}}
_CLAIM = {
    "devices": {
        "requests": [
            {"name": "one", "exactly": {"deviceClassName": "c", "selectors": [{"cel": {"expression": "true"}}]}},
            {"name": "many", "firstAvailable": [{"name": "x", "deviceClassName": "c", "tolerations": [{"key": "k"}]}]},
        ],
        "constraints": [{"matchAttribute": "d.e/model", "requests": ["one", "many/x"]}],
        "config": [{"requests": ["one"], **_OPAQUE}],
    }
}
_DEVICE = {
    "name": "gpu-0",
    "attributes": {"model": {"string": "m"}, "d.e/idle": {"bool": False}, "count": {"int": 0}},
    "capacity": {"memory": {"value": "8Gi"}},
    "taints": [{"key": "k", "effect": "NoSchedule"}],
    "consumesCounters": [{"counterSet": "s", "counters": {"c": {"value": "1"}}}],
}
MINIMA: dict[str, Json] = {
    "resourceclaims": {"metadata": _META, "spec": _CLAIM},
    "resourceclaimtemplates": {"metadata": _META, "spec": {"spec": _CLAIM}},
    "deviceclasses": {
        "metadata": {"name": "a"},
        "spec": {
            "selectors": [{"cel": {"expression": "true"}}],
            "config": [_OPAQUE],
            "extendedResourceName": "e.com/g",
        },
    },
    "resourceslices": {
        "metadata": {"name": "a"},
        "spec": {
            "driver": "d.e",
            "nodeName": "n",
            "pool": {"name": "p", "generation": 1, "resourceSliceCount": 1},
            "devices": [_DEVICE],
        },
    },
}


def _kind(plural: str) -> str:
    return f"{plural}.resource.k8s.io"


@pytest.mark.parametrize("plural", MINIMA)
def test_what_is_right_is_let_through(server: Any, plural: str) -> None:
    made, causes = server.create(_kind(plural), MINIMA[plural])
    assert causes == []
    assert server.update(_kind(plural), made, made) == []


def test_defaults(server: Any) -> None:
    made = server.create(_kind("resourceclaims"), MINIMA["resourceclaims"])[0]
    one, many = made["spec"]["devices"]["requests"]
    assert (one["exactly"]["allocationMode"], one["exactly"]["count"]) == ("ExactCount", 1)
    [choice] = many["firstAvailable"]
    assert (choice["allocationMode"], choice["count"]) == ("ExactCount", 1)
    assert choice["tolerations"] == [{"key": "k", "operator": "Equal"}]


def test_values_that_look_like_nothing_are_kept(server: Any) -> None:
    made = server.create(_kind("resourceslices"), MINIMA["resourceslices"])[0]
    attributes = made["spec"]["devices"][0]["attributes"]
    assert (attributes["d.e/idle"], attributes["count"]) == ({"bool": False}, {"int": 0})


_REQUEST = "spec.devices.requests[0]"
_REFERENCE = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'"
_ONE = "exactly one of `exactly` or `firstAvailable` is required"
_DEVICE_AT = "spec.devices[0]"
_PLACES = "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required"
_IDENTIFIER = (
    "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters "
    "or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is '[A-Za-z_][A-Za-z0-9_]*')"
)
_C, _D, _S = "resourceclaims", "deviceclasses", "resourceslices"
ROWS: list[tuple[str, str, Any, str, str]] = [
    (_C, "devices/requests/0", {"name": "one"}, _REQUEST, f"Required value: {_ONE}"),
    (
        _C,
        "devices/requests/0/firstAvailable",
        [{"name": "x", "deviceClassName": "c"}],
        _REQUEST,
        f"Invalid value: null: {_ONE}, but multiple fields are set",
    ),
    (_C, "devices/requests/0/exactly/deviceClassName", "", f"{_REQUEST}.exactly.deviceClassName", "Required value"),
    (
        _C,
        "devices/requests/0/exactly/allocationMode",
        "X",
        f"{_REQUEST}.exactly.allocationMode",
        'Unsupported value: "X": supported values: "All", "ExactCount"',
    ),
    (
        _C,
        "devices/requests/0/exactly/count",
        -1,
        f"{_REQUEST}.exactly.count",
        "Invalid value: -1: must be greater than zero",
    ),
    (
        _C,
        "devices/requests/0/exactly",
        {"deviceClassName": "c", "allocationMode": "All", "count": 2},
        f"{_REQUEST}.exactly.count",
        "Invalid value: 2: must not be specified when allocationMode is 'All'",
    ),
    (_C, "devices/requests/0/exactly/selectors", [{}], f"{_REQUEST}.exactly.selectors[0].cel", "Required value"),
    (_C, "devices/requests/1/name", "one", "spec.devices.requests[1]", 'Duplicate value: "one"'),
    (
        _C,
        "devices/requests/1/firstAvailable/0/tolerations",
        [{"operator": "Exists", "value": "v"}],
        "spec.devices.requests[1].firstAvailable[0].tolerations[0].value",
        'Invalid value: "v": must be empty for operator `Exists`',
    ),
    (
        _C,
        "devices/requests",
        [{"name": "r", "exactly": {"deviceClassName": "c"}}] * 33,
        "spec.devices.requests",
        "Too many: 33: must have at most 32 items",
    ),
    (
        _C,
        "devices/constraints/0/requests",
        ["two"],
        "spec.devices.constraints[0].requests[0]",
        f'Invalid value: "two": {_REFERENCE}',
    ),
    (
        _C,
        "devices/constraints/0/requests",
        ["a/b/c"],
        "spec.devices.constraints[0].requests[0]",
        f'Invalid value: "a/b/c": {_REFERENCE}',
    ),
    (
        _C,
        "devices/constraints/0/matchAttribute",
        "model",
        "spec.devices.constraints[0].matchAttribute",
        'Invalid value: "model": a fully qualified name must be a domain and a name separated by a slash',
    ),
    (_C, "devices/config/0/opaque", ..., "spec.devices.config[0].opaque", "Required value"),
    (_C, "devices/config/0/opaque/driver", "", "spec.devices.config[0].opaque.driver", "Required value"),
    (
        _D,
        "extendedResourceName",
        "cpu",
        "spec.extendedResourceName",
        'Invalid value: "cpu": must be a valid extended resource name',
    ),
    (_D, "selectors/0/cel", ..., "spec.selectors[0].cel", "Required value"),
    (
        _D,
        "selectors/0/cel/expression",
        "x" * 10241,
        "spec.selectors[0].cel.expression",
        "Too long: may not be more than 10240 bytes",
    ),
    (_S, "driver", "", "spec.driver", "Required value"),
    (_S, "pool/name", "", "spec.pool.name", "Required value"),
    (_S, "pool/resourceSliceCount", 0, "spec.pool.resourceSliceCount", "Invalid value: 0: must be greater than zero"),
    (_S, "pool/generation", -1, "spec.pool.generation", "Invalid value: -1: must be greater than or equal to zero"),
    (_S, "nodeName", ..., "spec", f"Required value: {_PLACES}"),
    (_S, "nodeName", "", "spec.nodeName", 'Invalid value: "": must be either unset or set to a non-empty string'),
    (
        _S,
        "allNodes",
        True,
        "spec",
        f'Invalid value: "{{`nodeName`, `allNodes`}}": {_PLACES}, but multiple fields are set',
    ),
    (_S, "allNodes", False, "spec.allNodes", "Invalid value: false: must be either unset or set to true"),
    (
        _S,
        "sharedCounters",
        [{"name": "s", "counters": {"c": {"value": "1"}}}],
        "spec",
        'Invalid value: "": only one of `sharedCounters` or `devices` is allowed',
    ),
    (
        _S,
        "devices/0/allNodes",
        True,
        _DEVICE_AT,
        "Invalid value: null: `nodeName`, `nodeSelector` and `allNodes` can only be set if "
        "`perDeviceNodeSelection` is set to true in the ResourceSlice spec",
    ),
    (
        _S,
        "devices/0/attributes",
        {"1x": {"int": 1}},
        f"{_DEVICE_AT}.attributes[1x]",
        f'Invalid value: "1x": {_IDENTIFIER}',
    ),
    (
        _S,
        "devices/0/attributes",
        {"a": {}},
        f"{_DEVICE_AT}.attributes[a]",
        'Invalid value: "": exactly one value must be specified',
    ),
    (
        _S,
        "devices/0/attributes",
        {"a": {"version": "1"}},
        f"{_DEVICE_AT}.attributes[a].version",
        'Invalid value: "1": must be a string compatible with semver.org spec 2.0.0',
    ),
    (
        _S,
        "devices/0/attributes",
        {"a": {"string": "x" * 65}},
        f"{_DEVICE_AT}.attributes[a].string",
        "Too long: may not be more than 64 bytes",
    ),
    (
        _S,
        "devices/0/attributes",
        {f"a{n}": {"int": n} for n in range(33)},
        _DEVICE_AT,
        "Invalid value: 34: the total number of attributes and capacities must not exceed 32",
    ),
    (
        _S,
        "devices/0/capacity/memory/requestPolicy",
        {"default": "1Gi"},
        f"{_DEVICE_AT}.capacity[memory].requestPolicy",
        "Forbidden: allowMultipleAllocations must be true",
    ),
    (
        _S,
        "devices/0/taints/0/effect",
        "X",
        f"{_DEVICE_AT}.taints[0].effect",
        'Unsupported value: "X": supported values: "NoExecute", "NoSchedule", "None"',
    ),
    (_S, "devices/0/consumesCounters/0/counters", {}, f"{_DEVICE_AT}.consumesCounters[0].counters", "Required value"),
    (
        _S,
        "devices/0/bindingConditions",
        ["c"],
        f"{_DEVICE_AT}.bindingFailureConditions",
        "Invalid value: []: bindingFailureConditions are required to use bindingConditions",
    ),
]


@pytest.mark.parametrize(("plural", "path", "value", "field", "message"), ROWS)
def test_every_rule(server: Any, changed: Change, plural: str, path: str, value: Any, field: str, message: str) -> None:
    found = server.create(_kind(plural), changed(MINIMA[plural], f"spec/{path}", value))[1]
    assert (field, message) in [(at, told) for at, _, told in found]


def _policy(**policy: Any) -> Json:
    return {"allowMultipleAllocations": True, "capacity": {"m": {"value": "8", "requestPolicy": policy}}}


POLICIES: list[tuple[Json, str, str]] = [
    (
        {"validValues": ["1"], "validRange": {"min": "1"}, "default": "1"},
        "",
        'Forbidden: exactly one policy can be specified, cannot specify "validValues" and "validRange" at '
        "the same time",
    ),
    ({"validValues": ["1"]}, ".default", "Required value: required when validValues is defined"),
    (
        {"validValues": ["2", "1"], "default": "1"},
        ".validValues[1]",
        'Invalid value: "1": values must be sorted in ascending order',
    ),
    (
        {"validValues": ["9"], "default": "9"},
        ".validValues[0]",
        'Invalid value: "9": option is larger than capacity value: 8',
    ),
    (
        {"validValues": ["1"], "default": "2"},
        ".validValues",
        'Invalid value: "2": default value is not valid according to the requestPolicy',
    ),
    (
        {"validRange": {"min": "3"}, "default": "2"},
        ".validRange.min",
        'Invalid value: "2": default is less than min: 3',
    ),
    (
        {"validRange": {"min": "1", "max": "9"}, "default": "2"},
        ".validRange.max",
        'Invalid value: "9": max is larger than capacity value: 8',
    ),
    (
        {"validRange": {"min": "1", "step": "2"}, "default": "2"},
        ".validRange.step",
        'Invalid value: "2": value is not a multiple of a given step (2) from (1)',
    ),
]


@pytest.mark.parametrize(("policy", "below", "message"), POLICIES)
def test_how_an_amount_can_be_divided(server: Any, changed: Change, policy: Json, below: str, message: str) -> None:
    given = changed(MINIMA[_S], "spec/devices", [{"name": "g", **_policy(**policy)}])
    found = [(at, told) for at, _, told in server.create(_kind(_S), given)[1]]
    assert (f"{_DEVICE_AT}.capacity[m].requestPolicy{below}", message) in found


@pytest.mark.parametrize(
    ("plural", "path", "value", "field"),
    [
        (_C, "spec/devices/requests/0/name", "x", "spec"),
        ("resourceclaimtemplates", "spec/spec/devices/requests/0/name", "x", "spec"),
        (_S, "spec/driver", "x.y", "spec.driver"),
        (_S, "spec/nodeName", "m", "spec.nodeName"),
        (_S, "spec/pool/name", "q", "spec.pool.name"),
    ],
)
def test_what_cannot_change(server: Any, changed: Change, plural: str, path: str, value: Any, field: str) -> None:
    old = server.create(_kind(plural), MINIMA[plural])[0]
    [(at, _, message)] = server.update(_kind(plural), old, changed(old, path, value))
    assert at == field and message.endswith(IMMUTABLE)


_RESULT = {"request": "one", "driver": "d.e", "pool": "p", "device": "g"}
_ALLOCATED: Json = {"allocation": {"devices": {"results": [_RESULT]}}}
STATUSES: list[tuple[Json, list[tuple[str, str]]]] = [
    (_ALLOCATED, []),
    ({**_ALLOCATED, "devices": [{"driver": "d.e", "pool": "p", "device": "g"}]}, []),
    (
        {**_ALLOCATED, "devices": [{"driver": "d.e", "pool": "p", "device": "h"}]},
        [("status.devices[0]", 'Invalid value: "d.e/p/h": must be an allocated device in the claim')],
    ),
    (
        {"reservedFor": [{"resource": "pods", "name": "p", "uid": "u"}]},
        [("status.reservedFor", "Forbidden: may not be specified when `allocated` is not set")],
    ),
    (
        {**_ALLOCATED, "reservedFor": [{"resource": "pods", "uid": "u"}]},
        [("status.reservedFor[0].name", "Required value")],
    ),
    (
        {"allocation": {"devices": {"results": [{**_RESULT, "request": "x"}]}}},
        [("status.allocation.devices.results[0].request", f'Invalid value: "x": {_REFERENCE}')],
    ),
    (
        {"allocation": {"devices": {"config": [{"source": "X", **_OPAQUE}]}}},
        [
            (
                "status.allocation.devices.config[0].source",
                'Unsupported value: "X": supported values: "FromClaim", "FromClass"',
            )
        ],
    ),
]


@pytest.mark.parametrize(("status", "told"), STATUSES)
def test_the_status_of_a_claim(server: Any, changed: Change, status: Json, told: list[tuple[str, str]]) -> None:
    old = server.create(_kind(_C), MINIMA[_C])[0]
    found = server.update(_kind(_C), old, changed(old, "status", status), status=True)
    assert [(at, message) for at, _, message in found] == told


@pytest.mark.parametrize(
    ("status", "deleting", "state"),
    [
        ({}, False, "pending"),
        (_ALLOCATED, False, "allocated"),
        ({**_ALLOCATED, "reservedFor": [{}]}, False, "allocated,reserved"),
        ({}, True, "deleted"),
        (_ALLOCATED, True, "deleted,allocated"),
    ],
)
def test_the_state_that_get_prints(status: Json, deleting: bool, state: str) -> None:
    metadata = {"name": "a", **({"deletionTimestamp": "2026-01-01T00:00:00Z"} if deleting else {})}
    column = definition_of(resource(_kind(_C))).columns[1]
    assert column.cell({"metadata": metadata, "status": status}, NOW) == state
