"""Field sets: the algebra, against sets of paths; and their form on the wire."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pybernetes.api.apply import field_set
from pybernetes.api.apply.field_set import FieldSet, Path

STEPS = ("f:spec", "f:a", 'k:{"name":"x"}', 'k:{"port":80,"protocol":"TCP"}', 'v:"y"', "i:3")
paths = st.lists(st.sampled_from(STEPS), min_size=1, max_size=4).map(tuple)
path_sets = st.sets(paths, max_size=8)


def of(found: set[Path]) -> FieldSet:
    return field_set.of_paths(sorted(found))


@settings(max_examples=200, deadline=None)
@given(path_sets, path_sets)
def test_the_algebra_is_that_of_sets(one: set[Path], other: set[Path]) -> None:
    a, b = of(one), of(other)
    assert set(field_set.members(field_set.union(a, b))) == one | other
    assert set(field_set.members(field_set.difference(a, b))) == one - other
    assert set(field_set.members(field_set.intersection(a, b))) == one & other
    assert field_set.covers(a, b) == (other <= one)
    assert field_set.covers(field_set.union(a, b), b)
    assert field_set.touches(a, b) == bool(one & other) == (field_set.difference(a, b) != a)
    assert (a, b) == (of(one), of(other)), "operands are not changed"


@settings(max_examples=100, deadline=None)
@given(path_sets)
def test_round_trip(found: set[Path]) -> None:
    fields = of(found)
    again = field_set.decode(field_set.encode(fields))
    assert again == fields
    assert set(field_set.members(again)) == found
    assert field_set.encode(again) == field_set.encode(fields)


def test_leaves() -> None:
    fields = {"f:a": {".": {}, "f:b": {}}, "f:c": {"f:d": {".": {}}}}
    assert list(field_set.members(fields)) == [("f:a",), ("f:a", "f:b"), ("f:c", "f:d")]
    assert list(field_set.leaves(fields)) == [("f:a", "f:b"), ("f:c", "f:d")]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("f:data", "f:key"), ".data.key"),
        (("f:spec", "f:containers", 'k:{"name":"web"}', "f:image"), '.spec.containers[name="web"].image'),
        (("f:ports", 'k:{"containerPort":80,"protocol":"TCP"}'), '.ports[containerPort=80,protocol="TCP"]'),
        (("f:metadata", "f:finalizers", 'v:"a/b"'), '.metadata.finalizers[="a/b"]'),
        (("f:x", "i:3"), ".x[3]"),
    ],
)
def test_paths_as_people_read_them(path: Path, text: str) -> None:
    assert field_set.path_text(path) == text


@pytest.mark.parametrize(
    "wrong",
    [
        b"[]",
        b'{"x":{}}',
        b'{"f:a":1}',
        b'{"f:a":[]}',
        b'{".":{"f:a":{}}}',
        b'{"k:[]":{}}',
        b'{"k:x":{}}',
        b'{"i:"":{}}',
    ],
)
def test_what_is_no_field_set(wrong: bytes) -> None:
    with pytest.raises(ValueError):
        field_set.decode(wrong)
    deep: FieldSet = {}
    for _ in range(500):
        deep = {"f:a": deep}
    with pytest.raises(ValueError, match="nests deeper"):
        field_set.check(deep)
