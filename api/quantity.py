"""Amounts of a resource: ``500m`` of a core, ``1Gi`` of memory.

A quantity is a decimal number with an SI suffix (m, k, M …), a binary one (Ki, Mi …) or an exponent. Arithmetic
is exact, in `Fraction`s or integers; nothing is ever a float. The canonical form has no fraction, the largest
suffix of its family that allows that, and at most nano precision, rounded up.

Counterpart: k8s.io/apimachinery/pkg/api/resource.Quantity.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

_PATTERN = re.compile(r"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))(|[numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]+)")
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_DECIMAL_SUFFIX = {power: suffix for suffix, power in _DECIMAL.items()}
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
_MALFORMED = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
_BAD_SUFFIX = "unable to parse quantity's suffix"
_SHAPE = re.compile(r"[+-]?(?=[0-9.])[0-9]*\.?[0-9]*[eEinumkKMGTP]*[-+]?[0-9]*")
_MAX_EXPONENT_DIGITS = 3
_CACHED_QUANTITIES = 4096  # a cluster uses a few hundred different ones


def _parse(text: str) -> tuple[Fraction, str]:
    found = _PATTERN.fullmatch(text)
    if not found:
        raise ValueError(_BAD_SUFFIX if _SHAPE.fullmatch(text) else _MALFORMED)
    number, suffix = found.groups()
    value = Fraction(number)
    if suffix in _BINARY:
        return value * (1 << _BINARY[suffix]), suffix
    if suffix in _DECIMAL:
        return value * Fraction(10) ** _DECIMAL[suffix], suffix
    if len(suffix.lstrip("eE+-")) > _MAX_EXPONENT_DIGITS:
        raise ValueError(_MALFORMED)
    return value * Fraction(10) ** int(suffix[1:]), "e"


@lru_cache(_CACHED_QUANTITIES)
def parse_quantity(text: str) -> Fraction:
    """The exact amount. Raises ValueError with Kubernetes' message."""
    return _parse(str(text))[0]


@lru_cache(_CACHED_QUANTITIES)
def milli(text: str) -> int:
    """The amount in thousandths, rounded up: ``500m`` of a core is 500. Raises ValueError."""
    return _round_up(parse_quantity(text) * 1000)


@lru_cache(_CACHED_QUANTITIES)
def whole(text: str) -> int:
    """The amount in whole units, rounded up: ``1Ki`` of memory is 1024. Raises ValueError."""
    return _round_up(parse_quantity(text))


def _round_up(value: Fraction) -> int:
    """Away from zero, as Quantity rounds."""
    return -(-value.numerator // value.denominator) if value >= 0 else value.numerator // value.denominator


@lru_cache(_CACHED_QUANTITIES)
def canonical_quantity(text: str) -> str:
    """The one spelling of an amount in its family of suffixes. Raises ValueError."""
    value, suffix = _parse(text)
    if suffix in _BINARY and value.denominator == 1 and abs(value) >= 1024:
        return format_binary(value.numerator)
    if suffix in _BINARY and value.denominator == 1:
        return str(value.numerator)
    return _format_decimal(value, exponent=suffix == "e")


@lru_cache(_CACHED_QUANTITIES)
def canonical_resource_quantity(text: str) -> str:
    """The canonical spelling, rounded up to thousandths, as lists of resources keep it. Raises ValueError."""
    canonical = canonical_quantity(text)
    value = parse_quantity(canonical)
    if (value * 1000).denominator == 1:
        return canonical
    return format_milli(_round_up(value * 1000))


def format_binary(amount: int) -> str:
    """``1073741824`` as ``1Gi``: the largest binary suffix that leaves a whole number."""
    for suffix, bits in reversed(_BINARY.items()):
        if amount and amount % (1 << bits) == 0:
            return f"{amount >> bits}{suffix}"
    return str(amount)


def format_milli(amount: int) -> str:
    """Thousandths as a decimal quantity: 1500 is ``1500m``, 2000 is ``2``."""
    return _format_decimal(Fraction(amount, 1000), exponent=False)


def format_quantity(value: Fraction, like: str) -> str:
    """An amount, spelled in the family of suffixes that the quantity `like` uses."""
    suffix = _parse(like)[1] if like else ""
    if suffix in _BINARY and value.denominator == 1:
        return format_binary(value.numerator)
    return _format_decimal(value, exponent=suffix == "e")


def _format_decimal(value: Fraction, *, exponent: bool) -> str:
    nano = _round_up(value * 10**9)
    if nano == 0:
        return "0"
    power = -9
    while power < 18 and nano % 1000 == 0:
        nano, power = nano // 1000, power + 3
    if exponent:
        return f"{nano}e{power}" if power else str(nano)
    return f"{nano}{_DECIMAL_SUFFIX[power]}"
