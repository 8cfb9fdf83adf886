"""Lists made of lists: parts of them, flattened, sorted, turned round, without what they have twice.

Costs count the list that is made; what compares all items with all others counts the square.

Counterpart: version 3 of cel-go/ext/lists.go. `function_costs` has the estimates.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cmp_to_key
from typing import Any

from pybernetes.apiserver.cel.errors import EvaluationError
from pybernetes.apiserver.cel.functions import TRAVERSAL, Functions, Overload
from pybernetes.apiserver.cel.operators import compare
from pybernetes.apiserver.cel.types import (
    BOOL,
    BYTES,
    DOUBLE,
    DURATION,
    DYN,
    INT,
    STRING,
    TIMESTAMP,
    UINT,
    Type,
    list_of,
    parameter,
)
from pybernetes.apiserver.cel.values import contains, type_of

MAKING = 11  # a call, and a new list
_LONGEST_RANGE = 10_000_000
_LIST = list_of(parameter("T"))
_COMPARABLE: tuple[Type, ...] = (INT, UINT, DOUBLE, BOOL, DURATION, TIMESTAMP, STRING, BYTES)


def _slice(items: list[Any], start: int, end: int) -> list[Any]:
    told = f"cannot slice({start}, {end}), "
    if start < 0 or end < 0:
        raise EvaluationError(told + "negative indexes not supported")
    if start > end:
        raise EvaluationError(told + "start index must be less than or equal to end index")
    if len(items) < end:
        raise EvaluationError(f"{told}list is length {len(items)}")
    return list(items[start:end])


def _flatten(items: list[Any], depth: int = 1) -> list[Any]:
    if depth < 0:
        raise EvaluationError("level must be non-negative")
    result: list[Any] = []
    for item in items:
        if isinstance(item, list) and depth > 0:
            result += _flatten(item, depth - 1)
        else:
            result.append(item)
    return result


def _sort_by_keys(items: list[Any], keys: list[Any]) -> list[Any]:
    if keys:
        kind = type_of(keys[0])
        if kind not in _COMPARABLE:
            raise EvaluationError("list elements must be comparable")
        if any(type_of(key) != kind for key in keys):
            raise EvaluationError("list elements must have the same type")
    in_order = cmp_to_key(compare)
    places = sorted(range(len(keys)), key=lambda place: in_order(keys[place]))
    return [items[place] for place in places]


def _sort(items: list[Any]) -> list[Any]:
    return _sort_by_keys(items, items)


def _range(length: int) -> list[int]:
    if length < 0:
        raise EvaluationError(f"lists.range: size must be non-negative, got {length}")
    if length > _LONGEST_RANGE:
        raise EvaluationError(f"lists.range: size {length} exceeds maximum allowed ({_LONGEST_RANGE})")
    return list(range(length))


def _reverse(items: list[Any]) -> list[Any]:
    return items[::-1]


def _distinct(items: list[Any]) -> list[Any]:
    result: list[Any] = []
    for item in items:
        if not contains(result, item):
            result.append(item)
    return result


def _of_result(values: Sequence[Any], result: Any) -> int:
    return len(result) + MAKING


def _of_depth(values: Sequence[Any], result: Any) -> int:
    depth = values[1] if len(values) == 2 else 1
    return len(values[0]) * depth + MAKING


def _squared(items: list[Any]) -> int:
    factor = 2.0
    if items and isinstance(items[0], str | bytes):
        factor += TRAVERSAL
    return int(len(items) ** 2 * factor) + MAKING


def _of_first(values: Sequence[Any], result: Any) -> int:
    return _squared(values[0])


def _of_keys(values: Sequence[Any], result: Any) -> int:
    return _squared(values[1])


LIST_MAKING: Functions = {
    "slice": [Overload("list_slice", (_LIST, INT, INT), _LIST, _slice, member=True, cost=_of_result)],
    "flatten": [
        Overload("list_flatten", (list_of(_LIST),), _LIST, _flatten, member=True, cost=_of_depth),
        Overload("list_flatten_int", (list_of(DYN), INT), list_of(DYN), _flatten, member=True, cost=_of_depth),
    ],
    "sort": [
        Overload(f"list_{kind.name}_sort", (list_of(kind),), list_of(kind), _sort, member=True, cost=_of_first)
        for kind in _COMPARABLE
    ],
    "@sortByAssociatedKeys": [
        Overload(
            f"list_{kind.name}_sortByAssociatedKeys",
            (_LIST, list_of(kind)),
            _LIST,
            _sort_by_keys,
            member=True,
            cost=_of_keys,
        )
        for kind in _COMPARABLE
    ],
    "lists.range": [Overload("lists_range", (INT,), list_of(INT), _range, cost=_of_result)],
    "reverse": [Overload("list_reverse", (_LIST,), _LIST, _reverse, member=True, cost=_of_result)],
    "distinct": [Overload("list_distinct", (_LIST,), _LIST, _distinct, member=True, cost=_of_first)],
}
