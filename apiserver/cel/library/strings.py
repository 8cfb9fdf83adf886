"""More about text: searching, cutting, joining. Places are counted in characters from 0.

Counterpart: cel-go/ext/strings.go, version 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pybernetes.apiserver.cel.errors import EvaluationError, no_such_overload
from pybernetes.apiserver.cel.functions import TRAVERSAL, Functions, Overload, scaled, traverses
from pybernetes.apiserver.cel.library.formatting import format_text
from pybernetes.apiserver.cel.types import DYN, INT, STRING, Type, list_of
from pybernetes.apiserver.cel.values import size_of

_UPPER = {ord("a") + offset: ord("A") + offset for offset in range(26)}
_LOWER = {upper: lower for lower, upper in _UPPER.items()}
_ESCAPES = {"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v"}
_QUOTED = str.maketrans({**_ESCAPES, "\\": "\\\\", '"': '\\"'})
_SPACES = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))


def _out_of_range(place: int) -> EvaluationError:
    return EvaluationError(f"index out of range: {place}")


def char_at(text: str, place: int) -> str:
    if not 0 <= place <= len(text):
        raise _out_of_range(place)
    return text[place : place + 1]


def index_of(text: str, part: str, offset: int = 0) -> int:
    if not part:
        return offset
    if offset < 0 or offset >= max(len(text), 1):
        raise _out_of_range(offset)
    return text.find(part, offset)


def last_index_of(text: str, part: str, offset: int | None = None) -> int:
    if not part:
        return len(text) if offset is None else offset
    if offset is None:
        return text.rfind(part)
    if not 0 <= offset < len(text):
        raise _out_of_range(offset)
    return text.rfind(part, 0, offset + len(part))


def replace(text: str, old: str, new: str, count: int = -1) -> str:
    return text.replace(old, new, max(count, -1))


def split(text: str, separator: str, count: int = -1) -> list[str]:
    if count == 0:
        return []
    if not separator:
        characters = list(text)
        if 0 < count < len(characters):
            return [*characters[: count - 1], "".join(characters[count - 1 :])]
        return characters
    return text.split(separator, count - 1 if count > 0 else -1)


def substring(text: str, start: int, end: int | None = None) -> str:
    if end is not None and start > end:
        raise EvaluationError(f"invalid substring range. start: {start}, end: {end}")
    for place in (start, len(text) if end is None else end):
        if not 0 <= place <= len(text):
            raise _out_of_range(place)
    return text[start:end]


def join(parts: list[Any], separator: str = "") -> str:
    if not all(isinstance(part, str) for part in parts):
        raise no_such_overload()
    return separator.join(parts)


def _join_cost(values: Sequence[Any], result: Any) -> int:
    return scaled(size_of(result), 2 * TRAVERSAL)


def list_traversal(values: Sequence[Any], result: Any) -> int:
    """The cost of looking at all that a value holds."""
    return _traversal(values[0])


def _traversal(value: Any) -> int:
    if isinstance(value, str):
        return int(len(value.encode()) * TRAVERSAL)
    if isinstance(value, bytes):
        return int(len(value) * TRAVERSAL)
    if isinstance(value, list):
        return sum(map(_traversal, value))
    if isinstance(value, dict):
        return sum(_traversal(key) + _traversal(item) for key, item in value.items())
    return 1


def _member(name: str, result: Type, run: Any, *parameters: Type, cost: Any = None) -> Overload:
    return Overload(name, (STRING, *parameters), result, run, member=True, cost=cost)


STRINGS: Functions = {
    "charAt": [_member("string_char_at_int", STRING, char_at, INT)],
    "indexOf": [
        _member("string_index_of_string", INT, index_of, STRING, cost=list_traversal),
        _member("string_index_of_string_int", INT, index_of, STRING, INT, cost=list_traversal),
    ],
    "lastIndexOf": [
        _member("string_last_index_of_string", INT, last_index_of, STRING, cost=list_traversal),
        _member("string_last_index_of_string_int", INT, last_index_of, STRING, INT, cost=list_traversal),
    ],
    "lowerAscii": [_member("string_lower_ascii", STRING, lambda text: text.translate(_LOWER), cost=traverses(0))],
    "upperAscii": [_member("string_upper_ascii", STRING, lambda text: text.translate(_UPPER), cost=traverses(0))],
    "replace": [
        _member("string_replace_string_string", STRING, replace, STRING, STRING, cost=traverses(0, 2)),
        _member("string_replace_string_string_int", STRING, replace, STRING, STRING, INT, cost=traverses(0, 2)),
    ],
    "split": [
        _member("string_split_string", list_of(STRING), split, STRING, cost=traverses(0, 2)),
        _member("string_split_string_int", list_of(STRING), split, STRING, INT, cost=traverses(0, 2)),
    ],
    "substring": [
        _member("string_substring_int", STRING, substring, INT, cost=traverses(0)),
        _member("string_substring_int_int", STRING, substring, INT, INT, cost=traverses(0)),
    ],
    "trim": [_member("string_trim", STRING, lambda text: text.strip(_SPACES), cost=traverses(0))],
    "join": [
        Overload("list_join", (list_of(STRING),), STRING, join, member=True, cost=_join_cost),
        Overload("list_join_string", (list_of(STRING), STRING), STRING, join, member=True, cost=_join_cost),
    ],
    "format": [_member("string_format", STRING, format_text, list_of(DYN))],
    "strings.quote": [Overload("strings_quote", (STRING,), STRING, lambda text: f'"{text.translate(_QUOTED)}"')],
}
