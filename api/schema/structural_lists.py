"""Lists whose items may stand once: sets, and lists with keys.

A list that has become a set is not judged while its object still has what it had twice: where anything stood twice
before an update, nothing is told.

Counterpart: apiextensions-apiserver/pkg/apiserver/schema/listtype.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from pybernetes.api.field import ErrorList
from pybernetes.api.schema.structural import Structural


def validate_lists(obj: Any, schema: Structural, errors: ErrorList, old: Any = None) -> None:
    """Tell of each item that stands twice."""
    found = list(_twice(obj, schema, ""))
    if found and (old is None or next(_twice(old, schema, ""), None) is None):
        for path, item in found:
            errors.duplicate(path, item)


def identity_of(item: Any, keys: Sequence[str] = ()) -> bytes:
    """What an item is known by: its keys, or all of it where there are none."""
    known = {key: item[key] for key in keys if key in item} if keys else item
    return orjson.dumps(known, option=orjson.OPT_SORT_KEYS)


def _twice(value: Any, node: Structural, path: str) -> Iterator[tuple[str, Any]]:
    if not node.holds_unique_lists:
        return
    if isinstance(value, dict):
        for name, item in value.items():
            part = node.properties.get(name) or node.additional
            if part is not None:
                yield from _twice(item, part, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        if node.list_type in ("set", "map"):
            yield from _repeated(value, node, path)
        if node.items is not None:
            for index, item in enumerate(value):
                yield from _twice(item, node.items, f"{path}[{index}]")


def _repeated(items: list[Any], node: Structural, path: str) -> Iterator[tuple[str, Any]]:
    seen: set[bytes] = set()
    keys = node.list_keys if node.list_type == "map" else ()
    for index, item in enumerate(items):
        if keys and not isinstance(item, dict):
            continue
        told = {key: item[key] for key in keys if key in item} if keys else item
        identity = identity_of(told)
        if identity in seen:
            yield f"{path}[{index}]", told
        seen.add(identity)
