"""The one thread that waits for the disk, so that the event loop never does.

Work is a function of the write connection. The loop hands it over, the thread runs one piece after another in the
order they came, and the outcome goes back to the loop as a plain call. A piece should be few statements: after
each one the thread asks for the interpreter lock again, and a busy loop gives it up only every 5 ms.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from queue import SimpleQueue

Work = Callable[[sqlite3.Connection], None]
Done = Callable[[BaseException | None], None]


class Committer:
    """Runs work on a connection that only its thread touches, until closed."""

    def __init__(self, writer: sqlite3.Connection, *, name: str) -> None:
        self._writer = writer
        self._loop = asyncio.get_running_loop()
        self._work: SimpleQueue[tuple[Work, Done] | None] = SimpleQueue()
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, work: Work, done: Done) -> None:
        """Have `work` done in its turn, then call `done` on the loop with what it raised, or None."""
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
        """Finish what was handed over, close the connection, and wait for the thread to end."""
        self._work.put(None)
        await self._ended
        self._thread.join()

    def _run(self) -> None:
        while (item := self._work.get()) is not None:
            work, done = item
            error: BaseException | None = None
            try:
                work(self._writer)
            except BaseException as raised:  # it is the caller's, who is on the other thread
                error = raised
            if not self._tell_loop(done, error):
                return
        self._writer.close()
        self._tell_loop(self._tell_closer, None)

    def _tell_closer(self, _: BaseException | None) -> None:
        if not self._ended.done():
            self._ended.set_result(None)

    def _tell_loop(self, done: Done, error: BaseException | None) -> bool:
        """Whether there still is a loop; a process that ends without closing the store has lost nothing."""
        try:
            self._loop.call_soon_threadsafe(done, error)
        except RuntimeError:
            return False
        return True
