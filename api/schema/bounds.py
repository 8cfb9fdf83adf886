"""How deep a value from outside is nested, found without recursing: what walks values later recurses."""

from __future__ import annotations

from typing import Any

MAX_OBJECT_DEPTH = 200  # orjson writes at most 254 levels, and the envelopes of answers need a few


def nested_deeper(value: Any, levels: int = MAX_OBJECT_DEPTH) -> bool:
    """Whether a value has more levels of objects and lists than that."""
    current = [value]
    for _ in range(levels):
        current = [
            child
            for item in current
            for child in (item.values() if type(item) is dict else item)
            if type(child) is dict or type(child) is list
        ]
        if not current:
            return False
    return True
