"""Amounts of a resource: ``quantity("500m").isLessThan(quantity("1"))``.

Counterpart: apiserver/pkg/cel/library/quantity.go.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from pybernetes.api.quantity import parse_quantity
from pybernetes.apiserver.cel.errors import EvaluationError
from pybernetes.apiserver.cel.functions import Functions, Overload, traverses
from pybernetes.apiserver.cel.numbers import MAX_INT, MIN_INT
from pybernetes.apiserver.cel.types import BOOL, DOUBLE, INT, STRING, Type, struct

QUANTITY = struct("kubernetes.Quantity")


@dataclass(frozen=True, slots=True)
class Quantity:
    """An exact amount."""

    amount: Fraction
    cel_type: ClassVar[Type] = QUANTITY
    equality_is_cheap: ClassVar[bool] = True


def _parse(text: str) -> Quantity:
    try:
        return Quantity(parse_quantity(text))
    except ValueError as error:
        raise EvaluationError(str(error)) from error


def _is_quantity(text: str) -> bool:
    try:
        parse_quantity(text)
    except ValueError:
        return False
    return True


def _is_integer(value: Quantity) -> bool:
    return value.amount.denominator == 1 and MIN_INT <= value.amount.numerator <= MAX_INT


def _as_integer(value: Quantity) -> int:
    if not _is_integer(value):
        raise EvaluationError("cannot convert value to integer")
    return value.amount.numerator


def _as_float(value: Quantity) -> float:
    try:
        return float(value.amount)
    except OverflowError:
        return float("inf") if value.amount > 0 else float("-inf")


def _compare(a: Quantity, b: Quantity) -> int:
    return (a.amount > b.amount) - (a.amount < b.amount)


def _two(name: str, result: Type, run: Callable[[Quantity, Quantity], object]) -> Overload:
    return Overload(name, (QUANTITY, QUANTITY), result, run, member=True)


def _with_int(name: str, run: Callable[[Quantity, int], Quantity]) -> Overload:
    return Overload(name, (QUANTITY, INT), QUANTITY, run, member=True)


QUANTITIES: Functions = {
    "quantity": [Overload("string_to_quantity", (STRING,), QUANTITY, _parse, cost=traverses(0))],
    "isQuantity": [Overload("is_quantity_string", (STRING,), BOOL, _is_quantity, cost=traverses(0))],
    "sign": [
        Overload("quantity_sign", (QUANTITY,), INT, lambda value: (value.amount > 0) - (value.amount < 0)),
    ],
    "isGreaterThan": [_two("quantity_is_greater_than", BOOL, lambda a, b: a.amount > b.amount)],
    "isLessThan": [_two("quantity_is_less_than", BOOL, lambda a, b: a.amount < b.amount)],
    "compareTo": [_two("quantity_compare_to", INT, _compare)],
    "asApproximateFloat": [Overload("quantity_get_float", (QUANTITY,), DOUBLE, _as_float, member=True)],
    "asInteger": [Overload("quantity_get_int", (QUANTITY,), INT, _as_integer, member=True)],
    "isInteger": [Overload("quantity_is_integer", (QUANTITY,), BOOL, _is_integer, member=True)],
    "add": [
        _two("quantity_add", QUANTITY, lambda a, b: Quantity(a.amount + b.amount)),
        _with_int("quantity_add_int", lambda a, b: Quantity(a.amount + b)),
    ],
    "sub": [
        _two("quantity_sub", QUANTITY, lambda a, b: Quantity(a.amount - b.amount)),
        _with_int("quantity_sub_int", lambda a, b: Quantity(a.amount - b)),
    ],
}
