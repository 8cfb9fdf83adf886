"""In which order the containers of a pod are stopped: the app first, then sidecars, the last one started first.

Each container's stop waits for its turn no longer than its own grace period. Counterpart: terminationOrdering.
"""

from __future__ import annotations

import asyncio

from pybernetes.api.core.pod_conditions import is_sidecar
from pybernetes.api.object import Json
from pybernetes.component.clock import Clock
from pybernetes.kubelet.pod_spec import app_containers, init_containers


class TerminationOrder:
    """Who waits for whom. Containers that do not run have ended already."""

    def __init__(self, pod: Json, running: set[str], clock: Clock):
        self._clock = clock
        self._ended = {name: asyncio.Event() for name in running}
        self._after: dict[str, list[str]] = {}
        sidecars = [spec["name"] for spec in init_containers(pod) if is_sidecar(spec)]
        apps = [spec["name"] for spec in app_containers(pod)]
        for index, name in enumerate(sidecars):
            self._after[name] = [each for each in (*apps, *sidecars[index + 1 :]) if each in running]

    async def wait_turn(self, name: str, most_seconds: float) -> float:
        """Wait until those before have ended, or the time is over; the seconds it took."""
        before = self._after.get(name)
        if not before or most_seconds <= 0:
            return 0.0
        began = self._clock.monotonic()
        turn = asyncio.gather(*(self._ended[each].wait() for each in before))
        timer = asyncio.ensure_future(self._clock.sleep(most_seconds))
        try:
            await asyncio.wait((turn, timer), return_when=asyncio.FIRST_COMPLETED)
        finally:
            timer.cancel()
            turn.cancel()
            await asyncio.gather(turn, timer, return_exceptions=True)
        return self._clock.monotonic() - began

    def ended(self, name: str) -> None:
        if name in self._ended:
            self._ended[name].set()
