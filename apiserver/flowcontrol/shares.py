"""How the seats of the server are divided between its priority levels.

Each level has a nominal part of them by its shares, may lend some of it, and may borrow. Every few seconds the
current part of each level is set anew from what it asked for lately: nobody gets less than it did not offer to lend
(or than it uses of its own), nobody more than it may borrow, and what is left goes to all in the same proportion of
what they want.

Counterpart: apiserver/pkg/util/flowcontrol/conc_alloc.go and apf_controller.go.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pybernetes.api.object import Json

_DEFAULT_SHARES = 30
_STEPS = 60  # halvings of the interval that the proportion is in: far beyond what a whole seat can tell


@dataclass(frozen=True)
class Part:
    """What one level has, may come down to, and may go up to, in seats."""

    nominal: int
    least: int
    most: int


def parts_of(specs: Mapping[str, Json], server_seats: int) -> dict[str, Part]:
    """The part of each level, by its name, from the specs of all."""
    settings = {
        name: spec.get("exempt" if spec["type"] == "Exempt" else "limited") or {} for name, spec in specs.items()
    }
    default = {name: 0 if specs[name]["type"] == "Exempt" else _DEFAULT_SHARES for name in specs}
    shares = {name: _number(given, "nominalConcurrencyShares", default[name]) for name, given in settings.items()}
    total = sum(shares.values()) or 1
    found = {}
    for name, given in settings.items():
        nominal = math.ceil(server_seats * shares[name] / total)
        lent = round(nominal * _number(given, "lendablePercent", 0) / 100)
        borrowing = given.get("borrowingLimitPercent")
        most = nominal + round(nominal * borrowing / 100) if borrowing is not None else server_seats
        found[name] = Part(nominal, nominal - lent, most)
    return found


def _number(given: Json, name: str, default: int) -> int:
    value = given.get(name)
    return default if value is None else int(value)


@dataclass(frozen=True)
class Demand:
    """What a level wants: `target` seats, never fewer than `least` and never more than `most`."""

    least: float
    most: float
    target: float


def allocate(total: float, demands: Sequence[Demand]) -> list[float]:
    """Seats for each: all get the same proportion of their targets, within their bounds, so that the sum is `total`.

    Where the bounds do not let the sum be `total`, everyone is at the bound that comes nearest.
    """
    if total <= sum(demand.least for demand in demands):
        return [demand.least for demand in demands]
    if total >= sum(demand.most for demand in demands):
        return [demand.most for demand in demands]
    targets = [max(demand.target, 1e-9) for demand in demands]
    low, high = 0.0, max(demand.most / target for demand, target in zip(demands, targets, strict=True))
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if sum(_at(demand, middle) for demand in demands) < total:
            low = middle
        else:
            high = middle
    return [_at(demand, high) for demand in demands]


def _at(demand: Demand, proportion: float) -> float:
    return min(demand.most, max(demand.least, max(demand.target, 1e-9) * proportion))


class DemandMeter:
    """What a level asked for in a period, and smoothed over several."""

    _KEPT = 0.977  # of the smoothed value in a period of 10 s: half of it is forgotten in five minutes

    def __init__(self) -> None:
        self.highest = 0
        self.smoothed = 0.0
        self._sum, self._square, self._count = 0.0, 0.0, 0

    def note(self, seats: int) -> None:
        """The level has just now this many seats in use or asked for."""
        self.highest = max(self.highest, seats)
        self._sum += seats
        self._square += seats * seats
        self._count += 1

    def close_period(self, now: int) -> tuple[int, float]:
        """The highest and the smoothed demand of the period that ends; the next begins with `now` seats."""
        mean = self._sum / self._count if self._count else float(now)
        deviation = math.sqrt(max(0.0, self._square / self._count - mean * mean)) if self._count else 0.0
        envelope = mean + deviation
        self.smoothed = max(envelope, self._KEPT * self.smoothed + (1 - self._KEPT) * envelope)
        highest = self.highest
        self.highest, self._sum, self._square, self._count = now, 0.0, 0.0, 0
        return highest, self.smoothed
