"""What an expression runs on: a list of the cost so far, the most that it may be, and the variables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pybernetes.apiserver.cel.errors import CostExceeded

Frame = list[Any]
Run = Callable[[Frame], Any]
Compiled = tuple[Run, int]  # what to run, and what it costs in any case

COST, LIMIT, FIRST_VARIABLE = 0, 1, 2


def charge(frame: Frame, cost: int) -> None:
    """Raises `CostExceeded`."""
    frame[COST] += cost
    if frame[COST] > frame[LIMIT]:
        raise CostExceeded
