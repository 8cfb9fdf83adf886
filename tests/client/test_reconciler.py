"""Workers over a queue: what they retry, what they forget, how they end."""

from __future__ import annotations

import asyncio
import logging

import pytest

from pybernetes.api import errors
from pybernetes.client.reconciler import run_workers
from pybernetes.client.workqueue import WorkQueue
from pybernetes.component.clock import FakeClock, settle


async def _work(queue: WorkQueue[str], reconcile, clock: FakeClock, seconds: float = 0) -> None:  # type: ignore[no-untyped-def]
    task = asyncio.create_task(run_workers("test", queue, reconcile, workers=2))
    await settle()
    await clock.advance(seconds)
    queue.shut_down()
    await task


@pytest.mark.parametrize(
    ("error", "logged"),
    [
        (errors.conflict("pods", "a", errors.OBJECT_MODIFIED), 0),
        (errors.forbidden("pods", "a", "no"), 1),
        (KeyError("bug"), 1),
    ],
)
async def test_failed_keys_come_back(error: Exception, logged: int, caplog: pytest.LogCaptureFixture) -> None:
    clock, calls = FakeClock(), []
    queue: WorkQueue[str] = WorkQueue(clock=clock)

    async def reconcile(key: str) -> float | None:
        calls.append(key)
        if len(calls) == 1:
            raise error
        return None

    queue.add("a")
    with caplog.at_level(logging.WARNING):
        await _work(queue, reconcile, clock, 1)
    assert calls == ["a", "a"]
    assert len(caplog.records) == logged
    assert queue.retries("a") == 0, "success forgets the failures"


async def test_a_result_says_when_to_look_again() -> None:
    clock, calls = FakeClock(), []
    queue: WorkQueue[str] = WorkQueue(clock=clock)

    async def reconcile(key: str) -> float | None:
        calls.append(clock.monotonic())
        return 5.0

    queue.add("a")
    await _work(queue, reconcile, clock, 11)
    assert calls == [0, 5, 10]


async def test_cancelling_gives_the_key_back_and_closes_the_queue() -> None:
    queue: WorkQueue[str] = WorkQueue(clock=FakeClock())

    async def reconcile(key: str) -> float | None:
        await asyncio.Event().wait()
        return None

    queue.add("a")
    task = asyncio.create_task(run_workers("test", queue, reconcile))
    await settle()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    queue.add("b")
    assert len(queue) == 0
