"""Config maps: keys, sizes, values of two kinds, and what stays."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from pybernetes.api.object import Json

_STAYS = "Forbidden: field is immutable when `immutable` is set"
_WHOLE = ("", "Too long: may not be more than 1048576 bytes")
_LONG = "k" * 254


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def config_map(**parts: Any) -> Json:
    return {"metadata": {"name": "c", "namespace": "default"}, **parts}


def causes(found: list[tuple[str, str, str]]) -> list[tuple[str, str]]:
    return [(field, message) for field, _, message in found]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({}, []),
        ({"data": {"a-B_c.d": ""}, "binaryData": {"e": ""}}, []),
        ({"data": {_LONG: ""}}, [(f"data[{_LONG}]", f'Invalid value: "{_LONG}": must be no more than 253 bytes')]),
        ({"data": {".": ""}}, [("data[.]", "Invalid value: \".\": must not be '.'")]),
        ({"binaryData": {"..x": ""}}, [("binaryData[..x]", "Invalid value: \"..x\": must not start with '..'")]),
        (
            {"data": {"a": ""}, "binaryData": {"a": ""}},
            [("data[a]", 'Invalid value: "a": duplicate of key present in binaryData')],
        ),
        ({"data": {"a": "x" * (1 << 19)}, "binaryData": {"b": encoded("x" * (1 << 19))}}, []),
        ({"data": {"a": "x" * (1 << 19)}, "binaryData": {"b": encoded("x" * ((1 << 19) + 1))}}, [_WHOLE]),
        ({"data": {"a": "é" * (1 << 19), "b": "x"}}, [_WHOLE]),
    ],
)
def test_rules(server: Any, parts: Json, expected: list[tuple[str, str]]) -> None:
    assert causes(server.create("configmaps", config_map(**parts))[1]) == expected


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ({"data": {"a": "b"}, "immutable": True}, []),
        ({"data": {"a": "b"}, "immutable": False}, [("immutable", _STAYS)]),
        (
            {"binaryData": {"a b": ""}},
            [
                ("immutable", _STAYS),
                ("data", _STAYS),
                ("binaryData", _STAYS),
                (
                    "binaryData[a b]",
                    "Invalid value: \"a b\": a valid config key must consist of alphanumeric characters, '-', '_' or "
                    "'.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is "
                    "'[-._a-zA-Z0-9]+')",
                ),
            ],
        ),
    ],
)
def test_what_stays(server: Any, after: Json, expected: list[tuple[str, str]]) -> None:
    old = config_map(data={"a": "b"}, immutable=True)
    assert causes(server.update("configmaps", old, config_map(**after))) == expected
