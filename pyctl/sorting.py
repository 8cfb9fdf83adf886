"""--sort-by: numbers as numbers, quantities as quantities, text by its letters, with digits counted."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from pybernetes.pyctl import jsonpath
from pybernetes.pyctl.failures import Failure


def sort_by(expression: str, items: list[Any], value_of: Callable[[Any], Any]) -> list[Any]:
    """The items in the order of the field; those without it come first. Raises `Failure`."""
    path = jsonpath.relaxed(expression)
    keys = []
    for item in items:
        try:
            found = jsonpath.find(path, value_of(item))
        except jsonpath.JSONPathError as error:
            raise Failure(str(error)) from error
        keys.append(found[0] if found else None)
    if items and all(key is None for key in keys):
        raise Failure(f'couldn\'t find any field with path "{{{expression.strip("{}")}}}" in the list of objects')
    order = sorted(range(len(items)), key=lambda index: _key(keys[index]))
    return [items[index] for index in order]


def _key(value: Any) -> tuple[int, Any]:
    if value is None:
        return 0, 0
    if isinstance(value, bool | int | float):
        return 1, value
    if isinstance(value, str):
        return 2, _natural(value)
    return 3, jsonpath.value_text(value)


def _natural(text: str) -> list[tuple[int, Any]]:
    """Runs of digits compare as numbers: web-2 comes before web-10."""
    return [(0, int(part)) if part.isdigit() else (1, part) for part in re.split(r"(\d+)", text) if part]
