"""What is wrong with text that is no JSON, in the words of Go's decoder; and which of its keys are given twice.

Both are asked only about bodies that a quick parser has refused or found suspicious, so both may take their time.
Counterparts: the scanner of encoding/json; the strict errors of sigs.k8s.io/json.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

MAX_DEPTH = 10_000
_SPACE = b" \t\r\n"
_NUMBER = re.compile(rb"-?(0|[1-9][0-9]*)?(\.[0-9]*)?([eE][+-]?[0-9]*)?")
_ANY_NUMBER = re.compile(rb"-?[0-9]{1,400}(?:\.[0-9]{1,400})?(?:[eE][+-]?[0-9]{1,4})?")
_LITERALS = {b"t"[0]: b"true", b"f"[0]: b"false", b"n"[0]: b"null"}
_END = "unexpected end of JSON input"


class _Wrong(Exception):
    """The scan found what is wrong."""


def syntax_error(data: bytes) -> str:
    """What Go says of data that it cannot read; empty if there is nothing wrong."""
    try:
        _scan(data)
    except _Wrong as wrong:
        return str(wrong)
    return ""


def _scan(data: bytes) -> None:
    """One pass with a stack of open brackets, so that no nesting is too deep for it."""
    stack, position = bytearray(), _skip(data, 0)
    expecting = "value"
    while True:
        if position >= len(data):
            raise _Wrong(_END)
        byte = data[position : position + 1]
        if expecting == "key" or (expecting == "first key" and byte != b"}"):
            if byte != b'"':
                raise _unexpected(byte, "looking for beginning of object key string")
            position = _skip(data, _string(data, position + 1))
            if data[position : position + 1] != b":":
                raise _unexpected(data[position : position + 1], "after object key")
            position, expecting = _skip(data, position + 1), "value"
            continue
        if byte in (b"{", b"[") and expecting in ("value", "first value"):
            if len(stack) >= MAX_DEPTH:
                raise _Wrong("exceeded max depth")
            stack += byte
            position, expecting = _skip(data, position + 1), "first key" if byte == b"{" else "first value"
            continue
        closes = (expecting == "first key" and byte == b"}") or (expecting == "first value" and byte == b"]")
        if not closes:
            position = _skip(data, _scalar(data, position))
        position, expecting = _after_value(data, position, stack, opened_empty=closes)
        if not expecting:
            return


def _after_value(data: bytes, position: int, stack: bytearray, *, opened_empty: bool) -> tuple[int, str]:
    """Close what ends here; where to go on and what is expected there. Nothing is, at the end."""
    first = opened_empty
    while stack:
        if position >= len(data):
            raise _Wrong(_END)
        byte = data[position : position + 1]
        in_object = stack[-1:] == b"{"
        if byte == (b"}" if in_object else b"]"):
            stack.pop()
            position, first = _skip(data, position + 1), False
            continue
        if byte == b"," and not first:
            return _skip(data, position + 1), "key" if in_object else "value"
        raise _unexpected(byte, "after object key:value pair" if in_object else "after array element")
    if position < len(data):
        raise _unexpected(data[position : position + 1], "after top-level value")
    return position, ""


def _scalar(data: bytes, position: int) -> int:
    byte = data[position]
    if byte == 0x22:
        return _string(data, position + 1)
    literal = _LITERALS.get(byte)
    if literal is not None:
        return _literal(data, position, literal)
    if byte == 0x2D or 0x30 <= byte <= 0x39:
        return _number(data, position)
    raise _unexpected(data[position : position + 1], "looking for beginning of value")


def _literal(data: bytes, position: int, literal: bytes) -> int:
    for offset in range(1, len(literal)):
        found, wanted = data[position + offset : position + offset + 1], literal[offset : offset + 1]
        if found != wanted:
            raise _unexpected(found, f"in literal {literal.decode()} (expecting '{wanted.decode()}')")
    return position + len(literal)


def _number(data: bytes, position: int) -> int:
    found = _NUMBER.match(data, position)
    assert found is not None, "the caller has seen a digit or a sign"
    whole, fraction, exponent = found.groups()
    end = found.end()
    if whole is None:
        raise _unexpected(data[position + 1 : position + 2], "in numeric literal")
    if fraction == b".":
        raise _unexpected(data[found.end(2) : found.end(2) + 1], "after decimal point in numeric literal")
    if exponent is not None and not exponent[-1:].isdigit():
        raise _unexpected(data[end : end + 1], "in exponent of numeric literal")
    return end


def _string(data: bytes, position: int) -> int:
    """Where the text that begins here ends."""
    while True:
        byte = data[position : position + 1]
        if byte == b'"':
            return position + 1
        if not byte:
            raise _Wrong(_END)
        if byte < b" ":
            raise _unexpected(byte, "in string literal")
        position += 1
        if byte == b"\\":
            position = _escape(data, position)


def _escape(data: bytes, position: int) -> int:
    kind = data[position : position + 1]
    if kind != b"u":
        if not kind or kind not in b'bfnrt\\/"':
            raise _unexpected(kind, "in string escape code")
        return position + 1
    for place in range(position + 1, position + 5):
        digit = data[place : place + 1]
        if not digit or digit not in b"0123456789abcdefABCDEF":
            raise _unexpected(digit, "in \\u hexadecimal character escape")
    return position + 5


def _skip(data: bytes, position: int) -> int:
    while data[position : position + 1] and data[position] in _SPACE:
        position += 1
    return position


def _unexpected(byte: bytes, where: str) -> _Wrong:
    if not byte:
        return _Wrong(_END)
    shown = {b"'": "\\'", b'"': '"'}.get(byte) or _quoted(byte.decode("latin-1"))
    return _Wrong(f"invalid character '{shown}' {where}")


_ESCAPES = {"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v", "\\": "\\\\"}


def _quoted(letter: str) -> str:
    if letter in _ESCAPES:
        return _ESCAPES[letter]
    if letter.isprintable() and letter != "\xa0":
        return letter
    return f"\\x{ord(letter):02x}" if ord(letter) < 0x80 else f"\\u{ord(letter):04x}"


class _Pairs(list[tuple[str, Any]]):
    """An object's members as they stand in the text."""


def number_as_written(data: bytes, value: float) -> str:
    """A number in the spelling that it has in the text: ``1e3`` is 1000.0, and Go repeats what it was given."""
    for found in _ANY_NUMBER.finditer(data):
        if float(found[0]) == value:
            return found[0].decode()
    return str(value)


def key_paths(data: bytes) -> list[tuple[str, bool]]:
    """The path of every key in the order of the text, and whether it was given before in its object."""
    return list(_paths(json.loads(data, object_pairs_hook=_Pairs), ""))


def _paths(value: Any, path: str) -> Iterator[tuple[str, bool]]:
    if type(value) is _Pairs:
        seen = set[str]()
        for name, item in value:
            below = f"{path}.{name}" if path else name
            yield below, name in seen
            seen.add(name)
            yield from _paths(item, below)
    elif type(value) is list:
        for index, item in enumerate(value):
            yield from _paths(item, f"{path}[{index}]")
