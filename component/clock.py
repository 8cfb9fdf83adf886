"""Time, as something that is handed in.

Everything that asks what time it is, or waits, does it through a `Clock`, so that a test can turn hours into
nothing. `SystemClock` is the real one; `FakeClock` stands still until a test moves it.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """A source of time. Wall time is for what people and other machines read, monotonic for measuring."""

    def now(self) -> datetime:
        """Wall time, in UTC, with its time zone."""

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never goes back."""

    async def sleep(self, seconds: float) -> None:
        """Wait; at once for zero or less."""


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))


SYSTEM_CLOCK: Clock = SystemClock()


class FakeClock:
    """A clock for tests: it stands still, and `advance` moves it and wakes who has waited long enough."""

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)):
        self._now = start
        self._elapsed_seconds = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._elapsed_seconds

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._elapsed_seconds + seconds, next(self._order), woken))
        await woken

    @property
    def sleepers(self) -> int:
        """How many tasks wait on this clock."""
        return sum(not woken.done() for _, _, woken in self._sleepers)

    async def advance(self, seconds: float) -> None:
        """Move time on, waking sleepers in order of their deadlines and letting each run before the next."""
        target = self._elapsed_seconds + seconds
        while self._sleepers and self._sleepers[0][0] <= target:
            deadline, _, woken = heapq.heappop(self._sleepers)
            self._move_to(deadline)
            if not woken.done():
                woken.set_result(None)
            await settle()
        self._move_to(target)
        await settle()

    def _move_to(self, elapsed_seconds: float) -> None:
        self._now += timedelta(seconds=elapsed_seconds - self._elapsed_seconds)
        self._elapsed_seconds = elapsed_seconds


async def settle(turns: int = 20) -> None:
    """Let every task that can run do so, for a few turns of the event loop."""
    for _ in range(turns):
        await asyncio.sleep(0)
