"""A structural schema as types: what an expression may do with objects of it, how large they can be, and the objects
themselves as values.

    Structural → `declare` → Declared: its type, the fields with their types, the sizes that costs are estimated from
    JSON value → `Declared.value` → CEL value

Most JSON values are CEL values as they are. Where a schema says otherwise (a number is a double although it is
written without a fraction, a date is a moment, a field's name has to be escaped, a list is a set), values are
converted; `convert` is None for a schema in which nothing is. Fields that a schema does not describe are not seen.

Counterparts: apiserver/pkg/cel/types.go, cel/common/schemas.go and values.go.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from pybernetes.api.schema.structural import Structural
from pybernetes.api.schema.tree import UNSET
from pybernetes.apiserver.cel import types
from pybernetes.apiserver.cel.errors import EvaluationError
from pybernetes.apiserver.cel.escaping import escape
from pybernetes.apiserver.cel.moments import SECOND, parse_duration, parse_timestamp
from pybernetes.apiserver.cel.sizes import Range
from pybernetes.apiserver.cel.types import Kind, Type
from pybernetes.apiserver.cel.values import MapList, SetList, Timestamp

Convert = Callable[[Any], Any]

MAX_REQUEST_BYTES = 3 * 1024 * 1024
_MAX_TEXT = MAX_REQUEST_BYTES - 2  # without the quotes
_DATE_BYTES, _MOMENT_BYTES, _DURATION_BYTES = 12, 32, 32
_MIN_MOMENT_BYTES, _MIN_DURATION_BYTES, _MIN_TEXT_BYTES = 21, 3, 2


@dataclass(frozen=True)
class Declared:
    """One node. `max_elements` bounds the length of texts, lists and maps; `min_bytes` is how short its JSON can be."""

    type: Type
    max_elements: int = 0
    min_bytes: int = 0
    key: Declared | None = None
    element: Declared | None = None
    fields: Mapping[str, Declared] = field(default_factory=dict)
    convert: Convert | None = None

    def value(self, given: Any) -> Any:
        """A JSON value of this schema as a CEL value. Raises `EvaluationError`."""
        return given if self.convert is None or given is None else self.convert(given)

    def size_at(self, path: tuple[str, ...]) -> Range | None:
        """How large what is at a path can be; the path begins with the name of the variable."""
        node: Declared | None = self
        for step in path[1:]:
            assert node is not None
            if step in ("@items", "@values"):
                node = node.element
            elif step == "@keys":
                node = node.key
            else:
                node = node.fields.get(step)
            if node is None:
                return None
        return Range(0, node.max_elements if node is not None else 0)


class SchemaTypes:
    """The struct types of a declaration, by name."""

    def __init__(self, root: Declared):
        self._types = {node.type.name: node for node in _structs(root)}

    def has(self, name: str) -> bool:
        return name in self._types

    def field(self, name: str, field: str) -> Type | None:
        node = self._types.get(name)
        found = node.fields.get(field) if node is not None else None
        return found.type if found is not None else None

    def make(self, name: str, fields: dict[str, Any]) -> Any:
        raise EvaluationError(f"unknown type: {name}")


def _structs(node: Declared) -> Iterator[Declared]:
    if node.type.kind is Kind.STRUCT:
        yield node
    for part in (*node.fields.values(), *([node.element] if node.element is not None else [])):
        yield from _structs(part)


def declare(schema: Structural, *, is_root: bool, name: str = "selfType") -> Declared | None:
    """The declaration of a schema; None where expressions cannot see values of it. `is_root`: of a whole object."""
    if schema.int_or_string:
        length = _MAX_TEXT if schema.max_length is None else max(schema.max_length, 0) * 4
        return Declared(types.DYN, length, 1)
    if is_root:
        schema = with_object_metadata(schema)
    match schema.type:
        case "array":
            return _list(schema, name)
        case "object":
            return _map(schema, name) if schema.additional is not None else _object(schema, name)
        case "string":
            return _text(schema)
        case "boolean":
            return Declared(types.BOOL, min_bytes=4)
        case "number":
            return Declared(types.DOUBLE, min_bytes=1, convert=_double)
        case "integer":
            return Declared(types.INT, min_bytes=1, convert=_integer)
    return None


_TEXT = Structural(type="string")


def with_object_metadata(schema: Structural) -> Structural:
    """The schema of a whole object with what every object has: its type, and its name."""
    metadata = schema.properties.get("metadata")
    kept = dict(metadata.properties) if metadata is not None else {}
    named = Structural(type="object", properties={**kept, "name": _TEXT, "generateName": _TEXT})
    known = {"kind": _TEXT, "apiVersion": _TEXT, "metadata": named}
    return replace(schema, type="object", properties={**schema.properties, **known})


def _list(schema: Structural, name: str) -> Declared | None:
    if schema.items is None:
        return None
    items = declare(schema.items, is_root=schema.items.embedded, name=f"{name}.@idx")
    if items is None:
        return None
    most = max(schema.max_items, 0) if schema.max_items is not None else _MAX_TEXT // (items.min_bytes + 1)
    convert = _list_converter(schema, items.convert)
    return Declared(types.list_of(items.type), most, 2, element=items, convert=convert)


def _list_converter(schema: Structural, item: Convert | None) -> Convert | None:
    if schema.list_type == "map":
        keys = tuple(escape(key) or key for key in schema.list_keys)
        return lambda given: MapList([_convert(item, one) for one in given], keys)
    if schema.list_type == "set":
        return lambda given: SetList(_convert(item, one) for one in given)
    if item is None:
        return None
    return lambda given: [_convert(item, one) for one in given]


def _convert(convert: Convert | None, given: Any) -> Any:
    return given if convert is None or given is None else convert(given)


def _map(schema: Structural, name: str) -> Declared | None:
    assert schema.additional is not None
    values = declare(schema.additional, is_root=schema.additional.embedded, name=f"{name}.@elem")
    if values is None:
        return None
    most = _MAX_TEXT // (values.min_bytes + 6)  # two quotes, a key, colon and comma
    if schema.max_properties is not None:
        most = max(schema.max_properties, 0)
    convert, key = values.convert, Declared(types.STRING, 0, _MIN_TEXT_BYTES)
    of_map = None if convert is None else (lambda given: {name: _convert(convert, one) for name, one in given.items()})
    return Declared(types.map_of(types.STRING, values.type), most, 2, key=key, element=values, convert=of_map)


def _object(schema: Structural, name: str) -> Declared:
    fields: dict[str, Declared] = {}
    converts: dict[str, tuple[str, Convert | None]] = {}
    shortest = 2
    for own, part in schema.properties.items():
        escaped = escape(own)
        declared = declare(part, is_root=part.embedded, name=f"{name}.{escaped or own}")
        if declared is None:
            continue
        if escaped is not None:
            fields[escaped] = declared
            if declared.convert is not None or escaped != own:
                converts[own] = (escaped, declared.convert)
        if own in schema.required and part.default is UNSET:
            shortest += len(own) + declared.min_bytes + 4
    return Declared(types.struct(name), 0, shortest, fields=fields, convert=_object_converter(converts))


def _object_converter(converts: dict[str, tuple[str, Convert | None]]) -> Convert | None:
    if not converts:
        return None

    def convert(given: Any) -> Any:
        result = dict(given)
        for own, (escaped, of_field) in converts.items():
            if own in result:
                value = result.pop(own) if own != escaped else result[own]
                result[escaped] = _convert(of_field, value)
        return result

    return convert


def _text(schema: Structural) -> Declared:
    match schema.format:
        case "byte":
            most = _MAX_TEXT if schema.max_length is None else max(schema.max_length, 0)
            return Declared(types.BYTES, most, _MIN_TEXT_BYTES, convert=_bytes)
        case "duration":
            return Declared(types.DURATION, _DURATION_BYTES, _MIN_DURATION_BYTES, convert=_duration)
        case "date":
            return Declared(types.TIMESTAMP, _DATE_BYTES, _DATE_BYTES, convert=_date)
        case "date-time":
            return Declared(types.TIMESTAMP, _MOMENT_BYTES, _MIN_MOMENT_BYTES, convert=_moment)
    if schema.max_length is not None:
        most = max(schema.max_length, 0) * 4  # a character has up to four bytes
    elif schema.enum:
        most = max((len(one.encode()) for one in schema.enum if isinstance(one, str)), default=0)
    else:
        most = _MAX_TEXT
    return Declared(types.STRING, most, _MIN_TEXT_BYTES)


# Values


def _double(given: Any) -> Any:
    return float(given) if type(given) is int else given


def _integer(given: Any) -> Any:
    return int(given) if type(given) is float and given.is_integer() else given


def _bytes(given: Any) -> Any:
    try:
        return base64.b64decode(given, validate=True)
    except (binascii.Error, ValueError, TypeError) as error:
        raise EvaluationError(f"Invalid byte formatted string {given}: {error}") from None


def _duration(given: Any) -> Any:
    found = parse_duration(given)
    if found is None:
        raise EvaluationError(f"Invalid duration {given}: unable to parse {given} as duration")
    return found


def _date(given: Any) -> Any:
    try:
        moment = datetime.strptime(given, "%Y-%m-%d").replace(tzinfo=UTC)
    except (ValueError, TypeError) as error:
        raise EvaluationError(f"Invalid date formatted string {given}: {error}") from None
    return Timestamp(int(moment.timestamp()) * SECOND)


def _moment(given: Any) -> Any:
    text = str(given).replace("t", "T").replace("z", "Z")
    if len(text) > 5 and text[-5] in "+-" and text[-4:].isdigit():
        text = f"{text[:-2]}:{text[-2:]}"
    found = parse_timestamp(text)
    if found is None:
        raise EvaluationError(f'Invalid date-time formatted string {given}: unable to parse "{given}" as date-time')
    return found
