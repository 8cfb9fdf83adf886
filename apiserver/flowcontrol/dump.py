"""What the priority levels are doing, as a table for people: /debug/api_priority_and_fairness/dump_priority_levels.

Counterpart: apiserver/pkg/util/flowcontrol/apf_controller_debug.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pybernetes.apiserver.flowcontrol.level import Level

PATH = "/debug/api_priority_and_fairness/dump_priority_levels"
_COLUMNS = (
    "PriorityLevelName",
    "ActiveQueues",
    "IsIdle",
    "IsQuiescing",
    "WaitingRequests",
    "ExecutingRequests",
    "DispatchedRequests",
    "RejectedRequests",
    "TimedoutRequests",
    "CancelledRequests",
)
_LEAST_WIDTH = 8


def dump_levels(levels: Iterable[Level]) -> str:
    """The table. A level whose object is gone is not there any more, so none is quiescing."""
    return _table([_COLUMNS, *(_row(level) for level in levels)])


def _row(level: Level) -> tuple[str, ...]:
    counts, idle = level.counts, not level.executing and not level.waiting
    numbers = (level.waiting, level.executing)
    fared = (counts.dispatched, counts.rejected, counts.timed_out, counts.cancelled)
    return level.name, str(level.active_queues), str(idle).lower(), "false", *map(str, (*numbers, *fared))


def _table(rows: Sequence[Sequence[str]]) -> str:
    """Columns with commas, each as wide as its widest cell and a blank; the last is as it is."""
    cells = [[*(f"{cell}," for cell in row[:-1]), row[-1]] for row in rows]
    widths = [max(_LEAST_WIDTH, *(len(row[index]) + 1 for row in cells)) for index in range(len(cells[0]) - 1)]
    lines = ("".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)) + row[-1] for row in cells)
    return "".join(f"{line}\n" for line in lines)
