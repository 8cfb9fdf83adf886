"""The loops that the macros become, as something that runs.

A loop gets the frame, what it goes through, and the place of its accumulator. Places of local variables count from the
end of the frame, since how many globals there are is known last.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pybernetes.apiserver.cel.errors import CostExceeded, EvaluationError, no_such_overload
from pybernetes.apiserver.cel.frame import COST, Frame, Run, charge
from pybernetes.apiserver.cel.operators import map_insert

Loop = Callable[[Frame, Any, int], None]


def quantifier(test: Run, each: int, condition_cost: int, first: int, second: int, *, decides: bool) -> Loop:
    """``all`` and ``exists``: an error counts only when no other element decides."""

    def loop(frame: Frame, over: Any, accumulator: int) -> None:
        pending: EvaluationError | None = None
        left = len(over) if isinstance(over, list | dict) else 0
        for element in _elements(over, pairs=bool(second)):
            left -= 1
            charge(frame, each)
            if second:
                frame[-first], frame[-second] = element
            else:
                frame[-first] = element
            try:
                found = test(frame)
            except CostExceeded:
                raise
            except EvaluationError as error:
                pending = pending or error
                continue
            if found is decides:
                frame[-accumulator] = decides
                if left:
                    charge(frame, condition_cost)
                return
            if found is not (not decides):
                pending = pending or no_such_overload()
        if pending is not None:
            raise pending

    return loop


def gathering(condition: Run | None, step: Run, each: int, first: int, second: int) -> Loop:
    """Every other macro: a step for each element, as long as the condition holds."""

    def loop(frame: Frame, over: Any, accumulator: int) -> None:
        for element in _elements(over, pairs=bool(second)):
            charge(frame, each)
            if second:
                frame[-first], frame[-second] = element
            else:
                frame[-first] = element
            if condition is not None and condition(frame) is not True:
                return
            frame[-accumulator] = step(frame)

    return loop


def appending(value: Run, accumulator: int) -> Run:
    """The step that adds to a list which the loop itself has begun, in place."""

    def append(frame: Frame) -> Any:
        frame[-accumulator].append(value(frame))
        return frame[-accumulator]

    return append


def inserting(parts: list[Run], accumulator: int) -> Run:
    """The step that adds to a map which the loop itself has begun, in place."""

    def insert(frame: Frame) -> Any:
        more = [run(frame) for run in parts]
        target = frame[-accumulator]
        target.update(_new_entries(target, more))
        return target

    return insert


def conditional_step(test: Run, more: Run, more_cost: int, accumulator: int) -> Run:
    def gather(frame: Frame) -> Any:
        chosen = test(frame)
        if chosen is True:
            frame[COST] += more_cost
            return more(frame)
        if chosen is False:
            return frame[-accumulator]
        raise no_such_overload()

    return gather


def _new_entries(target: dict[Any, Any], more: list[Any]) -> dict[Any, Any]:
    entries = more[0] if len(more) == 1 else {more[0]: more[1]}
    for key in entries:
        if key in target:
            map_insert(target, key, None)  # raises
    return dict(entries)


def _elements(over: Any, *, pairs: bool) -> Any:
    """What a loop goes through: elements or keys; with `pairs` also places or values."""
    if isinstance(over, list):
        return enumerate(over) if pairs else over
    if isinstance(over, dict):
        return over.items() if pairs else over
    raise no_such_overload()
