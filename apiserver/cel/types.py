"""The types of CEL, as the checker reasons about them.

A type is an immutable value; two types are the same when they are equal. Struct types are known by name, and what
fields they have is told by a `TypeProvider`.

Counterpart: cel-go/common/types.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Protocol


class Kind(Enum):
    """What sort of type it is; what counts when types are compared."""

    DYN = auto()
    ERROR = auto()
    NULL = auto()
    BOOL = auto()
    INT = auto()
    UINT = auto()
    DOUBLE = auto()
    STRING = auto()
    BYTES = auto()
    TIMESTAMP = auto()
    DURATION = auto()
    LIST = auto()
    MAP = auto()
    STRUCT = auto()
    OPAQUE = auto()
    TYPE = auto()
    PARAMETER = auto()


@dataclass(frozen=True, slots=True)
class Type:
    """One type. `runtime_name` is what ``type(x)`` gives, `name` what messages show."""

    kind: Kind
    name: str
    parameters: tuple[Type, ...] = ()
    runtime_name: str = ""

    def __str__(self) -> str:
        if self.kind is Kind.PARAMETER or not self.parameters:
            return self.name
        return f"{self.name}({', '.join(map(str, self.parameters))})"


DYN = Type(Kind.DYN, "dyn")
ERROR = Type(Kind.ERROR, "!error!")
NULL = Type(Kind.NULL, "null", runtime_name="null_type")
BOOL = Type(Kind.BOOL, "bool")
INT = Type(Kind.INT, "int")
UINT = Type(Kind.UINT, "uint")
DOUBLE = Type(Kind.DOUBLE, "double")
STRING = Type(Kind.STRING, "string")
BYTES = Type(Kind.BYTES, "bytes")
TIMESTAMP = Type(Kind.TIMESTAMP, "timestamp", runtime_name="google.protobuf.Timestamp")
DURATION = Type(Kind.DURATION, "duration", runtime_name="google.protobuf.Duration")
TYPE = Type(Kind.TYPE, "type")

OPTIONAL = "optional_type"


def list_of(element: Type) -> Type:
    return Type(Kind.LIST, "list", (element,))


def map_of(key: Type, value: Type) -> Type:
    return Type(Kind.MAP, "map", (key, value))


def struct(name: str) -> Type:
    return Type(Kind.STRUCT, name)


def opaque(name: str, *parameters: Type) -> Type:
    return Type(Kind.OPAQUE, name, parameters)


def optional_of(value: Type) -> Type:
    return opaque(OPTIONAL, value)


def type_of(value: Type) -> Type:
    return Type(Kind.TYPE, "type", (value,))


def parameter(name: str) -> Type:
    return Type(Kind.PARAMETER, name)


LIST = list_of(DYN)
MAP = map_of(DYN, DYN)


def is_dyn(some: Type) -> bool:
    return some.kind is Kind.DYN


def is_dyn_or_error(some: Type) -> bool:
    return some.kind is Kind.DYN or some.kind is Kind.ERROR


def unwrap_optional(some: Type) -> tuple[Type, bool]:
    """What an optional holds, and whether it is one."""
    if some.kind is Kind.OPAQUE and some.name == OPTIONAL:
        return some.parameters[0], True
    return some, False


class TypeProvider(Protocol):
    """Tells of struct types: whether there is one of a name, its fields' types, and how one is made."""

    def has(self, name: str) -> bool: ...

    def field(self, name: str, field: str) -> Type | None: ...

    def make(self, name: str, fields: dict[str, Any]) -> Any:
        """A value of the type. Raises `EvaluationError`."""


class NoTypes:
    """A provider without struct types."""

    def has(self, name: str) -> bool:
        return False

    def field(self, name: str, field: str) -> Type | None:
        return None

    def make(self, name: str, fields: dict[str, Any]) -> Any:
        raise NotImplementedError(f"there is no type {name}")


# What a name in an expression means when it is a type's.
NAMED_TYPES: dict[str, Type] = {
    "bool": BOOL,
    "bytes": BYTES,
    "double": DOUBLE,
    "dyn": DYN,
    "google.protobuf.Duration": DURATION,
    "google.protobuf.Timestamp": TIMESTAMP,
    "int": INT,
    "list": LIST,
    "map": MAP,
    "null_type": NULL,
    "optional_type": optional_of(DYN),
    "string": STRING,
    "type": TYPE,
    "uint": UINT,
}
