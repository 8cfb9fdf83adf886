"""Brings rows to the disk without ever making the event loop wait for it.

    commit   few rows: inserted on the loop (some 20 us), synced by the kernel (`kernel_sync`), told on the loop
             else:     in the thread, as all other work, and as all commits for a while after the kernel was slow
    run      a function of the write connection, in the thread

The thread runs one piece after another in the order they came, and the outcome goes back to the loop as a plain call.
A piece should be few statements: after each one the thread asks for the interpreter lock again, and a busy loop gives
it up only every 5 ms.

Where the kernel syncs, SQLite commits with synchronous=NORMAL: its log is in order, and it is synced here before
anybody is told, so that what was told is as durable as with FULL. Where the kernel does not, SQLite syncs itself, in
the thread.

Invariant: the connection is used by one of the two at a time. The loop leaves it alone while the thread has work.
A checkpoint would pause the loop for some 10 ms, and so would waiting for whoever has locked the file: both are off on
the loop, and left to the thread, which gets a commit when one of them is due.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from queue import SimpleQueue

from pybernetes.apiserver.storage import sqlite_file
from pybernetes.apiserver.storage.kernel_sync import KernelSync

log = logging.getLogger(__name__)

# What is inserted on the loop: at 10 us a row and 1 us a kilobyte, it does not take longer than half a millisecond.
_ROWS_ON_LOOP = 32
_BYTES_ON_LOOP = 256 * 1024

# The kernel's worker is bound to the core it was called from. Where others keep that busy, it waits for its turn, and
# a thread, which runs on any core, is there sooner: seen by how long the loop did not run during a sync, which is well
# below a millisecond on a machine of one's own.
_LONG_WAIT_SECONDS = 0.002
_DETOURS = 64

Work = Callable[[sqlite3.Connection], None]
Done = Callable[[BaseException | None], None]


class OutcomeUnknown(Exception):
    """A commit failed in a way that does not tell what is on the disk."""


class Committer:
    """Works on a connection that nobody else touches, until closed. `path` is that of the database."""

    def __init__(self, writer: sqlite3.Connection, path: Path) -> None:
        self._writer = writer
        self._loop = asyncio.get_running_loop()
        self._log = os.open(sqlite_file.log_path(path), os.O_RDWR | os.O_CLOEXEC)
        self._sync = _kernel_sync(self._log)
        if self._sync is not None:
            sqlite_file.leave_sync_to_caller(writer)
        self._log_bytes = 0  # written since the thread last committed, at the least
        self._work: SimpleQueue[tuple[Work, Done] | None] = SimpleQueue()
        self._in_thread = 0
        self._detours = 0  # commits that go to the thread until the kernel is tried again
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._thread = threading.Thread(target=self._run, name=f"commit {path.name}", daemon=True)
        self._thread.start()

    def commit(self, rows: Sequence[sqlite_file.Row], size_bytes: int, done: Done) -> None:
        """Make rows durable, then call `done` on the loop with what went wrong, or None. One commit at a time."""
        sync = self._sync
        if (
            sync is None
            or self._in_thread
            or len(rows) > _ROWS_ON_LOOP
            or size_bytes > _BYTES_ON_LOOP
            or self._log_bytes > sqlite_file.CHECKPOINT_BYTES
            or self._detours
        ):
            self._detours = max(0, self._detours - 1)
            self.submit(lambda writer: _insert(writer, rows), done)
            return
        try:
            _insert(self._writer, rows)
            self._log_bytes += sqlite_file.PAGE_BYTES + size_bytes
            before = time.monotonic() - time.thread_time()
            sync.start(partial(self._synced, done, before))
        except sqlite3.OperationalError as error:
            if sqlite_file.is_locked(error):
                self.submit(lambda writer: _insert(writer, rows), done)
            else:
                self._loop.call_soon(done, error)
        except Exception as error:
            self._loop.call_soon(done, error)

    def _synced(self, done: Done, before: float, error: OSError | None) -> None:
        if time.monotonic() - time.thread_time() - before > _LONG_WAIT_SECONDS:
            self._detours = _DETOURS
        done(error)

    def submit(self, work: Work, done: Done) -> None:
        """Have `work` done in its turn, then call `done` on the loop with what it raised, or None."""
        self._in_thread += 1
        self._work.put((work, done))

    async def run(self, work: Work) -> None:
        """Have `work` done in its turn and wait for it. Raises what it raised."""
        finished: asyncio.Future[None] = self._loop.create_future()

        def done(error: BaseException | None) -> None:
            if finished.done():
                return
            if error is None:
                finished.set_result(None)
            else:
                finished.set_exception(error)

        self.submit(work, done)
        await finished

    async def close(self) -> None:
        """Finish what was handed over, close the connection, and wait for the thread to end. No commit is under way."""
        self._work.put(None)
        await self._ended
        self._thread.join()
        if self._sync is not None:
            self._sync.close()
        os.close(self._log)

    def _run(self) -> None:
        while (item := self._work.get()) is not None:
            work, done = item
            error: BaseException | None = None
            try:
                self._do(work)
            except BaseException as raised:  # it is the caller's, who is on the other thread
                error = raised
            if not self._tell_loop(partial(self._returned, done, error)):
                return
        self._writer.close()
        self._tell_loop(self._tell_closer)

    def _do(self, work: Work) -> None:
        if self._sync is None:
            work(self._writer)
            return
        with sqlite_file.waiting_allowed(self._writer):
            work(self._writer)
        os.fdatasync(self._log)

    def _returned(self, done: Done, error: BaseException | None) -> None:
        self._in_thread -= 1
        self._log_bytes = 0
        done(error)

    def _tell_closer(self) -> None:
        if not self._ended.done():
            self._ended.set_result(None)

    def _tell_loop(self, call: Callable[[], None]) -> bool:
        """Whether there still is a loop; a process that ends without closing the store has lost nothing."""
        try:
            self._loop.call_soon_threadsafe(call)
        except RuntimeError:
            return False
        return True


def _kernel_sync(file: int) -> KernelSync | None:
    try:
        return KernelSync(file)
    except OSError as error:
        log.info("a thread waits for the disk: %s", error)
        return None


def _insert(writer: sqlite3.Connection, rows: Sequence[sqlite_file.Row]) -> None:
    """Commit rows; if that fails, make sure that none of them is there."""
    try:
        sqlite_file.insert(writer, rows)
    except sqlite3.Error as error:
        if sqlite_file.holds_any_from(writer, rows[0][0]):
            raise OutcomeUnknown(str(error)) from error
        raise
