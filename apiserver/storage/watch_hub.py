"""Hands committed changes to watchers, in order, without ever waiting for one of them.

A store publishes each commit once. The hub finds the watchers by the prefixes of the key (a dictionary look-up
for each length of prefix in use, so the cost does not grow with the number of watchers that do not care) and
appends the event to their queues. A watcher takes all that has gathered when it comes for more.

    store.commit -> hub.publish -> queue of each live watcher -> its next batch
                                    past history -> chunks     ->

A watcher is either *live* (in the hub's table, with a queue) or *catching up* (reads chunks of history that the
store provides). It starts catching up from where it was asked to, and goes live at a moment when it has seen
everything that was published; nothing awaits between that check and the entry in the table, so there is neither a
gap nor a duplicate. A live watcher whose queue is full is thrown back to catching up from the last revision that
it has really delivered, and its queue is dropped: a slow watcher costs a bounded amount of memory, and never
another watcher's time.

Invariants: `revision` never goes back; a live watcher's queue holds every change under its prefix between its
position and `revision`; what a watcher delivers is in revision order, each change once.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from weakref import WeakSet

from pybernetes.apiserver.storage.interface import (
    Compacted,
    Event,
    StoreError,
    StoreUnavailable,
    WatchBatch,
)
from pybernetes.component.clock import Clock

# At 3 KB an object and two of them in an event, a full queue pins some 25 MB; events are shared by all watchers.
QUEUE_LIMIT_EVENTS = 4096

# Kubernetes' watch cache counts on a sign of life every few seconds (etcd is told 5 s there as well).
PROGRESS_INTERVAL_SECONDS = 5.0

History = Callable[[str, int], AsyncGenerator[WatchBatch, None]]
"""`history(prefix, after_revision)`: an endless series of chunks, each with the revision up to which it is whole.

Chunks follow on one another and may be empty. Raises `Compacted`. A chunk that reaches the hub's revision must be
returned without awaiting after that revision was read.
"""


class WatchHub:
    """All watches of one store. `history` tells what happened before a watcher went live."""

    def __init__(self, *, revision: int, history: History) -> None:
        self.revision = revision
        self.history = history
        self.closed: StoreError | None = None
        self._live: dict[str, set[HubWatch]] = {}
        self._lengths: list[int] = []
        self._open: WeakSet[HubWatch] = WeakSet()

    @property
    def has_live_watchers(self) -> bool:
        """Whether anybody would see an event that is published now."""
        return bool(self._live)

    def watch(self, prefix: str, after_revision: int) -> HubWatch:
        """A new watch. It holds nothing before its first batch is asked for."""
        watch = HubWatch(self, prefix, after_revision)
        self._open.add(watch)
        return watch

    def publish(self, events: Sequence[Event], revision: int) -> None:
        """Everything up to `revision` has happened; `events` are the changes since the last call, in order."""
        self.revision = revision
        touched: set[HubWatch] = set()
        for event in events:
            key = event.key
            length = len(key)
            for size in self._lengths:
                if size > length:
                    break
                watchers = self._live.get(key[:size])
                if watchers:
                    for watcher in watchers:
                        watcher.queue.append(event)
                    touched |= watchers
        for watcher in touched:
            if len(watcher.queue) > QUEUE_LIMIT_EVENTS:
                self.detach(watcher)
                watcher.fall_behind()
            watcher.wake()

    def request_progress(self) -> None:
        """Have every watch report its progress, as soon as it has delivered what is before."""
        for watcher in list(self._open):
            watcher.notice_due = True
            watcher.wake()

    async def report_progress(self, clock: Clock) -> None:
        """Ask for progress every few seconds, for ever."""
        while True:
            await clock.sleep(PROGRESS_INTERVAL_SECONDS)
            self.request_progress()

    def start_anew(self, revision: int, error: Compacted) -> None:
        """What happened since `self.revision` is forgotten up to `error.compacted_revision`; go on at `revision`.

        Live watches end with `error`, but for those that asked for no more than what is still known: they catch up.
        """
        for watcher in [watch for watch in self._open if watch.live]:
            self.detach(watcher)
            if watcher.position < error.compacted_revision:
                watcher.failure = error
            watcher.wake()
        self.revision = revision

    def fail(self, error: StoreError) -> None:
        """End every watch that is open now with `error`, after what is in its queue."""
        for watcher in list(self._open):
            self.detach(watcher)
            watcher.failure = error
            watcher.wake()

    def close(self) -> None:
        """End every watch, also those that are opened later."""
        self.closed = StoreUnavailable("the store is closed")
        self.fail(self.closed)

    def attach(self, watch: HubWatch) -> None:
        """Enter a watch, which has seen everything up to `revision`, into the table of live ones."""
        self._live.setdefault(watch.prefix, set()).add(watch)
        self._lengths = sorted({len(prefix) for prefix in self._live})
        watch.live = True

    def detach(self, watch: HubWatch) -> None:
        """Take a watch out of the table, if it is there."""
        watch.live = False
        watchers = self._live.get(watch.prefix)
        if watchers is None or watch not in watchers:
            return
        watchers.discard(watch)
        if not watchers:
            del self._live[watch.prefix]
            self._lengths = sorted({len(prefix) for prefix in self._live})

    def forget(self, watch: HubWatch) -> None:
        """Drop all that the hub knows of a watch."""
        self.detach(watch)
        self._open.discard(watch)


class HubWatch:
    """One watch: an iterator over batches. `position` is the revision up to which it has delivered everything."""

    def __init__(self, hub: WatchHub, prefix: str, after_revision: int) -> None:
        self.prefix = prefix
        self.position = after_revision
        self.queue: list[Event] = []
        self.live = False
        self.notice_due = False
        self.failure: StoreError | None = None
        self._hub = hub
        self._history: AsyncGenerator[WatchBatch, None] | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._reading = False
        self._ready: WatchBatch | None = None
        self._closed = False

    def __aiter__(self) -> HubWatch:
        return self

    async def __anext__(self) -> WatchBatch:
        while not self._closed:
            if self._ready is not None:
                batch, self._ready = self._ready, None
                return batch
            if self.queue:
                if events := self._take():
                    return WatchBatch(events, self.position)
            elif self.failure is not None or self._hub.closed is not None:
                raise self.failure or self._hub.closed or StoreUnavailable("the store is closed")
            elif not self.live:
                await self._catch_up()
            elif self.notice_due and self._hub.revision >= self.position:
                self.notice_due = False
                self.position = self._hub.revision
                return WatchBatch([], self.position)
            else:
                await self._wait()
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Free what the watch holds; a task that waits for its next batch sees the iteration end."""
        self._closed = True
        self._hub.forget(self)
        self.queue = []
        self._ready = None
        self.wake()
        if self._history is not None and not self._reading:
            await self._leave_history()

    def wake(self) -> None:
        """There may be something to return."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def fall_behind(self) -> None:
        """Forget what is queued; it will be read from history again."""
        self.queue = []

    def _take(self) -> list[Event]:
        """All that is queued. A watch that started ahead of the hub skips what it was not to see."""
        events, self.queue = self.queue, []
        if events[0].revision <= self.position:
            events = [event for event in events if event.revision > self.position]
        # A watch that was just ended gets no further than its last event: what came after was not queued.
        reached = self._hub.revision if self.live else (events[-1].revision if events else 0)
        self.position = max(self.position, reached)
        if events:
            self.notice_due = False
        return events

    async def _catch_up(self) -> None:
        """Read one chunk of history; go live when there is no more.

        What was read is put aside before anything else awaits, so that a reader who is cancelled loses nothing.
        """
        if self._history is None:
            self._history = self._hub.history(self.prefix, self.position)
        self._reading = True
        try:
            chunk = await anext(self._history)
        except BaseException:
            self._history = None
            raise
        finally:
            self._reading = False
        self.position = max(self.position, chunk.revision)
        if chunk.events:
            self._ready = WatchBatch(chunk.events, self.position)
            self.notice_due = False
        if not self._closed and self.failure is None and self.position >= self._hub.revision:
            self._hub.attach(self)
        if self.live or self._closed:
            await self._leave_history()

    async def _leave_history(self) -> None:
        history, self._history = self._history, None
        if history is not None:
            await history.aclose()

    async def _wait(self) -> None:
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None
