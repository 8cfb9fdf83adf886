"""From an expression's text to its tokens.

Only well-formed text gets through; what is wrong with the rest is told by `syntax`.

Counterpart: cel-go/parser/gen/CEL.g4 and cel-go/parser/unescape.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

_TOKEN = re.compile(
    r"""
      (?P<skip>[\t\r\n\f\ ]+|//[^\n]*)
    | (?P<float>(?:[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+|\.[0-9]+(?:[eE][+-]?[0-9]+)?))
    | (?P<uint>(?:0x[0-9a-fA-F]+|[0-9]+)[uU])
    | (?P<int>0x[0-9a-fA-F]+|[0-9]+)
    | (?P<text>(?P<prefix>[bB]?[rR]|[bB]|)(?P<quote>\"{3}|'{3}|["']))
    | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<escaped>`[A-Za-z0-9_.\-/ ]+`)
    | (?P<operator>==|!=|<=|>=|&&|\|\||[-+*/%<>!?:.,()\[\]{}])
    """,
    re.VERBOSE,
)
_SIMPLE_ESCAPES = {
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    "\\": "\\",
    "'": "'",
    '"': '"',
    "`": "`",
    "?": "?",
}
_DIGITS = {"x": 2, "X": 2, "u": 4, "U": 8}
_MAX_CODE_POINT, _SURROGATES = 0x10FFFF, range(0xD800, 0xE000)


class LexError(ValueError):
    """There is no token at this offset."""

    def __init__(self, offset: int):
        super().__init__(f"no token at {offset}")
        self.offset = offset


class Token(NamedTuple):
    """`kind` is int, uint, float, string, bytes, name, escaped, end, or the operator itself."""

    kind: str
    value: Any
    offset: int


def tokens(source: str) -> Iterator[Token]:
    """The tokens, with one of kind ``end`` last. Raises `LexError`."""
    offset = 0
    while offset < len(source):
        found = _TOKEN.match(source, offset)
        if found is None:
            raise LexError(offset)
        kind, start = str(found.lastgroup), offset
        offset = found.end()
        match kind:
            case "skip":
                continue
            case "int" | "uint":
                digits = found[0].rstrip("uU")
                yield Token(kind, int(digits, 16 if digits.startswith("0x") else 10), start)
            case "float":
                yield Token(kind, float(found[0]), start)
            case "quote" | "text" | "prefix":
                value, offset = _text(source, start, offset, found["prefix"].lower(), found["quote"])
                yield Token("bytes" if isinstance(value, bytes) else "string", value, start)
            case "operator":
                yield Token(found[0], found[0], start)
            case _:
                yield Token(kind, found[0].strip("`"), start)
    yield Token("end", None, len(source))


def _text(source: str, start: int, offset: int, prefix: str, quote: str) -> tuple[str | bytes, int]:
    """The value of a string or bytes literal whose text begins at `offset`, and where it ends."""
    raw, binary = "r" in prefix, "b" in prefix
    parts: list[str] = []
    data = bytearray()
    while not source.startswith(quote, offset):
        if offset >= len(source) or (len(quote) == 1 and source[offset] in "\r\n"):
            raise LexError(start)
        character = source[offset]
        if character == "\\" and not raw:
            character, is_byte, offset = _escape(source, start, offset + 1, binary=binary)
        else:
            is_byte = False
            if raw and character == "\\" and offset + 1 < len(source):
                pass
            offset += 1
        if binary:
            data += bytes([ord(character)]) if is_byte else character.encode()
        else:
            parts.append(character)
    return (bytes(data) if binary else "".join(parts)), offset + len(quote)


def _escape(source: str, start: int, offset: int, *, binary: bool) -> tuple[str, bool, int]:
    """The character that an escape stands for, whether it is a byte of its own, and where the escape ends."""
    kind = source[offset : offset + 1]
    if kind in _SIMPLE_ESCAPES:
        return _SIMPLE_ESCAPES[kind], False, offset + 1
    if kind in _DIGITS:
        if binary and kind in "uU":
            raise LexError(start)
        digits, base, offset = source[offset + 1 : offset + 1 + _DIGITS[kind]], 16, offset + 1
        wanted = _DIGITS[kind]
    else:
        digits, base, wanted = source[offset : offset + 3], 8, 3
        if not re.fullmatch(r"[0-3][0-7]{2}", digits):
            raise LexError(start)
    if len(digits) != wanted or not all(digit in "0123456789abcdefABCDEF" for digit in digits):
        raise LexError(start)
    code = int(digits, base)
    if code > _MAX_CODE_POINT or code in _SURROGATES:
        raise LexError(start)
    return chr(code), kind not in "uU", offset + wanted
