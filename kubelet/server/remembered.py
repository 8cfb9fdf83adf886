"""Answers that are good for a while: a bounded map whose entries expire."""

from __future__ import annotations

from typing import Generic, TypeVar

from pybernetes.component.clock import Clock

Key = TypeVar("Key")
Value = TypeVar("Value")


class Remembered(Generic[Key, Value]):
    """At most `most` entries; the oldest goes first."""

    def __init__(self, clock: Clock, most: int):
        self._clock = clock
        self._most = most
        self._entries: dict[Key, tuple[float, Value]] = {}

    def get(self, key: Key) -> tuple[Value] | None:
        """The value in a tuple of one, so that a value may be None; None when there is no answer any more."""
        found = self._entries.get(key)
        if found is None:
            return None
        if found[0] <= self._clock.monotonic():
            del self._entries[key]
            return None
        return (found[1],)

    def put(self, key: Key, value: Value, seconds: float) -> None:
        self._entries.pop(key, None)
        while len(self._entries) >= self._most:
            del self._entries[next(iter(self._entries))]
        self._entries[key] = (self._clock.monotonic() + seconds, value)
