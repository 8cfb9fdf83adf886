"""The limits that a declaration states, checked in Kubernetes' words.

    restartPolicy: Annotated[str, Enum("Always", "Never", "OnFailure")]    Unsupported value: "x": supported values: …
    replicas: Annotated[Int32, Minimum(0)]             Invalid value: -1: must be greater than or equal to 0
    name: Required[Annotated[str, NotEmpty()]]         Required value
    roleRef: Annotated[RoleRef, Immutable()]           Invalid value: …: field is immutable

The tree is compiled into a validator of pydantic's core that knows only the parts with limits, so that an object
without any fault costs a few microseconds. Its findings are put into words afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic_core import CoreSchema, SchemaValidator, ValidationError, core_schema

from pybernetes.api.field import ErrorList, Verbatim, go_json
from pybernetes.api.object import Json
from pybernetes.api.schema.decode import field_path
from pybernetes.api.schema.tree import Field, ListOf, MapOf, Node, OneOf, Scalar, ScalarType, Struct

IMMUTABLE_DETAIL = "field is immutable"

_validators: dict[int, tuple[Struct, SchemaValidator | None]] = {}
_immutable_paths: dict[int, tuple[Struct, list[tuple[tuple[str, ...], Field]]]] = {}


def check_constraints(obj: Json, struct: Struct, errors: ErrorList) -> None:
    """Add an error for every value that breaks a limit of its declaration."""
    held = _validators.get(id(struct))
    if held is None:
        held = _validators[id(struct)] = (struct, _compile(struct))
    validator = held[1]
    if validator is None:
        return
    try:
        validator.validate_python(obj)
    except ValidationError as found:
        for problem in found.errors(include_url=False, include_context=False):
            _report(problem["loc"], problem["type"], problem["input"], struct, errors)


def check_immutable(new: Json, old: Json, struct: Struct, errors: ErrorList) -> None:
    """Add an error for every field declared immutable that differs."""
    held = _immutable_paths.get(id(struct))
    if held is None:
        held = _immutable_paths[id(struct)] = (struct, list(_find_immutable(struct, ())))
    for names, field in held[1]:
        value, before = _value_at(new, names), _value_at(old, names)
        if value != before:
            errors.invalid(".".join(names), _as_go_shows(value, field), IMMUTABLE_DETAIL)


def _as_go_shows(value: Any, field: Field) -> Any:
    from pybernetes.api.internal_form import internal_field  # it reads declarations, and few writes are wrong

    shown = internal_field(value, field)
    return Verbatim(go_json(shown)) if isinstance(shown, dict | list) else shown


def _find_immutable(struct: Struct, above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Field]]:
    for field in struct.fields.values():
        if field.immutable:
            yield (*above, field.name), field
        elif isinstance(field.node, Struct) and len(above) < _IMMUTABLE_DEPTH:
            yield from _find_immutable(field.node, (*above, field.name))


_IMMUTABLE_DEPTH = 3  # metadata, spec and the parts right below: nothing deeper is declared immutable


def _value_at(obj: Any, names: Sequence[str]) -> Any:
    for name in names:
        obj = obj.get(name) if isinstance(obj, dict) else None
    return obj


def _report(location: Sequence[int | str], kind: str, value: Any, struct: Struct, errors: ErrorList) -> None:
    path, field = field_path(location), _field_at(struct, location)
    if field is None:
        errors.invalid(path, value, kind)
    elif kind in ("missing", "string_too_short", "too_short") or (field.not_empty and not value):
        errors.required(path)
    elif kind == "literal_error":
        errors.not_supported(path, value, field.enum)
    else:
        errors.invalid(path, value, f"must be greater than or equal to {field.minimum}")


def _field_at(struct: Struct, location: Sequence[int | str]) -> Field | None:
    node: Node = struct
    field = None
    for part in location:
        if isinstance(node, Struct):
            field = node.fields.get(str(part))
            if field is None:
                return None
            node = field.node
        elif isinstance(node, ListOf):
            node = node.items
        elif isinstance(node, MapOf):
            node = node.values
    return field


def _compile(struct: Struct) -> SchemaValidator | None:
    """A validator of the parts with limits; None when there are none."""
    constrained = _constrained_structs(struct)
    if id(struct) not in constrained:
        return None
    compiler = _Compiler(constrained)
    body = compiler.struct(struct)
    return SchemaValidator(core_schema.definitions_schema(body, list(compiler.definitions.values())))


def _constrained_structs(root: Struct) -> set[int]:
    """The structs that have a limit somewhere below, by identity."""
    structs: dict[int, Struct] = {}
    _collect(root, structs)
    constrained = {key for key, struct in structs.items() if any(_has_limit(f) for f in struct.fields.values())}
    grown = True
    while grown:
        more = {
            key
            for key, struct in structs.items()
            if key not in constrained and any(_reaches(f.node, constrained) for f in struct.fields.values())
        }
        constrained |= more
        grown = bool(more)
    return constrained


def _collect(node: Node, structs: dict[int, Struct]) -> None:
    match node:
        case Struct():
            if id(node) not in structs:
                structs[id(node)] = node
                for field in node.fields.values():
                    _collect(field.node, structs)
        case ListOf(items=inner) | MapOf(values=inner):
            _collect(inner, structs)
        case OneOf() | Scalar():
            pass  # alternatives are told apart by type; none of them carries limits


def _has_limit(field: Field) -> bool:
    return bool(field.enum) or field.minimum is not None or field.not_empty


def _reaches(node: Node, constrained: set[int]) -> bool:
    match node:
        case Struct():
            return id(node) in constrained
        case ListOf(items=inner) | MapOf(values=inner):
            return _reaches(inner, constrained)
    return False


class _Compiler:
    def __init__(self, constrained: set[int]):
        self.constrained = constrained
        self.definitions: dict[str, CoreSchema] = {}

    def struct(self, struct: Struct) -> CoreSchema:
        reference = f"{struct.name}:{id(struct)}"
        if reference not in self.definitions:
            self.definitions[reference] = core_schema.any_schema()
            limited = (f for f in struct.fields.values() if _has_limit(f) or _reaches(f.node, self.constrained))
            fields = {field.name: self._field(field) for field in limited}
            self.definitions[reference] = core_schema.typed_dict_schema(fields, ref=reference, extra_behavior="ignore")
        return core_schema.definition_reference_schema(reference)

    def _field(self, field: Field) -> core_schema.TypedDictField:
        schema = self._limited(field)
        if not field.not_empty:
            schema = core_schema.nullable_schema(schema)
        return core_schema.typed_dict_field(schema, required=field.not_empty)

    def _limited(self, field: Field) -> CoreSchema:
        if field.enum:
            return core_schema.literal_schema(list(field.enum))
        if field.minimum is not None:
            return core_schema.int_schema(ge=field.minimum)
        least = 1 if field.not_empty else None
        if isinstance(field.node, Scalar) and field.node.type is ScalarType.STRING:
            return core_schema.str_schema(min_length=least)
        if isinstance(field.node, ListOf):
            return core_schema.list_schema(self._node(field.node.items), min_length=least)
        return self._node(field.node)

    def _node(self, node: Node) -> CoreSchema:
        match node:
            case Struct() if id(node) in self.constrained:
                return self.struct(node)
            case ListOf(items=items):
                return core_schema.list_schema(self._node(items))
            case MapOf(values=values):
                return core_schema.dict_schema(core_schema.str_schema(), self._node(values))
        return core_schema.any_schema()
