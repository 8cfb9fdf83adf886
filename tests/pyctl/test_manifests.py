"""Texts in, objects and failures out."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.manifests import parse_documents

Json = dict[str, Any]


def parsed(text: str) -> list[Any]:
    return [str(one) if isinstance(one, Exception) else one for one in parse_documents(text, "f.yaml")]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a: 1\n", [{"a": 1}]),
        ("---\na: 1\n---\nb: 2\n---\n", [{"a": 1}, {"b": 2}]),
        ("# only a comment\n---\n---  \na: 1\n", [{"a": 1}]),
        ("a: |\n  x\n  ---y\n", [{"a": "x\n---y\n"}]),
        ('{"a": 1}', [{"a": 1}]),
        ('{"a": 1}\n---\n{"b": 2}', [{"a": 1}, {"b": 2}]),
        ("kind: List\nitems: [{kind: A}, {kind: B}]", [{"kind": "A"}, {"kind": "B"}]),
        ("a: 2024-01-02\nb: 12:30\nc: 1e3\nd: 0x10\ne: 010\nf: '1'\ng: 1_000\nh: 0o17", None),
        ("", []),
    ],
)
def test_documents(text: str, values: list[Json] | None) -> None:
    expected = values
    if expected is None:
        expected = [{"a": "2024-01-02", "b": "12:30", "c": 1000.0, "d": 16, "e": 8, "f": "1", "g": 1000, "h": 15}]
    assert parsed(text) == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [("yes", True), ("on", True), ("y", True), ("n", False), ("off", False), ("~", None), ("null", None), ("5", 5),
     ("-1", -1), ("1.5", 1.5), ("nope", "nope"), ("22:22", "22:22"), ("100m", "100m"), ("1Gi", "1Gi")],
)  # fmt: skip
def test_scalars(text: str, value: object) -> None:
    assert parsed(f"k: {text}") == [{"k": value}]


def test_a_broken_document_is_told_with_its_line_and_the_others_count() -> None:
    text = "a: 1\n---\nb: 2\nc: {x: 1\nd: 3\n---\ne: 4\n"
    first, broken, last = parsed(text)
    assert (first, last) == ({"a": 1}, {"e": 4})
    assert (
        broken == "error parsing f.yaml: error converting YAML to JSON: yaml: line 5: did not find expected ',' or '}'"
    )


def test_what_is_no_object() -> None:
    (complaint,) = parse_documents("- a\n", "f.yaml")
    assert isinstance(complaint, Failure)
    assert str(complaint) == "error parsing f.yaml: line 1: not an object but a list"
