"""How the server's seats are divided."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pybernetes.apiserver.bootstrap.flow_schemas import mandatory_levels, suggested_levels
from pybernetes.apiserver.flowcontrol.shares import Demand, DemandMeter, Part, allocate, parts_of

SPECS = {level["metadata"]["name"]: level["spec"] for level in (*mandatory_levels(), *suggested_levels())}


def test_the_levels_of_every_cluster_share_six_hundred_seats() -> None:
    assert parts_of(SPECS, 600) == {
        "exempt": Part(0, 0, 600),
        "catch-all": Part(13, 13, 600),
        "system": Part(74, 50, 600),
        "node-high": Part(98, 74, 600),
        "leader-election": Part(25, 25, 600),
        "workload-high": Part(98, 49, 600),
        "workload-low": Part(245, 25, 600),
        "global-default": Part(49, 25, 600),
    }


def test_borrowing_may_be_limited() -> None:
    spec = {"type": "Limited", "limited": {"nominalConcurrencyShares": 10, "borrowingLimitPercent": 50}}
    assert parts_of({"only": spec}, 100) == {"only": Part(100, 100, 150)}


@pytest.mark.parametrize(
    ("total", "demands", "seats"),
    [
        (10, [Demand(0, 10, 5), Demand(0, 10, 5)], [5, 5]),
        (12, [Demand(0, 12, 4), Demand(0, 12, 2)], [8, 4]),
        (10, [Demand(4, 10, 4), Demand(2, 3, 2)], [7, 3]),
        (10, [Demand(8, 10, 8), Demand(8, 10, 8)], [8, 8]),
        (100, [Demand(1, 20, 5), Demand(1, 30, 5)], [20, 30]),
        (10, [Demand(0, 10, 0), Demand(0, 10, 10)], [0, 10]),
    ],
)
def test_seats_go_in_proportion_within_bounds(total: int, demands: list[Demand], seats: list[int]) -> None:
    assert allocate(total, demands) == pytest.approx(seats, abs=1e-6)


@st.composite
def _demand(draw: st.DrawFn) -> Demand:
    least = draw(st.integers(0, 50))
    most = least + draw(st.integers(0, 100))
    return Demand(least, most, draw(st.integers(least, 200)))


@given(st.integers(1, 600), st.lists(_demand(), min_size=1, max_size=8))
def test_everyone_is_within_bounds_and_nothing_is_left_that_could_be_given(total: int, demands: list[Demand]) -> None:
    seats = allocate(total, demands)
    assert all(demand.least <= got <= demand.most for demand, got in zip(demands, seats, strict=True))
    least, most = sum(demand.least for demand in demands), sum(demand.most for demand in demands)
    assert sum(seats) == pytest.approx(min(max(total, least), most), abs=1e-3)


def test_demand_is_forgotten_slowly() -> None:
    meter = DemandMeter()
    for seats in (2, 8, 2, 8):
        meter.note(seats)
    highest, smoothed = meter.close_period(1)
    assert (highest, smoothed) == (8, 8.0)  # the mean, 5, and once its deviation, 3
    _, later = meter.close_period(0)
    assert 7 < later < 8
