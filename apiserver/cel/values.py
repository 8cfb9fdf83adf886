"""The values of CEL, as Python has them.

    bool, int, float, str, bytes, None, list, dict      as they are
    uint                                                `UInt`
    timestamp, duration                                 `Timestamp`, `Duration`, in nanoseconds
    optional                                            `Optional`
    a type                                              `TypeValue`
    what a library adds                                 a class with `cel_type`

JSON values are CEL values without any conversion.

Counterpart: cel-go/common/types.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from pybernetes.apiserver.cel import types
from pybernetes.apiserver.cel.types import Kind, Type


class UInt(int):
    """An unsigned integer."""

    __slots__ = ()


@dataclass(frozen=True, order=True, slots=True)
class Timestamp:
    """A moment, in nanoseconds since 1970."""

    nanoseconds: int
    cel_type: ClassVar[Type] = types.TIMESTAMP


@dataclass(frozen=True, order=True, slots=True)
class Duration:
    """A span of time."""

    nanoseconds: int
    cel_type: ClassVar[Type] = types.DURATION


@dataclass(frozen=True, slots=True)
class TypeValue:
    """What ``type(x)`` gives."""

    name: str
    cel_type: ClassVar[Type] = types.TYPE


@dataclass(frozen=True, slots=True)
class Optional:
    """A value that may be missing."""

    value: Any = None
    present: bool = False
    cel_type: ClassVar[Type] = types.optional_of(types.DYN)


NONE = Optional()


def optional(value: Any) -> Optional:
    return Optional(value, True)


class SetList(list[Any]):
    """A list of which the schema says that it is a set: its order does not count."""

    __slots__ = ()


class MapList(list[Any]):
    """A list of which the schema says that its items have keys: their order does not count."""

    __slots__ = ("keys",)

    def __init__(self, items: list[Any], keys: tuple[str, ...]):
        super().__init__(items)
        self.keys = keys

    def key_of(self, item: Any) -> tuple[Any, ...]:
        return tuple(item.get(key) if isinstance(item, dict) else None for key in self.keys)


class StructValue(dict[str, Any]):
    """An object with a type name, as a struct literal makes it."""

    __slots__ = ("cel_type",)

    def __init__(self, type_name: str, fields: dict[str, Any]):
        super().__init__(fields)
        self.cel_type = types.struct(type_name)


_TYPES: dict[type, Type] = {
    bool: types.BOOL,
    int: types.INT,
    UInt: types.UINT,
    float: types.DOUBLE,
    str: types.STRING,
    bytes: types.BYTES,
    type(None): types.NULL,
    list: types.LIST,
    SetList: types.LIST,
    MapList: types.LIST,
    dict: types.MAP,
}


def type_of(value: Any) -> Type:
    """The type that a value has when it is run with; what it holds is not looked at."""
    found = _TYPES.get(type(value))
    if found is not None:
        return found
    declared: Type = value.cel_type
    return declared


def type_value(some: Type) -> TypeValue:
    return TypeValue(some.runtime_name or some.name)


_PLAIN = frozenset((str, bool, bytes, type(None)))
_NUMBERS = frozenset((int, float, UInt))


def equal(a: Any, b: Any) -> bool:
    """Whether two values are equal: numbers across their types, other things only to their like."""
    kind_a, kind_b = type(a), type(b)
    if kind_a in _NUMBERS:
        return kind_b in _NUMBERS and bool(a == b)
    if kind_a in _PLAIN:
        return kind_a is kind_b and bool(a == b)
    if isinstance(a, list):
        return isinstance(b, list) and len(a) == len(b) and _equal_lists(a, b)
    if isinstance(a, dict):
        return isinstance(b, dict) and len(a) == len(b) and all(key in b and equal(a[key], b[key]) for key in a)
    if kind_a is Optional:
        return kind_b is Optional and a.present == b.present and equal(a.value, b.value)
    return kind_a is kind_b and bool(a == b)


def _equal_lists(a: list[Any], b: list[Any]) -> bool:
    if isinstance(a, SetList):
        return all(contains(b, item) for item in a)
    if isinstance(a, MapList):
        by_key = {_frozen(a.key_of(item)): item for item in b}
        return all((key := _frozen(a.key_of(item))) in by_key and equal(item, by_key[key]) for item in a)
    return all(map(equal, a, b))


def _frozen(key: tuple[Any, ...]) -> tuple[Any, ...]:
    """A key that can be looked up, where one true and one 1 are two."""
    return tuple((type(part), part) if part.__hash__ is not None else (type(part), repr(part)) for part in key)


def contains(items: list[Any], value: Any) -> bool:
    return any(equal(item, value) for item in items)


def size_of(value: Any) -> int:
    """How large a value counts as in costs: its length, or 1."""
    if isinstance(value, str | list | dict | bytes):
        return len(value)
    sized: Callable[[], int] | None = getattr(value, "cel_size", None)
    return sized() if sized is not None else 1


def fits(value: Any, wanted: Type) -> bool:
    """Whether a value can stand where this type is wanted; of lists and maps only that they are."""
    if wanted.kind in (Kind.DYN, Kind.PARAMETER):
        return True
    found = type_of(value)
    if found.kind is not wanted.kind:
        return False
    return found.kind not in (Kind.OPAQUE, Kind.STRUCT) or found.name == wanted.name
