"""What all watchers of one etcd store share: one stream of all changes, the latest of them, and the hub.

    etcd ── one watch of every key ── follow ── RecentChanges + WatchHub ── watchers
    etcd ── another, for a while ──── history ─ a watcher that starts before RecentChanges does

All watchers share one etcd watch over the whole keyspace, and pick by prefix here. That is what makes progress
exact: etcd delivers one watch's events in order and every revision has an event, so the last event's revision is
what every watcher has seen, also those whose prefix is quiet. etcd's own answer to a progress request is not
used: up to 3.4.24 and 3.5.7 it may overtake events that are still on their way, and a watcher that believed it
would miss them. To tell watchers that nothing happened, the current revision is read, and the word goes out when
the stream has reached it. The same reading shows when a stream has fallen silent, and it is opened again.

A watcher that starts a little in the past is served from `RecentChanges`; one that starts before that reads a
stream of its own until it is there.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing

from pybernetes.apiserver.storage.etcd_endpoints import Endpoints
from pybernetes.apiserver.storage.etcd_keyspace import Keyspace
from pybernetes.apiserver.storage.etcd_watch import read_changes
from pybernetes.apiserver.storage.interface import Compacted, Event, StoreError, StoreUnavailable, WatchBatch
from pybernetes.apiserver.storage.watch_hub import PROGRESS_INTERVAL_SECONDS, WatchHub
from pybernetes.component.clock import Clock

log = logging.getLogger(__name__)

# A watcher may come this late without a stream of its own: the time between a list and its watch, at 10,000 writes
# a second. 64 MB is that many pods with what they replaced.
_RECENT_EVENTS = 10_000
_RECENT_BYTES = 64 * 1024 * 1024


class RecentChanges:
    """The last changes of every key: all with a revision greater than `start`."""

    def __init__(self, start: int) -> None:
        self.start = start
        self._events: deque[Event] = deque()
        self._size_bytes = 0

    def add(self, events: list[Event]) -> None:
        """Append what happened next."""
        self._events.extend(events)
        self._size_bytes += sum(map(_size_bytes, events))
        while len(self._events) > _RECENT_EVENTS or self._size_bytes > _RECENT_BYTES:
            dropped = self._events.popleft()
            self._size_bytes -= _size_bytes(dropped)
            self.start = dropped.revision

    def forget(self, revision: int) -> None:
        """Drop what happened up to a revision, so that a start before it is refused as etcd refuses it."""
        while self._events and self._events[0].revision <= revision:
            self._size_bytes -= _size_bytes(self._events.popleft())
        self.start = max(self.start, revision)

    def after(self, revision: int, prefix: str) -> list[Event]:
        """The changes under a prefix later than `revision`, which must not be before `start`."""
        found: list[Event] = []
        for event in reversed(self._events):
            if event.revision <= revision:
                break
            if event.key.startswith(prefix):
                found.append(event)
        found.reverse()
        return found


class ChangeFeed:
    """The changes of one cluster, for the watchers of one store. `current_revision` is a linearizable read."""

    def __init__(
        self,
        endpoints: Endpoints,
        keyspace: Keyspace,
        *,
        revision: int,
        current_revision: Callable[[], Awaitable[int]],
        clock: Clock,
    ) -> None:
        self.hub = WatchHub(revision=revision, history=self.history)
        self._endpoints = endpoints
        self._keyspace = keyspace
        self._current_revision = current_revision
        self._clock = clock
        self._recent = RecentChanges(revision)
        self._progress_wanted_at = 0
        self._stream: asyncio.Task[None] | None = None

    async def request_progress(self) -> None:
        """Have watchers report as soon as they have seen everything up to now."""
        revision = await self._current_revision()
        if self.hub.revision >= revision:
            self.hub.request_progress()
        else:
            self._progress_wanted_at = max(self._progress_wanted_at, revision)

    def compacted(self, revision: int) -> None:
        """The history before a revision is gone."""
        self._recent.forget(revision)

    async def history(self, prefix: str, after: int) -> AsyncGenerator[WatchBatch, None]:
        """What happened under a prefix, for a watcher that is not live."""
        after = max(after, 1)
        while True:
            if after < self._recent.start:
                changes = read_changes(self._endpoints, self._keyspace, after)
                async with aclosing(changes):
                    async for batch in changes:
                        after = batch.revision
                        events = [event for event in batch.events if event.key.startswith(prefix)]
                        yield WatchBatch(events, after)
                        if after >= self._recent.start:
                            break
            else:
                events = self._recent.after(after, prefix)
                after = max(after, self.hub.revision)
                yield WatchBatch(events, after)
                await asyncio.sleep(0)

    async def follow(self) -> None:
        """Keep the hub fed, for ever. The stream is a task of its own so that one that hangs can be cut."""
        while True:
            self._stream = asyncio.create_task(self._read_stream(), name="etcd watch stream")
            try:
                await asyncio.wait({self._stream})
            except asyncio.CancelledError:
                self._stream.cancel()
                await asyncio.wait({self._stream})
                raise
            if self._stream.cancelled():
                continue
            error = self._stream.exception()
            if not isinstance(error, Compacted):
                raise error or RuntimeError("the stream of changes ended")
            await self._start_anew(error)

    async def _read_stream(self) -> None:
        async with aclosing(read_changes(self._endpoints, self._keyspace, self.hub.revision)) as changes:
            async for batch in changes:
                self._recent.add(batch.events)
                self.hub.publish(batch.events, batch.revision)
                if 0 < self._progress_wanted_at <= batch.revision:
                    self._progress_wanted_at = 0
                    self.hub.request_progress()

    async def _start_anew(self, error: Compacted) -> None:
        """What happened while we were cut off is forgotten: who had not seen it must list again."""
        log.warning("watches must start anew: %s", error)
        while True:
            try:
                revision = await self._current_revision()
                break
            except StoreUnavailable as unavailable:
                log.warning("etcd cannot be reached: %s", unavailable)
        self._recent = RecentChanges(revision)
        self.hub.start_anew(revision, error)

    async def report_progress(self) -> None:
        """Every few seconds: tell watchers how far they are, and cut a stream that has fallen silent."""
        behind_since = 0
        while True:
            await self._clock.sleep(PROGRESS_INTERVAL_SECONDS)
            try:
                revision = await self._current_revision()
            except StoreError as error:
                log.warning("cannot tell watchers their progress: %s", error)
                continue
            if self.hub.revision >= revision:
                self.hub.request_progress()
                continue
            self._progress_wanted_at = revision
            if behind_since == self.hub.revision and self._stream is not None:
                log.warning("no changes came since revision %d, opening the watch again", behind_since)
                self._stream.cancel()
            behind_since = self.hub.revision


def _size_bytes(event: Event) -> int:
    return len(event.value) + (len(event.previous.value) if event.previous else 0)
