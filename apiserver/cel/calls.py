"""A call as something that runs: of the one overload that it can only be, or of the one that the values decide."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pybernetes.apiserver.cel.errors import no_such_overload
from pybernetes.apiserver.cel.frame import Compiled, Frame, Run, charge
from pybernetes.apiserver.cel.functions import Overload
from pybernetes.apiserver.cel.types import Kind, Type

_LOOK_THEMSELVES = frozenset(f"pybernetes.apiserver.cel.{name}" for name in ("operators", "values", "conversions"))


def is_certain(some: Type) -> bool:
    """Whether values of the type are of one kind for sure."""
    return some.kind not in (Kind.DYN, Kind.PARAMETER, Kind.ERROR)


def agree(overloads: Sequence[Overload]) -> bool:
    """Whether it does not matter which overload runs: all are one function, which looks at the values itself."""
    if len({(overload.run, overload.cost) for overload in overloads}) != 1:
        return False
    return getattr(overloads[0].run, "__module__", "") in _LOOK_THEMSELVES


def direct(overload: Overload, runs: list[Run], fixed: int) -> Compiled:
    """A call whose overload is known."""
    function, cost = overload.run, overload.cost
    if cost is not None:
        return _costed(function, cost, runs), fixed
    if len(runs) == 1:
        (only,) = runs
        return (lambda frame: function(only(frame))), fixed + 1
    if len(runs) == 2:
        left, right = runs
        return (lambda frame: function(left(frame), right(frame))), fixed + 1
    return (lambda frame: function(*[run(frame) for run in runs])), fixed + 1


def _costed(function: Callable[..., Any], cost: Callable[[Sequence[Any], Any], int], runs: list[Run]) -> Run:
    def call(frame: Frame) -> Any:
        values = [run(frame) for run in runs]
        result = function(*values)
        charge(frame, cost(values, result))
        return result

    return call


def dispatched(overloads: Sequence[Overload], runs: list[Run]) -> Run:
    """A call whose overload the values decide."""

    def call(frame: Frame) -> Any:
        values = [run(frame) for run in runs]
        for overload in overloads:
            if overload.takes(values):
                result = overload.run(*values)
                charge(frame, 1 if overload.cost is None else overload.cost(values, result))
                return result
        raise no_such_overload()

    return call
