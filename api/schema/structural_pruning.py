"""Bringing the object of a custom resource into its schema's shape: dropping what is unknown, filling in defaults.

    unknown fields go (unless the schema keeps them) → null goes where it is no value → defaults come

Both change the object in place. Counterparts: apiextensions-apiserver's schema/pruning and schema/defaulting.
"""

from __future__ import annotations

from typing import Any

from pybernetes.api.object import Json, deep_copy
from pybernetes.api.schema.structural import Structural
from pybernetes.api.schema.tree import UNSET

_OF_EVERY_OBJECT = ("apiVersion", "kind", "metadata")


def prune_object(obj: Json, schema: Structural) -> list[str]:
    """Drop the unknown fields of a whole object; the paths of what was dropped."""
    dropped: list[str] = []
    _prune(obj, schema, "", dropped, is_object=True)
    return dropped


def prune_value(value: Any, schema: Structural) -> list[str]:
    """The same for a part of an object."""
    dropped: list[str] = []
    _prune(value, schema, "", dropped, is_object=False)
    return dropped


def _prune(value: Any, node: Structural, path: str, dropped: list[str], *, is_object: bool = False) -> None:
    if isinstance(value, dict):
        _prune_fields(value, node, path, dropped, is_object=is_object or node.embedded)
    elif isinstance(value, list) and node.items is not None:
        for index, item in enumerate(value):
            _prune(item, node.items, f"{path}[{index}]", dropped)


def _prune_fields(value: Json, node: Structural, path: str, dropped: list[str], *, is_object: bool) -> None:
    unknown = []
    for name, item in value.items():
        if is_object and name in _OF_EVERY_OBJECT:
            continue
        known = node.properties.get(name) or node.additional
        if known is not None:
            _prune(item, known, f"{path}.{name}" if path else name, dropped)
        elif not node.preserve:
            unknown.append(name)
    for name in unknown:
        del value[name]
        dropped.append(f"{path}.{name}" if path else name)


def fill_defaults(value: Any, node: Structural) -> None:
    """Drop null where it is no value, and fill in what is not set."""
    if isinstance(value, dict):
        for name, part in node.properties.items():
            if name in value and value[name] is None and not part.nullable:
                del value[name]
            if name not in value and part.default is not UNSET:
                value[name] = deep_copy(part.default)
            if name in value:
                fill_defaults(value[name], part)
        if node.additional is not None:
            _default_free_keys(value, node, node.additional)
    elif isinstance(value, list) and node.items is not None:
        for index, item in enumerate(value):
            if item is None and not node.items.nullable and node.items.default is not UNSET:
                value[index] = deep_copy(node.items.default)
            fill_defaults(value[index], node.items)


def _default_free_keys(value: Json, node: Structural, part: Structural) -> None:
    for name in value:
        if name in node.properties:
            continue
        if value[name] is None and not part.nullable and part.default is not UNSET:
            value[name] = deep_copy(part.default)
        fill_defaults(value[name], part)
