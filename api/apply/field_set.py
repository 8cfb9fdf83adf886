"""Sets of field paths, as the JSON that travels in ``managedFields[].fieldsV1``.

A set is a tree of dictionaries. A key is one step of a path:

    f:name            a field of an object, or a key of a map
    k:{"name":"x"}    the item of a list whose key fields have these values
    v:"value"         a value in a list that is a set
    i:3               the item at a position
    .                 the path that leads here is itself in the set

A path without anything below it is written as an empty dictionary and is in the set. So a set is stored, sent and
worked on in one form, with nothing to convert. The root never stands for a path: an empty root is the empty set.

Sets are never changed once made: results share parts with what they were made from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

FieldSet = dict[str, Any]
Path = tuple[str, ...]

SELF = "."
LEAF: FieldSet = {}  # one for all: sets are not changed
_STEPS = ("f:", "k:", "v:", "i:")
_MAX_DEPTH = 200  # objects are refused long before they nest so deep


def field_step(name: str) -> str:
    return f"f:{name}"


def key_step(keys: Mapping[str, Any]) -> str:
    """The step to the list item with these key fields; equal keys give equal text."""
    return "k:" + orjson.dumps(keys, option=orjson.OPT_SORT_KEYS).decode()


def value_step(value: Any) -> str:
    return "v:" + orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def encode(fields: FieldSet) -> bytes:
    """JSON with the steps in order: equal sets in this package's form give equal bytes."""
    return orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)


def decode(data: bytes) -> FieldSet:
    """The set that JSON holds. Raises ValueError."""
    fields: FieldSet = orjson.loads(data)
    check(fields)
    return fields


def check(fields: Any, depth: int = 0) -> None:
    """Raises ValueError if a JSON value is no field set."""
    if type(fields) is not dict:
        raise ValueError(f"a field set is an object, not {fields!r}")
    if depth > _MAX_DEPTH:
        raise ValueError(f"a field set nests deeper than {_MAX_DEPTH}")
    for step, below in fields.items():
        if step == SELF:
            if below != {}:
                raise ValueError('there is nothing below "."')
        elif step[:2] in _STEPS:
            if step[:2] != "f:":
                _check_value(step)
            if below:
                check(below, depth + 1)
            elif type(below) is not dict:
                raise ValueError(f"below {step!r} is no object")
        else:
            raise ValueError(f"{step!r} is no step of a path")


def _check_value(step: str) -> None:
    try:
        value = orjson.loads(step[2:])
    except orjson.JSONDecodeError as error:
        raise ValueError(f"{step!r} does not hold JSON: {error}") from None
    if step[0] == "k" and type(value) is not dict:
        raise ValueError(f"{step!r} names no key fields")
    if step[0] == "i" and type(value) is not int:
        raise ValueError(f"{step!r} is no position")


def is_member(node: FieldSet) -> bool:
    """Whether the path that leads to a node (not the root) is in the set."""
    return not node or SELF in node


def union(one: FieldSet, other: FieldSet) -> FieldSet:
    """The paths in either."""
    if not other:
        return one
    result = dict(one)
    for step, below in other.items():
        found = result.get(step)
        result[step] = below if found is None else _union_below(found, below)
    return result


def _union_below(one: FieldSet, other: FieldSet) -> FieldSet:
    if one is other or (not one and not other):
        return one
    if not one:
        return other if SELF in other else {SELF: LEAF, **other}
    if not other:
        return one if SELF in one else {SELF: LEAF, **one}
    return union(one, other)


def difference(one: FieldSet, other: FieldSet) -> FieldSet:
    """The paths in `one` that are not in `other`. A path stays when only what it leads to, or comes from, is taken."""
    if not other:
        return one
    result: FieldSet = {}
    for step, below in one.items():
        taken = other.get(step)
        if taken is None or step == SELF:
            result[step] = below
            continue
        member = is_member(below) and not is_member(taken)
        _put(result, step, member, difference(_children(below), _children(taken)))
    return result


def covers(one: FieldSet, other: FieldSet) -> bool:
    """Whether every path in `other` is in `one`, so that their union is `one`."""
    for step, below in other.items():
        found = one.get(step)
        if found is None:
            return False
        if found is below:
            continue
        if not below:
            if found and SELF not in found:
                return False
        elif not found or not covers(found, below):
            return False
    return True


def touches(one: FieldSet, other: FieldSet) -> bool:
    """Whether a path is in both, so that `difference` takes something away."""
    for step, taken in other.items():
        below = one.get(step)
        if below is None or step == SELF:
            continue
        if is_member(below) and is_member(taken):
            return True
        if below and taken and touches(below, taken):
            return True
    return False


def intersection(one: FieldSet, other: FieldSet) -> FieldSet:
    """The paths in both."""
    result: FieldSet = {}
    for step, below in one.items():
        found = other.get(step)
        if found is None or step == SELF:
            continue
        member = is_member(below) and is_member(found)
        _put(result, step, member, intersection(below, found) if below and found else LEAF)
    return result


def _children(node: FieldSet) -> FieldSet:
    if SELF not in node:
        return node
    return {step: below for step, below in node.items() if step != SELF}


def _put(result: FieldSet, step: str, member: bool, children: FieldSet) -> None:
    if children:
        result[step] = {SELF: LEAF, **children} if member else children
    elif member:
        result[step] = LEAF


def members(fields: FieldSet, prefix: Path = ()) -> Iterator[Path]:
    """Every path in the set, a parent before what is below it."""
    for step, below in fields.items():
        if step == SELF:
            continue
        path = (*prefix, step)
        if is_member(below):
            yield path
        yield from members(below, path)


def leaves(fields: FieldSet) -> Iterator[Path]:
    """The paths that lead to no other path of the set."""
    for path in members(fields):
        node = fields
        for step in path:
            node = node[step]
        if not _children(node):
            yield path


def of_paths(paths: Sequence[Path]) -> FieldSet:
    """The set of these paths."""
    result: FieldSet = {}
    for path in paths:
        node: FieldSet = LEAF
        for step in reversed(path):
            node = {step: node}
        result = union(result, node)
    return result


def path_text(path: Path) -> str:
    """A path as Kubernetes prints it: ``.spec.containers[name="web"].image``."""
    text = ""
    for step in path:
        kind, value = step[0], step[2:]
        if kind == "f":
            text += f".{value}"
        elif kind == "k":
            keys = orjson.loads(value)
            text += "[" + ",".join(f"{name}={orjson.dumps(keys[name]).decode()}" for name in sorted(keys)) + "]"
        elif kind == "v":
            text += f"[={value}]"
        else:
            text += f"[{value}]"
    return text
