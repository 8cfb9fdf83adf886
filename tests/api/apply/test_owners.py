"""What updates and applies do to an object and to the owners of its fields."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pybernetes.api.apply import field_set
from pybernetes.api.apply.compare import compare
from pybernetes.api.apply.extract import Extractor
from pybernetes.api.apply.managers import (
    Conflicts,
    Manager,
    Managers,
    Owned,
    after_update,
    applier,
    apply,
    capped,
    read_entries,
    updater,
    write_entries,
)
from pybernetes.api.apply.merge import DuplicateItem, check_distinct, merge, remove
from pybernetes.api.object import Json, deep_copy
from pybernetes.api.schema.tree import Field, ListOf, ListType, MapOf, Scalar, ScalarType, Struct

TEXT = Scalar(ScalarType.STRING)
ITEM = Struct("Item", fields={"name": Field("name", TEXT), "value": Field("value", TEXT)})
ITEM.fields["labels"] = Field("labels", MapOf(TEXT))
SHAPE = Struct(
    "Shape",
    fields={
        "text": Field("text", TEXT),
        "map": Field("map", MapOf(TEXT)),
        "whole": Field("whole", MapOf(TEXT, atomic=True)),
        "array": Field("array", ListOf(TEXT)),
        "set": Field("set", ListOf(TEXT, ListType.SET)),
        "items": Field("items", ListOf(ITEM, ListType.MAP, ("name",))),
        "always": Field("always", Struct("Inner", fields={"text": Field("text", TEXT)}), always=True),
    },
)
SHAPE.fields["inner"] = Field("inner", SHAPE)
SHAPES = Extractor(SHAPE)

words = st.sampled_from(("a", "b", "c"))
maps = st.dictionaries(words, words, min_size=1, max_size=3)
items = st.lists(
    st.builds(lambda name, more: {"name": name, **more}, words, st.fixed_dictionaries({}, optional={"value": words})),
    min_size=1,
    max_size=3,
    unique_by=lambda item: item["name"],
)
_parts: dict[str, Any] = {
    "text": words,
    "map": maps,
    "whole": maps,
    "array": st.lists(words, min_size=1, max_size=2),
    "set": st.lists(words, min_size=1, max_size=3, unique=True),
    "items": items,
}
flat = st.fixed_dictionaries({}, optional=_parts)
configs = st.fixed_dictionaries({}, optional={**_parts, "inner": flat.filter(bool)})


def applied(live: Json, config: Json, managers: Managers, name: str, *, force: bool = False) -> tuple[Json, Managers]:
    return apply(live, config, managers, applier(name), SHAPES, api_version="v1", now=name, force=force)


@settings(max_examples=150, deadline=None)
@given(configs, configs)
def test_apply_twice_is_apply_once(live: Json, config: Json) -> None:
    start = {updater("u", "v1"): Owned(SHAPES.configuration(live), "v1")} if live else {}
    before = deep_copy((live, config))
    once, owners = applied(live, config, start, "a", force=True)
    twice, after = apply(once, config, owners, applier("a"), SHAPES, api_version="v1", now="later")
    assert (twice, after) == (once, owners)
    assert (live, config) == before, "nothing is changed in place"


@settings(max_examples=150, deadline=None)
@given(configs, configs)
def test_nobody_changes_what_another_owns_unforced(mine: Json, theirs: Json) -> None:
    live, owners = applied({}, mine, {}, "a")
    try:
        after, _ = applied(live, theirs, owners, "b")
    except Conflicts as conflicts:
        own = set(field_set.members(SHAPES.configuration(mine)))
        assert {path for _, path in conflicts.found} <= own
        return
    for path in field_set.leaves(SHAPES.configuration(mine)):
        assert _at(after, path) == _at(live, path)


@settings(max_examples=150, deadline=None)
@given(configs, configs)
def test_the_last_owner_takes_its_fields_along(mine: Json, theirs: Json) -> None:
    live, owners = applied({}, mine, {}, "a")
    live, owners = applied(live, theirs, owners, "b", force=True)
    left, owners = applied(live, {}, owners, "a")
    gone, owners = applied(left, {}, owners, "b")
    assert gone == {} and not owners
    alone, _ = applied({}, theirs, {}, "b")
    assert set(field_set.leaves(SHAPES.configuration(left))) == set(field_set.leaves(SHAPES.configuration(alone)))


@settings(max_examples=150, deadline=None)
@given(configs, configs)
def test_compare_and_extract_agree(old: Json, new: Json) -> None:
    comparison = compare(old, new, SHAPES)
    before, after = (set(field_set.members(SHAPES.configuration(one))) for one in (old, new))
    added, removed = set(field_set.members(comparison.added)), set(field_set.members(comparison.removed))
    assert added & after == after - before
    assert removed & before == before - after
    assert set(field_set.members(comparison.modified)) <= before & after
    assert compare(new, deep_copy(new), SHAPES).is_same


def _at(value: Any, path: tuple[str, ...]) -> Any:
    from pybernetes.api.apply.extract import step_maker

    node: Any = SHAPE
    for step in path:
        if isinstance(value, list):
            step_of = step_maker(node)
            value = next(item for item in value if step_of(item) == step)
            node = node.items
        else:
            value = value[step[2:]]
            node = node.fields[step[2:]].node if isinstance(node, Struct) else node.values
    return value


@pytest.mark.parametrize(
    ("obj", "configuration", "created"),
    [
        ({"map": {"a": "1"}}, {"f:map": {"f:a": {}}}, {"f:map": {".": {}, "f:a": {}}}),
        ({"whole": {"a": "1"}}, {"f:whole": {}}, {"f:whole": {}}),
        ({"array": ["a"]}, {"f:array": {}}, {"f:array": {}}),
        ({"set": ["a"]}, {"f:set": {'v:"a"': {}}}, {"f:set": {".": {}, 'v:"a"': {}}}),
        ({"always": {"text": "a"}}, {"f:always": {"f:text": {}}}, {"f:always": {"f:text": {}}}),
        ({"always": {}}, {"f:always": {}}, {}),
        ({"map": {}}, {"f:map": {}}, {"f:map": {}}),
        ({"items": []}, {}, {"f:items": {}}),
        ({"inner": {"text": "a"}}, {"f:inner": {"f:text": {}}}, {"f:inner": {".": {}, "f:text": {}}}),
        (
            {"items": [{"name": "x", "labels": {"l": "1"}}]},
            {"f:items": {'k:{"name":"x"}': {".": {}, "f:name": {}, "f:labels": {"f:l": {}}}}},
            {"f:items": {".": {}, 'k:{"name":"x"}': {".": {}, "f:name": {}, "f:labels": {".": {}, "f:l": {}}}}},
        ),
        ({"unknown": 1}, {}, {}),
        ({"text": None}, {"f:text": {}}, {"f:text": {}}),
    ],
)
def test_the_fields_of_an_object(obj: Json, configuration: Json, created: Json) -> None:
    assert SHAPES.configuration(obj) == configuration
    assert SHAPES.created(obj) == created
    assert SHAPES.created(obj) == created, "found again by its JSON"


@pytest.mark.parametrize(
    ("live", "config", "order"),
    [
        ("axby", "ba", "xbya"),
        ("abc", "ca", "bca"),
        ("ax", "an", "axn"),
        ("ax", "na", "nax"),
        ("", "ab", "ab"),
        ("xy", "ab", "xyab"),
        ("ab", "ab", "ab"),
    ],
)
def test_the_order_of_merged_items(live: str, config: str, order: str) -> None:
    merged = merge(
        {"items": [{"name": name, "value": "live"} for name in live], "set": list(live)},
        {"items": [{"name": name} for name in config], "set": list(config)},
        SHAPE,
    )
    assert "".join(item["name"] for item in merged["items"]) == order
    assert "".join(merged["set"]) == order
    assert all(item.get("value") == "live" for item in merged["items"] if item["name"] in live)


def test_nulls_take_leaves_away_and_leave_what_merges() -> None:
    live = {"text": "a", "whole": {"a": "1"}, "map": {"a": "1"}}
    nulls = {"text": None, "whole": None}
    assert merge(live, {**nulls, "map": None, "inner": None}, SHAPE) == {**nulls, "map": {"a": "1"}, "inner": None}


def test_a_part_of_which_nothing_is_left_is_null() -> None:
    obj = {"map": {"a": "1"}, "items": [{"name": "x", "value": "v"}], "text": "t"}
    taken = {"f:map": {"f:a": {}}, "f:items": {'k:{"name":"x"}': {"f:value": {}}}}
    assert remove(obj, taken, SHAPE) == {"map": None, "items": [{"name": "x"}], "text": "t"}
    taken = {"f:items": {'k:{"name":"x"}': {}}, "f:text": {}}
    assert remove(obj, taken, SHAPE) == {"map": {"a": "1"}, "items": None}


def test_who_owns_a_part_still_does_when_nothing_is_left_in_it() -> None:
    start: Managers = {updater("u", "v1"): Owned({"f:map": {}}, "v1")}
    live, owners = applied({"map": {}}, {"map": {"a": "1"}}, start, "a")
    live, owners = applied(live, {"text": "t"}, owners, "a")
    assert live == {"map": None, "text": "t"}
    assert {manager.name: owned.fields for manager, owned in owners.items()} == {
        "u": {"f:map": {}},
        "a": {"f:text": {}},
    }


def test_a_null_for_what_another_owns_is_a_conflict() -> None:
    start: Managers = {updater("u", "v1"): Owned({"f:text": {}, "f:map": {"f:a": {}}}, "v1")}
    live = {"text": "t", "map": {"a": "1"}}
    with pytest.raises(Conflicts, match=r"\.text$"):
        applied(live, {"text": None, "map": None}, start, "a")


def test_an_item_twice_is_refused() -> None:
    with pytest.raises(DuplicateItem, match=r'\.inner\.items: duplicate entries for key \[name="x"\]'):
        check_distinct({"inner": {"items": [{"name": "x"}, {"name": "x"}]}}, SHAPE)
    with pytest.raises(DuplicateItem, match=r'\.set: duplicate entries for key \[="x"\]'):
        check_distinct({"set": ["x", "x"]}, SHAPE)
    with pytest.raises(DuplicateItem, match='omits key field "name"'):
        check_distinct({"items": [{"value": "x"}]}, SHAPE)


def test_an_update_takes_from_everybody() -> None:
    old = {"text": "a", "map": {"a": "1", "b": "2"}}
    owners = {applier("a"): Owned(SHAPES.configuration(old), "v1", "1")}
    after = after_update(owners, compare(old, {"text": "b", "map": {"a": "1"}}, SHAPES), updater("u", "v1"), "v1", "2")
    assert after == {
        applier("a"): Owned({"f:map": {"f:a": {}}}, "v1", "1"),
        updater("u", "v1"): Owned({"f:text": {}}, "v1", "2"),
    }
    assert after_update(after, compare(old, old, SHAPES), updater("x", "v1"), "v1", "3") is after
    emptied = after_update(after, compare({"text": "b"}, {}, SHAPES), updater("u", "v1"), "v1", "3")
    assert list(emptied) == [applier("a")]


owner_sets = st.dictionaries(st.sampled_from(("u", "x", "y")), st.tuples(configs, st.sampled_from("12")))


@settings(max_examples=300, deadline=None)
@given(configs, configs, owner_sets, st.booleans())
def test_an_update_of_what_one_owns_alone_is_as_any_other(
    old: Json, new: Json, owning: dict[str, tuple[Json, str]], by_applier: bool
) -> None:
    owners = {
        applier(name) if by_applier and name != "u" else updater(name, "v1"): Owned(
            SHAPES.configuration(obj), "v1", time
        )
        for name, (obj, time) in owning.items()
    }
    comparison, writer = compare(old, new, SHAPES), updater("u", "v1")
    after = after_update(owners, comparison, writer, "v1", "2")
    changed = field_set.union(comparison.added, comparison.modified)
    for name, owned in owners.items():
        fields = field_set.difference(owned.fields, field_set.union(changed, comparison.removed))
        fields = field_set.union(fields, changed) if name == writer else fields
        assert after[name].fields == fields if fields else name not in after or comparison.is_same
    if changed:
        assert after[writer] == Owned(after[writer].fields, "v1", "2")


def test_entries_round_trip_in_order() -> None:
    owners = {
        updater("late", "v1"): Owned({"f:text": {}}, "v1", "2026-01-02T00:00:00Z"),
        updater("early", "v1", "status"): Owned({"f:map": {}}, "v1", "2026-01-01T00:00:00Z"),
        applier("a"): Owned({"f:array": {}}, "v1", "2026-01-03T00:00:00Z"),
    }
    entries = write_entries(owners)
    assert [entry["manager"] for entry in entries] == ["a", "early", "late"]
    assert read_entries(entries) == owners
    assert entries[1]["subresource"] == "status" and "subresource" not in entries[0]
    for wrong in ({}, {"operation": "Apply"}, {"operation": "Take", "fieldsType": "FieldsV1"}):
        with pytest.raises(ValueError):
            read_entries([wrong])


def test_the_oldest_updaters_become_one() -> None:
    owners: dict[Manager, Owned] = {
        updater(f"u{number:02d}", "v1"): Owned({f"f:{number}": {}}, "v1", f"{number:02d}") for number in range(13)
    }
    owners[applier("a")] = Owned({"f:a": {}}, "v1")
    kept = capped(owners)
    assert len(kept) == 11
    assert kept[updater("ancient-changes", "v1")] == Owned({"f:0": {}, "f:1": {}, "f:2": {}, "f:3": {}}, "v1", "03")
    assert applier("a") in kept and updater("u04", "v1") in kept
    assert capped(kept) is kept
