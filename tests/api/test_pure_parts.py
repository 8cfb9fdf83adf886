"""Quantities, numbers or percentages, hashes, durations, addresses, constraints: this in, that out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Required

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import TypedDict

from pybernetes.api.addresses import is_dual_stack
from pybernetes.api.difference import MAX_LINES, describe_difference
from pybernetes.api.duration import human_duration, short_human_duration, since
from pybernetes.api.field import ErrorList, Path
from pybernetes.api.hash import fnv32a, safe_encode, template_hash
from pybernetes.api.intstr import is_percent, scaled_value
from pybernetes.api.quantity import (
    canonical_quantity,
    canonical_resource_quantity,
    format_binary,
    format_milli,
    milli,
    parse_quantity,
    whole,
)
from pybernetes.api.schema.constraints import check_constraints, check_immutable
from pybernetes.api.schema.declare import struct_of
from pybernetes.api.schema.decode import Decoder
from pybernetes.api.schema.marks import Always, Enum, Immutable, Minimum, NotEmpty


@pytest.mark.parametrize(
    ("text", "canonical", "in_milli", "in_whole"),
    [
        ("0", "0", 0, 0),
        ("1", "1", 1000, 1),
        ("0.5", "500m", 500, 1),
        (".5", "500m", 500, 1),
        ("1500m", "1500m", 1500, 2),
        ("2000m", "2", 2000, 2),
        ("1024Mi", "1Gi", 1024**3 * 1000, 1024**3),
        ("1.5Gi", "1536Mi", 1536 * 1024**2 * 1000, 1536 * 1024**2),
        ("1000k", "1M", 10**9, 10**6),
        ("1e3", "1e3", 10**6, 1000),
        ("100u", "100u", 1, 1),
        ("-1", "-1", -1000, -1),
        ("0.1Ki", "102400m", 102400, 103),
    ],
)
def test_quantities(text: str, canonical: str, in_milli: int, in_whole: int) -> None:
    assert (canonical_quantity(text), milli(text), whole(text)) == (canonical, in_milli, in_whole)


@pytest.mark.parametrize("text", ["", "a", "1x", "1 Gi", "Gi", "1.2.3", "1e1000", "--1"])
def test_malformed_quantities(text: str) -> None:
    with pytest.raises(ValueError, match="quantities must match the regular expression"):
        parse_quantity(text)


def test_resource_quantities_are_rounded_up_to_thousandths() -> None:
    assert [canonical_resource_quantity(text) for text in ("100u", "1.0001", "1Gi", "5m")] == [
        "1m",
        "1001m",
        "1Gi",
        "5m",
    ]


@given(st.integers(0, 2**50))
def test_formatted_amounts_read_back(amount: int) -> None:
    assert whole(format_binary(amount)) == amount
    assert milli(format_milli(amount)) == amount
    canonical = canonical_quantity(str(amount))
    assert canonical_quantity(canonical) == canonical


@pytest.mark.parametrize(
    ("value", "total", "up", "down"),
    [(3, 10, 3, 3), ("25%", 10, 3, 2), ("0%", 10, 0, 0), ("100%", 7, 7, 7), ("1%", 1, 1, 0)],
)
def test_percentages(value: int | str, total: int, up: int, down: int) -> None:
    assert (scaled_value(value, total, round_up=True), scaled_value(value, total, round_up=False)) == (up, down)


def test_what_is_no_percentage() -> None:
    assert (is_percent("5%"), is_percent("5"), is_percent(5)) == (True, False, False)
    with pytest.raises(ValueError, match="string is not a percentage"):
        scaled_value("five", 1, round_up=True)


def test_hashes_are_stable() -> None:
    assert [fnv32a(text) for text in (b"", b"a", b"foobar")] == [0x811C9DC5, 0xE40C292C, 0xBF9CF968]
    assert safe_encode("0123456789") == "456789bcdf"
    one = template_hash({"a": 1, "b": [2]})
    assert one == template_hash({"b": [2], "a": 1})
    assert one not in (template_hash({"a": 2, "b": [2]}), template_hash({"a": 1, "b": [2]}, 0))
    assert set(one) <= set("bcdfghjklmnpqrstvwxz2456789")


@pytest.mark.parametrize(
    ("seconds", "long", "short"),
    [
        (-5, "<invalid>", "<invalid>"),
        (-1, "0s", "0s"),
        (0, "0s", "0s"),
        (119, "119s", "1m"),
        (120, "2m", "2m"),
        (192, "3m12s", "3m"),
        (600, "10m", "10m"),
        (3 * 3600 - 1, "179m", "2h"),
        (3 * 3600 + 60, "3h1m", "3h"),
        (8 * 3600, "8h", "8h"),
        (47 * 3600, "47h", "1d"),
        (52 * 3600, "2d4h", "2d"),
        (8 * 86400, "8d", "8d"),
        (800 * 86400, "2y70d", "2y"),
        (3000 * 86400, "8y", "8y"),
    ],
)
def test_durations(seconds: float, long: str, short: str) -> None:
    assert (human_duration(seconds), short_human_duration(seconds)) == (long, short)


def test_since() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    moment = (now - timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    assert (since(moment, now), since(None, now), since("", now)) == ("5m", "<unknown>", "<unknown>")


def test_dual_stack() -> None:
    assert is_dual_stack(["10.0.0.1", "fd00::1"])
    assert is_dual_stack(["10.0.0.0/8", "fd00::/64"])
    assert not is_dual_stack(["10.0.0.1", "10.0.0.2"])


def test_paths_and_errors_in_words() -> None:
    errors = ErrorList()
    path = Path("spec").child("containers").index(0)
    errors.required(path.child("image"))
    errors.invalid(path.key("a"), {"b": True}, "wrong")
    errors.not_supported("x", "y", {"b", "a"})
    errors.too_many("x", 5, 3)
    errors.too_long("x", 3)
    errors.duplicate("x", 1)
    errors.not_found("x", "y", "why")
    assert [(cause["field"], cause["message"]) for cause in errors.causes] == [
        ("spec.containers[0].image", "Required value"),
        ("spec.containers[0][a]", 'Invalid value: {"b":true}: wrong'),
        ("x", 'Unsupported value: "y": supported values: "a", "b"'),
        ("x", "Too many: 5: must have at most 3 items"),
        ("x", "Too long: may not be more than 3 bytes"),
        ("x", "Duplicate value: 1"),
        ("x", 'Not found: "y": why'),
    ]


def test_differences_as_a_unified_diff() -> None:
    old, new = {"A": 1, "B": None, "C": ["<x>"], "D": {}}, {"A": 2, "B": None, "C": ["<x>"], "D": {}}
    lines = ["@@ -1,5 +1,5 @@", " {", '- "A": 1,', '+ "A": 2,', '  "B": null,', '  "C": [', r'   "\u003cx\u003e"', ""]
    assert describe_difference(old, new) == "\n".join(lines)


def test_large_states_are_not_aligned() -> None:
    lines = describe_difference(list(range(MAX_LINES)), list(range(1, MAX_LINES))).splitlines()
    assert (len(lines), lines[0], lines[MAX_LINES]) == (2 * MAX_LINES, "-[", "+[")


class _Leaf(TypedDict, total=False):
    kind: Annotated[str, Enum("A", "B")]
    count: Annotated[int, Minimum(0)]
    name: Required[Annotated[str, NotEmpty()]]
    more: list[_Leaf]


class _Root(TypedDict, total=False):
    leaves: Annotated[list[_Leaf], NotEmpty()]
    byName: dict[str, _Leaf]
    fixed: Annotated[str, Immutable()]
    shown: Annotated[list[str], Always()]
    free: dict[str, str]


_LEAF = {"name": "x"}


@pytest.mark.parametrize(
    ("obj", "causes"),
    [
        ({"leaves": [_LEAF]}, []),
        ({}, [("leaves", "Required value")]),
        ({"leaves": []}, [("leaves", "Required value")]),
        ({"leaves": [{"name": ""}]}, [("leaves[0].name", "Required value")]),
        (
            {"leaves": [{**_LEAF, "kind": "C", "count": -1}]},
            [
                ("leaves[0].kind", 'Unsupported value: "C": supported values: "A", "B"'),
                ("leaves[0].count", "Invalid value: -1: must be greater than or equal to 0"),
            ],
        ),
        ({"leaves": [{**_LEAF, "more": [{}]}]}, [("leaves[0].more[0].name", "Required value")]),
        (
            {"leaves": [_LEAF], "byName": {"k": {**_LEAF, "kind": "C"}}},
            [("byName.k.kind", 'Unsupported value: "C": supported values: "A", "B"')],
        ),
    ],
)
def test_constraints(obj: Any, causes: list[tuple[str, str]]) -> None:
    errors = ErrorList()
    check_constraints(obj, struct_of(_Root), errors)
    assert [(cause["field"], cause["message"]) for cause in errors.causes] == causes


def test_immutable_fields_and_fields_always_written() -> None:
    errors = ErrorList()
    check_immutable({"fixed": "b"}, {"fixed": "a"}, struct_of(_Root), errors)
    assert errors.causes == [
        {"reason": "FieldValueInvalid", "message": 'Invalid value: "b": field is immutable', "field": "fixed"}
    ]
    assert Decoder(struct_of(_Root)).decode({"leaves": [{}]})[0] == {"leaves": [{"name": ""}], "shown": None}
