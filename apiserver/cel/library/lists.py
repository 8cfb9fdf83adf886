"""What can be asked of a list: whether it is sorted, its sum, its ends, where something is.

Counterpart: apiserver/pkg/cel/library/lists.go.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import reduce
from typing import Any

from pybernetes.apiserver.cel.errors import EvaluationError
from pybernetes.apiserver.cel.functions import Functions, Overload
from pybernetes.apiserver.cel.library.strings import list_traversal
from pybernetes.apiserver.cel.operators import add, compare
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
    list_of,
    parameter,
)
from pybernetes.apiserver.cel.values import Duration, UInt, equal

_A = parameter("A")
_SUMMABLE: dict[str, tuple[Type, Any]] = {
    "int": (INT, 0),
    "uint": (UINT, UInt(0)),
    "double": (DOUBLE, 0.0),
    "duration": (DURATION, Duration(0)),
}
_COMPARABLE: dict[str, Type] = {
    "int": INT,
    "uint": UINT,
    "double": DOUBLE,
    "bool": BOOL,
    "duration": DURATION,
    "timestamp": TIMESTAMP,
    "string": STRING,
    "bytes": BYTES,
}


def _is_sorted(items: list[Any]) -> bool:
    return all(compare(before, after) <= 0 for before, after in itertools.pairwise(items))


def _sum_from(zero: Any) -> Callable[[list[Any]], Any]:
    return lambda items: reduce(add, items, zero)


def _extreme(name: str, sign: int) -> Callable[[list[Any]], Any]:
    def find(items: list[Any]) -> Any:
        if not items:
            raise EvaluationError(f"{name} called on empty list")
        return reduce(lambda best, item: item if compare(item, best) == sign else best, items)

    return find


def _index_of(items: list[Any], value: Any) -> int:
    return next((place for place, item in enumerate(items) if equal(item, value)), -1)


def _last_index_of(items: list[Any], value: Any) -> int:
    return next((place for place in range(len(items) - 1, -1, -1) if equal(items[place], value)), -1)


def _of(name: str, kind: Type, result: Type, run: Callable[..., Any], *more: Type) -> Overload:
    return Overload(name, (list_of(kind), *more), result, run, member=True, cost=list_traversal)


LISTS: Functions = {
    "isSorted": [_of(f"list_{name}_is_sorted_bool", kind, BOOL, _is_sorted) for name, kind in _COMPARABLE.items()],
    "sum": [_of(f"list_{name}_sum_{name}", kind, kind, _sum_from(zero)) for name, (kind, zero) in _SUMMABLE.items()],
    "max": [_of(f"list_{name}_max_{name}", kind, kind, _extreme("max", 1)) for name, kind in _COMPARABLE.items()],
    "min": [_of(f"list_{name}_min_{name}", kind, kind, _extreme("min", -1)) for name, kind in _COMPARABLE.items()],
    "indexOf": [_of("list_a_index_of_int", _A, INT, _index_of, _A)],
    "lastIndexOf": [_of("list_a_last_index_of_int", _A, INT, _last_index_of, _A)],
}
