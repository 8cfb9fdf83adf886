"""A node label as a column: each distinct value has a number, each row the number of its value.

Columns are made when something first asks for a label and kept from then on. What is asked of a label (is it one
of these, which domain is this row in) is then a look-up by number over all rows at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from pybernetes.api.selectors import Requirement

ABSENT = -1
Codes = NDArray[np.int32]
Mask = NDArray[np.bool_]
Rows = NDArray[np.intp] | slice


class LabelColumn:
    """One label over all rows. `codes` is -1 where the node lacks the label."""

    def __init__(self, capacity: int):
        self.codes: Codes = np.full(capacity, ABSENT, np.int32)
        self.values: dict[str, int] = {}
        self.version = 0

    def grow(self, capacity: int) -> None:
        grown: Codes = np.full(capacity, ABSENT, np.int32)
        grown[: len(self.codes)] = self.codes
        self.codes = grown

    def set(self, row: int, value: str | None) -> None:
        code = ABSENT if value is None else self.values.setdefault(value, len(self.values))
        if self.codes[row] != code:
            self.codes[row] = code
            self.version += 1

    @property
    def domains(self) -> int:
        """How many values there are numbers for, in use or not."""
        return len(self.values)

    def present(self, rows: Rows) -> Mask:
        found: Mask = self.codes[rows] != ABSENT
        return found

    def matches(self, requirement: Requirement, rows: Rows) -> Mask:
        """The rows whose node meets a requirement on this label."""
        if requirement.operator in ("exists", "!"):
            wanted = self.present(rows)
            return wanted if requirement.operator == "exists" else ~wanted
        table = np.zeros(self.domains + 1, np.bool_)  # the last entry is what -1 looks up: the label is absent
        if requirement.operator in ("in", "notin"):
            known = [self.values[value] for value in requirement.values if value in self.values]
            table[known] = True
            found: Mask = table[self.codes[rows]]
            return found if requirement.operator == "in" else ~found
        for value, code in self.values.items():
            table[code] = requirement.matches({requirement.key: value})
        return table[self.codes[rows]]

    def totals(self, amounts: NDArray[np.int64], rows: Rows = slice(None)) -> NDArray[np.int64]:
        """The sum of `amounts` over the rows of each domain, and at the end one 0 for rows without the label."""
        codes = self.codes[rows]
        sums = np.bincount(codes + 1, weights=amounts[rows], minlength=self.domains + 1)
        result: NDArray[np.int64] = np.zeros(self.domains + 1, np.int64)
        result[:-1] = sums[1:]
        return result


def rows_of(numbers: Iterable[int]) -> NDArray[np.intp]:
    """Row numbers as an index."""
    return np.fromiter(numbers, np.intp)


def few_rows(numbers: Sequence[int]) -> Rows:
    """Row numbers for reading and writing columns; a single one as a slice, which NumPy takes much faster."""
    return slice(numbers[0], numbers[0] + 1) if len(numbers) == 1 else rows_of(numbers)
