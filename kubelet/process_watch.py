"""Tells at once when a process ends, without ever asking: a pidfd in the event loop.

A pid may be used again between learning it and watching it, so an end that is told is a hint to look, no more; and
a process that cannot be watched (another pid namespace, no permission) has to be polled for by other means.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable


class ProcessWatch:
    """Watches processes by a key of the owner's. `close` gives all descriptors back."""

    def __init__(self, on_exit: Callable[[str], None]):
        self._on_exit = on_exit
        self._descriptors: dict[str, int] = {}

    def add(self, key: str, pid: int) -> bool:
        """Watch; False if it cannot be watched. A key that is watched already stays as it is."""
        if key in self._descriptors:
            return True
        if pid <= 0:
            return False
        try:
            descriptor = os.pidfd_open(pid)
        except OSError:
            return False
        self._descriptors[key] = descriptor
        asyncio.get_running_loop().add_reader(descriptor, self._exited, key)
        return True

    def _exited(self, key: str) -> None:
        self.discard(key)
        self._on_exit(key)

    def discard(self, key: str) -> None:
        descriptor = self._descriptors.pop(key, None)
        if descriptor is not None:
            asyncio.get_running_loop().remove_reader(descriptor)
            os.close(descriptor)

    def keep_only(self, keys: set[str]) -> None:
        """Stop watching everything else."""
        for key in [key for key in self._descriptors if key not in keys]:
            self.discard(key)

    def __contains__(self, key: str) -> bool:
        return key in self._descriptors

    def close(self) -> None:
        self.keep_only(set())
