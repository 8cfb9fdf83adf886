"""What differs between two JSON values, in lines for an error message: ``-path: old`` and ``+path: new``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pybernetes.api.field import shown

MAX_LINES = 20  # enough to see what is wrong, little enough for a message


def describe_difference(old: Any, new: Any, path: str) -> str:
    """The differing leaves, old before new, at most `MAX_LINES` lines."""
    lines: list[str] = []
    for line in _differences(old, new, path):
        if len(lines) == MAX_LINES:
            lines.append("…")
            break
        lines.append(line)
    return "\n".join(lines)


def _differences(old: Any, new: Any, path: str) -> Iterator[str]:
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            yield from _differences(old.get(key), new.get(key), f"{path}.{key}")
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from _differences(before, after, f"{path}[{index}]")
    else:
        if old is not None:
            yield f"-{path}: {shown(old)}"
        if new is not None:
            yield f"+{path}: {shown(new)}"
