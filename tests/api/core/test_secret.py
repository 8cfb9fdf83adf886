"""Secrets: what each type must hold, what is wrong with credentials of registries, and what stays."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from pybernetes.api.object import Json

_KEY = (
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  "
    "or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
)
_MAP = "into Go value of type map[string]interface {}"
_STAYS = "Forbidden: field is immutable when `immutable` is set"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def secret(kind: str = "", /, **data: str) -> Json:
    held = {"metadata": {"name": "s", "namespace": "default"}, "data": {k: encoded(v) for k, v in data.items()}}
    return {**held, "type": kind} if kind else held


def causes(found: list[tuple[str, str, str]]) -> list[tuple[str, str]]:
    return [(field, message) for field, _, message in found]


def test_a_minimal_one(server: Any) -> None:
    minimal = {"metadata": {"name": "s", "namespace": "default"}, "stringData": {"a": "b"}, "data": {"a": "", "c": ""}}
    created, found = server.create("secrets", minimal)
    assert (created["type"], created["data"], found) == ("Opaque", {"a": encoded("b"), "c": ""}, [])
    assert "stringData" not in created


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (secret("any.example.com/type"), []),
        (secret(**{"a b": "x"}), [("data[a b]", f'Invalid value: "a b": {_KEY}')]),
        (secret(**{"..": "x"}), [("data[..]", "Invalid value: \"..\": must not be '..'")]),
        (secret(**{"..a": "x"}), [("data[..a]", "Invalid value: \"..a\": must not start with '..'")]),
        (secret(big="x" * (1 << 20)), []),
        (secret(big="x" * ((1 << 20) + 1)), [("data", "Too long: may not be more than 1048576 bytes")]),
        (secret("kubernetes.io/tls"), [("data[tls.crt]", "Required value"), ("data[tls.key]", "Required value")]),
        (secret("kubernetes.io/tls", **{"tls.crt": "", "tls.key": ""}), []),
        (
            secret("kubernetes.io/basic-auth"),
            [("data[username]", "Required value"), ("data[password]", "Required value")],
        ),
        (secret("kubernetes.io/basic-auth", password=""), []),
        (secret("kubernetes.io/ssh-auth", **{"ssh-privatekey": ""}), [("data[ssh-privatekey]", "Required value")]),
        (
            secret("kubernetes.io/service-account-token"),
            [("metadata.annotations[kubernetes.io/service-account.name]", "Required value")],
        ),
        (secret("kubernetes.io/dockercfg"), [("data[.dockercfg]", "Required value")]),
        (secret("bootstrap.kubernetes.io/token"), []),
    ],
)
def test_rules(server: Any, given: Json, expected: list[tuple[str, str]]) -> None:
    assert causes(server.create("secrets", given)[1]) == expected


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("{}", ""),
        ("null", ""),
        ('{"auths": {}}', ""),
        ("", "unexpected end of JSON input"),
        ("{", "unexpected end of JSON input"),
        ("nope", "invalid character 'o' in literal null (expecting 'u')"),
        ("auths: {}", "invalid character 'a' looking for beginning of value"),
        ('{"a": 1} x', "invalid character 'x' after top-level value"),
        ("{a}", "invalid character 'a' looking for beginning of object key string"),
        ("[]", f"json: cannot unmarshal array {_MAP}"),
        ('"x"', f"json: cannot unmarshal string {_MAP}"),
        ("1", f"json: cannot unmarshal number {_MAP}"),
        ("true", f"json: cannot unmarshal bool {_MAP}"),
    ],
)
@pytest.mark.parametrize("kind", ["dockercfg", "dockerconfigjson"])
def test_credentials_of_registries(server: Any, kind: str, content: str, why: str) -> None:
    found = causes(server.create("secrets", secret(f"kubernetes.io/{kind}", **{f".{kind}": content}))[1])
    message = f'Invalid value: "<secret contents redacted>": {why}'
    assert found == ([(f"data[.{kind}]", message)] if why else [])


def test_what_stays(server: Any) -> None:
    old = {**secret(a="b"), "immutable": True, "type": "Opaque"}
    assert causes(server.update("secrets", old, secret("kubernetes.io/tls", c="d"))) == [
        ("type", 'Invalid value: "kubernetes.io/tls": field is immutable'),
        ("immutable", _STAYS),
        ("data", _STAYS),
        ("data[tls.crt]", "Required value"),
        ("data[tls.key]", "Required value"),
    ]
    assert server.update("secrets", secret("Opaque", a="b"), {**secret(a="c"), "immutable": True}) == []
