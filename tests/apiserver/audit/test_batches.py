"""Events in batches: when they go, and what happens when they do not arrive."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson

from pybernetes.apiserver.audit.batches import Batches
from pybernetes.apiserver.kubeconfig_webhook import WebhookFailed
from pybernetes.component.clock import FakeClock


class Far:
    """Where batches go. Refuses the first `failures` of them."""

    def __init__(self, failures: int = 0):
        self.failures = failures
        self.received: list[list[int]] = []
        self.tries = 0
        self.closed = False

    async def send(self, body: bytes) -> None:
        self.tries += 1
        if self.tries <= self.failures:
            raise WebhookFailed("not now")
        value = orjson.loads(body)
        assert (value["kind"], value["apiVersion"]) == ("EventList", "audit.k8s.io/v1")
        self.received.append([item["number"] for item in value["items"]])

    async def close(self) -> None:
        self.closed = True


@asynccontextmanager
async def sending(far: Far, **more: Any) -> AsyncIterator[tuple[Batches, FakeClock]]:
    clock = FakeClock()
    batches = Batches(far, clock=clock, **more)
    task = asyncio.create_task(batches.run())
    try:
        yield batches, clock
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def write(batches: Batches, count: int, first: int = 0) -> None:
    for number in range(first, first + count):
        batches.write({"number": number})


async def test_a_full_batch_goes_at_once_and_the_rest_after_its_time() -> None:
    far = Far()
    async with sending(far, max_batch=3, max_wait_seconds=30) as (batches, clock):
        write(batches, 7)
        await clock.advance(1)
        assert far.received == [[0, 1, 2], [3, 4, 5]]
        await clock.advance(30)
        assert far.received[2:] == [[6]]


async def test_what_did_not_arrive_is_sent_again_after_growing_pauses() -> None:
    far = Far(failures=2)
    async with sending(far, max_batch=1, first_pause_seconds=10) as (batches, clock):
        write(batches, 1)
        for seconds, tries in ((0.1, 1), (10, 2), (14, 2), (1, 3)):
            await clock.advance(seconds)
            assert far.tries == tries
        assert far.received == [[0]]


async def test_a_full_buffer_takes_nothing_more() -> None:
    far = Far()
    async with sending(far, max_batch=10, buffer_size=4) as (batches, clock):
        write(batches, 6)
        await clock.advance(0)
        await clock.advance(31)
        assert far.received == [[0, 1, 2, 3]]


async def test_closing_sends_what_is_left() -> None:
    far = Far()
    batches = Batches(far, clock=FakeClock(), max_batch=2)
    write(batches, 3)
    await batches.close()
    assert (far.received, far.closed) == ([[0, 1], [2]], True)
