"""What the operators do with values. Each takes any values, since types may be known only when the program runs.

Counterpart: cel-go/common/stdlib and cel-go/common/types.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pybernetes.apiserver.cel.errors import EvaluationError, no_such_overload
from pybernetes.apiserver.cel.numbers import (
    as_duration,
    as_int,
    as_timestamp,
    as_uint,
    divide,
    divide_doubles,
    modulo,
)
from pybernetes.apiserver.cel.values import (
    NONE,
    Duration,
    MapList,
    Optional,
    SetList,
    Timestamp,
    UInt,
    contains,
    equal,
    optional,
)


def add(a: Any, b: Any) -> Any:
    kind = type(a)
    if kind is type(b):
        if kind is int:
            return as_int(a + b)
        if kind is str or kind is bytes or kind is float:
            return a + b
        if kind is UInt:
            return as_uint(int(a) + int(b))
        if kind is Duration:
            return as_duration(a.nanoseconds + b.nanoseconds)
    if isinstance(a, list) and isinstance(b, list):
        return _joined(a, b)
    if (kind is Timestamp and type(b) is Duration) or (kind is Duration and type(b) is Timestamp):
        return as_timestamp(a.nanoseconds + b.nanoseconds)
    raise no_such_overload()


def _joined(a: list[Any], b: list[Any]) -> list[Any]:
    """Two lists as one: of a set what is not in it yet, of a list with keys the later item of each key."""
    if isinstance(a, SetList):
        result = SetList(a)
        for item in b:
            if not contains(result, item):
                result.append(item)
        return result
    if isinstance(a, MapList):
        merged = MapList(list(a), a.keys)
        for item in b:
            key = a.key_of(item)
            at = next((index for index, old in enumerate(merged) if equal(list(a.key_of(old)), list(key))), None)
            if at is None:
                merged.append(item)
            else:
                merged[at] = item
        return merged
    return [*a, *b]


def subtract(a: Any, b: Any) -> Any:
    kind = type(a)
    if kind is type(b):
        if kind is int:
            return as_int(a - b)
        if kind is float:
            return a - b
        if kind is UInt:
            return as_uint(int(a) - int(b))
        if kind is Duration or kind is Timestamp:
            return as_duration(a.nanoseconds - b.nanoseconds)
    if kind is Timestamp and type(b) is Duration:
        return as_timestamp(a.nanoseconds - b.nanoseconds)
    raise no_such_overload()


def _arithmetic(
    integers: Callable[[int, int], int], doubles: Callable[[float, float], float] | None
) -> Callable[[Any, Any], Any]:
    def run(a: Any, b: Any) -> Any:
        kind = type(a)
        if kind is type(b):
            if kind is int:
                return as_int(integers(a, b))
            if kind is UInt:
                return as_uint(integers(int(a), int(b)))
            if kind is float and doubles is not None:
                return doubles(a, b)
        raise no_such_overload()

    return run


multiply = _arithmetic(lambda a, b: a * b, lambda a, b: a * b)
divide_any = _arithmetic(divide, divide_doubles)
modulo_any = _arithmetic(modulo, None)


def negate(value: Any) -> Any:
    kind = type(value)
    if kind is int:
        return as_int(-value)
    if kind is float:
        return -value
    if kind is Duration:
        return as_duration(-value.nanoseconds)
    raise no_such_overload()


def invert(value: Any) -> bool:
    if value is True:
        return False
    if value is False:
        return True
    raise no_such_overload()


_NUMBERS = frozenset((int, UInt, float))
_ORDERED = frozenset((str, bytes, bool, Timestamp, Duration))


def compare(a: Any, b: Any) -> int:
    """-1, 0 or 1."""
    kind_a, kind_b = type(a), type(b)
    if (kind_a is kind_b and kind_a in _ORDERED) or (kind_a in _NUMBERS and kind_b in _NUMBERS):
        if a != a or b != b:
            raise EvaluationError("NaN values cannot be ordered")
        return -1 if a < b else int(a > b)
    raise no_such_overload()


def _ordering(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def run(a: Any, b: Any) -> bool:
        kind_a, kind_b = type(a), type(b)
        if (kind_a is kind_b and kind_a in _ORDERED) or (kind_a in _NUMBERS and kind_b in _NUMBERS):
            if a != a or b != b:
                raise EvaluationError("NaN values cannot be ordered")
            return test(a, b)
        raise no_such_overload()

    return run


less = _ordering(lambda a, b: bool(a < b))
less_or_equal = _ordering(lambda a, b: bool(a <= b))
greater = _ordering(lambda a, b: bool(a > b))
greater_or_equal = _ordering(lambda a, b: bool(a >= b))


def unequal(a: Any, b: Any) -> bool:
    return not equal(a, b)


def is_in(value: Any, container: Any) -> bool:
    if isinstance(container, list):
        return contains(container, value)
    if isinstance(container, dict):
        return _find(container, value) is not None
    raise no_such_overload()


def _find(container: dict[Any, Any], key: Any) -> tuple[Any] | None:
    """The value of a key, in a tuple; None when there is none. A number is found across its types, and true is no 1."""
    if key.__hash__ is None or key not in container:
        return None
    if type(key) is str:
        return (container[key],)
    same = next(own for own in container if own == key)
    return (container[key],) if (type(same) is bool) == (type(key) is bool) else None


def key_text(key: Any) -> str:
    """A key as errors show it."""
    if isinstance(key, bool):
        return "true" if key else "false"
    return str(key)


def index(container: Any, key: Any) -> Any:
    if isinstance(container, dict):
        found = _find(container, key)
        if found is None:
            raise EvaluationError(f"no such key: {key_text(key)}")
        return found[0]
    if isinstance(container, list):
        place = _place(key)
        if not 0 <= place < len(container):
            raise EvaluationError(f"index out of bounds: {place}")
        return container[place]
    if type(container) is Optional:
        return optional_index(container, key)
    raise no_such_overload()


def _place(key: Any) -> int:
    if type(key) in (int, UInt):
        return int(key)
    if type(key) is float and key.is_integer():
        return int(key)
    raise EvaluationError(f"unsupported index value '{key_text(key)}' in list")


def optional_index(container: Any, key: Any) -> Optional:
    """The value at a key or place, if it is there."""
    if type(container) is Optional:
        if not container.present:
            return NONE
        container = container.value
    if isinstance(container, dict):
        found = _find(container, key)
        return NONE if found is None else optional(found[0])
    if isinstance(container, list):
        place = _place(key)
        return optional(container[place]) if 0 <= place < len(container) else NONE
    raise no_such_overload()


def size(value: Any) -> int:
    if isinstance(value, str | bytes | list | dict):
        return len(value)
    raise no_such_overload()


def map_insert(target: dict[Any, Any], *more: Any) -> dict[Any, Any]:
    """A map with another's entries, or with one more. A key comes once."""
    result = dict(target)
    entries = more[0].items() if len(more) == 1 else [more]
    for key, value in entries:
        if key in result:
            raise EvaluationError(f"insert failed: key {key_text(key)} already exists")
        result[key] = value
    return result
