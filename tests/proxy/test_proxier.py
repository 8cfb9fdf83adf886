"""When rules are written: a backend that only notes what it is told, and a clock that stands still."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from pybernetes.component.clock import FakeClock, settle
from pybernetes.proxy.backend import BackendError, Target, Targets
from pybernetes.proxy.endpoints import Place
from pybernetes.proxy.proxier import Proxier
from pybernetes.proxy.tracker import Tracker
from tests.proxy.objects import endpoint_slice, service


class Notes:
    """A backend that notes each write."""

    def __init__(self) -> None:
        self.writes: list[str] = []
        self.failures = 0
        self.is_intact = True
        self.looks = 0

    async def replace(self, targets: Targets) -> None:
        self._note("whole")

    async def update(self, changes: Mapping[str, Target | None]) -> None:
        self._note(" ".join(sorted(changes)))

    def _note(self, text: str) -> None:
        self.writes.append(text)
        if self.failures:
            self.failures -= 1
            raise BackendError("no")

    async def intact(self) -> bool:
        self.looks += 1
        return self.is_intact

    async def cleanup(self) -> None:
        raise AssertionError("nothing is cleaned up on exit")

    def rule_counts(self) -> Mapping[str, int]:
        return {}


class Running:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.tracker = Tracker(4, Place("n1"))
        self.notes = Notes()
        self.told: list[Mapping[str, Target | None] | None] = []
        self.proxier = Proxier(
            self.tracker,
            self.notes,
            clock=self.clock,
            min_sync_seconds=1,
            sync_seconds=30,
            after_write=self._after_write,
        )

    async def _after_write(self, changes: Mapping[str, Target | None] | None) -> None:
        self.told.append(changes)

    async def change(self, address: str) -> None:
        self.tracker.slice_is("ns/web-1", endpoint_slice(address))
        self.proxier.nudge()
        await settle()


@asynccontextmanager
async def running() -> AsyncIterator[Running]:
    made = Running()
    made.tracker.service_is("ns/web", service())
    task = asyncio.create_task(made.proxier.run(), name="proxier under test")
    await settle()
    try:
        yield made
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_the_first_write_is_at_once_and_whole() -> None:
    async with running() as it:
        assert it.notes.writes == ["whole"]
        assert it.told == [None]
        assert it.proxier.synced.is_set()


async def test_a_change_after_quiet_is_written_at_once_and_a_burst_is_one_write() -> None:
    async with running() as it:
        await it.clock.advance(5)
        await it.change("10.0.0.1")
        assert it.notes.writes[1:] == ["ns/web:http"]
        for number in range(2, 9):
            await it.change(f"10.0.0.{number}")
        assert len(it.notes.writes) == 2
        await it.clock.advance(0.9)
        assert len(it.notes.writes) == 2
        await it.clock.advance(0.1)
        assert it.notes.writes[2:] == ["ns/web:http"]


async def test_quiet_costs_a_look_in_a_period() -> None:
    async with running() as it:
        await it.clock.advance(95)
        assert it.notes.looks == 3
        assert it.notes.writes == ["whole"]
        assert it.clock.sleepers == 1


async def test_a_change_that_comes_to_nothing_is_not_written() -> None:
    async with running() as it:
        await it.clock.advance(5)
        it.proxier.nudge()
        await settle()
        assert it.notes.writes == ["whole"]
        assert it.proxier.waiting_seconds() == 0


async def test_rules_that_are_gone_are_written_again() -> None:
    async with running() as it:
        it.notes.is_intact = False
        await it.clock.advance(31)
        assert it.notes.writes == ["whole", "whole"]


async def test_everything_is_written_every_hour() -> None:
    async with running() as it:
        await it.clock.advance(3700)
        assert it.notes.writes == ["whole", "whole"]


async def test_a_failure_is_followed_by_whole_writes_further_and_further_apart() -> None:
    async with running() as it:
        await it.clock.advance(5)
        it.notes.failures = 4
        await it.change("10.0.0.1")
        assert it.notes.writes[1:] == ["ns/web:http"]
        await it.clock.advance(1)
        assert it.notes.writes[2:] == ["whole"]
        await it.clock.advance(1)
        assert len(it.notes.writes) == 3
        await it.clock.advance(1)
        assert len(it.notes.writes) == 4
        assert it.proxier.waiting_seconds() == 3
        await it.clock.advance(4 + 8)
        assert len(it.notes.writes) == 6
        assert it.proxier.waiting_seconds() == 0
        await it.clock.advance(20)
        assert len(it.notes.writes) == 6


async def test_a_failure_at_the_start() -> None:
    made = Running()
    made.notes.failures = 1
    task = asyncio.create_task(made.proxier.run(), name="proxier under test")
    await settle()
    assert not made.proxier.synced.is_set()
    await made.clock.advance(1)
    assert made.notes.writes == ["whole", "whole"]
    assert made.proxier.synced.is_set()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
