"""Removes keys whose time is up (Kubernetes gives one to Events and to the API servers' own leases).

Deadlines are wall-clock times, because they must hold across a restart. A heap keeps them; once a second the keys
that are due are removed with a compare-and-swap on the revision that carried the deadline, so a key that was
written again meanwhile stays, and the entry left behind in the heap goes when its time comes.
"""

from __future__ import annotations

import asyncio
import heapq
import logging
from collections.abc import Awaitable, Iterable
from typing import Protocol

from pybernetes.apiserver.storage.interface import KeyNotFound, RevisionMismatch, StoreUnavailable
from pybernetes.component.clock import Clock

log = logging.getLogger(__name__)

# Kubernetes' time limits are 15 s and more; etcd too looks for expired leases every half second only.
TICK_SECONDS = 1.0

# Removed side by side, so that they share commits; many more would keep other writes waiting.
_REMOVE_AT_ONCE = 64

Deadline = tuple[float, str, int]
"""(seconds since 1970 in UTC, key, revision of the write that set the deadline)"""


class Delete(Protocol):
    """A store's delete."""

    def __call__(self, key: str, *, expected_revision: int) -> Awaitable[int]: ...


class Expiry:
    """The deadlines of a store's keys."""

    def __init__(self, delete: Delete, *, clock: Clock, deadlines: Iterable[Deadline] = ()) -> None:
        self._delete = delete
        self._clock = clock
        self._deadlines = list(deadlines)
        heapq.heapify(self._deadlines)

    def add(self, key: str, revision: int, expires: float) -> None:
        """Remove `key` at `expires` (seconds since 1970) if it is still at `revision` then."""
        heapq.heappush(self._deadlines, (expires, key, revision))

    async def run(self) -> None:
        """Remove what is due, every second, for ever."""
        while True:
            await self._remove_due()
            await self._clock.sleep(TICK_SECONDS)

    async def _remove_due(self) -> None:
        now = self._clock.now().timestamp()
        while self._deadlines and self._deadlines[0][0] <= now:
            due: list[Deadline] = []
            while self._deadlines and self._deadlines[0][0] <= now and len(due) < _REMOVE_AT_ONCE:
                due.append(heapq.heappop(self._deadlines))
            removed = await asyncio.gather(*(self._remove(deadline) for deadline in due))
            if not all(removed):
                return

    async def _remove(self, deadline: Deadline) -> bool:
        """Whether the key is gone or no longer ours to remove; if not, the deadline is kept for the next tick."""
        _, key, revision = deadline
        try:
            await self._delete(key, expected_revision=revision)
        except (KeyNotFound, RevisionMismatch):
            return True
        except StoreUnavailable as error:
            log.warning("cannot remove expired key %s, will try again: %s", key, error)
            heapq.heappush(self._deadlines, deadline)
            return False
        return True
