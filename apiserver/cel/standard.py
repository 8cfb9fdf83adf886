"""The functions and operators that every expression has, with the types that the checker knows them by.

The identifiers of overloads are cel-go's: costs are given by them.

Counterparts: cel-go/common/stdlib and the optional library of cel-go/cel.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pybernetes.apiserver.cel import operators as run
from pybernetes.apiserver.cel.conversions import CONVERSIONS
from pybernetes.apiserver.cel.errors import EvaluationError
from pybernetes.apiserver.cel.functions import (
    REGEX,
    TRAVERSAL,
    Functions,
    Overload,
    RuntimeCost,
    scaled,
    traverses,
)
from pybernetes.apiserver.cel.moments import DURATION_PARTS, PARTS
from pybernetes.apiserver.cel.regular import RegexError, matches
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
    map_of,
    optional_of,
    parameter,
    type_of,
)
from pybernetes.apiserver.cel.values import NONE, Optional, equal, optional, size_of, type_value
from pybernetes.apiserver.cel.values import type_of as type_of_value

A, B = parameter("A"), parameter("B")
_LIST, _MAP = list_of(A), map_of(A, B)


def _smaller(values: Sequence[Any], result: Any) -> int:
    """Comparing takes as long as the shorter one lasts."""
    return scaled(min(size_of(values[0]), size_of(values[1])), TRAVERSAL)


def _both(values: Sequence[Any], result: Any) -> int:
    return scaled(size_of(values[0]) + size_of(values[1]), TRAVERSAL)


def _contains_cost(values: Sequence[Any], result: Any) -> int:
    return scaled(size_of(values[0]), TRAVERSAL) * scaled(size_of(values[1]), TRAVERSAL)


def matches_cost(values: Sequence[Any], result: Any) -> int:
    """An automaton looks at each character with as many states as the pattern has, which is guessed by its length."""
    return scaled(1 + size_of(values[0]), TRAVERSAL) * scaled(size_of(values[1]), REGEX)


def _equality_cost(values: Sequence[Any], result: Any) -> int:
    return 1 if hasattr(values[0], "equality_is_cheap") else _smaller(values, result)


def _binary(function: Callable[..., Any], *rows: tuple[str, Type, Type, Type, RuntimeCost | None]) -> list[Overload]:
    return [Overload(name, (left, right), result, function, cost=cost) for name, left, right, result, cost in rows]


def _comparison(name: str, function: Callable[..., Any]) -> list[Overload]:
    """An ordering: of like with like, and of numbers across their types."""
    same: list[tuple[str, Type, RuntimeCost | None]] = [
        ("bool", BOOL, None),
        ("int64", INT, None),
        ("uint64", UINT, None),
        ("double", DOUBLE, None),
        ("string", STRING, _smaller),
        ("bytes", BYTES, _smaller),
        ("timestamp", TIMESTAMP, None),
        ("duration", DURATION, None),
    ]
    numbers = [("int64", INT), ("uint64", UINT), ("double", DOUBLE)]
    found = [Overload(f"{name}_{of}", (kind, kind), BOOL, function, cost=cost) for of, kind, cost in same]
    found += [
        Overload(f"{name}_{left}_{right}", (left_type, right_type), BOOL, function)
        for left, left_type in numbers
        for right, right_type in numbers
        if left != right
    ]
    return found


def _matches(text: str, pattern: str) -> bool:
    try:
        return matches(text, pattern)
    except RegexError as error:
        raise EvaluationError(str(error)) from error


def _time_part(name: str) -> list[Overload]:
    part = PARTS[name]
    found = [
        Overload(f"timestamp_to_{name}", (TIMESTAMP,), INT, part, member=True),
        Overload(f"timestamp_to_{name}_with_tz", (TIMESTAMP, STRING), INT, part, member=True),
    ]
    if name in DURATION_PARTS:
        found.append(Overload(f"duration_to_{name}", (DURATION,), INT, DURATION_PARTS[name], member=True))
    return found


def _nothing(value: Any) -> bool:
    """Whether a value is the zero of its type."""
    if value is None or isinstance(value, bool | int | float | str | bytes | list | dict):
        return not value
    return getattr(value, "nanoseconds", 1) == 0 or value == NONE


def _of_non_zero(value: Any) -> Optional:
    return NONE if _nothing(value) else optional(value)


def _value(value: Optional) -> Any:
    if not value.present:
        raise EvaluationError("optional.none() dereference")
    return value.value


def _not_strictly_false(value: Any) -> bool:
    return value is not False


def _unwrap(values: list[Any]) -> list[Any]:
    return [value.value for value in values if value.present]


_OPTIONAL = optional_of(A)

STANDARD: Functions = {
    # What is evaluated only in part has its own place in `program`; here it is for its types.
    "_&&_": [Overload("logical_and", (BOOL, BOOL), BOOL, run.invert)],
    "_||_": [Overload("logical_or", (BOOL, BOOL), BOOL, run.invert)],
    "_?_:_": [Overload("conditional", (BOOL, A, A), A, run.invert)],
    "or": [Overload("optional_or_optional", (_OPTIONAL, _OPTIONAL), _OPTIONAL, run.invert, member=True)],
    "orValue": [Overload("optional_orValue_value", (_OPTIONAL, A), A, run.invert, member=True)],
    "@not_strictly_false": [Overload("not_strictly_false", (BOOL,), BOOL, _not_strictly_false)],
    "!_": [Overload("logical_not", (BOOL,), BOOL, run.invert)],
    "_==_": [Overload("equals", (A, A), BOOL, equal, cost=_equality_cost)],
    "_!=_": [Overload("not_equals", (A, A), BOOL, run.unequal, cost=_smaller)],
    "_<_": _comparison("less", run.less),
    "_<=_": _comparison("less_equals", run.less_or_equal),
    "_>_": _comparison("greater", run.greater),
    "_>=_": _comparison("greater_equals", run.greater_or_equal),
    "_+_": _binary(
        run.add,
        ("add_bytes", BYTES, BYTES, BYTES, _both),
        ("add_double", DOUBLE, DOUBLE, DOUBLE, None),
        ("add_duration_duration", DURATION, DURATION, DURATION, None),
        ("add_duration_timestamp", DURATION, TIMESTAMP, TIMESTAMP, None),
        ("add_timestamp_duration", TIMESTAMP, DURATION, TIMESTAMP, None),
        ("add_int64", INT, INT, INT, None),
        ("add_list", _LIST, _LIST, _LIST, None),
        ("add_string", STRING, STRING, STRING, _both),
        ("add_uint64", UINT, UINT, UINT, None),
    ),
    "_-_": _binary(
        run.subtract,
        ("subtract_double", DOUBLE, DOUBLE, DOUBLE, None),
        ("subtract_duration_duration", DURATION, DURATION, DURATION, None),
        ("subtract_int64", INT, INT, INT, None),
        ("subtract_timestamp_duration", TIMESTAMP, DURATION, TIMESTAMP, None),
        ("subtract_timestamp_timestamp", TIMESTAMP, TIMESTAMP, DURATION, None),
        ("subtract_uint64", UINT, UINT, UINT, None),
    ),
    "_*_": _binary(
        run.multiply,
        ("multiply_double", DOUBLE, DOUBLE, DOUBLE, None),
        ("multiply_int64", INT, INT, INT, None),
        ("multiply_uint64", UINT, UINT, UINT, None),
    ),
    "_/_": _binary(
        run.divide_any,
        ("divide_double", DOUBLE, DOUBLE, DOUBLE, None),
        ("divide_int64", INT, INT, INT, None),
        ("divide_uint64", UINT, UINT, UINT, None),
    ),
    "_%_": _binary(run.modulo_any, ("modulo_int64", INT, INT, INT, None), ("modulo_uint64", UINT, UINT, UINT, None)),
    "-_": [
        Overload("negate_double", (DOUBLE,), DOUBLE, run.negate),
        Overload("negate_int64", (INT,), INT, run.negate),
        Overload("negate_duration", (DURATION,), DURATION, run.negate),
    ],
    "@in": [
        Overload("in_list", (A, _LIST), BOOL, run.is_in, cost=lambda values, result: size_of(values[1])),
        Overload("in_map", (A, _MAP), BOOL, run.is_in),
    ],
    "_[_]": [
        Overload("index_list", (_LIST, INT), A, run.index),
        Overload("index_map", (_MAP, A), B, run.index),
        Overload("optional_list_index_int", (optional_of(_LIST), INT), _OPTIONAL, run.optional_index),
        Overload("optional_map_index_value", (optional_of(_MAP), A), optional_of(B), run.optional_index),
    ],
    "_[?_]": [
        Overload("list_optindex_optional_int", (_LIST, INT), _OPTIONAL, run.optional_index),
        Overload("optional_list_optindex_optional_int", (optional_of(_LIST), INT), _OPTIONAL, run.optional_index),
        Overload("map_optindex_optional_value", (_MAP, A), optional_of(B), run.optional_index),
        Overload("optional_map_optindex_optional_value", (optional_of(_MAP), A), optional_of(B), run.optional_index),
    ],
    "size": [
        Overload(f"{kind}size{name}", (of,), INT, run.size, member=bool(kind))
        for kind, name, of in (
            ("", "_bytes", BYTES),
            ("bytes_", "", BYTES),
            ("", "_list", _LIST),
            ("list_", "", _LIST),
            ("", "_map", _MAP),
            ("map_", "", _MAP),
            ("", "_string", STRING),
            ("string_", "", STRING),
        )
    ],
    "contains": [
        Overload("contains_string", (STRING, STRING), BOOL, lambda a, b: b in a, member=True, cost=_contains_cost)
    ],
    "startsWith": [
        Overload("starts_with_string", (STRING, STRING), BOOL, str.startswith, member=True, cost=traverses(1))
    ],
    "endsWith": [Overload("ends_with_string", (STRING, STRING), BOOL, str.endswith, member=True, cost=traverses(1))],
    "matches": [
        Overload("matches", (STRING, STRING), BOOL, _matches, cost=matches_cost),
        Overload("matches_string", (STRING, STRING), BOOL, _matches, member=True, cost=matches_cost),
    ],
    "type": [Overload("type", (A,), type_of(A), lambda value: type_value(type_of_value(value)))],
    "dyn": [Overload("to_dyn", (A,), DYN, lambda value: value)],
    "cel.@mapInsert": [
        Overload("@mapInsert_map_map", (_MAP, _MAP), _MAP, run.map_insert),
        Overload("@mapInsert_map_key_value", (_MAP, A, B), _MAP, run.map_insert),
    ],
    "optional.of": [Overload("optional_of", (A,), _OPTIONAL, optional)],
    "optional.ofNonZeroValue": [Overload("optional_ofNonZeroValue", (A,), _OPTIONAL, _of_non_zero)],
    "optional.none": [Overload("optional_none", (), _OPTIONAL, lambda: NONE)],
    "optional.unwrap": [Overload("optional_unwrap", (list_of(_OPTIONAL),), _LIST, _unwrap)],
    "unwrapOpt": [Overload("optional_unwrapOpt", (list_of(_OPTIONAL),), _LIST, _unwrap, member=True)],
    "value": [Overload("optional_value", (_OPTIONAL,), A, _value, member=True)],
    "hasValue": [Overload("optional_hasValue", (_OPTIONAL,), BOOL, lambda value: value.present, member=True)],
    **{name: _time_part(name) for name in PARTS},
    **CONVERSIONS,
}
