"""Values in, lines out: tables, YAML, JSON, custom columns, elastic tabstops."""

from __future__ import annotations

import pytest
import yaml

from pybernetes.pyctl.output import custom_columns, elastic, tables
from pybernetes.pyctl.output.json_text import compact, pretty
from pybernetes.pyctl.output.yaml_text import document


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        ("", '""'),
        ("true", '"true"'),
        ("yes", '"yes"'),
        ("y", '"y"'),
        ("null", '"null"'),
        ("~", '"~"'),
        ("12", '"12"'),
        ("1.5", '"1.5"'),
        ("1e3", '"1e3"'),
        ("0x1f", '"0x1f"'),
        ("1_000", '"1_000"'),
        ("12:30", '"12:30"'),
        ("2024-01-02", '"2024-01-02"'),
        ("2024-01-02T03:04:05Z", '"2024-01-02T03:04:05Z"'),
        ("10.0.0.1", "10.0.0.1"),
        ("1.36", '"1.36"'),
        ("v1", "v1"),
        ("a: b", "'a: b'"),
        ("a:b", "a:b"),
        ("ends:", "'ends:'"),
        ("a #b", "'a #b'"),
        ("#a", "'#a'"),
        ("- a", "'- a'"),
        ("-a", "-a"),
        ("*", "'*'"),
        ("it's", "it's"),
        ("'it's'", "'''it''s'''"),
        (" lead", "' lead'"),
        ("trail ", "'trail '"),
        ("{}", "'{}'"),
        ("a\tb", '"a\\tb"'),
        ("ünïcode", "ünïcode"),
        ("a\nb", "|-\n  a\n  b"),
        ("a\nb\n", "|\n  a\n  b"),
        ("a\n\n", "|+\n  a\n"),
        (" a\nb", "|2-\n   a\n  b"),
        ("a \nb", '"a \\nb"'),
        (True, "true"),
        (None, "null"),
        (3, "3"),
        (1.5, "1.5"),
        (2.0, "2"),
        ({}, "{}"),
        ([], "[]"),
    ],
)
def test_yaml_scalars(value: object, text: str) -> None:
    made = document({"k": value})
    assert made == f"k: {text}\n"
    assert yaml.safe_load(made.replace('"y"', '"y"'))["k"] == value


def test_yaml_nests_lists_at_the_indentation_of_their_key() -> None:
    value = {"b": [{"x": 1, "a": ["p", {"q": []}]}, [1, 2]], "a": {"c": {}}}
    assert document(value) == "a:\n  c: {}\nb:\n- a:\n  - p\n  - q: []\n  x: 1\n- - 1\n  - 2\n"


def test_json_is_sorted_and_escapes_what_html_would_read() -> None:
    value = {"b": "<&>", "a": 1.0, "c": "ü"}
    assert compact(value) == '{"a":1,"b":"\\u003c\\u0026\\u003e","c":"ü"}'
    assert pretty({"a": [1], "b": {}}) == '{\n    "a": [\n        1\n    ],\n    "b": {}\n}'


def test_columns_are_three_spaces_apart_and_six_wide_at_least() -> None:
    assert tables.align([["NAME", "A", "B"], ["web", "", "x"]]) == ["NAME   A     B", "web          x"]


def test_a_column_writer_remembers_widths() -> None:
    writer = tables.ColumnWriter()
    writer.format([["a-long-name", "x"]])
    assert writer.format([["b", "y"]]) == ["b             y"]


TABLE_COLUMNS = [{"name": "Name", "format": "name"}, {"name": "Ready"}, {"name": "Node", "priority": 1}]
ROWS = [{"cells": ["web", True, None], "object": {"metadata": {"namespace": "n", "labels": {"b": "2", "a/x": "1"}}}}]


@pytest.mark.parametrize(
    ("options", "header", "row"),
    [
        ({}, ["NAME", "READY"], ["web", "true"]),
        ({"wide": True}, ["NAME", "READY", "NODE"], ["web", "true", "<nil>"]),
        ({"with_namespace": True}, ["NAMESPACE", "NAME", "READY"], ["n", "web", "true"]),
        ({"with_kind": "pod"}, ["NAME", "READY"], ["pod/web", "true"]),
        ({"show_labels": True}, ["NAME", "READY", "LABELS"], ["web", "true", "a/x=1,b=2"]),
        ({"label_columns": ["a/x", "no"]}, ["NAME", "READY", "X", "NO"], ["web", "true", "1", ""]),
    ],
)
def test_what_of_a_table_is_shown(options: dict[str, object], header: list[str], row: list[str]) -> None:
    chosen = tables.TableOptions(**options)  # type: ignore[arg-type]
    assert tables.header_of(TABLE_COLUMNS, chosen) == header
    assert tables.rows_of(TABLE_COLUMNS, ROWS, chosen) == [row]


def test_cells_stay_on_one_line() -> None:
    assert tables.cell_text("a\nb\nc") == "a..."


def test_custom_columns() -> None:
    columns = custom_columns.parse("N:.metadata.name,I:.spec.c[*].image,L:metadata.labels,F:.spec.c[?(@.n==1)].image")
    obj = {
        "metadata": {"name": "a", "labels": {"x": "1", "b": "2"}},
        "spec": {"c": [{"image": "i", "n": 1}, {"image": "j"}]},
    }
    assert custom_columns.row(columns, obj) == ["a", "i,j", "map[b:2 x:1]", "i"]
    assert custom_columns.row(columns, {}) == ["<none>"] * 4


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Name:\tx\nLonger:\ty\n", "Name:    x\nLonger:  y\n"),
        ("A:\t1\nplain\nLonger:\t2\n", "A:  1\nplain\nLonger:  2\n"),
        ("a\tb\tc\naaaa\tbbbb\n", "a     b  c\naaaa  bbbb\n"),
    ],
)
def test_elastic_tabstops_find_their_width_block_by_block(text: str, expected: str) -> None:
    assert elastic.align(text) == expected
