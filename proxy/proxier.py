"""When to write: at once after quiet, at most once in a while under load, and again when someone took it away.

    tracker has changes → (not before `min_sync_seconds` after the last write) → update → forget stale UDP flows
    a write failed → write everything, after a delay that doubles
    `sync_seconds` passed → is it still there? → if not, write everything
    an hour passed → write everything

One `Proxier` serves one address family. It sleeps on an event, so without changes it costs nothing but the look.
Counterpart: kube-proxy's BoundedFrequencyRunner and syncProxyRules.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from pybernetes.component.clock import Clock
from pybernetes.proxy import metrics
from pybernetes.proxy.backend import Backend, BackendError, Target
from pybernetes.proxy.tracker import Tracker

log = logging.getLogger(__name__)

_WHOLE_EVERY_SECONDS = 3600.0
_RETRY_FIRST_SECONDS = 1.0
_MOST_TRIGGERS = 10_000  # moments of change waiting to be measured; more than these are not measured

AfterWrite = Callable[[Mapping[str, Target | None] | None], Awaitable[None]]


class Proxier:
    """Brings what `tracker` knows into the kernel through `backend`.

    `after_write` is called after each successful write with what changed, or None after a whole one.
    """

    def __init__(
        self,
        tracker: Tracker,
        backend: Backend,
        *,
        clock: Clock,
        min_sync_seconds: float,
        sync_seconds: float,
        after_write: AfterWrite,
    ):
        self.tracker = tracker
        self.backend = backend
        self.family = f"IPv{tracker.family}"
        self.synced = asyncio.Event()
        self._clock = clock
        self._min_sync_seconds = min_sync_seconds
        self._sync_seconds = sync_seconds
        self._after_write = after_write
        self._wake = asyncio.Event()
        self._whole_needed = True
        self._failures = 0
        self._queued_at: float | None = None
        self._triggers: list[datetime] = []
        self._started_at = self._looked_at = self._whole_at = clock.monotonic()

    def nudge(self, *, triggered_at: datetime | None = None) -> None:
        """Something may have changed. `triggered_at` is when the change happened out there."""
        if self._queued_at is None:
            self._queued_at = self._clock.monotonic()
            metrics.LAST_QUEUED.labels(self.family).set(self._clock.now().timestamp())
        if triggered_at is not None and len(self._triggers) < _MOST_TRIGGERS:
            self._triggers.append(triggered_at)
        self._wake.set()

    def need_whole(self) -> None:
        """What rules depend on besides services has changed."""
        self._whole_needed = True
        self.nudge()

    def waiting_seconds(self) -> float:
        """For how long something that should be written has not been; 0 when all is written."""
        return 0.0 if self._queued_at is None else self._clock.monotonic() - self._queued_at

    async def run(self) -> None:
        """Write until cancelled. What was written stays."""
        self.nudge()
        while True:
            await self._wait()
            now = self._clock.monotonic()
            if now - self._whole_at >= _WHOLE_EVERY_SECONDS:
                self._whole_needed = True
            if now - self._looked_at >= self._sync_seconds:
                await self._look()
            if self._whole_needed or self._queued_at is not None:
                await self.sync()

    async def _wait(self) -> None:
        """Until there is something to do: a change (but not too soon after the last write), or time to look."""
        look_in = self._looked_at + self._sync_seconds - self._clock.monotonic()
        if self._queued_at is None:
            await self._wake_or(look_in)
        self._wake.clear()
        if self._queued_at is not None:
            pause = self._pause_seconds()
            too_soon = self._started_at + pause - self._clock.monotonic()
            if self.synced.is_set() or self._failures:
                await self._clock.sleep(too_soon)

    def _pause_seconds(self) -> float:
        if not self._failures:
            return self._min_sync_seconds
        doubled = _RETRY_FIRST_SECONDS * 2.0 ** min(self._failures - 1, 16)
        return max(self._min_sync_seconds, min(doubled, self._sync_seconds))

    async def _wake_or(self, seconds: float) -> None:
        sleeping = asyncio.ensure_future(self._clock.sleep(seconds))
        waking = asyncio.ensure_future(self._wake.wait())
        try:
            await asyncio.wait((sleeping, waking), return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()
            waking.cancel()

    async def _look(self) -> None:
        self._looked_at = self._clock.monotonic()
        if not self._whole_needed and not await self.backend.intact():
            log.warning("rules were taken away by someone else, writing them anew", extra={"family": self.family})
            self._whole_needed = True

    async def sync(self) -> bool:
        """Write what is to be written, now. Whether it succeeded."""
        whole, self._started_at = self._whole_needed, self._clock.monotonic()
        queued_at, self._queued_at = self._queued_at, None
        triggers, self._triggers = self._triggers, []
        changes = self.tracker.take()
        try:
            if whole:
                await self.backend.replace(self.tracker.targets)
            elif changes:
                await self.backend.update(changes)
        except BackendError as error:
            self._failed(error, whole=whole)
            self._queued_at, self._triggers = self._started_at if queued_at is None else queued_at, triggers
            return False
        self._succeeded(whole=whole, changed=bool(changes), triggers=triggers)
        if whole or changes:
            await self._after_write(None if whole else changes)
        self.synced.set()
        return True

    def _failed(self, error: BackendError, *, whole: bool) -> None:
        counter = metrics.RESTORE_FAILURES if whole else metrics.PARTIAL_RESTORE_FAILURES
        counter.labels(self.family).inc()
        self._whole_needed = True
        self._failures += 1
        facts = {"family": self.family, "whole": whole, "error": str(error), "retry_seconds": self._pause_seconds()}
        log.error("rules were not written", extra=facts)

    def _succeeded(self, *, whole: bool, changed: bool, triggers: list[datetime]) -> None:
        self._failures = 0
        now = self._clock.monotonic()
        if whole:
            self._whole_needed = False
            self._whole_at = self._looked_at = now
        if whole or changed:
            took = now - self._started_at
            metrics.SYNC_SECONDS.labels(self.family).observe(took)
            (metrics.FULL_SYNC_SECONDS if whole else metrics.PARTIAL_SYNC_SECONDS).labels(self.family).observe(took)
            metrics.LAST_SYNC.labels(self.family).set(self._clock.now().timestamp())
            metrics.SERVICE_CHANGES_PENDING.labels(self.family).set(0)
            metrics.ENDPOINT_CHANGES_PENDING.labels(self.family).set(0)
            level = logging.INFO if whole else logging.DEBUG
            log.log(level, "rules written", extra={"family": self.family, "whole": whole, "seconds": round(took, 3)})
        for moment in triggers:
            metrics.PROGRAMMING_SECONDS.labels(self.family).observe((self._clock.now() - moment).total_seconds())
