"""RFC 7396: its own examples, and properties of the patches that are made."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pybernetes.api.patch.merge_patch import (
    apply_merge_patch,
    create_merge_patch,
    create_two_way_merge_patch,
)

RFC_EXAMPLES = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, None, None),
    ({"a": "foo"}, "bar", "bar"),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]


@pytest.mark.parametrize(("target", "patch", "result"), RFC_EXAMPLES)
def test_examples_of_the_rfc(target: Any, patch: Any, result: Any) -> None:
    before = json.dumps([target, patch])
    assert apply_merge_patch(target, patch) == result
    assert json.dumps([target, patch]) == before


NULLS_IN_LISTS = [
    ({}, [{"b": None, "c": [None]}], [{"c": [None]}]),
    ([1], [{"b": None}], [{}]),
    ({"x": 1}, [{"b": None}], [{"b": None}]),
]


@pytest.mark.parametrize(("current", "patch", "result"), NULLS_IN_LISTS)
def test_nulls_in_lists_as_kubernetes_reads_them(current: Any, patch: Any, result: Any) -> None:
    target = {"a": current} if current else {}
    assert apply_merge_patch(target, {"a": patch}) == {"a": result}


_leaves = st.booleans() | st.integers(0, 3) | st.text("ab", max_size=2) | st.lists(st.integers(0, 2), max_size=2)
_objects = st.recursive(
    st.dictionaries(st.sampled_from("abc"), _leaves, max_size=3),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner | _leaves, max_size=3),
    max_leaves=6,
)


@given(_objects, _objects)
def test_two_way_makes_the_one_into_the_other(original: Any, modified: Any) -> None:
    patch = create_two_way_merge_patch(original, modified)
    assert apply_merge_patch(original, patch) == modified
    assert (patch == {}) == (json.dumps(original, sort_keys=True) == json.dumps(modified, sort_keys=True))


@given(_objects, _objects)
def test_three_way_of_what_is_unchanged_is_two_way_without_foreign_removals(original: Any, modified: Any) -> None:
    assert apply_merge_patch(original, create_merge_patch(original, modified, original)) == modified


@given(_objects, _objects, _objects)
def test_after_a_three_way_patch_another_is_empty(original: Any, modified: Any, current: Any) -> None:
    after = apply_merge_patch(current, create_merge_patch(original, modified, current))
    assert create_merge_patch(modified, modified, after) == {}


def test_three_way_leaves_alone_what_others_set() -> None:
    original = {"data": {"a": "1", "b": "2"}}
    modified = {"data": {"a": "9"}}
    current = {"data": {"a": "1", "b": "2", "theirs": "x"}, "status": {"ok": True}}
    assert create_merge_patch(original, modified, current) == {"data": {"a": "9", "b": None}}
