"""What decides which part runs: ``&&``, ``||``, ``? :`` and the alternatives of optional values.

Of ``&&`` and ``||`` either side may decide, even if the other one fails.
"""

from __future__ import annotations

from typing import Any

from pybernetes.apiserver.cel.errors import CostExceeded, EvaluationError, no_such_overload
from pybernetes.apiserver.cel.frame import COST, Frame, Run
from pybernetes.apiserver.cel.values import Optional


def both(left: Run, right: Run, right_cost: int) -> Run:
    """``left && right``."""

    def run(frame: Frame) -> bool:
        try:
            first = left(frame)
        except CostExceeded:
            raise
        except EvaluationError:
            frame[COST] += right_cost
            if right(frame) is False:
                return False
            raise
        if first is False:
            return False
        frame[COST] += right_cost
        second = right(frame)
        if second is False or (first is True and second is True):
            return second is True
        raise no_such_overload()

    return run


def either(left: Run, right: Run, right_cost: int) -> Run:
    """``left || right``."""

    def run(frame: Frame) -> bool:
        try:
            first = left(frame)
        except CostExceeded:
            raise
        except EvaluationError:
            frame[COST] += right_cost
            if right(frame) is True:
                return True
            raise
        if first is True:
            return True
        frame[COST] += right_cost
        second = right(frame)
        if second is True or (first is False and second is False):
            return second is True
        raise no_such_overload()

    return run


def choice(test: Run, yes: Run, yes_cost: int, no: Run, no_cost: int) -> Run:
    """``test ? yes : no``."""

    def run(frame: Frame) -> Any:
        chosen = test(frame)
        if chosen is True:
            frame[COST] += yes_cost
            return yes(frame)
        if chosen is False:
            frame[COST] += no_cost
            return no(frame)
        raise no_such_overload()

    return run


def alternative(first: Run, second: Run, second_cost: int, *, wants_value: bool) -> Run:
    """``first.or(second)`` and ``first.orValue(second)``: the second is looked at only when the first is missing."""

    def run(frame: Frame) -> Any:
        found = first(frame)
        if type(found) is not Optional:
            raise no_such_overload()
        if found.present:
            return found.value if wants_value else found
        frame[COST] += second_cost
        return second(frame)

    return run
