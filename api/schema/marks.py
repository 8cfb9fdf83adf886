"""What a declaration says of a field beyond its type.

``x: bool`` and ``x: bool | None`` differ: with ``| None`` the zero value (False, 0, "") is a value of its own and
is kept; without, it means "not set" and is dropped, as Go drops it when it encodes with omitempty. `Required`
fields are always written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T", bound=type)


@dataclass(frozen=True)
class Doc:
    """What the field means, where no string below it can say so: see `schema.documentation`."""

    text: str


@dataclass(frozen=True)
class Default:
    """The value of a field that is not set. Must be a JSON value."""

    value: Any


@dataclass(frozen=True)
class Always:
    """A field that is written even when it is not set, as its zero value: {}, "", 0, false, or null for a list, a map
    or a time. Go does so where a field is a struct by value or lacks omitempty. Required fields have it unsaid.
    """


@dataclass(frozen=True)
class Atomic:
    """A list that is replaced whole (x-kubernetes-list-type: atomic)."""


@dataclass(frozen=True)
class AtomicMap:
    """A map that is replaced whole (x-kubernetes-map-type: atomic)."""


@dataclass(frozen=True)
class Granular:
    """A struct or a map that is merged field by field, though its type is atomic (x-kubernetes-map-type: granular)."""


@dataclass(frozen=True)
class ListSet:
    """A list of distinct scalars, merged as a set (x-kubernetes-list-type: set)."""


@dataclass(frozen=True, init=False)
class ListMap:
    """A list whose items are told apart by these fields (x-kubernetes-list-type: map)."""

    keys: tuple[str, ...]

    def __init__(self, *keys: str):
        object.__setattr__(self, "keys", keys)


@dataclass(frozen=True)
class PatchMerge:
    """How a strategic merge patch treats the field: lists merge by `key`, or as sets without one."""

    key: str = ""
    retain_keys: bool = False
    replace: bool = False


@dataclass(frozen=True)
class Enum:
    """The values a string may have; any other is "Unsupported value"."""

    values: tuple[str, ...]

    def __init__(self, *values: str):
        object.__setattr__(self, "values", values)


@dataclass(frozen=True)
class NotEmpty:
    """A field that must be set, and to something: otherwise "Required value"."""


@dataclass(frozen=True)
class Minimum:
    """The least value of an integer: anything less "must be greater than or equal to" it."""

    value: int


@dataclass(frozen=True)
class Immutable:
    """A field that cannot change once the object exists."""


@dataclass(frozen=True)
class StructMarks:
    atomic: bool = False
    union: tuple[str, ...] = ()
    discriminator: str = ""


def struct(*, atomic: bool = False, union: tuple[str, ...] = (), discriminator: str = "") -> Callable[[T], T]:
    """Class decorator: `atomic` parts are replaced whole by an apply (x-kubernetes-map-type: atomic).

    Of the fields of a `union` at most one is set; the `discriminator` is the field that names it, where there is one.
    """

    def mark(cls: T) -> T:
        cls.__kubernetes_struct__ = StructMarks(atomic, union, discriminator)  # type: ignore[attr-defined]
        return cls

    return mark
