"""From the bytes of a message to the object that Go would write as JSON.

A declared struct is compiled once into a `Message`: a dictionary from tag to what to do with the value. One loop
follows it, one call a nested message, so the depth of the call stack is that of the data. Fields that nobody knows
are skipped, as Go skips them; a known field with another wire type is an error.

Zero values that Go sends for fields nobody set stay in: `schema.prune` drops them, as it does for JSON. What has no
value in JSON either (the zero time, empty free-form JSON) is left out here.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pybernetes.api.object import Json
from pybernetes.api.protobuf import leaves, numbers
from pybernetes.api.protobuf.wire import LENGTH, VARINT, WireError, read_length, read_varint, skip
from pybernetes.api.schema.tree import ListOf, MapOf, Node, OneOf, Scalar, ScalarType, Struct, zero_value

MAX_DEPTH = 200  # messages in messages; each is one call, and Python allows a thousand

# What to do with a value, most frequent first.
_TEXT, _MESSAGE, _LEAF, _TEXTS, _MESSAGES, _LEAVES, _MAP, _EMBEDDED, _VIA = range(9)
_NUMBER, _NUMBERS, _PACKED, _DOUBLE = range(9, 13)

_unpack_double = struct.Struct("<d").unpack_from


@dataclass(eq=False, slots=True)
class Message:
    """A compiled struct. `fields`: by tag, what to do, the field's name in JSON, and what the action works with."""

    name: str
    fields: dict[int, tuple[int, str, Any]] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)


def read_message(message: Message, data: bytes, position: int, end: int, out: Json, depth: int = 0) -> Json:
    """Read the fields between two positions into `out`, and return it.

    Raises `WireError`, and UnicodeDecodeError for text that is not UTF-8.
    """
    if depth > MAX_DEPTH:
        raise WireError(f"messages are nested more than {MAX_DEPTH} deep")
    fields = message.fields
    while position < end:
        tag = data[position]
        position += 1
        if tag > 0x7F:
            tag, position = read_varint(data, position - 1, end)
        found = fields.get(tag)
        if found is None:
            position = _pass(message, data, position, end, tag)
            continue
        action, name, how = found
        if action >= _NUMBER and action != _PACKED:
            position = _read_number(action, name, how, data, position, end, out)
            continue
        length = data[position] if position < end else 0x80
        start = position + 1
        if length > 0x7F:
            start, position = read_length(data, position, end)
        else:
            position = start + length
            if position > end:
                raise WireError("unexpected EOF")
        if action == _TEXT:
            out[name] = data[start:position].decode()
        elif action == _MESSAGE:
            inner = out.get(name)
            out[name] = read_message(how, data, start, position, {} if inner is None else inner, depth + 1)
        elif action == _LEAF:
            value = how(data, start, position)
            if value is not None:
                out[name] = value
            else:
                out.pop(name, None)
        elif action == _TEXTS:
            out.setdefault(name, []).append(data[start:position].decode())
        elif action == _MESSAGES:
            out.setdefault(name, []).append(read_message(how, data, start, position, {}, depth + 1))
        elif action == _LEAVES:
            out.setdefault(name, []).append(how(data, start, position))
        elif action == _MAP:
            entry = read_message(how[0], data, start, position, {"key": "", "value": how[1]}, depth + 1)
            value = entry["value"]
            out.setdefault(name, {})[entry["key"]] = value if value is not None else how[2]()
        elif action == _EMBEDDED:
            read_message(how, data, start, position, out, depth + 1)
        elif action == _VIA:
            out[name] = how[1](read_message(how[0], data, start, position, {}, depth + 1))
        else:
            _read_packed(name, how, data, start, position, out)
    return out


def _pass(message: Message, data: bytes, position: int, end: int, tag: int) -> int:
    """Leave out a field that is not known. Raises `WireError` if only its wire type is not."""
    name = message.names.get(tag >> 3)
    if name is not None:
        raise WireError(f"wrong wireType = {tag & 7} for field {name} of {message.name}")
    return skip(data, position, end, tag)


def _read_number(action: int, name: str, how: Any, data: bytes, position: int, end: int, out: Json) -> int:
    if action == _DOUBLE:
        if position + 8 > end:
            raise WireError("unexpected EOF")
        number: float = _unpack_double(data, position)[0]
        if number != number or number in (float("inf"), float("-inf")):
            raise WireError(f"{number} has no form in JSON")
        out[name] = int(number) if number.is_integer() and abs(number) < 1e15 else number
        return position + 8
    value, position = read_varint(data, position, end)
    if action == _NUMBER:
        out[name] = how(value)
    else:
        out.setdefault(name, []).append(how(value))
    return position


def _read_packed(name: str, how: Any, data: bytes, position: int, end: int, out: Json) -> None:
    values = out.setdefault(name, [])
    while position < end:
        value, position = read_varint(data, position, end)
        values.append(how(value))


_compiled: dict[tuple[int, str], tuple[Struct, Message]] = {}


def message_of(declared: Struct, near: str) -> Message:
    """The message of a struct, whose numbers are in table `near`, core or meta. Raises KeyError if there are none."""
    table, places = numbers.find(declared.name, near)
    known = _compiled.get((id(declared), table))
    if known is not None:
        return known[1]
    result = Message(declared.name)
    _compiled[id(declared), table] = (declared, result)
    for name, place in places.items():
        holder = result
        for number in place[:-1]:
            holder = _embedded(holder, number)
        _add(holder, place[-1], name, declared.fields[name].node, table)
    return result


def _embedded(holder: Message, number: int) -> Message:
    """The nested message whose fields JSON has inline."""
    key = number << 3 | LENGTH
    if key not in holder.fields:
        holder.fields[key] = (_EMBEDDED, "", Message(holder.name))
        holder.names[number] = f"{number}"
    inner: Message = holder.fields[key][2]
    return inner


def _add(holder: Message, number: int, name: str, node: Node, table: str) -> None:
    """Put a field into a message."""
    holder.names[number] = name
    if isinstance(node, ListOf):
        _add_list(holder, number, name, node.items, table)
        return
    wire_type = leaves.wire_type_of(node.type) if isinstance(node, Scalar) else LENGTH
    holder.fields[number << 3 | wire_type] = _single(name, node, table)


def _single(name: str, node: Node, table: str) -> tuple[int, str, Any]:
    match node:
        case Struct():
            return _MESSAGE, name, message_of(node, table)
        case Scalar(type=ScalarType.STRING):
            return _TEXT, name, None
        case Scalar(type=ScalarType.DOUBLE):
            return _DOUBLE, name, None
        case Scalar(type=scalar) if scalar in leaves.FROM_VARINT:
            return _NUMBER, name, leaves.FROM_VARINT[scalar]
        case Scalar(type=scalar):
            return _LEAF, name, leaves.READ_DELIMITED[scalar]
        case MapOf(values=values):
            return _MAP, name, _map_entry(name, values, table)
        case OneOf(choices=choices):
            return _VIA, name, _union(name, choices, table)
        case _:
            raise TypeError(f"{name}: a list of lists has no form in protobuf")


def _add_list(holder: Message, number: int, name: str, items: Node, table: str) -> None:
    """Repeated numbers may come one by one or packed; Go reads either."""
    action, _, how = _single(name, items, table)
    many = {_TEXT: _TEXTS, _MESSAGE: _MESSAGES, _LEAF: _LEAVES, _NUMBER: _NUMBERS}[action]
    holder.fields[number << 3 | (VARINT if action == _NUMBER else LENGTH)] = (many, name, how)
    if action == _NUMBER:
        holder.fields[number << 3 | LENGTH] = (_PACKED, name, how)


def _map_entry(name: str, values: Node, table: str) -> tuple[Message, Any, Callable[[], Any]]:
    """The message of an entry {key=1, value=2}, and the value of an entry that has none."""
    entry = Message(name)
    _add(entry, 1, "key", Scalar(ScalarType.STRING), table)
    if isinstance(values, ListOf):  # a list cannot be a map's value: Go wraps it in {items=1}
        wrapper = Message(name)
        _add_list(wrapper, 1, "items", values.items, table)
        entry.fields[2 << 3 | LENGTH] = (_VIA, "value", (wrapper, lambda found: found.get("items", [])))
        return entry, None, list
    _add(entry, 2, "value", values, table)
    if isinstance(values, Struct):
        return entry, None, dict
    zero = zero_value(values)
    return entry, "" if isinstance(values, Scalar) and values.type is ScalarType.BASE64 else zero, lambda: zero


def _union(name: str, choices: tuple[Node, ...], table: str) -> tuple[Message, Callable[[Json], Any]]:
    """A schema or something simpler: {allows=1, schema=2} with a boolean, {schema=1, list=2} with a list."""
    schema, other = choices
    message = Message(name)
    if isinstance(other, ListOf):
        _add(message, 1, "schema", schema, table)
        _add_list(message, 2, "list", other.items, table)
        return message, lambda found: found.get("list") or found.get("schema")
    _add(message, 1, "allows", other, table)
    _add(message, 2, "schema", schema, table)
    return message, lambda found: found["schema"] if "schema" in found else found.get("allows", False)
