"""Work that a server does again and again while it runs."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from pybernetes.apiserver.storage.interface import Store
from pybernetes.component.clock import Clock

log = logging.getLogger(__name__)


async def every(clock: Clock, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    """Do the work again and again. A failure is logged; the next turn tries again."""
    while True:
        await clock.sleep(seconds)
        try:
            await work()
        except Exception:
            log.exception("maintenance failed")


class Compactor:
    """Keeps about one to two periods of history: each step forgets what the step before it saw."""

    def __init__(self, store: Store):
        self._store = store
        self._previous = 0

    async def step(self) -> None:
        current = await self._store.current_revision()
        if self._previous:
            await self._store.compact(self._previous)
        self._previous = current
