"""Values written not long ago, in memory, so that what an update replaces need not be read from the file.

First in, first out, bounded by bytes. A revision's value never changes, so an entry is never wrong.
"""

from __future__ import annotations


class RecentValues:
    """A bounded map from revisions to values."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._size_bytes = 0
        self._values: dict[int, bytes] = {}

    def get(self, revision: int) -> bytes | None:
        """The value written at `revision`, if it is still here."""
        return self._values.get(revision)

    def add(self, revision: int, value: bytes) -> None:
        """Keep a value, at the cost of the oldest ones."""
        self._values[revision] = value
        self._size_bytes += len(value)
        while self._size_bytes > self._limit_bytes:
            self.drop(next(iter(self._values)))

    def drop(self, revision: int) -> None:
        """Let go of a value that is not current any more."""
        value = self._values.pop(revision, None)
        if value is not None:
            self._size_bytes -= len(value)
