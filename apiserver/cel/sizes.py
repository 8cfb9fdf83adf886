"""Ranges of sizes and of costs, with an end: what would be more than 64 bits hold is the most they hold.

Counterpart: SizeEstimate and CostEstimate of cel-go/checker/cost.go.
"""

from __future__ import annotations

import math
from typing import NamedTuple

LARGEST = 2**64 - 1


class Range(NamedTuple):
    """From the least to the most that something can be."""

    low: int
    high: int

    def plus(self, other: Range) -> Range:
        return Range(min(self.low + other.low, LARGEST), min(self.high + other.high, LARGEST))

    def times(self, other: Range) -> Range:
        return Range(min(self.low * other.low, LARGEST), min(self.high * other.high, LARGEST))

    def scaled(self, factor: float) -> Range:
        return Range(_scaled(self.low, factor), _scaled(self.high, factor))

    def around(self, other: Range) -> Range:
        """The smallest range that holds both."""
        return Range(min(self.low, other.low), max(self.high, other.high))


def _scaled(value: int, factor: float) -> int:
    scaled = float(value) * factor
    return LARGEST if scaled >= 2.0**64 else math.ceil(scaled)


def exactly(value: int) -> Range:
    return Range(value, value)


UNKNOWN = Range(0, LARGEST)
ONE = exactly(1)
NOTHING = exactly(0)
