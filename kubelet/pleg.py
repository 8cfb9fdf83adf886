"""The pod lifecycle event generator: notices what happens to containers and tells which pods to look at.

    runtime's listing, again and again → compared with the one before → on_change(uid) for each pod that differs
    a container's process ends (pidfd) → listed at once

Listing is what always works. A container whose process can be watched needs no frequent listing: its end is known
the moment it happens. So a node where every process is watched lists every SLOW_SECONDS, to catch what others do to
the runtime; one unwatched container brings that to FAST_SECONDS. An end the runtime has not noticed yet is asked for
again after a few milliseconds, for at most the fast period.

Counterpart: pkg/kubelet/pleg, generic.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from pybernetes.component.clock import Clock
from pybernetes.kubelet.process_watch import ProcessWatch
from pybernetes.kubelet.runtime.errors import RuntimeFailure
from pybernetes.kubelet.runtime_view import PodListing, RuntimeView

log = logging.getLogger(__name__)

FAST_SECONDS = 1.0
SLOW_SECONDS = 10.0
# The runtime reaps a process within some milliseconds of its end; see `_suspects`.
RECHECK_SECONDS = 0.01
# Without a listing for this long the node is not ready (relistThreshold).
HEALTHY_SECONDS = 180.0


class PodLifecycleEvents:
    """`on_change` is called with the uid of each pod that changed, also one that only the runtime knows."""

    def __init__(self, view: RuntimeView, clock: Clock, on_change: Callable[[str], None]):
        self._view = view
        self._clock = clock
        self._on_change = on_change
        self._processes = ProcessWatch(self._process_ended)
        self._unwatchable: set[str] = set()
        self._suspects: dict[str, float] = {}
        self._wake = asyncio.Event()
        self._listed_at = clock.monotonic()
        self.pods: dict[str, PodListing] = {}

    async def run(self) -> None:
        """List and compare until cancelled."""
        recheck = RECHECK_SECONDS
        try:
            while True:
                try:
                    await self.relist()
                except RuntimeFailure as error:
                    log.warning("listing pods failed", extra={"error": str(error)})
                recheck = min(recheck * 2, FAST_SECONDS) if self._suspects else RECHECK_SECONDS
                await self._wait(recheck if self._suspects else self.period_seconds)
        finally:
            self._processes.close()

    @property
    def period_seconds(self) -> float:
        """How long to wait for the next listing when nothing happens."""
        return FAST_SECONDS if self._unwatchable else SLOW_SECONDS

    async def _wait(self, seconds: float) -> None:
        self._wake.clear()
        sleeping = asyncio.ensure_future(self._clock.sleep(seconds))
        woken = asyncio.ensure_future(self._wake.wait())
        try:
            await asyncio.wait((sleeping, woken), return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()
            woken.cancel()

    async def relist(self) -> None:
        """One listing; tells of each pod that differs from the one before. Raises RuntimeFailure."""
        before, self.pods = self.pods, await self._view.listing()
        self._listed_at = now = self._clock.monotonic()
        changed = {uid for uid in before.keys() | self.pods.keys() if before.get(uid) != self.pods.get(uid)}
        await self._watch_processes()
        running = {container for pod in self.pods.values() for container in pod.running}
        self._suspects = {
            container: until for container, until in self._suspects.items() if container in running and until > now
        }
        for uid in changed:
            self._on_change(uid)

    async def _watch_processes(self) -> None:
        """Watch the process of each running container that is not watched yet."""
        running = {container for pod in self.pods.values() for container in pod.running}
        self._processes.keep_only(running)
        self._unwatchable &= running
        for container in running - self._unwatchable:
            if container in self._processes or container in self._suspects:
                continue
            if not self._processes.add(container, await self._view.process_of(container)):
                self._unwatchable.add(container)

    def _process_ended(self, container: str) -> None:
        self._suspects[container] = self._clock.monotonic() + FAST_SECONDS
        self._wake.set()

    def look(self) -> None:
        """List soon: somebody has reason to think that something has changed."""
        self._wake.set()

    async def check_health(self) -> None:
        """Raises RuntimeError when there was no listing for too long."""
        silent = self._clock.monotonic() - self._listed_at
        if silent > HEALTHY_SECONDS:
            raise RuntimeError(f"pleg was last seen active {silent:.0f}s ago; threshold is {HEALTHY_SECONDS:.0f}s")
