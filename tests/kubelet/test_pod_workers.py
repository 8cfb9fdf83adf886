"""Workers: one step at a time, cut off when a pod is to end, repeated when a step fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from pybernetes.component.clock import FakeClock, settle
from pybernetes.kubelet.admission import Rejection
from pybernetes.kubelet.owned_tasks import spawner
from pybernetes.kubelet.pod_record import PodRecord
from pybernetes.kubelet.pod_status import Outcome
from pybernetes.kubelet.pod_sync import Step
from pybernetes.kubelet.pod_workers import PodWorkers, State
from pybernetes.kubelet.runtime_status import PodRuntime
from tests.kubelet.pod_values import RUNNING, pod_of, runtime_of, sandbox_of


class Steps:
    """Steps that are noted, and may be held up or fail."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.hold: dict[str, asyncio.Event] = {}
        self.fail: dict[str, int] = {}
        self.ended = False
        self.busy = 0

    async def _step(self, name: str) -> None:
        self.log.append(name)
        self.busy += 1
        assert self.busy == 1, "two steps at once"
        try:
            if name in self.hold:
                await self.hold[name].wait()
            if self.fail.get(name, 0) > 0:
                self.fail[name] -= 1
                raise OSError("not now")
        except asyncio.CancelledError:
            self.log.append(f"{name} cut off")
            raise
        finally:
            self.busy -= 1

    async def sync(self, record: PodRecord) -> Step:
        await self._step("sync")
        return Step(90.0, ended=self.ended)

    async def terminate(self, record: PodRecord) -> None:
        await self._step("terminate")

    async def clean_up(self, record: PodRecord) -> None:
        await self._step("clean up")

    async def remove(self, record: PodRecord) -> None:
        await self._step("remove")

    def finish(self, record: PodRecord) -> None:
        self.log.append("finish")


class Bench:
    def __init__(self, group: asyncio.TaskGroup):
        self.clock = FakeClock()
        self.steps = Steps()
        self.rejection: Rejection | None = None
        self.workers = PodWorkers(self.steps, self.clock, spawner(group), lambda pod: self.rejection)  # type: ignore[arg-type]


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with asyncio.TaskGroup() as group:
        made = Bench(group)
        yield made
        for worker in made.workers.all():
            made.workers.deleted(worker.record.uid)
        made.steps.hold.clear()
        await settle()
        await made.clock.advance(1000)
        for task in asyncio.all_tasks():
            if task.get_name().startswith("pod "):
                task.cancel()


def deleting(seconds: int) -> dict[str, object]:
    pod = pod_of("a")
    pod["metadata"] |= {"deletionTimestamp": "2026-01-01T00:00:00Z", "deletionGracePeriodSeconds": seconds}
    return pod


async def test_a_pod_is_looked_at_when_something_happens_and_now_and_then(bench: Bench) -> None:
    bench.workers.update(pod_of("a"), PodRuntime("u1"))
    await settle()
    assert bench.steps.log == ["sync"]
    assert bench.workers.changed("u1")
    await settle()
    assert bench.steps.log == ["sync"] * 2
    await bench.clock.advance(90)
    assert bench.steps.log == ["sync"] * 3
    assert not bench.workers.changed("another")


async def test_changes_during_a_step_are_looked_at_right_after_it(bench: Bench) -> None:
    bench.steps.hold["sync"] = asyncio.Event()
    bench.workers.update(pod_of("a"), PodRuntime("u1"))
    await settle()
    for _ in range(3):
        bench.workers.changed("u1")
    await settle()
    assert bench.steps.log == ["sync"]
    bench.steps.hold.pop("sync").set()
    await settle()
    assert bench.steps.log == ["sync"] * 2


async def test_a_deletion_cuts_off_a_start_and_goes_through_all_steps(bench: Bench) -> None:
    bench.steps.hold["sync"] = asyncio.Event()
    bench.workers.update(pod_of("a"), PodRuntime("u1"))
    await settle()
    bench.workers.update(deleting(30), None)
    await settle()
    assert bench.steps.log == ["sync", "sync cut off", "terminate", "clean up", "remove", "finish"]
    worker = bench.workers.get("u1")
    assert worker is not None and worker.state is State.GONE
    bench.workers.deleted("u1")
    assert bench.workers.get("u1") is None


async def test_a_shorter_grace_period_starts_the_stop_anew(bench: Bench) -> None:
    bench.steps.hold["terminate"] = asyncio.Event()
    bench.workers.update(pod_of("a"), PodRuntime("u1"))
    bench.workers.update(deleting(30), None)
    await settle()
    bench.workers.update(deleting(30), None)
    await settle()
    assert bench.steps.log == ["terminate"]
    bench.workers.update(deleting(1), None)
    await settle()
    assert bench.steps.log == ["terminate", "terminate cut off", "terminate"]


async def test_a_step_that_fails_is_repeated_with_longer_and_longer_pauses(bench: Bench) -> None:
    bench.steps.fail["sync"] = 3
    bench.workers.update(pod_of("a"), PodRuntime("u1"))
    await settle()
    times = []
    for _ in range(40):
        before = len(bench.steps.log)
        await bench.clock.advance(0.25)
        if len(bench.steps.log) > before:
            times.append(bench.clock.monotonic())
    assert times == [0.5, 1.5, 3.5]


async def test_a_finished_pod_stays_until_it_is_deleted(bench: Bench) -> None:
    bench.steps.ended = True
    bench.workers.update(pod_of("a"), PodRuntime("u1"))
    await settle()
    assert bench.steps.log == ["sync", "terminate", "clean up"]
    await bench.clock.advance(10_000)
    assert bench.steps.log == ["sync", "terminate", "clean up"]
    assert bench.workers.active_pods() == []
    bench.workers.update(deleting(0), None)
    await settle()
    assert bench.steps.log[3:] == ["remove", "finish"]


async def test_a_pod_that_vanished_from_the_api_leaves_nothing(bench: Bench) -> None:
    bench.workers.update(pod_of("a"), PodRuntime("u1"))
    await settle()
    bench.workers.deleted("u1")
    await settle()
    assert bench.steps.log == ["sync", "terminate", "clean up", "remove", "finish"]
    assert bench.workers.get("u1") is None


async def test_what_only_the_runtime_knows_is_ended(bench: Bench) -> None:
    bench.workers.adopt(PodRuntime("nothing"))
    bench.workers.adopt(runtime_of(("a", RUNNING), sandbox=sandbox_of()))
    await settle()
    assert bench.steps.log == ["terminate", "clean up", "remove", "finish"]


async def test_a_pod_the_node_does_not_take_never_starts(bench: Bench) -> None:
    bench.rejection = Rejection("OutOfcpu", "too much")
    bench.workers.update(pod_of("a"), PodRuntime("u1"))
    await settle()
    worker = bench.workers.get("u1")
    assert worker is not None
    assert worker.record.outcome == Outcome("OutOfcpu", "Pod was rejected: too much")
    assert bench.steps.log == ["terminate", "clean up"]


async def test_what_ran_before_a_restart_is_not_asked_about_again(bench: Bench) -> None:
    bench.rejection = Rejection("OutOfcpu", "too much")
    bench.workers.update(pod_of("a"), None)
    await settle()
    assert bench.steps.log == ["sync"]


async def test_an_eviction_ends_a_pod_with_its_reason(bench: Bench) -> None:
    bench.workers.update(pod_of("a"), PodRuntime("u1"))
    await settle()
    bench.workers.end("u1", Outcome("Evicted", "low"), grace_seconds=0)
    await settle()
    worker = bench.workers.get("u1")
    assert worker is not None
    assert (worker.record.outcome, worker.record.grace_override_seconds) == (Outcome("Evicted", "low"), 0)
    assert bench.steps.log == ["sync", "terminate", "clean up"]
