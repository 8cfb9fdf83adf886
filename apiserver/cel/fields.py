"""Fields of values: of plain maps, of optional values, and of what has its own way to give them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pybernetes.apiserver.cel.errors import EvaluationError, no_such_overload
from pybernetes.apiserver.cel.values import NONE, Optional, optional


def field_of(value: Any, field: str) -> Any:
    """A field of something that is no plain map."""
    if isinstance(value, dict):
        if field not in value:
            raise EvaluationError(f"no such key: {field}")
        return value[field]
    if type(value) is Optional:
        return optional_field(value, field)
    read: Callable[[str], Any] | None = getattr(value, "cel_field", None)
    if read is None:
        raise no_such_overload()
    return read(field)


def has_field(value: Any, field: str) -> bool:
    if isinstance(value, dict):
        return field in value
    if type(value) is Optional:
        return value.present and has_field(value.value, field)
    test: Callable[[str], bool] | None = getattr(value, "cel_has", None)
    if test is None:
        raise no_such_overload()
    return test(field)


def optional_field(value: Any, field: str) -> Optional:
    """The field, if it is there."""
    if type(value) is Optional:
        if not value.present:
            return NONE
        value = value.value
    return optional(field_of(value, field)) if has_field(value, field) else NONE
