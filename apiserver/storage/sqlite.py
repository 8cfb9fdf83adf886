"""The embedded store: SQLite underneath, the current keys in memory, one process.

    write   compare with memory -> GroupCommit -> Committer -> memory, watchers, the writer
    read    memory says which row -> recent values, or the row by its primary key
    watch   WatchHub; what was before a watcher came is read from the table

Reading needs no lock and no thread: rows never change, memory says which ones are current, and a row is found by
its revision in some 5 us. A list of many takes several turns of the event loop, on a connection that is frozen at
the moment the list was asked for. The state at an older revision is the current one with the changes since then
undone, so its cost follows from how much happened since, which is little for the pages of a list.

Invariants: `_index`, `_tombstones` and the hub's revision change together, in one turn of the loop, when a batch
has become durable, so readers and watchers see commits in order and whole. The file may be ahead of memory by the
batches that are just being committed, never behind it. Compaction first raises `_compacted`, from when on nobody
starts reading what is older, then removes rows a few at a time between commits.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncGenerator, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

from pybernetes.apiserver.storage import sqlite_file
from pybernetes.apiserver.storage.expiry import Expiry
from pybernetes.apiserver.storage.group_commit import Change, GroupCommit
from pybernetes.apiserver.storage.interface import (
    Compacted,
    Event,
    EventType,
    FutureRevision,
    KeyExists,
    KeyNotFound,
    KeyValue,
    ListResult,
    RevisionMismatch,
    StoreUnavailable,
    Watch,
    WatchBatch,
)
from pybernetes.apiserver.storage.key_index import KeyIndex, prefix_end, range_start
from pybernetes.apiserver.storage.recent_values import RecentValues
from pybernetes.apiserver.storage.sqlite_committer import Committer
from pybernetes.apiserver.storage.watch_hub import WatchHub
from pybernetes.component.clock import SYSTEM_CLOCK, Clock

log = logging.getLogger(__name__)

# Rows that one turn of the event loop reads: 256 take about 1 ms.
_ROWS_A_TURN = 256

# Revisions of history that one turn looks through: 1,000 take some 2 ms where few match.
_REVISIONS_A_TURN = 1000

# Revisions that one step of a purge deals with. Writes wait for it, up to some 5 ms.
_PURGE_REVISIONS = 500

# What an update replaced is wanted for its event right after; 32 MB are the current values of 10,000 pods.
RECENT_VALUES_BYTES = 32 * 1024 * 1024

Batch = list[Change]
Selection = list[tuple[str, int]]
"""(key, revision of its row), in key order"""

Items = list[KeyValue]


class SQLiteStore:
    """A `Store` in one SQLite file. Made by `open`, on the event loop that uses it."""

    def __init__(self, file: sqlite_file.SQLiteFile, content: sqlite_file.Content, clock: Clock) -> None:
        self._file = file
        self._clock = clock
        self._index = KeyIndex(content.revisions)
        self._tombstones = content.tombstones
        self._compacted = content.compacted
        self._purged = content.purged
        self._recent = RecentValues(RECENT_VALUES_BYTES)
        self._hub = WatchHub(revision=content.revision, history=self._history)
        self._committer = Committer(file.writer, file.path)
        self._writes = GroupCommit(self._committer, revision=content.revision, committed=self._apply_and_publish)
        self._expiry = Expiry(self.delete, clock=clock, deadlines=content.deadlines)
        self._compacting = asyncio.Lock()
        self._unusable: StoreUnavailable | None = None
        self._closing: asyncio.Task[None] | None = None
        self._tasks = [
            self._start(self._hub.report_progress(clock), "store progress"),
            self._start(self._expiry.run(), "store expiry"),
        ]

    @classmethod
    async def open(cls, path: str | Path, *, clock: Clock = SYSTEM_CLOCK) -> SQLiteStore:
        """Open or make the store in a file. Blocks for about a second per million rows of history.

        Raises `StoreInUse` if a process (this one included) has it open, `StoreUnavailable` if it cannot be read.
        """
        file = sqlite_file.SQLiteFile(Path(path))
        try:
            content = file.load()
        except sqlite3.Error as error:
            file.close_readers()
            file.writer.close()
            file.release()
            raise StoreUnavailable(f"cannot read {path}: {error}") from error
        return cls(file, content, clock)

    async def get(self, key: str, *, revision: int = 0) -> KeyValue | None:
        self._check_readable(revision)
        current = self._index.get(key)
        try:
            if revision and (current is None or current > revision):
                return self._get_at(key, revision)
            return None if current is None else KeyValue(key, self._value(current), current)
        except sqlite3.Error as error:
            raise _unreadable(error) from error

    async def list(self, prefix: str, *, revision: int = 0, start_after: str = "", limit: int = 0) -> ListResult:
        self._check_readable(revision)
        start, end = range_start(prefix, start_after), prefix_end(prefix)
        try:
            changed = await self._changed_since(revision, start, end) if revision else {}
            read_at = revision or self._hub.revision
            selected, remaining = self._select(start, end, changed, limit)
            return ListResult(await self._read(selected), read_at, remaining)
        except sqlite3.Error as error:
            raise _unreadable(error) from error

    async def create(self, key: str, value: bytes, *, ttl_seconds: int = 0) -> int:
        self._check_writable()
        if self._writes.is_pending(key):
            await self._settled(key)
        current = self._index.get(key)
        if current is not None:
            raise KeyExists(key, self._current(key, current))
        previous = self._tombstones.get(key, 0)
        expires = self._deadline(ttl_seconds)
        return await self._writes.write(key, value, previous=previous, creates=True, expires=expires)

    async def update(self, key: str, value: bytes, *, expected_revision: int, ttl_seconds: int = 0) -> int:
        self._check_writable()
        if self._writes.is_pending(key):
            await self._settled(key)
        self._compare(key, expected_revision)
        expires = self._deadline(ttl_seconds)
        return await self._writes.write(key, value, previous=expected_revision, expires=expires)

    async def delete(self, key: str, *, expected_revision: int) -> int:
        self._check_writable()
        if self._writes.is_pending(key):
            await self._settled(key)
        self._compare(key, expected_revision)
        return await self._writes.write(key, b"", previous=expected_revision, deletes=True)

    async def current_revision(self) -> int:
        self._check_usable()
        return self._hub.revision

    def watch(self, prefix: str, *, after_revision: int) -> Watch:
        return self._hub.watch(prefix, after_revision)

    async def request_progress(self) -> None:
        self._check_usable()
        self._hub.request_progress()

    async def compact(self, revision: int) -> None:
        self._check_usable()
        if revision > self._hub.revision:
            raise FutureRevision(revision, self._hub.revision)
        async with self._compacting:
            if revision <= self._compacted:
                return
            try:
                await self._committer.run(lambda writer: sqlite_file.set_compacted(writer, revision))
                self._compacted = revision
                self._forget_tombstones()
                await self._purge()
            except sqlite3.Error as error:
                raise StoreUnavailable(f"compaction failed: {error}") from error

    async def snapshot(self, path: str) -> int:
        self._check_usable()
        try:
            return await asyncio.to_thread(sqlite_file.copy, self._file.path, Path(path))
        except (sqlite3.Error, OSError) as error:
            raise StoreUnavailable(f"cannot write a snapshot to {path}: {error}") from error

    async def check(self) -> None:
        self._check_writable()
        try:
            await self._committer.run(sqlite_file.check_writable)
        except sqlite3.Error as error:
            raise StoreUnavailable(f"the store cannot be written to: {error}") from error

    async def close(self) -> None:
        if self._closing is None:
            self._unusable = StoreUnavailable("the store is closed")
            self._closing = asyncio.create_task(self._close(), name="store close")
        await asyncio.shield(self._closing)

    # Writing

    async def _settled(self, key: str) -> None:
        """Wait until memory tells the state of `key` that a write now would meet."""
        await self._writes.settled(key)
        self._check_writable()

    def _compare(self, key: str, expected_revision: int) -> None:
        current = self._index.get(key)
        if current is None:
            raise KeyNotFound(key)
        if current != expected_revision:
            raise RevisionMismatch(key, expected_revision, self._current(key, current))

    def _deadline(self, ttl_seconds: int) -> float | None:
        return self._clock.now().timestamp() + ttl_seconds if ttl_seconds else None

    def _apply_and_publish(self, batch: Batch) -> None:
        """Make a durable batch visible: first in memory, then to watchers. All in one turn of the loop."""
        for change in batch:
            if change.deletes:
                self._index.remove(change.key)
                self._tombstones[change.key] = change.revision
                continue
            if change.creates:
                self._tombstones.pop(change.key, None)
            self._index.set(change.key, change.revision)
            self._recent.add(change.revision, change.value)
            if change.expires is not None:
                self._expiry.add(change.key, change.revision, change.expires)
        events: list[Event] = []
        if self._hub.has_live_watchers:
            try:
                events = [self._event(change) for change in batch]
            except (sqlite3.Error, StoreUnavailable) as error:
                self._hub.fail(StoreUnavailable(f"cannot read what a write replaced: {error}"))
        for change in batch:
            self._recent.drop(change.previous)
        self._hub.publish(events, batch[-1].revision)

    def _event(self, change: Change) -> Event:
        previous = None
        if not change.creates:
            previous = KeyValue(change.key, self._value(change.previous), change.previous)
        kind = EventType.DELETE if change.deletes else EventType.PUT
        return Event(kind, change.key, change.value, change.revision, previous)

    # Reading

    def _value(self, revision: int) -> bytes:
        """The value of a row that must be there."""
        value = self._recent.get(revision)
        if value is None:
            value = self._file.value(revision)
            if value is None:
                raise StoreUnavailable(f"row {revision} of {self._file.path} is missing: the file is damaged")
        return value

    def _current(self, key: str, revision: int) -> KeyValue:
        try:
            return KeyValue(key, self._value(revision), revision)
        except sqlite3.Error as error:
            raise _unreadable(error) from error

    def _get_at(self, key: str, revision: int) -> KeyValue | None:
        """Walk from the newest row of a key to the one that was current at `revision`."""
        at = self._index.get(key) or self._tombstones.get(key, 0)
        while at > revision:
            at = self._file.previous(at)
        value = self._file.value(at) if at else None
        return None if value is None else KeyValue(key, value, at)

    async def _changed_since(self, revision: int, start: str, end: str | None) -> dict[str, int]:
        """Keys of a range that changed after `revision` -> what they were at then (0: absent).

        Complete as of the moment it returns: nothing awaits between the last look and the return.
        """
        changed: dict[str, int] = {}
        at = revision
        while True:
            up_to = min(at + _REVISIONS_A_TURN, self._hub.revision)
            if up_to > at:
                changed = self._file.changed(start, end, at, up_to) | changed
            if up_to >= self._hub.revision:
                return changed
            at = up_to
            await asyncio.sleep(0)
            self._check_readable(revision)

    def _select(self, start: str, end: str | None, changed: dict[str, int], limit: int) -> tuple[Selection, int]:
        """(key, revision) of the first `limit` keys of a range with `changed` undone, and how many follow."""
        if not changed:
            keys = self._index.keys(start, end, limit)
            remaining = self._index.count(start, end) - len(keys) if limit else 0
        else:
            keys = [key for key in self._index.keys(start, end) if key not in changed]
            keys += sorted(key for key, revision in changed.items() if revision)
            keys.sort()
            remaining = max(len(keys) - limit, 0) if limit else 0
            keys = keys[:limit] if limit else keys
        return [(key, changed.get(key) or self._index.get(key) or 0) for key in keys], remaining

    async def _read(self, selected: Selection) -> Items:
        """The values of rows, as many a turn as the loop can bear. Must follow on the selection without awaiting."""
        if len(selected) <= 1:
            return [KeyValue(key, self._value(revision), revision) for key, revision in selected]
        items: Items = []
        with self._file.frozen() as reader:
            for key, revision in selected:
                value = self._recent.get(revision)
                if value is None:
                    value = sqlite_file.read_value(reader, revision)
                if value is None:
                    raise StoreUnavailable(f"row {revision} of {self._file.path} is missing")
                items.append(KeyValue(key, value, revision))
                if len(items) % _ROWS_A_TURN == 0:
                    await asyncio.sleep(0)
                    self._check_usable()
        return items

    async def _history(self, prefix: str, after: int) -> AsyncGenerator[WatchBatch, None]:
        """What happened under a prefix, from the table, for a watcher that is not live."""
        while True:
            if after < self._compacted:
                raise Compacted(after, self._compacted)
            up_to = max(min(after + _REVISIONS_A_TURN, self._hub.revision), after)
            try:
                events = self._file.replay(prefix, after, up_to) if up_to > after else []
            except sqlite3.Error as error:
                raise _unreadable(error) from error
            after = up_to
            yield WatchBatch(events, up_to)
            await asyncio.sleep(0)

    # Compaction

    def _forget_tombstones(self) -> None:
        while self._tombstones:
            key = next(iter(self._tombstones))
            if self._tombstones[key] > self._compacted:
                return
            del self._tombstones[key]

    async def _purge(self) -> None:
        """Remove what only states before `_compacted` need, in steps that let other writes through."""
        while self._purged < self._compacted:
            after, up_to = self._purged, min(self._purged + _PURGE_REVISIONS, self._compacted)
            await self._committer.run(partial(sqlite_file.purge, after=after, up_to=up_to))
            self._purged = up_to

    # Being open

    def _check_usable(self) -> None:
        if self._unusable is not None:
            raise self._unusable

    def _check_writable(self) -> None:
        failure = self._unusable or self._writes.broken
        if failure is not None:
            raise failure

    def _check_readable(self, revision: int) -> None:
        """Raise unless the state at `revision` (0: the current one) can be read."""
        self._check_usable()
        if revision and revision < self._compacted:
            raise Compacted(revision, self._compacted)
        if revision > self._hub.revision:
            raise FutureRevision(revision, self._hub.revision)

    def _start(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=name)
        task.add_done_callback(self._background_ended)
        return task

    def _background_ended(self, task: asyncio.Task[None]) -> None:
        """A background task ends when the store closes; if it ends otherwise, the store is of no more use."""
        if task.cancelled():
            return
        error = task.exception()
        log.critical("%s ended, the store stops", task.get_name(), exc_info=error)
        if self._unusable is None:
            self._unusable = StoreUnavailable(f"{task.get_name()} ended: {error}")
            self._hub.fail(self._unusable)

    async def _close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)
        await self._writes.drain()
        async with self._compacting:
            await self._committer.close()
        self._hub.close()
        self._file.close_readers()
        self._file.release()


def _unreadable(error: sqlite3.Error) -> StoreUnavailable:
    return StoreUnavailable(f"the store cannot be read: {error}")
