"""Having pods leave for a more important one: say why on each, then delete it.

    preempt(pod, node, victims) ─→ queue ─→ worker: PATCH condition DisruptionTarget, DELETE, event Preempted

Until all of one preemption is asked for, its pod is `busy`: judged again now it could send away others elsewhere.
What came meanwhile and might have helped it is made up for at the end (`on_done`). Counterpart: prepareCandidate.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from pybernetes.api.errors import APIError, is_conflict, is_not_found
from pybernetes.api.object import Json, format_time
from pybernetes.client.client import Client
from pybernetes.client.transport import TransportError
from pybernetes.component.clock import SYSTEM_CLOCK, Clock
from pybernetes.scheduler.binding import Recorder, pod_reference
from pybernetes.scheduler.pod import Pod

log = logging.getLogger(__name__)

_WORKERS = 16


@dataclass(frozen=True, slots=True)
class Eviction:
    """Pods that are to leave a node for another."""

    pod: Pod
    node: str
    victims: tuple[Pod, ...]


def disruption_patch(victim: Pod, preemptor: Pod, now: str) -> Json:
    """The condition that tells why a pod goes."""
    condition: Json = {
        "type": "DisruptionTarget",
        "status": "True",
        "reason": "PreemptionByScheduler",
        "message": f"{preemptor.scheduler}: preempting to accommodate a higher priority pod",
        "lastTransitionTime": now,
    }
    if victim.generation:
        condition["observedGeneration"] = victim.generation
    return {"metadata": {"uid": victim.uid}, "status": {"conditions": [condition]}}


class Evictor:
    """Sends evictions. `run` owns the requests in flight; `on_done(key, success)` is called after each preemption."""

    def __init__(
        self, client: Client, recorder: Recorder, *, on_done: Callable[[str, bool], None], clock: Clock = SYSTEM_CLOCK
    ):
        self._client = client
        self._recorder = recorder
        self._on_done = on_done
        self._clock = clock
        self._queue: asyncio.Queue[Eviction] = asyncio.Queue()  # as many as pods wait in the scheduling queue
        self._busy: set[str] = set()

    def is_busy(self, key: str) -> bool:
        """Whether others are being asked to leave for this pod."""
        return key in self._busy

    def evict(self, eviction: Eviction) -> None:
        self._busy.add(eviction.pod.key)
        self._queue.put_nowait(eviction)

    async def run(self) -> None:
        """Send what is asked for, until cancelled."""
        async with asyncio.TaskGroup() as group:
            for number in range(_WORKERS):
                group.create_task(self._work(), name=f"evictor {number}")

    async def _work(self) -> None:
        while True:
            eviction = await self._queue.get()
            success = False
            try:
                for victim in eviction.victims:
                    await self._evict(eviction, victim)
                success = True
            except (APIError, TransportError) as error:
                log.warning("preemption failed", extra={"pod": eviction.pod.key, "error": str(error)})
            finally:
                self._busy.discard(eviction.pod.key)
            self._on_done(eviction.pod.key, success)

    async def _evict(self, eviction: Eviction, victim: Pod) -> None:
        """Have one pod leave. One that is gone, or that another pod has replaced, has left already."""
        if victim.terminating:
            return
        patch = disruption_patch(victim, eviction.pod, format_time(self._clock.now()))
        try:
            await self._client.patch(
                "pods", victim.name, patch, victim.namespace, type="strategic", subresource="status"
            )
            await self._client.delete("pods", victim.name, victim.namespace, uid=victim.uid)
        except APIError as error:
            if not is_not_found(error) and not is_conflict(error):
                raise
            return
        message = f"Preempted by pod {eviction.pod.uid} on node {eviction.node}"
        self._recorder.event(pod_reference(victim), "Normal", "Preempted", message)
