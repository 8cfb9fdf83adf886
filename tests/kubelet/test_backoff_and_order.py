"""Delays that double, and the order in which containers end, on a clock that stands still."""

from __future__ import annotations

import asyncio

from pybernetes.component.clock import FakeClock, settle
from pybernetes.kubelet.backoff import Backoff
from pybernetes.kubelet.termination_order import TerminationOrder
from tests.kubelet.pod_values import pod_of


async def test_delays_double_to_a_limit_and_are_forgotten() -> None:
    clock = FakeClock()
    backoff = Backoff(clock, 10, 300)
    assert backoff.remaining("a", clock.monotonic()) == 0
    delays = []
    for _ in range(7):
        backoff.next("a", clock.monotonic())
        delays.append(backoff.remaining("a", clock.monotonic()))
        await clock.advance(delays[-1])
        assert backoff.remaining("a", clock.monotonic() - delays[-1]) == 0
    assert delays == [10, 20, 40, 80, 160, 300, 300]
    await clock.advance(601)  # it ran well for more than twice the limit, then failed
    assert backoff.remaining("a", clock.monotonic()) == 0
    backoff.next("a", clock.monotonic())
    assert backoff.current("a") == 10


async def test_keys_of_a_pod_are_forgotten_together() -> None:
    backoff = Backoff(FakeClock(), 10, 300)
    for key in ("u1_a", "u1_b", "u2_a"):
        backoff.next(key, 0)
    backoff.forget_prefix("u1_")
    assert [backoff.current(key) for key in ("u1_a", "u1_b", "u2_a")] == [0, 0, 10]


async def test_sidecars_end_after_the_app_the_last_one_first() -> None:
    clock = FakeClock()
    sidecar = {"restartPolicy": "Always"}
    pod = pod_of("a", init=[{"name": "i"}, {"name": "s1", **sidecar}, {"name": "s2", **sidecar}])
    order = TerminationOrder(pod, {"a", "s1", "s2"}, clock)
    ended: list[str] = []

    async def stop(name: str, takes: float) -> None:
        await order.wait_turn(name, 100)
        await clock.sleep(takes)
        ended.append(name)
        order.ended(name)

    async with asyncio.TaskGroup() as group:
        for name in ("s1", "s2", "a"):
            group.create_task(stop(name, 1))
        await settle()
        await clock.advance(3)
    assert ended == ["a", "s2", "s1"]


async def test_a_turn_is_waited_for_no_longer_than_the_grace_period() -> None:
    clock = FakeClock()
    order = TerminationOrder(pod_of("a", init=[{"name": "s", "restartPolicy": "Always"}]), {"a", "s"}, clock)
    waiting = asyncio.create_task(order.wait_turn("s", 5))
    await settle()
    await clock.advance(5)
    assert await waiting == 5
    assert await order.wait_turn("a", 5) == 0
