"""What one watch request still has to be sent.

Events are appended as they happen and sent once a turn of the event loop: all that came in one batch of the store
goes out in one write. A reader that falls behind by more than `MAX_BACKLOG_BYTES` is dropped: its client comes
back with the last version it has seen, which costs less than keeping everything for it here.

While a watcher still reads its past from the store (`hold`), new events wait; `release` lets them go.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from pybernetes.apiserver.cache.entry import Entry
from pybernetes.apiserver.cache.events import ADDED, DELETED, MODIFIED, CacheEvent
from pybernetes.apiserver.cache.selection import Selection
from pybernetes.apiserver.http import Sink

MAX_BACKLOG_BYTES = 32 << 20  # about ten thousand events of 3 KB

Encoder = Callable[[CacheEvent, bytes, Entry], bytes]


def json_line(event: CacheEvent, event_type: bytes, entry: Entry) -> bytes:
    return event.line(event_type, entry)


class Watcher:
    """One watch. `encode` gives an event's bytes in the form that the request asked for."""

    def __init__(self, sink: Sink, *, namespace: str, selection: Selection, encode: Encoder = json_line):
        self._sink = sink
        self._namespace = namespace
        self._selection = selection
        self._encode = encode
        self._pending: list[bytes] = []
        self._held = False
        self.dropped = asyncio.Event()

    def offer(self, event: CacheEvent) -> bool:
        """Take the event if it is for this watcher; whether there is now something to send."""
        old, new = event.old, event.new
        if self._namespace and event.subject.namespace != self._namespace:
            return False
        selection = self._selection
        if not selection.matches_all:
            old = old if old is not None and selection.matches(old) else None
            new = new if new is not None and selection.matches(new) else None
            if new is None and old is None:
                return False
        self._pending.append(self._line(event, old, new))
        return True

    def _line(self, event: CacheEvent, old: Entry | None, new: Entry | None) -> bytes:
        if new is None:
            # What is gone, or stops matching, is shown as the client knows it, at the version of the change.
            assert old is not None, "the caller has checked that one of the two matches"
            return self._encode(event, DELETED, old)
        return self._encode(event, MODIFIED if old is not None else ADDED, new)

    def push(self, line: bytes) -> None:
        """Send bytes that are no change: initial events, bookmarks, errors."""
        self._pending.append(line)

    def take(self) -> list[bytes]:
        """What is pending, for a watcher that only collects."""
        pending, self._pending = self._pending, []
        return pending

    def hold(self) -> None:
        self._held = True

    def release(self, past: list[bytes]) -> None:
        """Put what was read from the past before what happened meanwhile, and let all of it go."""
        self._pending[:0] = past
        self._held = False
        self.flush()

    def flush(self) -> None:
        """Send what is pending, in one write; drop the watcher if its reader is too far behind."""
        if self._held or not self._pending or self.dropped.is_set():
            return
        if self._sink.backlog > MAX_BACKLOG_BYTES:
            self.dropped.set()
            self._pending.clear()
            return
        data = self._pending[0] if len(self._pending) == 1 else b"".join(self._pending)
        self._pending.clear()
        self._sink.write(data)


class LaterWatcher(Watcher):
    """A watch from a version that has not happened yet: what comes up to it is not for it."""

    def __init__(self, sink: Sink, *, namespace: str, selection: Selection, encode: Encoder, after: int):
        super().__init__(sink, namespace=namespace, selection=selection, encode=encode)
        self._after = after

    def offer(self, event: CacheEvent) -> bool:
        return event.revision > self._after and super().offer(event)
