"""Ends and clears away what belongs to no pod of this node: left over from a crash, or deleted while we were away.

    the runtime has a pod that nobody works on  → it is ended as its labels and annotations say
    a directory or a cgroup has no pod          → it is removed

Counterpart: HandlePodCleanups.
"""

from __future__ import annotations

import asyncio
import logging

from pybernetes.component.clock import Clock
from pybernetes.kubelet.pleg import PodLifecycleEvents
from pybernetes.kubelet.pod_workers import PodWorkers
from pybernetes.kubelet.runtime.cgroups import CgroupBusyError, Cgroups
from pybernetes.kubelet.runtime.errors import RuntimeFailure
from pybernetes.kubelet.runtime_view import RuntimeView
from pybernetes.kubelet.volumes.manager import VolumeManager

log = logging.getLogger(__name__)

PERIOD_SECONDS = 60.0


class Housekeeping:
    """Looks every minute, and when it is told to."""

    def __init__(
        self,
        view: RuntimeView,
        pleg: PodLifecycleEvents,
        workers: PodWorkers,
        volumes: VolumeManager,
        cgroups: Cgroups,
        clock: Clock,
    ):
        self._view = view
        self._pleg = pleg
        self._workers = workers
        self._volumes = volumes
        self._cgroups = cgroups
        self._clock = clock
        self._soon = asyncio.Event()

    def look_soon(self) -> None:
        self._soon.set()

    async def run(self) -> None:
        """Look until cancelled. To be started when every pod of the API has its worker."""
        while True:
            self._soon.clear()
            try:
                await self._adopt()
                await self._clear()
            except (RuntimeFailure, OSError, CgroupBusyError) as error:
                log.warning("housekeeping failed", extra={"error": str(error)})
            timer = asyncio.ensure_future(self._clock.sleep(PERIOD_SECONDS))
            woken = asyncio.ensure_future(self._soon.wait())
            try:
                await asyncio.wait((timer, woken), return_when=asyncio.FIRST_COMPLETED)
            finally:
                timer.cancel()
                woken.cancel()

    async def _adopt(self) -> None:
        for uid in list(self._pleg.pods):
            if self._workers.get(uid) is None:
                found = await self._view.inspect(uid)
                self._workers.adopt(found)

    async def _clear(self) -> None:
        known = {worker.record.uid for worker in self._workers.all()} | set(self._pleg.pods)
        for uid in self._volumes.pod_uids() - known:
            log.info("removing what is left of a pod", extra={"uid": uid})
            await self._volumes.take_down(uid)
        for uid in set(self._cgroups.pod_uids()) - known:
            await self._cgroups.remove_pod(uid)
