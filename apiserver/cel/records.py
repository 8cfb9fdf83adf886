"""Struct types that are known by name and field when the server is built, and are JSON objects at run time.

What Kubernetes' configuration files let expressions look at (a user, an access review) is of such types.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pybernetes.apiserver.cel.types import Type


class Records:
    """A `TypeProvider` over a table of types with their fields."""

    def __init__(self, types: Mapping[str, Mapping[str, Type]]):
        self._types = types

    def has(self, name: str) -> bool:
        return name in self._types

    def field(self, name: str, field: str) -> Type | None:
        return self._types.get(name, {}).get(field)

    def make(self, name: str, fields: dict[str, Any]) -> Any:
        return dict(fields)
