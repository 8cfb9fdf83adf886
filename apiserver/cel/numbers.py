"""Arithmetic that ends where CEL's types end: 64 bits for integers, years 1 to 9999 for moments.

Counterparts: cel-go/common/types/overflow.go, int.go, uint.go, double.go.
"""

from __future__ import annotations

import math

from pybernetes.apiserver.cel.errors import EvaluationError
from pybernetes.apiserver.cel.values import Duration, Timestamp, UInt

MIN_INT, MAX_INT, MAX_UINT = -(2**63), 2**63 - 1, 2**64 - 1
_FIRST_MOMENT = -62_135_596_800 * 10**9
_LAST_MOMENT = 253_402_300_799 * 10**9 + 999_999_999


def as_int(value: int) -> int:
    """The value as an int. Raises `EvaluationError` when it is none."""
    if MIN_INT <= value <= MAX_INT:
        return value
    raise EvaluationError("integer overflow")


def as_uint(value: int) -> UInt:
    if 0 <= value <= MAX_UINT:
        return UInt(value)
    raise EvaluationError("unsigned integer overflow")


def as_duration(nanoseconds: int) -> Duration:
    if MIN_INT <= nanoseconds <= MAX_INT:
        return Duration(nanoseconds)
    raise EvaluationError("duration overflow")


def as_timestamp(nanoseconds: int) -> Timestamp:
    if _FIRST_MOMENT <= nanoseconds <= _LAST_MOMENT:
        return Timestamp(nanoseconds)
    raise EvaluationError("timestamp overflow")


def divide(a: int, b: int) -> int:
    """Rounded towards zero."""
    if b == 0:
        raise EvaluationError("division by zero")
    quotient = abs(a) // abs(b)
    return quotient if (a < 0) == (b < 0) else -quotient


def modulo(a: int, b: int) -> int:
    """With the sign of the dividend; an error where the quotient would be none of CEL's."""
    if b == 0:
        raise EvaluationError("modulus by zero")
    if a == MIN_INT and b == -1:
        raise EvaluationError("integer overflow")
    return a - b * divide(a, b)


def divide_doubles(a: float, b: float) -> float:
    if b != 0.0:
        return a / b
    if a == 0.0 or math.isnan(a):
        return math.nan
    return math.copysign(math.inf, a) * math.copysign(1.0, b)


def double_to_int(value: float, low: int, high: int, message: str) -> int:
    """The whole part. Raises `EvaluationError` when it is not between the limits."""
    if math.isnan(value) or math.isinf(value) or not low < value < high:
        raise EvaluationError(message)
    return int(value)
