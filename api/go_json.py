"""JSON as Go writes it: what HTML would take for a tag, and JavaScript for the end of a line, is escaped in text.

Nothing outside of text has such letters, so the bytes may be looked at as a whole; most have none, which is seen in
a quarter of a microsecond. Whoever reads JSON reads both spellings, so the store keeps the short one.

Counterpart: encoding/json with its HTML escaping, which is on in Kubernetes' serializers.
"""

from __future__ import annotations

from typing import Any

import orjson

_ESCAPES = (
    (b"<", b"\\u003c"),
    (b">", b"\\u003e"),
    (b"&", b"\\u0026"),
    (b"\xe2\x80\xa8", b"\\u2028"),
    (b"\xe2\x80\xa9", b"\\u2029"),
)


_LESS, _GREATER, _AND, _LINE_END = b"<>&\xe2"  # as numbers: a byte is looked for ten times as fast as a text


def escaped(data: bytes) -> bytes:
    """The same JSON in Go's spelling."""
    if _LESS in data or _GREATER in data or _AND in data or _LINE_END in data:
        for letter, escape in _ESCAPES:
            data = data.replace(letter, escape)
    return data


def dumps(value: Any) -> bytes:
    """A value in Go's spelling. Raises TypeError for what JSON cannot hold."""
    return escaped(orjson.dumps(value))
