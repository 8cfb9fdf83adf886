"""A configuration merged into a live object, and fields taken out of an object. Results share parts with both.

Parts that are granular by shape merge; everything else is replaced. In a list that merges by key (or is a set) the
items that the configuration names stand in its order; those that only the live object has stay between the same
neighbours as far as that order leaves them together.

Counterpart: TypedValue.Merge and RemoveItems of structured-merge-diff.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pybernetes.api.apply.compare import is_granular
from pybernetes.api.apply.extract import step_maker
from pybernetes.api.apply.field_set import FieldSet, is_member, path_text
from pybernetes.api.object import Json
from pybernetes.api.schema.tree import ListOf, ListType, MapOf, Node, Struct


class DuplicateItem(ValueError):
    """A configuration names an item of a list twice. The message says which, `path` where."""


def merge(live: Json, config: Json, struct: Struct) -> Json:
    """The live object as the configuration wants it. A null takes a leaf away, and leaves what merges as it is."""
    return _merge_object(live, config, struct)


def _merge_object(live: Json, config: Json, node: Struct | MapOf) -> Json:
    result = dict(live)
    for name, value in config.items():
        result[name] = _merge_value(result.get(name), value, _below(node, name))
    return result


def _merge_value(live: Any, config: Any, node: Node | None) -> Any:
    if config is None and live and is_granular(node):
        return live
    if isinstance(node, Struct | MapOf) and not node.atomic and type(live) is dict and type(config) is dict:
        return _merge_object(live, config, node)
    if isinstance(node, ListOf) and type(live) is list and type(config) is list:
        if node.type is ListType.MAP:
            return _merge_list(live, config, step_maker(node), node.items)
        if node.type is ListType.SET:
            return _merge_list(live, config, step_maker(node), None)
    return config


def _merge_list(live: list[Any], config: list[Any], step_of: Callable[[Any], str], items: Node | None) -> list[Any]:
    found = {step_of(item): item for item in live}
    wanted = [(step_of(item), item) for item in config]
    configured = {step for step, _ in wanted}
    rest = iter(wanted)
    shared = (step for step, _ in wanted if step in found)
    awaited = next(shared, None)
    result: list[Any] = []
    for item in live:
        step = step_of(item)
        if step not in configured:
            result.append(item)
        elif step == awaited:
            for name, value in rest:
                result.append(_merge_value(found.get(name), value, items))
                if name == step:
                    break
            awaited = next(shared, None)
    result.extend(_merge_value(found.get(name), value, items) for name, value in rest)
    return result


def remove(obj: Json, fields: FieldSet, struct: Struct) -> Json:
    """The object without these fields. A part of which nothing is left is null: who owns the part itself still does."""
    return _remove_object(obj, fields, struct)


def _remove_object(obj: Json, fields: FieldSet, node: Struct | MapOf) -> Json:
    result: Json = {}
    for name, value in obj.items():
        taken = fields.get(f"f:{name}")
        if taken is None:
            result[name] = value
        elif not is_member(taken):
            result[name] = _remove_below(value, taken, _below(node, name))
    return result


def _remove_below(value: Any, fields: FieldSet, node: Node | None) -> Any:
    if isinstance(node, Struct | MapOf) and not node.atomic and type(value) is dict:
        return _remove_object(value, fields, node) or None
    if isinstance(node, ListOf) and node.type is not ListType.ATOMIC and type(value) is list:
        return _remove_items(value, fields, node) or None
    return value


def _remove_items(values: list[Any], fields: FieldSet, node: ListOf) -> list[Any]:
    step_of = step_maker(node)
    result = []
    for item in values:
        taken = fields.get(step_of(item))
        if taken is None:
            result.append(item)
        elif not is_member(taken):
            rest = _remove_below(item, taken, node.items)
            if rest is not None:
                result.append(rest)
    return result


def check_distinct(config: Json, struct: Struct) -> None:
    """Raises `DuplicateItem` if the configuration names an item of a merging list twice."""
    _check_distinct(config, struct, "")


def _check_distinct(value: Any, node: Node | None, path: str) -> None:
    if isinstance(node, Struct | MapOf) and type(value) is dict:
        if not node.atomic:
            for name, item in value.items():
                if type(item) is dict or type(item) is list:
                    _check_distinct(item, _below(node, name), f"{path}.{name}")
    elif isinstance(node, ListOf) and node.type is not ListType.ATOMIC and type(value) is list:
        _check_list(value, node, path)


def _check_list(values: list[Any], node: ListOf, path: str) -> None:
    step_of = step_maker(node)
    seen = set[str]()
    for item in values:
        step = step_of(item)
        text = path_text((step,))
        if step in seen:
            raise DuplicateItem(f"{path}: duplicate entries for key {text}")
        if step == "k:{}":
            listed = ", ".join(f'"{name}"' for name in node.keys)
            raise DuplicateItem(
                f"{path}: element {len(seen)}: associative list with keys has an element that omits key field {listed}"
            )
        seen.add(step)
        _check_distinct(item, node.items, path + text)


def with_named_parents(fields: FieldSet, node: Node | None) -> FieldSet:
    """The set with every struct field that leads to one of its paths: the whole is given up with its last part.

    Items of lists and keys of maps are not so: they are in the set only if it names them
    (EnsureNamedFieldsAreMembers).
    """
    result: FieldSet = {}
    for step, below in fields.items():
        if not below:
            result[step] = below
            continue
        under = with_named_parents(below, _node_at(node, step))
        named = isinstance(node, Struct) and step[2:] in node.fields
        result[step] = {".": {}, **under} if named else under
    return result


def _node_at(node: Node | None, step: str) -> Node | None:
    if isinstance(node, Struct | MapOf) and step.startswith("f:"):
        return _below(node, step[2:])
    return node.items if isinstance(node, ListOf) else None


def _below(node: Struct | MapOf, name: str) -> Node | None:
    if isinstance(node, MapOf):
        return node.values
    found = node.fields.get(name)
    return node.rest if found is None else found.node
