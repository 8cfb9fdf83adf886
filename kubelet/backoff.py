"""Delays that double with each failure and are forgotten after a quiet time.

Counterpart: flowcontrol.Backoff, which the kubelet uses for restarts of containers and for image pulls.
"""

from __future__ import annotations

from dataclasses import dataclass

from pybernetes.component.clock import Clock


@dataclass(slots=True)
class _Entry:
    seconds: float
    updated: float


class Backoff:
    """A delay per key, between `first` and `most` seconds. Entries that are quiet for twice `most` start over."""

    def __init__(self, clock: Clock, first_seconds: float, most_seconds: float):
        self._clock = clock
        self._first, self._most = first_seconds, most_seconds
        self._entries: dict[str, _Entry] = {}

    def current(self, key: str) -> float:
        """The delay in force for a key; 0 when it has none."""
        entry = self._entries.get(key)
        return entry.seconds if entry is not None else 0.0

    def remaining(self, key: str, since_monotonic: float) -> float:
        """Seconds until something that last failed at `since_monotonic` may be tried again; 0 when it may now."""
        entry = self._entries.get(key)
        if entry is None or self._is_stale(entry, since_monotonic):
            return 0.0
        return max(0.0, since_monotonic + entry.seconds - self._clock.monotonic())

    def next(self, key: str, since_monotonic: float) -> None:
        """The key is tried again: its delay doubles, or starts at the first one after a quiet time."""
        entry = self._entries.get(key)
        now = self._clock.monotonic()
        if entry is None or self._is_stale(entry, since_monotonic):
            self._entries[key] = _Entry(self._first, now)
        else:
            self._entries[key] = _Entry(min(entry.seconds * 2, self._most), now)

    def _is_stale(self, entry: _Entry, since_monotonic: float) -> bool:
        """Whether what was started at the entry's time ran well for so long that its failures are past."""
        return since_monotonic - entry.updated > 2 * self._most

    def reset(self, key: str) -> None:
        self._entries.pop(key, None)

    def forget_prefix(self, prefix: str) -> None:
        """Drop every key that starts so: a pod is gone."""
        for key in [key for key in self._entries if key.startswith(prefix)]:
            del self._entries[key]

    def remaining_since_update(self, key: str) -> float:
        """Seconds until the key may be tried again, counted from its last failure."""
        entry = self._entries.get(key)
        return max(0.0, entry.updated + entry.seconds - self._clock.monotonic()) if entry is not None else 0.0
