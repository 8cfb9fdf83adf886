"""Seats of one priority level: taken, waited for, refused, given back."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from pybernetes.apiserver.flowcontrol.level import Level, Rejected


def spec(kind: str = "Queue", **queuing: int) -> Any:
    settings = {"queues": 4, "handSize": 2, "queueLengthLimit": 2, **queuing}
    response = {"type": kind, "queuing": settings} if kind == "Queue" else {"type": kind}
    return {"type": "Limited", "limited": {"limitResponse": response}}


def level(seats: int = 1, **more: Any) -> Level:
    return Level("test", "uid", spec(**more), seats)


async def test_seats_are_taken_at_once_while_there_are_some() -> None:
    two = level(2)
    assert two.enter(1) and two.enter(1) and not two.enter(1)
    two.leave(1)
    assert two.enter(1)


async def test_a_request_wider_than_the_level_goes_alone() -> None:
    two = level(2)
    assert two.enter(5) and not two.enter(1)
    two.leave(5)
    assert two.enter(1) and not two.enter(5)


async def test_an_exempt_level_never_says_no() -> None:
    exempt = Level("exempt", "uid", {"type": "Exempt"}, 1)
    assert all(exempt.enter(10) for _ in range(100))


async def test_who_waits_is_let_in_in_turn_and_nobody_passes_them() -> None:
    one = level(1, queues=1, handSize=1, queueLengthLimit=10)
    assert one.enter(1)
    order = []

    async def request(number: int) -> None:
        await one.wait("schema", 0, 1, 60)
        order.append(number)
        await asyncio.sleep(0)
        one.leave(1)

    async with asyncio.TaskGroup() as group:
        for number in range(5):
            group.create_task(request(number))
        await asyncio.sleep(0)
        assert one.waiting == 5
        assert not one.enter(1)
        one.leave(1)
    assert order == [0, 1, 2, 3, 4]
    assert (one.in_use, one.waiting) == (0, 0)


async def test_a_full_queue_and_a_level_without_queues_refuse() -> None:
    refusing = level(1, kind="Reject")
    assert refusing.enter(1)
    with pytest.raises(Rejected, match="concurrency-limit"):
        await refusing.wait("schema", 0, 1, 60)
    one = level(1, queues=1, handSize=1, queueLengthLimit=1)
    assert one.enter(1)
    first = asyncio.create_task(one.wait("schema", 0, 1, 60))
    await asyncio.sleep(0)
    with pytest.raises(Rejected, match="queue-full"):
        await one.wait("schema", 0, 1, 60)
    one.leave(1)
    await first
    assert one.in_use == 1


async def test_waiting_ends_with_its_time_and_leaves_nothing() -> None:
    one = level()
    assert one.enter(1)
    with pytest.raises(Rejected, match="time-out"):
        await one.wait("schema", 0, 1, 0)
    assert (one.in_use, one.waiting) == (1, 0)
    one.leave(1)
    assert one.enter(1)


@pytest.mark.parametrize("seat_is_free", [False, True], ids=["still waiting", "in the moment its turn comes"])
async def test_a_request_that_is_given_up_leaves_nothing(seat_is_free: bool) -> None:
    one = level()
    assert one.enter(1)
    waiting = asyncio.create_task(one.wait("schema", 0, 1, 60))
    await asyncio.sleep(0)
    if seat_is_free:
        one.leave(1)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert (one.in_use, one.waiting) == (0 if seat_is_free else 1, 0)


async def test_who_waits_when_the_queues_change_is_served_first() -> None:
    one = level()
    assert one.enter(1)
    order = []

    async def request(name: str) -> None:
        await one.wait("schema", 0, 1, 60)
        order.append(name)
        one.leave(1)

    async with asyncio.TaskGroup() as group:
        group.create_task(request("before"))
        await asyncio.sleep(0)
        one.configure("uid", spec(queues=8))
        group.create_task(request("after"))
        await asyncio.sleep(0)
        one.leave(1)
    assert order == ["before", "after"]
    one.configure("uid", spec("Reject"))
    assert one.enter(1)
    with pytest.raises(Rejected):
        await one.wait("schema", 0, 1, 60)


async def test_more_seats_let_more_in() -> None:
    one = level()
    assert one.enter(1)
    waiting = asyncio.create_task(one.wait("schema", 0, 1, 60))
    await asyncio.sleep(0)
    one.resize(2.2)
    await waiting
    assert (one.seats, one.in_use) == (2, 2)
