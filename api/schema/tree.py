"""A shape as values: what a declaration, or a custom resource's schema, is compiled into.

A `Struct` may contain itself (JSONSchemaProps does), so its fields are filled in after it exists and two trees are
equal only when they are the same object.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class ScalarType(Enum):
    """How a leaf is written, and what counts as a value of it."""

    STRING = "string"
    BOOLEAN = "boolean"
    INT32 = "int32"
    INT64 = "int64"
    DOUBLE = "double"
    BASE64 = "base64"
    TIME = "time"
    MICRO_TIME = "microtime"
    QUANTITY = "quantity"
    INT_OR_STRING = "int-or-string"
    RAW_OBJECT = "object"
    ANY = "any"


class ListType(Enum):
    ATOMIC = "atomic"
    SET = "set"
    MAP = "map"


@dataclass(frozen=True, slots=True)
class Scalar:
    type: ScalarType


@dataclass(eq=False, slots=True)
class ListOf:
    """An array. `keys` tell the items of a MAP list apart."""

    items: Node
    type: ListType = ListType.ATOMIC
    keys: tuple[str, ...] = ()


@dataclass(eq=False, slots=True)
class MapOf:
    """An object with free keys and values of one shape."""

    values: Node
    atomic: bool = False


@dataclass(eq=False, slots=True)
class OneOf:
    """A value of one of several shapes, told apart by its JSON type (JSONSchemaProps | bool)."""

    choices: tuple[Node, ...]


@dataclass(eq=False, slots=True)
class Struct:
    """An object with named fields. `package` is the Go package of the type, as error messages spell it.

    `module` is the Python module that declares it, if one does: its folder is the API group of the type. `union`: at
    most one of these fields is set, the one that the `discriminator` names. `origin`: what this is a granular form of.
    `rest`: the shape of what else is in an object, where that is kept.
    """

    name: str
    package: str = "v1"
    fields: dict[str, Field] = field(default_factory=dict)
    atomic: bool = False
    doc: str = ""
    module: str = ""
    union: tuple[str, ...] = ()
    discriminator: str = ""
    origin: Struct | None = None
    rest: Node | None = None


Node = Scalar | ListOf | MapOf | OneOf | Struct

DEDUCED = MapOf(Scalar(ScalarType.ANY))
"""Whatever somebody sends: an object is a map of more of the kind, all else is one value."""
DEDUCED.values = DEDUCED

UNSET: Any = object()


@dataclass(eq=False, slots=True)
class Field:
    """One field of a struct.

    `nullable`: the zero value is kept, since it differs from "not set". `always`: written as its zero value when it is
    not set. `enum`, `minimum`, `not_empty`, `immutable`: see `schema.constraints`.
    `stated`: the declaration says how a list, or a map, is told apart, even if that is the usual way.
    `merge_key`, `merge`, `replace`, `retain_keys`: the strategic merge patch strategy.
    """

    name: str
    node: Node
    required: bool = False
    nullable: bool = False
    always: bool = False
    default: Any = UNSET
    doc: str = ""
    merge: bool = False
    replace: bool = False
    merge_key: str = ""
    retain_keys: bool = False
    enum: tuple[str, ...] = ()
    minimum: int | None = None
    not_empty: bool = False
    immutable: bool = False
    stated: bool = False


_ZERO_SCALARS: dict[ScalarType, Any] = {
    ScalarType.STRING: "",
    ScalarType.BOOLEAN: False,
    ScalarType.INT32: 0,
    ScalarType.INT64: 0,
    ScalarType.DOUBLE: 0,
    ScalarType.QUANTITY: "0",
    ScalarType.INT_OR_STRING: 0,
}


def zero_value(node: Node) -> Any:
    """What Go writes for a value of this type that nobody set."""
    if isinstance(node, Struct):
        return {}
    return _ZERO_SCALARS.get(node.type) if isinstance(node, Scalar) else None


_WRITTEN_AS_NULL = "selector"  # of a workload: the one pointer to a struct that Go writes though it is nil


def zero_object(struct: Struct) -> dict[str, Any]:
    """What Go writes for a struct in which nobody set anything, kind and apiVersion left out."""
    zero: dict[str, Any] = {}
    for name, one in struct.fields.items():
        if one.always:
            zero[name] = zero_object(one.node) if isinstance(one.node, Struct) else zero_value(one.node)
        elif one.required and name == _WRITTEN_AS_NULL:
            zero[name] = None
    return zero
