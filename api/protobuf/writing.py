"""From an object of a declared shape to the bytes of its message.

A struct is compiled once into a dictionary from field name to how it is written; only what the object has is looked
at. Absent and null fields are not sent: to a reader, they have their zero value. Fields without a number are not
sent either. Fields that Go keeps in an embedded struct are gathered in the nested message they belong to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pybernetes.api.object import Json
from pybernetes.api.protobuf import leaves, numbers
from pybernetes.api.protobuf.wire import LENGTH, tag, varint
from pybernetes.api.schema.tree import ListOf, MapOf, Node, OneOf, Scalar, ScalarType, Struct

Emit = Callable[[Any, list[bytes]], None]

_TEXT = Scalar(ScalarType.STRING)


@dataclass(eq=False, slots=True)
class Writer:
    """A compiled struct. `embedded`: the fields of each nested message that JSON has inline, by its tag."""

    fields: dict[str, Emit] = field(default_factory=dict)
    embedded: list[tuple[bytes, Writer]] = field(default_factory=list)

    def write(self, obj: Json) -> bytes:
        """The message, without its length. `obj` must have the declared shape."""
        parts: list[bytes] = []
        fields = self.fields
        for name, value in obj.items():
            if value is not None:
                emit = fields.get(name)
                if emit is not None:
                    emit(value, parts)
        for key, inner in self.embedded:
            written = inner.write(obj)
            if written:
                parts += (key, varint(len(written)), written)
        return b"".join(parts)


_compiled: dict[tuple[int, str], tuple[Struct, Writer]] = {}


def writer_of(declared: Struct, near: str) -> Writer:
    """The writer of a struct, whose numbers are in table `near`, core or meta. Raises KeyError if there are none."""
    table, places = numbers.find(declared.name, near)
    known = _compiled.get((id(declared), table))
    if known is not None:
        return known[1]
    result = Writer()
    _compiled[id(declared), table] = (declared, result)
    inner: dict[numbers.Place, Writer] = {(): result}
    for name, place in sorted(places.items(), key=lambda item: item[1]):
        for depth in range(1, len(place)):
            path = place[:depth]
            if path not in inner:
                inner[path] = Writer()
                inner[path[:-1]].embedded.append((tag(path[-1], LENGTH), inner[path]))
        inner[place[:-1]].fields[name] = _emitter(place[-1], declared.fields[name].node, table)
    return result


def _emitter(number: int, node: Node, table: str) -> Emit:
    """How a field is written: its tag, and the value with the length it may need."""
    match node:
        case ListOf(items=items):
            return _each(_emitter(number, items, table))
        case MapOf(values=values):
            return _map(number, values, table)
        case Struct():
            return _message(tag(number, LENGTH), writer_of(node, table).write)
        case OneOf(choices=choices):
            return _message(tag(number, LENGTH), _union(choices, table))
        case Scalar(type=scalar):
            return _leaf(tag(number, leaves.wire_type_of(scalar)), leaves.WRITE[scalar])


def _leaf(key: bytes, write: leaves.Write) -> Emit:
    def emit(value: Any, parts: list[bytes]) -> None:
        parts.append(key + write(value))

    return emit


def _message(key: bytes, write: Callable[[Any], bytes]) -> Emit:
    def emit(value: Any, parts: list[bytes]) -> None:
        written = write(value)
        parts += (key, varint(len(written)), written)

    return emit


def _each(emit_one: Emit) -> Emit:
    def emit(value: Any, parts: list[bytes]) -> None:
        for item in value:
            emit_one(item, parts)

    return emit


def _map(number: int, values: Node, table: str) -> Emit:
    """Entries are messages {key=1, value=2}; a list as a value is wrapped in {items=1}."""
    emit_key = _emitter(1, _TEXT, table)
    if isinstance(values, ListOf):
        emit_items = _emitter(1, values, table)
        emit_value = _message(tag(2, LENGTH), lambda items: _joined(emit_items, items))
    else:
        emit_value = _emitter(2, values, table)

    def write(entry: tuple[str, Any]) -> bytes:
        parts: list[bytes] = []
        emit_key(entry[0], parts)
        emit_value(entry[1], parts)
        return b"".join(parts)

    emit_entry = _message(tag(number, LENGTH), write)

    def emit(value: Any, parts: list[bytes]) -> None:
        for entry in value.items():
            emit_entry(entry, parts)

    return emit


def _joined(emit: Emit, value: Any) -> bytes:
    parts: list[bytes] = []
    emit(value, parts)
    return b"".join(parts)


def _union(choices: tuple[Node, ...], table: str) -> Callable[[Any], bytes]:
    """A schema or something simpler: {allows=1, schema=2} with a boolean, {schema=1, list=2} with a list."""
    schema, other = choices
    has_list = isinstance(other, ListOf)
    emit_schema = _emitter(1 if has_list else 2, schema, table)
    emit_other = _emitter(2 if has_list else 1, other, table)

    def write(value: Any) -> bytes:
        if not isinstance(value, dict):
            return _joined(emit_other, value)
        return _joined(emit_schema, value) if has_list else b"\x08\x01" + _joined(emit_schema, value)

    return write
