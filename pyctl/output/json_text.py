"""Objects as JSON text, as kubectl prints it: sorted keys, four spaces, HTML's characters escaped."""

from __future__ import annotations

import json
from typing import Any

_ESCAPES = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", chr(0x2028): "\\u2028", chr(0x2029): "\\u2029"}
)


def pretty(value: Any) -> str:
    """Over several lines, without a line end behind it."""
    return json.dumps(_plain(value), indent=4, sort_keys=True, ensure_ascii=False).translate(_ESCAPES)


def compact(value: Any) -> str:
    """On one line."""
    return json.dumps(_plain(value), separators=(",", ":"), sort_keys=True, ensure_ascii=False).translate(_ESCAPES)


def _plain(value: Any) -> Any:
    """Whole floats as integers, the way Go writes them."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
        return int(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value
