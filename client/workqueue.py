"""Keys to work on, each with at most one worker at a time.

Three sets hold the invariants:

- `_dirty`: keys that need work. A key added twice before it is worked on is worked on once.
- `_processing`: keys that a worker has. A key added meanwhile is only marked dirty, and queued again by `done`,
  so that no two workers ever hold the same key and no change is missed.
- `_queue`: the dirty keys that no worker has, in the order they came.

A failed key comes back after a delay that doubles with each failure (`add_rate_limited`), limited also overall by
a token bucket so that many failing keys cannot swamp the API server. Counterpart: client-go's util/workqueue.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections import deque
from collections.abc import Hashable
from typing import Generic, TypeVar

from pybernetes.client.workqueue_metrics import QueueMetrics
from pybernetes.component.clock import SYSTEM_CLOCK, Clock

Key = TypeVar("Key", bound=Hashable)

BACKOFF_FIRST_SECONDS = 0.005
BACKOFF_MOST_SECONDS = 1000.0
RETRIES_PER_SECOND = 10.0
RETRY_BURST = 100


class ShutDown(Exception):
    """The queue is closed and nothing is left in it."""


class WorkQueue(Generic[Key]):
    """A queue that collapses, delays and backs off. Use from one event loop. A name gives it metrics."""

    def __init__(
        self,
        name: str = "",
        *,
        clock: Clock = SYSTEM_CLOCK,
        backoff_first_seconds: float = BACKOFF_FIRST_SECONDS,
        backoff_most_seconds: float = BACKOFF_MOST_SECONDS,
    ):
        self.name = name
        self._clock = clock
        self._first, self._most = backoff_first_seconds, backoff_most_seconds
        self._queue: deque[Key] = deque()
        self._dirty: set[Key] = set()
        self._processing: set[Key] = set()
        self._failures: dict[Key, int] = {}
        self._delayed: list[tuple[float, int, Key]] = []
        self._due: dict[Key, float] = {}
        self._order = itertools.count()
        self._available = asyncio.Event()
        self._delay_changed = asyncio.Event()
        self._delayer: asyncio.Task[None] | None = None
        self._shut_down = False
        self._tokens, self._tokens_at = float(RETRY_BURST), clock.monotonic()
        self._metrics = QueueMetrics(name, clock.monotonic) if name else None

    def __len__(self) -> int:
        return len(self._queue)

    def add(self, key: Key) -> None:
        """The key needs work, now or as soon as the worker that has it is done."""
        if self._shut_down or key in self._dirty:
            return
        self._dirty.add(key)
        if self._metrics is not None:
            self._metrics.added(key)
        if key not in self._processing:
            self._enqueue(key)

    def _enqueue(self, key: Key) -> None:
        self._queue.append(key)
        self._available.set()
        if self._metrics is not None:
            self._metrics.queued(len(self._queue))

    def add_after(self, key: Key, seconds: float) -> None:
        """Add the key after a delay. Of several delays for a key, the shortest counts."""
        if self._shut_down:
            return
        if seconds <= 0:
            self.add(key)
            return
        due = self._clock.monotonic() + seconds
        if key in self._due and self._due[key] <= due:
            return
        self._due[key] = due
        heapq.heappush(self._delayed, (due, next(self._order), key))
        self._delay_changed.set()
        if self._delayer is None or self._delayer.done():
            self._delayer = asyncio.get_running_loop().create_task(self._release(), name=f"delays of {self.name}")

    def add_rate_limited(self, key: Key) -> None:
        """Add the key after its back-off: for work that failed."""
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        if self._metrics is not None:
            self._metrics.retried()
        backoff = min(self._most, self._first * 2.0 ** min(failures, 60))
        self.add_after(key, max(backoff, self._reserve()))

    def _reserve(self) -> float:
        """Take one token of the overall limit; the seconds until it is there."""
        now = self._clock.monotonic()
        earned = (now - self._tokens_at) * RETRIES_PER_SECOND
        self._tokens, self._tokens_at = min(float(RETRY_BURST), self._tokens + earned) - 1, now
        return max(0.0, -self._tokens / RETRIES_PER_SECOND)

    def forget(self, key: Key) -> None:
        """The key's work succeeded: its back-off starts over."""
        self._failures.pop(key, None)

    def retries(self, key: Key) -> int:
        return self._failures.get(key, 0)

    async def get(self) -> Key:
        """The next key; it is the caller's until `done`. Raises `ShutDown`."""
        while not self._queue:
            if self._shut_down:
                raise ShutDown(self.name)
            self._available.clear()
            await self._available.wait()
        key = self._queue.popleft()
        self._processing.add(key)
        self._dirty.discard(key)
        if self._metrics is not None:
            self._metrics.started(key)
            self._metrics.queued(len(self._queue))
        return key

    def done(self, key: Key) -> None:
        """The caller of `get` has finished with the key, in whatever way."""
        self._processing.discard(key)
        if self._metrics is not None:
            self._metrics.finished(key)
        if key in self._dirty:
            self._enqueue(key)

    def shut_down(self) -> None:
        """Take no more keys; workers get what is queued, then `ShutDown`."""
        self._shut_down = True
        self._available.set()
        if self._delayer is not None:
            self._delayer.cancel()

    async def _release(self) -> None:
        """Move delayed keys into the queue when their time comes; ends when none is left."""
        while self._delayed:
            due, _, key = self._delayed[0]
            wait = due - self._clock.monotonic()
            if wait > 0:
                self._delay_changed.clear()
                await self._sleep_or_change(wait)
                continue
            heapq.heappop(self._delayed)
            if self._due.get(key) == due:
                del self._due[key]
                self.add(key)

    async def _sleep_or_change(self, seconds: float) -> None:
        sleeping = asyncio.ensure_future(self._clock.sleep(seconds))
        changed = asyncio.ensure_future(self._delay_changed.wait())
        try:
            await asyncio.wait((sleeping, changed), return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()
            changed.cancel()
