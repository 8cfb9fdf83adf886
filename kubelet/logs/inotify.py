"""inotify(7) for one directory: waits until something in it changes, without polling."""

from __future__ import annotations

import asyncio
import ctypes
import os
from pathlib import Path

_IN_MODIFY, _IN_MOVED_TO, _IN_CREATE, _IN_DELETE, _IN_DELETE_SELF = 0x2, 0x80, 0x100, 0x200, 0x400
_CHANGES = _IN_MODIFY | _IN_MOVED_TO | _IN_CREATE | _IN_DELETE | _IN_DELETE_SELF
_BUFFER_BYTES = 64 * 1024
_libc = ctypes.CDLL(None, use_errno=True)


class DirectoryWatch:
    """Use as a context manager. Raises OSError when the directory cannot be watched."""

    def __init__(self, directory: Path):
        self._directory = directory
        self._changed = asyncio.Event()
        self._descriptor = -1

    def __enter__(self) -> DirectoryWatch:
        self._descriptor = _libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._descriptor < 0:
            raise OSError(ctypes.get_errno(), "inotify_init1", str(self._directory))
        if _libc.inotify_add_watch(self._descriptor, os.fsencode(self._directory), _CHANGES) < 0:
            number = ctypes.get_errno()
            os.close(self._descriptor)
            raise OSError(number, os.strerror(number), str(self._directory))
        asyncio.get_running_loop().add_reader(self._descriptor, self._drain)
        return self

    def _drain(self) -> None:
        """What exactly happened does not matter: the reader looks for itself."""
        try:
            while os.read(self._descriptor, _BUFFER_BYTES):
                self._changed.set()
        except BlockingIOError:
            return

    async def wait(self, seconds: float) -> bool:
        """Wait for a change since the last call; False when the time is over."""
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return False
        self._changed.clear()
        return True

    def __exit__(self, *_: object) -> None:
        asyncio.get_running_loop().remove_reader(self._descriptor)
        os.close(self._descriptor)
