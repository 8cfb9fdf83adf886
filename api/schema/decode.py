"""From what a client sent to an object of the declared shape.

Two steps. `prune` drops what counts as unset; then pydantic's core, with a validator compiled from the tree,
checks every type, fills in defaults and orders the fields, and gives back plain dictionaries. Both run once per
write. Quantities come out in canonical form ("1024Mi" as "1Gi").

The errors are those of Kubernetes' decoder: a wrong type ends decoding and names the Go type; unknown fields are
listed all at once, and whether they fail the request is the caller's decision (field validation).
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Sequence
from typing import Any

from pydantic_core import CoreSchema, SchemaValidator, ValidationError, core_schema

from pybernetes.api.object import Json
from pybernetes.api.quantity import canonical_quantity, canonical_resource_quantity
from pybernetes.api.schema.names import go_type, json_type
from pybernetes.api.schema.prune import prune
from pybernetes.api.schema.tree import UNSET, Field, ListOf, MapOf, Node, OneOf, Scalar, ScalarType, Struct, zero_value

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")


class DecodeError(Exception):
    """The object does not have the declared shape. The message is the decoder's part of Kubernetes' answer."""


class Decoder:
    """Decodes objects of one shape. Compiled on first use: most processes meet few of the kinds there are."""

    def __init__(self, struct: Struct):
        self.struct = struct
        self._forbidding: SchemaValidator | None = None
        self._ignoring: SchemaValidator | None = None

    def decode(self, obj: Json) -> tuple[Json, list[str]]:
        """The object in the declared shape with defaults, and the paths of fields that were unknown and dropped.

        `obj` is used up: the result may share parts with it. Raises `DecodeError`.
        """
        prune(obj, self.struct)
        if self._forbidding is None:
            self._forbidding = compile_validator(self.struct, "forbid")
        try:
            return self._forbidding.validate_python(obj), []
        except ValidationError as error:
            problems = error.errors(include_url=False)
        wrong = [problem for problem in problems if problem["type"] != "extra_forbidden"]
        if wrong:
            raise DecodeError(self._explain(wrong[0]["loc"], wrong[0]))
        unknown = [field_path(problem["loc"]) for problem in problems]
        if self._ignoring is None:
            self._ignoring = compile_validator(self.struct, "ignore")
        return self._ignoring.validate_python(obj), unknown

    def _explain(self, location: Sequence[int | str], problem: Any) -> str:
        if problem["type"] == "value_error":
            return str(problem["ctx"]["error"])
        node, owner, names = _locate(self.struct, location)
        value = problem.get("input")
        field = f"{owner}.{'.'.join(names)}"
        return f"json: cannot unmarshal {_spelled(value, node)} into Go struct field {field} of type {go_type(node)}"


def _spelled(value: Any, node: Node) -> str:
    """Go names the number itself where it has the right type and only does not fit."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and isinstance(node, Scalar) and node.type in (ScalarType.INT32, ScalarType.INT64):
        return f"number {value}"
    return json_type(value)


def _locate(struct: Struct, location: Sequence[int | str]) -> tuple[Node, str, list[str]]:
    """The node at a location, the struct that holds the field, and the names on the way without indices."""
    node: Node = struct
    owner, names = struct.name, []
    for part in location:
        if isinstance(node, Struct) and part in node.fields:
            owner, node = node.name, node.fields[str(part)].node
            names.append(str(part))
        elif isinstance(node, ListOf) and isinstance(part, int):
            node = node.items
        elif isinstance(node, MapOf):
            node = node.values
            names.append(str(part))
    return node, owner, names


def field_path(location: Sequence[int | str]) -> str:
    """``spec.containers[0].image`` from the parts of a location."""
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def compile_validator(struct: Struct, extra: str) -> SchemaValidator:
    """A validator that gives plain dictionaries. `extra` is what unknown fields do: "forbid" or "ignore"."""
    compiler = _Compiler(extra)
    body = compiler.node(struct)
    schema = core_schema.definitions_schema(body, list(compiler.definitions.values()))
    return SchemaValidator(schema, core_schema.CoreConfig(strict=True))


class _Compiler:
    """Builds pydantic's core schema. Each struct is one definition, so shared and recursive parts exist once."""

    def __init__(self, extra: str):
        self.extra = extra
        self.definitions: dict[str, CoreSchema] = {}

    def node(self, node: Node) -> CoreSchema:
        match node:
            case Scalar(type=scalar):
                return _SCALARS[scalar]()
            case ListOf(items=items):
                return core_schema.list_schema(self.node(items))
            case MapOf(values=Scalar(type=ScalarType.QUANTITY)):
                return core_schema.dict_schema(core_schema.str_schema(), _checked(_check_resource_quantity)())
            case MapOf(values=values):
                return core_schema.dict_schema(core_schema.str_schema(), self.node(values))
            case OneOf(choices=choices):
                return core_schema.union_schema([self.node(choice) for choice in choices])
            case Struct():
                return self._struct(node)

    def _struct(self, struct: Struct) -> CoreSchema:
        reference = f"{struct.name}:{id(struct)}"
        if reference not in self.definitions:
            self.definitions[reference] = core_schema.any_schema()
            fields = {name: self._field(field) for name, field in struct.fields.items()}
            self.definitions[reference] = core_schema.typed_dict_schema(
                fields,
                ref=reference,
                total=False,
                extra_behavior=self.extra,  # type: ignore[arg-type]
            )
        return core_schema.definition_reference_schema(reference)

    def _field(self, field: Field) -> core_schema.TypedDictField:
        schema = self.node(field.node)
        if field.default is not UNSET:
            schema = _with_default(schema, field.default)
        elif field.always:
            schema = _with_default(schema, zero_value(field.node))
        return core_schema.typed_dict_field(schema, required=False)


def _with_default(schema: CoreSchema, value: Any) -> CoreSchema:
    if isinstance(value, dict | list):
        return core_schema.with_default_schema(schema, default_factory=type(value), validate_default=True)
    return core_schema.with_default_schema(schema, default=value)


def _checked(check: Callable[[Any], Any]) -> Callable[[], CoreSchema]:
    return lambda: core_schema.no_info_plain_validator_function(check)


def _check_time(value: Any) -> str:
    if isinstance(value, str) and _RFC3339.fullmatch(value):
        return value
    raise ValueError(f'parsing time "{value}" as "2006-01-02T15:04:05Z07:00": cannot parse "{value}" as "2006"')


def _check_base64(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"json: cannot unmarshal {json_type(value)} into Go value of type []uint8")
    try:
        binascii.a2b_base64(value, strict_mode=True)
    except binascii.Error:
        raise ValueError(f"illegal base64 data at input byte {_bad_base64_at(value)}") from None
    return value


def _bad_base64_at(value: str) -> int:
    """Where the first byte is that base64 cannot have."""
    found = re.search(r"[^A-Za-z0-9+/=]", value)
    return found.start() if found else max(0, len(value) - 1)


def _check_quantity(value: Any) -> str:
    return canonical_quantity(_quantity_text(value))


def _check_resource_quantity(value: Any) -> str:
    return canonical_resource_quantity(_quantity_text(value))


def _quantity_text(value: Any) -> str:
    if type(value) is str:
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")
    return str(value)


def _check_double(value: Any) -> float | int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"json: cannot unmarshal {json_type(value)} into Go value of type float64")
    return value


_INT32_MAX, _INT64_MAX = 2**31 - 1, 2**63 - 1

_SCALARS: dict[ScalarType, Callable[[], CoreSchema]] = {
    ScalarType.STRING: lambda: core_schema.str_schema(strict=True),
    ScalarType.BOOLEAN: lambda: core_schema.bool_schema(strict=True),
    ScalarType.INT32: lambda: core_schema.int_schema(strict=True, ge=-_INT32_MAX - 1, le=_INT32_MAX),
    ScalarType.INT64: lambda: core_schema.int_schema(strict=True, ge=-_INT64_MAX - 1, le=_INT64_MAX),
    ScalarType.DOUBLE: _checked(_check_double),
    ScalarType.BASE64: _checked(_check_base64),
    ScalarType.TIME: _checked(_check_time),
    ScalarType.MICRO_TIME: _checked(_check_time),
    ScalarType.QUANTITY: _checked(_check_quantity),
    ScalarType.INT_OR_STRING: lambda: core_schema.union_schema(
        [core_schema.int_schema(strict=True, ge=-_INT32_MAX - 1, le=_INT32_MAX), core_schema.str_schema(strict=True)]
    ),
    ScalarType.RAW_OBJECT: lambda: core_schema.dict_schema(core_schema.str_schema(), core_schema.any_schema()),
    ScalarType.ANY: core_schema.any_schema,
}
