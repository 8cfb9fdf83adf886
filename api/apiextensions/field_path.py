"""Paths to fields of a schema, as rules and selectable fields name them: ``.spec.ports['http-port'].number``.

Counterpart: ValidFieldPath in apiextensions-apiserver/pkg/apiserver/schema/cel/validation.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pybernetes.api.schema.structural import Structural

_TOKEN = re.compile(r"'(?:[^'\\]|\\.)*'|[.\[\]]|[^.\[\]']+|'.*", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "'": "'", "\\": "\\"}


class FieldPathError(ValueError):
    """The path is malformed, or leads nowhere."""


def normalized_path(text: str, schema: Structural, *, brackets: bool = True) -> tuple[str, Structural]:
    """The path as errors have it, and the schema that it leads to. Raises `FieldPathError`."""
    path = ""
    tokens = iter(_TOKEN.findall(text))
    for token in tokens:
        if token == "[":
            if not brackets:
                raise FieldPathError("array notation is not allowed")
            name = _quoted(_next(tokens))
            path, schema = _step(path, schema, name)
            closing = _next(tokens)
            if closing != "]":
                raise FieldPathError(f"expected ] but got {closing}")
        elif token == ".":
            path, schema = _step(path, schema, _next(tokens))
        else:
            raise FieldPathError(f"expected [ or . but got: {token}")
    return path, schema


def _next(tokens: Iterator[str]) -> str:
    try:
        return next(tokens)
    except StopIteration:
        raise FieldPathError("unexpected end of JSON path") from None


def _quoted(token: str) -> str:
    if len(token) < 2 or token[0] != "'" or token[-1] != "'":
        raise FieldPathError(f"expected single quoted string but got {token}")

    def unescaped(found: re.Match[str]) -> str:
        if found[1] not in _ESCAPED:
            raise FieldPathError(f"invalid string literal: invalid escape char {found[0]}")
        return _ESCAPED[found[1]]

    return _ESCAPE.sub(unescaped, token[1:-1])


def _step(path: str, schema: Structural, name: str) -> tuple[str, Structural]:
    if schema.properties:
        if name not in schema.properties:
            raise FieldPathError("does not refer to a valid field")
        return f"{path}.{name}" if path else name, schema.properties[name]
    if schema.additional is not None:
        return f"{path}[{name}]", schema.additional
    raise FieldPathError("does not refer to a valid field")
