"""From one type to another: ``int("3")``, ``string(duration)``.

Counterpart: the ConvertToType methods of cel-go/common/types.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from pybernetes.apiserver.cel.errors import EvaluationError, no_such_overload
from pybernetes.apiserver.cel.functions import Functions, Overload, traverses
from pybernetes.apiserver.cel.moments import SECOND, duration_text, parse_duration, parse_timestamp, timestamp_text
from pybernetes.apiserver.cel.numbers import as_duration, as_int, as_timestamp, as_uint, double_to_int
from pybernetes.apiserver.cel.types import (
    BOOL,
    BYTES,
    DOUBLE,
    DURATION,
    INT,
    STRING,
    TIMESTAMP,
    UINT,
    Type,
)
from pybernetes.apiserver.cel.values import Duration, Timestamp, UInt, type_of

_TRUE = frozenset(("1", "t", "T", "true", "TRUE", "True"))
_FALSE = frozenset(("0", "f", "F", "false", "FALSE", "False"))
_DECIMAL = frozenset("0123456789")


def _fails(value: Any, wanted: Type) -> EvaluationError:
    found = type_of(value)
    names = [some.runtime_name or some.name for some in (found, wanted)]
    return EvaluationError(f"type conversion error from '{names[0]}' to '{names[1]}'")


def _digits(text: str, *, signed: bool) -> bool:
    digits = text[1:] if signed and text[:1] in ("+", "-") else text
    return bool(digits) and set(digits) <= _DECIMAL


def to_int(value: Any) -> int:
    match value:
        case bool():
            raise no_such_overload()
        case UInt():
            return as_int(int(value))
        case int():
            return value
        case float():
            return double_to_int(value, -(2**63) - 1, 2**63, "integer overflow")
        case Timestamp():
            return value.nanoseconds // SECOND
        case Duration():
            return value.nanoseconds
        case str() if _digits(value, signed=True) and -(2**63) <= int(value) < 2**63:
            return int(value)
        case str():
            raise _fails(value, INT)
    raise no_such_overload()


def to_uint(value: Any) -> UInt:
    match value:
        case bool():
            raise no_such_overload()
        case UInt():
            return value
        case int():
            return as_uint(value)
        case float():
            return UInt(double_to_int(value, -1, 2**64, "unsigned integer overflow"))
        case str() if _digits(value, signed=False) and int(value) < 2**64:
            return UInt(int(value))
        case str():
            raise _fails(value, UINT)
    raise no_such_overload()


def to_double(value: Any) -> float:
    match value:
        case bool():
            raise no_such_overload()
        case int() | float():
            return float(value)
        case str():
            try:
                if "_" in value or value != value.strip():
                    raise ValueError
                return float(value)
            except ValueError:
                raise _fails(value, DOUBLE) from None
    raise no_such_overload()


def to_bool(value: Any) -> bool:
    match value:
        case bool():
            return value
        case str():
            if value in _TRUE or value in _FALSE:
                return value in _TRUE
            raise _fails(value, BOOL)
    raise no_such_overload()


def double_text(value: float) -> str:
    """The shortest decimal that reads back as the same number, with an exponent only where it is large."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    if value == 0:
        return "-0" if math.copysign(1, value) < 0 else "0"
    exponent = math.floor(math.log10(abs(value)))
    if exponent < -4 or exponent >= 21:
        mantissa, _, power = repr(value).partition("e") if "e" in repr(value) else f"{value:.17e}".partition("e")
        if "e" not in repr(value):
            mantissa, _, power = _scientific(value).partition("e")
        return f"{mantissa.removesuffix('.0')}e{int(power):+03d}"
    text = repr(value)
    if "e" in text:
        text = f"{value:.0f}" if exponent >= 0 else f"{value:f}"
    return text.removesuffix(".0")


def _scientific(value: float) -> str:
    return next(text for digits in range(17) if float(text := f"{value:.{digits}e}") == value)


def to_string(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(int(value))
        case float():
            return double_text(value)
        case str():
            return value
        case bytes():
            try:
                return value.decode()
            except UnicodeDecodeError:
                raise EvaluationError("invalid UTF-8 in bytes, cannot convert to string") from None
        case Timestamp():
            return timestamp_text(value)
        case Duration():
            return duration_text(value)
    convert: Callable[[], str] | None = getattr(value, "cel_string", None)
    if convert is None:
        raise no_such_overload()
    return convert()


def to_bytes(value: Any) -> bytes:
    match value:
        case bytes():
            return value
        case str():
            return value.encode()
    raise no_such_overload()


def to_duration(value: Any) -> Duration:
    match value:
        case Duration():
            return value
        case bool():
            raise no_such_overload()
        case int():
            return as_duration(value)
        case str():
            found = parse_duration(value)
            if found is None:
                raise _fails(value, DURATION)
            return found
    raise no_such_overload()


def to_timestamp(value: Any) -> Timestamp:
    match value:
        case Timestamp():
            return value
        case bool():
            raise no_such_overload()
        case int():
            return as_timestamp(value * SECOND)
        case str():
            found = parse_timestamp(value)
            if found is None:
                raise _fails(value, TIMESTAMP)
            return found
    raise no_such_overload()


def _from(wanted: Type, convert: Callable[[Any], Any], *sources: tuple[str, Type]) -> list[Overload]:
    traversed = {"string_to_bytes", "bytes_to_string"}
    return [
        Overload(name, (source,), wanted, convert, cost=traverses(0) if name in traversed else None)
        for name, source in sources
    ]


CONVERSIONS: Functions = {
    "bool": _from(BOOL, to_bool, ("bool_to_bool", BOOL), ("string_to_bool", STRING)),
    "bytes": _from(BYTES, to_bytes, ("bytes_to_bytes", BYTES), ("string_to_bytes", STRING)),
    "double": _from(
        DOUBLE,
        to_double,
        ("double_to_double", DOUBLE),
        ("int64_to_double", INT),
        ("string_to_double", STRING),
        ("uint64_to_double", UINT),
    ),
    "duration": _from(
        DURATION,
        to_duration,
        ("duration_to_duration", DURATION),
        ("int64_to_duration", INT),
        ("string_to_duration", STRING),
    ),
    "int": _from(
        INT,
        to_int,
        ("int64_to_int64", INT),
        ("double_to_int64", DOUBLE),
        ("duration_to_int64", DURATION),
        ("string_to_int64", STRING),
        ("timestamp_to_int64", TIMESTAMP),
        ("uint64_to_int64", UINT),
    ),
    "string": _from(
        STRING,
        to_string,
        ("string_to_string", STRING),
        ("bool_to_string", BOOL),
        ("bytes_to_string", BYTES),
        ("double_to_string", DOUBLE),
        ("duration_to_string", DURATION),
        ("int64_to_string", INT),
        ("timestamp_to_string", TIMESTAMP),
        ("uint64_to_string", UINT),
    ),
    "timestamp": _from(
        TIMESTAMP,
        to_timestamp,
        ("timestamp_to_timestamp", TIMESTAMP),
        ("int64_to_timestamp", INT),
        ("string_to_timestamp", STRING),
    ),
    "uint": _from(
        UINT,
        to_uint,
        ("uint64_to_uint64", UINT),
        ("double_to_uint64", DOUBLE),
        ("int64_to_uint64", INT),
        ("string_to_uint64", STRING),
    ),
}
