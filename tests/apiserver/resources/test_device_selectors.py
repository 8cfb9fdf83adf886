"""Selectors of devices: which expressions are refused, where, and with what words."""

from __future__ import annotations

import pytest

from pybernetes.api.field import ErrorList
from pybernetes.api.object import Json
from pybernetes.apiserver.resources.device_selectors import HOOKS


def _causes(kind: str, spec: Json, old: Json | None = None) -> list[tuple[str, str]]:
    errors, check = ErrorList(), HOOKS[f"{kind}.resource.k8s.io"].validate
    assert check is not None
    check({"spec": spec}, old, errors)
    return [(cause["field"], cause["message"]) for cause in errors.causes]


def _selecting(text: str) -> Json:
    return {"selectors": [{"cel": {"expression": text}}]}


_AT = "spec.selectors[0].cel.expression"


@pytest.mark.parametrize(
    "text",
    [
        "true",
        "device.driver == 'gpu.example.com'",
        "device.attributes['gpu.example.com'].model == 'a'",
        "device.attributes['gpu.example.com'].isBig",
        "device.capacity['gpu.example.com'].memory.isGreaterThan(quantity('8Gi'))",
        "'gpu.example.com' in device.attributes && 'x' in device.attributes['gpu.example.com']",
        "device.attributes['gpu.example.com'].version.isGreaterThan(semver('1.0.0'))",
        "device.allowMultipleAllocations",
        "cel.bind(a, device.attributes['gpu.example.com'], a.model == 'b')",
    ],
)
def test_what_selects(text: str) -> None:
    assert _causes("deviceclasses", _selecting(text)) == []


def test_what_is_no_expression() -> None:
    (cause,) = _causes("deviceclasses", _selecting("device.drivr == 'a'"))
    assert cause == (
        _AT,
        "Invalid value: \"device.drivr == 'a'\": compilation failed: ERROR: <input>:1:7: undefined field 'drivr'\n"
        " | device.drivr == 'a'\n"
        " | ......^",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cel.bind(a, device.drivr, a == 'b')", "undefined field 'drivr'"),
        ("cel.bind(a, device.driver, a == 1)", "found no matching overload for '_==_' applied to '(string, int)'"),
        ("cel.bind(a.b, 1, true)", "cel.bind() variable names must be simple identifiers"),
        ("cel.bind(a, device.driver, b == a)", "undeclared reference to 'b' (in container '')"),
    ],
)
def test_names_stand_for_values_of_their_types(text: str, message: str) -> None:
    (cause,) = _causes("deviceclasses", _selecting(text))
    assert message in cause[1]


def test_what_gives_no_boolean() -> None:
    detail = "must evaluate to bool or the unknown type, not string"
    assert _causes("deviceclasses", _selecting("device.driver")) == [(_AT, f'Invalid value: "device.driver": {detail}')]


def test_what_costs_too_much() -> None:
    loop = "device.attributes.all(a, device.attributes.all(b, {}))"
    text = loop.format(loop.format(loop.format("a == b")))
    assert _causes("deviceclasses", _selecting(text)) == [(_AT, "Forbidden: too complex, exceeds cost limit")]


def test_where_selectors_are() -> None:
    requests = [
        {"name": "a", "exactly": _selecting("1")},
        {"name": "b", "firstAvailable": [{"name": "c"}, _selecting("1")]},
    ]
    spec: Json = {"devices": {"requests": requests}}
    places = ["requests[0].exactly", "requests[1].firstAvailable[1]"]
    wanted = [f"spec.devices.{place}.selectors[0].cel.expression" for place in places]
    assert [field for field, _ in _causes("resourceclaims", spec)] == wanted
    templated = [f"spec.{field}" for field in wanted]
    assert [field for field, _ in _causes("resourceclaimtemplates", {"spec": spec})] == templated


def test_what_was_there_before_stays() -> None:
    assert _causes("deviceclasses", _selecting("1"), {"spec": _selecting("1")}) == []
