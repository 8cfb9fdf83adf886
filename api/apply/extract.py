"""The fields that an object has, by its shape: three walks over values, compiled once for each struct.

What a part of an object contributes depends on its shape. A scalar, and whatever is atomic, is one path. The items of
a map, and of a list with keys or a set, are paths of their own. The walks differ in which parts count besides:

    CONFIGURATION   what an apply speaks of: leaves, and the items of maps and lists
    ADDED           what is there where nothing was: also the objects, maps and lists that hold the leaves
    CREATED         what is there where an empty object was: as ADDED, but structs and lists that the type always
                    writes were there already, and zero values that it always writes are no change

A walk over a pod is a few dozen dictionary reads, and its result is a `FieldSet`, ready to be stored. Objects that a
controller makes of one template have the same spec, so what was found in the specs that came last is kept by their
JSON, and shared: sets are not changed.

Counterpart: TypedValue.ToFieldSet and Compare of structured-merge-diff.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any

import orjson

from pybernetes.api.apply.field_set import LEAF, SELF, FieldSet, key_step, value_step
from pybernetes.api.object import Json
from pybernetes.api.schema.tree import UNSET, Field, ListOf, ListType, MapOf, Node, Scalar, Struct, zero_value

Walk = Callable[[Any], FieldSet | None]
_Fields = dict[str, tuple[str, Walk | None]]
_UNKNOWN: tuple[str, Walk | None] = ("", None)

_MAX_SPECS = 128
_MAX_SPEC_BYTES = 8 * 1024  # with the sets found in them, 128 specs are a few megabytes


class Mode(Enum):
    CONFIGURATION = "configuration"
    ADDED = "added"
    CREATED = "created"


class Extractor:
    """Walks objects of one shape."""

    def __init__(self, struct: Struct):
        self.struct = struct
        self._compiled: dict[tuple[int, Mode], _Fields] = {}
        # By a node's identity; the node is held beside it, so that no other one gets its identity.
        self._added: dict[int, tuple[Node, Walk | None]] = {}
        self._steps: dict[int, tuple[ListOf, Callable[[Any], str]]] = {}
        self._of_specs: dict[bytes, FieldSet | None] = {}

    def configuration(self, obj: Json) -> FieldSet:
        """The fields that an applied configuration speaks of."""
        return self._root(obj, Mode.CONFIGURATION)

    def created(self, obj: Json) -> FieldSet:
        """The fields of a new object that its creator has set."""
        if self.struct.rest is not None:
            return self._root(obj, Mode.CREATED)
        fields = self._fields(self.struct, Mode.CREATED)
        spec, (step, walk) = obj.get("spec"), fields.get("spec", _UNKNOWN)
        if walk is None or type(spec) is not dict:
            return _children(obj, fields, {})
        found = self._in_spec(spec, walk)
        result = _children({name: value for name, value in obj.items() if name != "spec"}, fields, {})
        if found is not None:
            result[step] = found
        return result

    def _root(self, obj: Json, mode: Mode) -> FieldSet:
        fields = self._fields(self.struct, mode)
        result = _children(obj, fields, {})
        if self.struct.rest is not None:
            _add_rest(obj, fields, self._walk(self.struct.rest, Mode.ADDED if mode is Mode.CREATED else mode), result)
        return result

    def _in_spec(self, spec: Json, walk: Walk) -> FieldSet | None:
        try:
            key = orjson.dumps(spec)
        except TypeError:
            return walk(spec)  # nested too deep
        if key in self._of_specs:
            return self._of_specs[key]
        found = walk(spec)
        if len(key) <= _MAX_SPEC_BYTES:
            if len(self._of_specs) >= _MAX_SPECS:
                del self._of_specs[next(iter(self._of_specs))]
            self._of_specs[key] = found
        return found

    def added(self, node: Node | None, value: Any) -> FieldSet:
        """The fields within a part that was not there before, the part itself among them."""
        if node is None:
            return LEAF
        found = self._added.get(id(node))
        if found is None:
            found = self._added[id(node)] = (node, self._walk(node, Mode.ADDED))
        walk = found[1]
        return LEAF if walk is None else walk(value) or LEAF

    def step_of(self, node: ListOf) -> Callable[[Any], str]:
        """From an item of a list in this shape to the step that leads to it."""
        found = self._steps.get(id(node))
        if found is None:
            found = self._steps[id(node)] = (node, step_maker(node))
        return found[1]

    def _fields(self, struct: Struct, mode: Mode) -> _Fields:
        key = (id(struct), mode)
        found = self._compiled.get(key)
        if found is None:
            found = self._compiled[key] = {}  # filled in after it exists: a struct may contain itself
            for name, field in struct.fields.items():
                found[name] = (f"f:{name}", self._field(field, mode))
        return found

    def _field(self, field: Field, mode: Mode) -> Walk | None:
        if mode is not Mode.CREATED:
            return self._walk(field.node, mode)
        if not (field.always or field.required):
            return self._walk(field.node, Mode.ADDED)
        if isinstance(field.node, Struct) and not field.node.atomic:
            return _struct_in_empty(self._fields(field.node, Mode.CREATED))
        return _unless_zero(zero_value(field.node), self._walk(field.node, Mode.ADDED))

    def _walk(self, node: Node, mode: Mode) -> Walk | None:
        """None for what is one path whatever its value."""
        if isinstance(node, Struct):
            if node.atomic:
                return None
            walk = _struct(self._fields(node, mode), mode is Mode.ADDED)
            return (
                walk if node.rest is None else _open_struct(walk, self._fields(node, mode), self._walk(node.rest, mode))
            )
        if isinstance(node, MapOf):
            if node.atomic:
                return None
            if node.values is node:
                return _deduced(mode is Mode.ADDED)
            item = None if isinstance(node.values, Scalar) else self._walk(node.values, mode)
            return _map(item, mode is Mode.ADDED)
        if isinstance(node, ListOf) and node.type is ListType.MAP and isinstance(node.items, Struct):
            return _keyed_list(step_maker(node), self._fields(node.items, mode), mode is Mode.ADDED)
        if isinstance(node, ListOf) and node.type is ListType.SET:
            return _set_list(mode is Mode.ADDED)
        return None


def step_maker(node: ListOf) -> Callable[[Any], str]:
    """From an item of a list to the step that leads to it: its key fields, with their defaults, or its value.

    The step of an item that lacks a key field names those it has.
    """
    if node.type is not ListType.MAP or not isinstance(node.items, Struct):
        return value_step
    fields = node.items.fields
    names = sorted(node.keys)
    if len(names) == 1 and fields[names[0]].default is UNSET:
        return _one_key(names[0])
    defaults = {name: fields[name].default for name in names}

    def step(item: Any) -> str:
        if type(item) is not dict:
            return value_step(item)
        keys = {name: item.get(name, defaults[name]) for name in names}
        return key_step({name: value for name, value in keys.items() if value is not UNSET})

    return step


def _one_key(name: str) -> Callable[[Any], str]:
    plain = f'k:{{"{name}":"'

    def step(item: Any) -> str:
        if type(item) is not dict:
            return value_step(item)
        value = item.get(name)
        if type(value) is str and value.isascii() and value.isprintable() and '"' not in value and "\\" not in value:
            return f'{plain}{value}"}}'
        return key_step({name: value} if name in item else {})

    return step


def _children(value: Json, fields: _Fields, result: FieldSet) -> FieldSet:
    for name, item in value.items():
        known = fields.get(name)
        if known is None:
            continue
        step, walk = known
        if walk is None or item is None:
            result[step] = LEAF
            continue
        below = walk(item)
        if below is not None:
            result[step] = below
    return result


def _struct(fields: _Fields, dotted: bool) -> Walk:
    def walk(value: Any) -> FieldSet | None:
        if not value or type(value) is not dict:
            return LEAF
        return _children(value, fields, {SELF: LEAF} if dotted else {}) or None

    return walk


def _open_struct(named: Walk, fields: _Fields, rest: Walk | None) -> Walk:
    """As the walk over what is named, and the rest is in the set as the items of a map are."""

    def walk(value: Any) -> FieldSet | None:
        found = named(value)
        if not value or type(value) is not dict:
            return found
        result = dict(found or {})
        _add_rest(value, fields, rest, result)
        return result or None

    return walk


def _add_rest(value: Json, fields: _Fields, rest: Walk | None, result: FieldSet) -> None:
    for name, item in value.items():
        if name not in fields:
            result[f"f:{name}"] = _item(rest, item)


def _item(walk: Walk | None, item: Any) -> FieldSet:
    below = LEAF if walk is None or item is None else walk(item)
    return {SELF: LEAF, **below} if below else LEAF


def _struct_in_empty(fields: _Fields) -> Walk:
    def walk(value: Any) -> FieldSet | None:
        return _children(value, fields, {}) or None if type(value) is dict else LEAF

    return walk


def _unless_zero(zero: Any, walk: Walk | None) -> Walk:
    def walk_changed(value: Any) -> FieldSet | None:
        if value == zero or value is None:
            return None
        below = LEAF if walk is None else walk(value)
        if below and SELF in below:
            return {step: node for step, node in below.items() if step != SELF} or None
        return below

    return walk_changed


def _map(item_walk: Walk | None, dotted: bool) -> Walk:
    def walk(value: Any) -> FieldSet | None:
        if not value or type(value) is not dict:
            return LEAF
        result: FieldSet = {SELF: LEAF} if dotted else {}
        for name, item in value.items():
            result[f"f:{name}"] = _item(item_walk, item)
        return result

    return walk


def _deduced(dotted: bool) -> Walk:
    def walk_item(value: Any) -> FieldSet | None:
        return walk(value)

    walk = _map(walk_item, dotted)
    return walk


def _keyed_list(step_of: Callable[[Any], str], fields: _Fields, dotted: bool) -> Walk:
    def walk(value: Any) -> FieldSet | None:
        if not value or type(value) is not list:
            return LEAF if dotted or type(value) is not list else None
        result: FieldSet = {SELF: LEAF} if dotted else {}
        for item in value:
            result[step_of(item)] = _children(item, fields, {SELF: LEAF}) if type(item) is dict else LEAF
        return result

    return walk


def _set_list(dotted: bool) -> Walk:
    def walk(value: Any) -> FieldSet | None:
        if not value or type(value) is not list:
            return LEAF if dotted or type(value) is not list else None
        result: FieldSet = {SELF: LEAF} if dotted else {}
        for item in value:
            result[value_step(item)] = LEAF
        return result

    return walk
