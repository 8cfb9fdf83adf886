"""What happens to containers is noticed: at once where processes can be watched, by listing where not."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator

import pytest

from pybernetes.component.clock import FakeClock, settle
from pybernetes.kubelet.pleg import FAST_SECONDS, SLOW_SECONDS, PodLifecycleEvents
from pybernetes.kubelet.process_watch import ProcessWatch
from pybernetes.kubelet.runtime.errors import Unavailable
from pybernetes.kubelet.runtime.types import ContainerState, SandboxState
from pybernetes.kubelet.runtime_view import PodListing


class View:
    """A runtime's listing as the test sets it."""

    def __init__(self) -> None:
        self.pods: dict[str, PodListing] = {}
        self.pid = 0
        self.listings = 0
        self.down = False

    async def listing(self) -> dict[str, PodListing]:
        self.listings += 1
        if self.down:
            raise Unavailable("ListContainers", "away")
        return dict(self.pods)

    async def process_of(self, container_id: str) -> int:
        return self.pid

    def set(self, uid: str, state: ContainerState = ContainerState.RUNNING) -> None:
        self.pods[uid] = PodListing("default", uid, ((f"s-{uid}", SandboxState.READY),), ((f"c-{uid}", state),))


class Bench:
    def __init__(self) -> None:
        self.clock, self.view, self.changed = FakeClock(), View(), []
        self.pleg = PodLifecycleEvents(self.view, self.clock, self.changed.append)  # type: ignore[arg-type]


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    made = Bench()
    task = asyncio.create_task(made.pleg.run())
    await settle()
    yield made
    task.cancel()
    await asyncio.wait({task})


async def test_changes_are_told_once(bench: Bench) -> None:
    bench.view.set("u1")
    await bench.clock.advance(SLOW_SECONDS)
    assert bench.changed == ["u1"]
    await bench.clock.advance(5 * FAST_SECONDS)
    assert bench.changed == ["u1"]
    bench.view.set("u1", ContainerState.EXITED)
    await bench.clock.advance(FAST_SECONDS)
    assert bench.changed == ["u1", "u1"]
    del bench.view.pods["u1"]
    await bench.clock.advance(SLOW_SECONDS)
    assert bench.changed == ["u1"] * 3


async def test_an_idle_node_lists_rarely_an_unwatchable_container_often(bench: Bench) -> None:
    before = bench.view.listings
    await bench.clock.advance(60)
    assert bench.view.listings - before == 6
    bench.view.set("u1")
    bench.pleg.look()
    await settle()
    before = bench.view.listings
    await bench.clock.advance(10)
    assert bench.view.listings - before == 10


async def test_a_runtime_that_is_away_is_waited_for(bench: Bench) -> None:
    bench.view.down = True
    await bench.clock.advance(200)
    with pytest.raises(RuntimeError, match="pleg was last seen active 200s ago; threshold is 180s"):
        await bench.pleg.check_health()
    bench.view.down = False
    await bench.clock.advance(SLOW_SECONDS)
    await bench.pleg.check_health()


async def test_the_end_of_a_process_is_noticed_without_listing(bench: Bench) -> None:
    process = subprocess.Popen(  # noqa: ASYNC220
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE
    )
    try:
        bench.view.pid = process.pid
        bench.view.set("u1")
        bench.pleg.look()
        await settle()
        assert bench.pleg.period_seconds == SLOW_SECONDS
        assert bench.changed == ["u1"]
        assert process.stdin is not None
        process.stdin.close()
        process.wait()
        bench.view.set("u1", ContainerState.EXITED)
        async with asyncio.timeout(5):
            while len(bench.changed) < 2:
                await asyncio.sleep(0.001)
    finally:
        process.kill()
        process.wait()


async def test_processes_that_are_not_there_cannot_be_watched() -> None:
    watch = ProcessWatch(lambda key: None)
    assert not watch.add("none", 0)
    assert not watch.add("gone", 2**22 - 1)
    watch.close()
