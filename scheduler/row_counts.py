"""Something counted on each row, with its sums over domains kept along.

A domain is the rows whose node has the same value of a label. Sums of a label are made when first asked for; from
then on a change of one row changes one sum. When nodes' labels change, the sums are made anew.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pybernetes.scheduler.labels import ABSENT, LabelColumn

Counts = NDArray[np.int64]


class RowCounts:
    """Counts by row. `version` moves with every change."""

    def __init__(self, capacity: int):
        self.counts: Counts = np.zeros(capacity, np.int64)
        self.version = 0
        self._sums: dict[LabelColumn, tuple[int, Counts]] = {}

    def grow(self, capacity: int) -> None:
        grown: Counts = np.zeros(capacity, np.int64)
        grown[: len(self.counts)] = self.counts
        self.counts = grown

    def change(self, row: int, amount: int) -> None:
        self.counts[row] += amount
        self.version += 1
        for column, (version, sums) in self._sums.items():
            code = column.codes[row]
            if version == column.version and code != ABSENT:
                sums[code] += amount

    def clear(self) -> None:
        self.counts[:] = 0
        self.version += 1
        self._sums.clear()

    def sums(self, column: LabelColumn) -> Counts:
        """The sum of each domain; the last entry, which -1 looks up, is 0."""
        kept = self._sums.get(column)
        if kept is None or kept[0] != column.version:
            kept = self._sums[column] = (column.version, column.totals(self.counts))
        return kept[1]
