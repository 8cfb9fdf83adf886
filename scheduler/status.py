"""Writing down why a pod waits: condition PodScheduled, the promised node, event FailedScheduling.

    report(pod, reason, message, node) ─→ latest wish per pod ─→ workers ─→ PATCH pods/NAME/status

Only what differs from the last thing written is written, so a pod that is turned down again for the same reason
costs nothing. A wish that is overtaken by a newer one before its turn is never sent.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from pybernetes.api.errors import APIError, is_not_found
from pybernetes.api.object import Json, format_time, split_key
from pybernetes.client.client import Client
from pybernetes.client.reconciler import run_workers
from pybernetes.client.workqueue import WorkQueue
from pybernetes.component.clock import SYSTEM_CLOCK, Clock
from pybernetes.scheduler.binding import Recorder, pod_reference
from pybernetes.scheduler.pod import Pod

log = logging.getLogger(__name__)

UNSCHEDULABLE = "Unschedulable"
_WORKERS = 8


@dataclass(frozen=True, slots=True)
class Report:
    """What the API is to say of a pod. `nominated` None leaves the promised node as it is."""

    pod: Pod
    reason: str
    message: str
    nominated: str | None


def status_patch(report: Report, now: str) -> Json:
    """A strategic merge patch of the status. The time of the condition moves only when its status does."""
    condition: Json = {
        "type": "PodScheduled",
        "status": "False",
        "reason": report.reason,
        "message": report.message,
    }
    if report.pod.generation:
        condition["observedGeneration"] = report.pod.generation
    if report.pod.rejected is None:
        condition["lastTransitionTime"] = now
    status: Json = {"conditions": [condition]}
    if report.nominated is not None:
        status["nominatedNodeName"] = report.nominated or None
    return {"metadata": {"uid": report.pod.uid}, "status": status}


class StatusWriter:
    """Writes reports, the latest of each pod."""

    def __init__(self, client: Client, recorder: Recorder, *, clock: Clock = SYSTEM_CLOCK):
        self._client = client
        self._recorder = recorder
        self._clock = clock
        self._wishes: dict[str, Report] = {}
        self._told: dict[str, tuple[str, str, str]] = {}
        self._queue: WorkQueue[str] = WorkQueue("scheduler-status", clock=clock)

    def report(self, report: Report) -> None:
        """Have the report written unless the API says the same already."""
        pod = report.pod
        if pod.rejected == (report.reason, report.message) and report.nominated in (None, pod.nominated):
            self._wishes.pop(pod.key, None)
            return
        said = (pod.uid, report.reason, report.message)
        if self._told.get(pod.key) != said:
            self._told[pod.key] = said
            self._recorder.event(pod_reference(pod), "Warning", "FailedScheduling", report.message)
        self._wishes[pod.key] = report
        self._queue.add(pod.key)

    def forget(self, key: str) -> None:
        """The pod is gone or has a node: nothing is left to say."""
        self._wishes.pop(key, None)
        self._told.pop(key, None)

    async def run(self) -> None:
        await run_workers("scheduler-status", self._queue, self._write, workers=_WORKERS)

    async def _write(self, key: str) -> float | None:
        wish = self._wishes.get(key)
        if wish is None:
            return None
        namespace, name = split_key(key)
        patch = status_patch(wish, format_time(self._clock.now()))
        try:
            await self._client.patch("pods", name, patch, namespace, type="strategic", subresource="status")
        except APIError as error:
            if not is_not_found(error):
                raise
        if self._wishes.get(key) is wish:
            del self._wishes[key]
        return None
