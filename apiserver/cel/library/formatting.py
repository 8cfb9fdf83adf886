"""``"%s has %d".format([name, count])``: values put into text, as printf does.

Counterpart: cel-go/ext/formatting.go, with its locale at en-US.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import Any

from pybernetes.apiserver.cel.conversions import double_text, to_string
from pybernetes.apiserver.cel.errors import EvaluationError
from pybernetes.apiserver.cel.moments import duration_text, timestamp_text
from pybernetes.apiserver.cel.values import Duration, Timestamp, TypeValue, UInt, type_of

_CLAUSE = re.compile(r"%(?:(%)|(?:\.([0-9]*))?(.?))", re.DOTALL)
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_DEFAULT_PRECISION = 6
_MAX_PRECISION = 1000
_EXTREMES = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_NUMBERS = {math.inf: "∞", -math.inf: "-∞"}


def format_text(template: str, arguments: list[Any]) -> str:
    """The text with each clause replaced by what stands for it in the list. Raises `EvaluationError`."""
    place = 0

    def clause(found: re.Match[str]) -> str:
        nonlocal place
        literal, precision, verb = found.groups()
        if literal:
            return "%"
        if not verb:
            raise EvaluationError("could not parse formatting clause: unexpected end of string")
        write = _CLAUSES.get(verb)
        if write is None:
            raise EvaluationError(f'could not parse formatting clause: unrecognized formatting clause "{verb}"')
        if place >= len(arguments):
            raise EvaluationError(f"index {place} out of range")
        value, place = arguments[place], place + 1
        wanted = _DEFAULT_PRECISION if precision is None else int(precision or 0)
        if wanted > _MAX_PRECISION:
            raise EvaluationError(f"precision {wanted} exceeds maximum allowed precision {_MAX_PRECISION}")
        return write(value, wanted)

    return _CLAUSE.sub(clause, template)


def _name(value: Any) -> str:
    some = type_of(value)
    return some.runtime_name or some.name


def _refuse(message: str, value: Any) -> EvaluationError:
    return EvaluationError(f"error during formatting: {message}, was given {_name(value)}")


def _string(value: Any, precision: int) -> str:
    if value is None:
        return "null"
    if isinstance(value, list):
        return f"[{', '.join(_nested(item) for item in value)}]"
    if isinstance(value, dict):
        entries = sorted((_key(key), _nested(item)) for key, item in value.items())
        return "{" + ", ".join(f"{key}:{item}" for key, item in entries) + "}"
    if isinstance(value, TypeValue):
        return value.name
    if isinstance(value, bool | int | float | str | bytes | Timestamp | Duration):
        return to_string(value)
    raise _refuse(
        "string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, "
        "and timestamps",
        value,
    )


def _key(key: Any) -> str:
    return _quoted(key) if isinstance(key, str) else to_string(key)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _nested(value: Any) -> str:
    """A value within a list or a map, as an expression would have it."""
    match value:
        case str():
            return _quoted(value)
        case bytes():
            return f"b{_quoted(value.decode(errors='replace'))}"
        case bool():
            return to_string(value)
        case float():
            extreme = math.isinf(value) or math.isnan(value)
            return _quoted(double_text(value)) if extreme else f"{value:.6f}"
        case Timestamp():
            return f'timestamp("{timestamp_text(value)}")'
        case Duration():
            return f'duration("{duration_text(value)}")'
    return _string(value, 0)


def _decimal(value: Any, precision: int) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(int(value))
    raise _refuse("decimal clause can only be used on integers", value)


def _double(value: Any, clause: str) -> float:
    if isinstance(value, float):
        return value
    if isinstance(value, str) and value in _EXTREMES:
        return _EXTREMES[value]
    raise _refuse(f"{clause} clause can only be used on doubles", value)


def _fixed(value: Any, precision: int) -> str:
    number = _double(value, "fixed-point")
    if math.isnan(number):
        return "NaN"
    return _NUMBERS.get(number) or f"{number:,.{precision}f}"


def _scientific(value: Any, precision: int) -> str:
    number = _double(value, "scientific")
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return _NUMBERS[number]
    mantissa, exponent = f"{number:.{precision}e}".split("e")
    power = f"{int(exponent):03d}" if int(exponent) < 0 else f"{int(exponent):02d}"
    return f"{mantissa}\u202f×\u202f10{power.translate(_SUPERSCRIPTS)}"


def _binary(value: Any, precision: int) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int):
        return f"{int(value):b}"
    raise _refuse("only integers and bools can be formatted as binary", value)


def _hex(value: Any, precision: int) -> str:
    if isinstance(value, str):
        return value.encode().hex()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, int | UInt) and not isinstance(value, bool):
        return f"{int(value):x}"
    raise _refuse("only integers, byte buffers, and strings can be formatted as hex", value)


def _octal(value: Any, precision: int) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{int(value):o}"
    raise _refuse("octal clause can only be used on integers", value)


_CLAUSES: dict[str, Callable[[Any, int], str]] = {
    "s": _string,
    "d": _decimal,
    "f": _fixed,
    "e": _scientific,
    "b": _binary,
    "x": _hex,
    "X": lambda value, precision: _hex(value, precision).upper(),
    "o": _octal,
}
