"""The work queue: its invariants under any history, its delays and its back-off."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule
from prometheus_client import REGISTRY

from pybernetes.client.workqueue import ShutDown, WorkQueue
from pybernetes.component.clock import FakeClock, settle


class QueueMachine(RuleBasedStateMachine):
    """Any order of add, get and done, against the simplest model: a set of keys that need work."""

    taken = Bundle("taken")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.queue: WorkQueue[str] = WorkQueue(clock=FakeClock())
        self.needs_work: set[str] = set()
        self.held: set[str] = set()

    def teardown(self) -> None:
        self.loop.close()

    @rule(key=st.sampled_from("abcd"))
    def add(self, key: str) -> None:
        self.queue.add(key)
        self.needs_work.add(key)

    @rule()
    def take_and_keep(self) -> None:
        if len(self.queue) == 0:
            return
        key = self.loop.run_until_complete(self.queue.get())
        assert key not in self.held, "two workers have one key"
        assert key in self.needs_work, "work that nobody asked for"
        self.needs_work.discard(key)
        self.held.add(key)

    @rule(choice=st.integers(0, 3))
    def finish(self, choice: int) -> None:
        if self.held:
            key = sorted(self.held)[choice % len(self.held)]
            self.held.discard(key)
            self.queue.done(key)

    @invariant()
    def what_needs_work_and_is_not_held_is_queued_once(self) -> None:
        assert len(self.queue) == len(self.needs_work - self.held)


TestQueueMachine = QueueMachine.TestCase
TestQueueMachine.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)


async def test_keys_come_in_order_and_once() -> None:
    queue: WorkQueue[str] = WorkQueue(clock=FakeClock())
    for key in "abcab":
        queue.add(key)
    assert [await queue.get() for _ in range(len(queue))] == ["a", "b", "c"]


async def test_a_key_that_changes_while_it_is_worked_on_comes_again() -> None:
    queue: WorkQueue[str] = WorkQueue(clock=FakeClock())
    queue.add("a")
    assert await queue.get() == "a"
    queue.add("a")
    queue.add("a")
    assert len(queue) == 0
    queue.done("a")
    assert len(queue) == 1
    assert await queue.get() == "a"
    queue.done("a")
    assert len(queue) == 0


async def test_every_waiting_worker_gets_a_key() -> None:
    queue: WorkQueue[str] = WorkQueue(clock=FakeClock())
    workers = [asyncio.create_task(queue.get()) for _ in range(3)]
    await settle()
    for key in "abc":
        queue.add(key)
    assert sorted(await asyncio.gather(*workers)) == ["a", "b", "c"]


async def test_delays_and_the_shortest_of_several() -> None:
    clock = FakeClock()
    queue: WorkQueue[str] = WorkQueue(clock=clock)
    queue.add_after("late", 10)
    queue.add_after("soon", 30)
    await settle()
    queue.add_after("soon", 2)
    queue.add_after("late", 20)
    queue.add_after("now", 0)
    assert await queue.get() == "now"
    await clock.advance(1.9)
    assert len(queue) == 0
    await clock.advance(0.2)
    assert await queue.get() == "soon"
    queue.done("soon")
    await clock.advance(8)
    assert await queue.get() == "late"
    queue.done("late")
    await clock.advance(60)
    assert len(queue) == 0, "the longer delays are forgotten"


async def test_delays_work_again_after_the_last_one_was_due() -> None:
    clock = FakeClock()
    queue: WorkQueue[str] = WorkQueue(clock=clock)
    for _ in range(3):
        queue.add_after("a", 1)
        await settle()
        await clock.advance(1.1)
        assert await queue.get() == "a"
        queue.done("a")


async def test_back_off_doubles_and_starts_over() -> None:
    clock = FakeClock()
    queue: WorkQueue[str] = WorkQueue(clock=clock, backoff_first_seconds=1, backoff_most_seconds=5)

    async def seconds_until_queued() -> float:
        queue.add_rate_limited("a")
        await settle()
        started = clock.monotonic()
        while not len(queue):
            await clock.advance(0.25)
        await queue.get()
        queue.done("a")
        return clock.monotonic() - started

    assert [await seconds_until_queued() for _ in range(5)] == [1, 2, 4, 5, 5]
    assert queue.retries("a") == 5
    queue.forget("a")
    assert queue.retries("a") == 0
    assert await seconds_until_queued() == 1


@given(failures=st.integers(0, 5000))
@settings(max_examples=20, deadline=None)
def test_back_off_never_overflows(failures: int) -> None:
    async def check() -> None:
        queue: WorkQueue[str] = WorkQueue(clock=FakeClock())
        queue._failures["a"] = failures
        queue.add_rate_limited("a")
        queue.shut_down()

    asyncio.run(check())


async def test_many_failing_keys_share_ten_retries_a_second() -> None:
    clock = FakeClock()
    queue: WorkQueue[int] = WorkQueue(clock=clock)
    for key in range(200):
        queue.add_rate_limited(key)
    await settle()
    await clock.advance(0.05)
    assert len(queue) == 100
    await clock.advance(5)
    assert 149 <= len(queue) <= 151
    await clock.advance(6)
    assert len(queue) == 200


async def test_shut_down_gives_out_what_is_left() -> None:
    queue: WorkQueue[str] = WorkQueue(clock=FakeClock())
    queue.add("a")
    waiting = asyncio.create_task(queue.get())
    await settle()
    assert waiting.result() == "a"
    queue.add("b")
    queue.shut_down()
    queue.add("too late")
    assert await queue.get() == "b"
    with pytest.raises(ShutDown):
        await queue.get()


async def test_shut_down_wakes_who_waits() -> None:
    queue: WorkQueue[str] = WorkQueue(clock=FakeClock())
    waiting = [asyncio.create_task(queue.get()) for _ in range(2)]
    await settle()
    queue.shut_down()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(result, ShutDown) for result in results)


async def test_metrics() -> None:
    clock = FakeClock()
    queue: WorkQueue[str] = WorkQueue("test_queue", clock=clock)

    def metric(name: str) -> float | None:
        return REGISTRY.get_sample_value(name, {"name": "test_queue"})

    queue.add("a")
    queue.add("b")
    assert metric("workqueue_depth") == 2
    assert metric("workqueue_adds_total") == 2
    await clock.advance(3)
    await queue.get()
    await clock.advance(4)
    assert metric("workqueue_queue_duration_seconds_sum") == 3
    assert metric("workqueue_unfinished_work_seconds") == 4
    assert metric("workqueue_longest_running_processor_seconds") == 4
    queue.add_rate_limited("a")
    queue.done("a")
    assert metric("workqueue_work_duration_seconds_sum") == 4
    assert metric("workqueue_retries_total") == 1
    assert metric("workqueue_unfinished_work_seconds") == 0
    queue.shut_down()
