"""A shape compiled into a validator of pydantic's core, which gives plain dictionaries.

A validator checks every type, fills in defaults and orders the fields. One that drops does `schema.prune`'s work as
well, in the same pass: what counts as unset is left out, or becomes its default. That takes no code of ours. Each field
is a choice between a value that is set and one that is not, and the second ends in a step that always fails, whose
failure means "leave it out":

    restartPolicy   a string of at least one letter | null or "" → fails → "Always"
    replicas        a number but 0 (its zero is kept here, it is a pointer) | null → fails → 1

A dropping validator may refuse what pruning first would have let through (a null in a map of strings), and explains
nothing: whoever meets its refusal prunes and asks one that does not drop (see `schema.decode`). What it accepts, it
gives back exactly as they would.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from pydantic_core import CoreSchema, PydanticCustomError, SchemaValidator, core_schema

from pybernetes.api.quantity import canonical_quantity, canonical_resource_quantity
from pybernetes.api.schema.leaves import canonical_base64, canonical_micro_time, canonical_time
from pybernetes.api.schema.prune import NUMERIC
from pybernetes.api.schema.tree import UNSET, Field, ListOf, MapOf, Node, OneOf, Scalar, ScalarType, Struct, zero_value

_PLAIN_TIME = r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
_WRONG_TYPE = "wrong_type"  # what a check says of a value that Go would not even look at


def compile_validator(struct: Struct, extra: Literal["forbid", "ignore"], *, drops: bool = False) -> SchemaValidator:
    """`extra` is what unknown fields do. With `drops`, every refusal is to be taken to one that does not drop."""
    compiler = _Dropping(extra) if drops else _Compiler(extra)
    body = compiler.node(struct)
    schema = core_schema.definitions_schema(body, list(compiler.definitions.values()))
    return SchemaValidator(schema, core_schema.CoreConfig(strict=True))


class _Compiler:
    """Builds pydantic's core schema. Each struct is one definition, so shared and recursive parts exist once."""

    def __init__(self, extra: Literal["forbid", "ignore"]):
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
                fields, ref=reference, total=False, extra_behavior=self.extra
            )
        return core_schema.definition_reference_schema(reference)

    def _field(self, field: Field) -> core_schema.TypedDictField:
        schema, default = self.node(field.node), _default_of(field)
        if default is not UNSET:
            schema = _with_default(schema, default)
        return core_schema.typed_dict_field(schema, required=False)


class _Dropping(_Compiler):
    def node(self, node: Node) -> CoreSchema:
        if isinstance(node, OneOf):
            return _never()  # which choice's unset fields to drop is not known before the choice is
        return super().node(node)

    def _field(self, field: Field) -> core_schema.TypedDictField:
        whole, default = self.node(field.node), _default_of(field)
        keeps_zero = field.required or field.nullable or (isinstance(field.node, Scalar) and _is_zero(field, default))
        is_set, unset = (whole, _null()) if keeps_zero else (self._set(field.node, whole), _unset(field.node))
        instead = _omitted() if default is UNSET else _replaced(default, whole)
        schema: CoreSchema = _either(is_set, core_schema.chain_schema([unset, instead]))
        if default is not UNSET:
            schema = _with_default(schema, default)
        return core_schema.typed_dict_field(schema, required=False)

    def _set(self, node: Node, whole: CoreSchema) -> CoreSchema:
        """The values of a node that do not count as unset."""
        if isinstance(node, Scalar):
            return _SET_SCALARS[node.type]() if node.type in _SET_SCALARS else whole
        if isinstance(node, ListOf):
            return core_schema.list_schema(self.node(node.items), min_length=1)
        return {**whole, "min_length": 1} if isinstance(node, MapOf) else whole


def _default_of(field: Field) -> Any:
    if field.default is not UNSET:
        return field.default
    return zero_value(field.node) if field.always else UNSET


def _is_zero(field: Field, default: Any) -> bool:
    """Whether a zero may stay, since the default that would take its place is the same."""
    zero = zero_value(field.node)
    return (
        type(default) in (str, bool, int) and type(default) is type(zero) and default == zero and not _is_double(field)
    )


def _is_double(field: Field) -> bool:
    return field.node == Scalar(ScalarType.DOUBLE)  # of which there are two zeros: 0 and 0.0


def _with_default(schema: CoreSchema, value: Any) -> CoreSchema:
    if isinstance(value, dict | list):
        return core_schema.with_default_schema(schema, default_factory=type(value), validate_default=True)
    return core_schema.with_default_schema(schema, default=value)


_NOTHING = object()


def _never() -> CoreSchema:
    """Accepts nothing that a client can send."""
    return core_schema.literal_schema([_NOTHING])


def _null() -> CoreSchema:
    return core_schema.none_schema()


def _either(first: CoreSchema, second: CoreSchema) -> CoreSchema:
    return core_schema.union_schema([first, second], mode="left_to_right")


def _unset(node: Node) -> CoreSchema:
    """Accepts what counts as unset in a field that is neither required nor nullable, and nothing else."""
    if isinstance(node, ListOf):
        return _either(_null(), core_schema.list_schema(core_schema.any_schema(), max_length=0))
    if isinstance(node, MapOf):
        return _either(_null(), core_schema.dict_schema(max_length=0))
    if isinstance(node, Scalar) and node.type in _ZEROS:
        return _either(_null(), _ZEROS[node.type]())
    return _null()


def _omitted() -> CoreSchema:
    return core_schema.with_default_schema(_never(), on_error="omit")


def _replaced(default: Any, whole: CoreSchema) -> CoreSchema:
    """Gives the default for whatever comes."""
    if isinstance(default, dict | list):
        made = core_schema.with_default_schema(_never(), default_factory=type(default), on_error="default")
        return core_schema.chain_schema([made, whole])
    return core_schema.with_default_schema(_never(), default=default, on_error="default")


def _checked(check: Callable[[Any], Any]) -> Callable[[], CoreSchema]:
    return lambda: core_schema.no_info_plain_validator_function(check)


def _in_canonical_form(canonical: Callable[[str], str]) -> Callable[[], CoreSchema]:
    def check(value: Any) -> str:
        if type(value) is not str:
            raise PydanticCustomError(_WRONG_TYPE, "the value is no text")
        return canonical(value)

    return _checked(check)


def _plain_or(fraction: str, checked: Callable[[], CoreSchema]) -> Callable[[], CoreSchema]:
    """A time that is canonical in any month is told by the core; any other is looked at by the check."""
    pattern = f"^{_PLAIN_TIME}{fraction}Z$"
    return lambda: _either(core_schema.str_schema(strict=True, pattern=pattern, regex_engine="rust-regex"), checked())


_TIME, _MICRO_TIME = _in_canonical_form(canonical_time), _in_canonical_form(canonical_micro_time)


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
        raise PydanticCustomError(_WRONG_TYPE, "the value is no number")
    return value


def _check_set_double(value: Any) -> float | int:
    if _check_double(value) == 0:
        raise ValueError("unset")
    return _check_double(value)


_MAX = {ScalarType.INT32: 2**31 - 1, ScalarType.INT64: 2**63 - 1}


def _whole_number(scalar: ScalarType) -> Callable[[], CoreSchema]:
    return lambda: core_schema.int_schema(strict=True, ge=-_MAX[scalar] - 1, le=_MAX[scalar])


def _number_but_zero(scalar: ScalarType) -> Callable[[], CoreSchema]:
    return lambda: _either(
        core_schema.int_schema(strict=True, ge=1, le=_MAX[scalar]),
        core_schema.int_schema(strict=True, ge=-_MAX[scalar] - 1, le=-1),
    )


def _truth(value: bool) -> CoreSchema:
    """Accepts one of the two; a literal alone would take 1 and 1.0 for true."""
    return core_schema.chain_schema([core_schema.bool_schema(strict=True), core_schema.literal_schema([value])])


_SCALARS: dict[ScalarType, Callable[[], CoreSchema]] = {
    ScalarType.STRING: lambda: core_schema.str_schema(strict=True),
    ScalarType.BOOLEAN: lambda: core_schema.bool_schema(strict=True),
    ScalarType.INT32: _whole_number(ScalarType.INT32),
    ScalarType.INT64: _whole_number(ScalarType.INT64),
    ScalarType.DOUBLE: _checked(_check_double),
    ScalarType.BASE64: _in_canonical_form(canonical_base64),
    ScalarType.TIME: _TIME,
    ScalarType.MICRO_TIME: _MICRO_TIME,
    ScalarType.QUANTITY: _checked(_check_quantity),
    ScalarType.INT_OR_STRING: lambda: core_schema.union_schema(
        [_whole_number(ScalarType.INT32)(), core_schema.str_schema(strict=True)]
    ),
    ScalarType.RAW_OBJECT: lambda: core_schema.dict_schema(core_schema.str_schema(), core_schema.any_schema()),
    ScalarType.ANY: core_schema.any_schema,
}

_SET_SCALARS: dict[ScalarType, Callable[[], CoreSchema]] = {
    ScalarType.STRING: lambda: core_schema.str_schema(strict=True, min_length=1),
    ScalarType.BOOLEAN: lambda: _truth(True),
    ScalarType.INT32: _number_but_zero(ScalarType.INT32),
    ScalarType.INT64: _number_but_zero(ScalarType.INT64),
    ScalarType.DOUBLE: _checked(_check_set_double),
    ScalarType.TIME: _plain_or("", _TIME),
    ScalarType.MICRO_TIME: _plain_or("[.][0-9]{6}", _MICRO_TIME),
}

_ZEROS: dict[ScalarType, Callable[[], CoreSchema]] = {
    ScalarType.STRING: lambda: core_schema.literal_schema([""]),
    ScalarType.BOOLEAN: lambda: _truth(False),
    ScalarType.INT32: lambda: core_schema.int_schema(strict=True, ge=0, le=0),
    ScalarType.INT64: lambda: core_schema.int_schema(strict=True, ge=0, le=0),
    ScalarType.DOUBLE: lambda: core_schema.float_schema(ge=0, le=0),
}

assert set(_ZEROS) == {ScalarType.STRING, *NUMERIC}
