"""One worker a pod: never two at once for a uid, and every pod ends in order.

    SYNC ──(ended, deleted, evicted)──> TERMINATING ──> CLEANING ──> STOPPED ──(deleted)──> REMOVING ──> GONE
     └ repeated whenever something changes                             └ a finished pod, kept for its logs

A pod that is deleted while a step towards running is under way (a long pull, a hook) has that step cut off; every
step may be cut off anywhere and be repeated. A shorter grace period cuts off a stop that is under way and stops
anew. A step that fails is repeated with back-off. A worker starts in SYNC whatever the pod's state: what was done
before a restart of the kubelet is found done and passed over. Counterpart: pkg/kubelet/pod_workers.go.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from enum import Enum

from pybernetes.api.core.pod_conditions import is_terminal
from pybernetes.api.errors import APIError
from pybernetes.api.object import Json, is_deleting, key_of, uid_of
from pybernetes.client.transport import TransportError
from pybernetes.component.clock import Clock
from pybernetes.kubelet.admission import Rejection
from pybernetes.kubelet.owned_tasks import Spawn
from pybernetes.kubelet.pod_record import PodRecord, recovered_pod
from pybernetes.kubelet.pod_spec import deletion_grace_seconds, is_static
from pybernetes.kubelet.pod_status import Outcome
from pybernetes.kubelet.pod_sync import RETRY_FIRST_SECONDS, RETRY_MOST_SECONDS, NotStoppedError, PodSync
from pybernetes.kubelet.runtime.cgroups import CgroupBusyError
from pybernetes.kubelet.runtime.errors import RuntimeFailure
from pybernetes.kubelet.runtime_status import PodRuntime

log = logging.getLogger(__name__)

_FOREVER_SECONDS = 1e9
# What a worker survives: the runtime, the API or the node refuse something now. Anything else is a fault of ours and
# is logged with its trace, and tried again as well: one pod's trouble must not stop the others.
_EXPECTED = (RuntimeFailure, APIError, TransportError, OSError, NotStoppedError, CgroupBusyError)


class State(Enum):
    SYNC = "sync"
    TERMINATING = "terminating"
    CLEANING = "cleaning"
    STOPPED = "stopped"
    REMOVING = "removing"
    GONE = "gone"


Admit = Callable[[Json], Rejection | None]


class PodWorker:
    """The life of one pod on this node."""

    def __init__(self, record: PodRecord, steps: PodSync, clock: Clock, admit: Admit):
        self.record = record
        self.state = State.SYNC
        self._steps = steps
        self._clock = clock
        self._admit = admit
        self._wake = asyncio.Event()
        self._step: asyncio.Task[float] | None = None
        self._failures = 0
        self._restart_step = False

    @property
    def key(self) -> str:
        return key_of(self.record.pod)

    def wake(self) -> None:
        """Look at the pod now, or right after what is under way."""
        self._wake.set()

    def update(self, pod: Json) -> None:
        """The pod's object has changed."""
        before = deletion_grace_seconds(self.record.pod)
        self.record.pod = pod
        after = deletion_grace_seconds(pod)
        if after is not None and self.state is State.SYNC:
            self.end()
        elif self.state is State.TERMINATING and after is not None and (before is None or after < before):
            self._cut_off()
        self.wake()

    def end(self, outcome: Outcome | None = None, grace_seconds: int | None = None) -> None:
        """Stop the pod: it is deleted, evicted, or gone from the API."""
        if outcome is not None and self.record.outcome is None:
            self.record.outcome = outcome
        held = self.record.grace_override_seconds
        if grace_seconds is not None and (held is None or grace_seconds < held):
            self.record.grace_override_seconds = grace_seconds
            if self.state is State.TERMINATING:
                self._cut_off()
        if self.state is State.SYNC:
            self.state = State.TERMINATING
            self._cut_off()
        self.wake()

    def vanish(self) -> None:
        """The API has no such pod any more: end it and leave nothing."""
        self.record.in_api = False
        self.end()

    def _cut_off(self) -> None:
        """End the step that is under way: it is no longer the right one."""
        self._restart_step = True
        if self._step is not None:
            self._step.cancel()

    @property
    def has_stopped(self) -> bool:
        """It holds nothing of the node but, perhaps, what explains its end."""
        return self.state in (State.STOPPED, State.REMOVING, State.GONE)

    @property
    def is_removable(self) -> bool:
        return not self.record.in_api or is_deleting(self.record.pod)

    async def run(self) -> None:
        """Work until nothing of the pod is left."""
        while self.state is not State.GONE:
            self._wake.clear()
            self._restart_step = False
            delay = await self._one_step()
            if delay > 0 and not self._wake.is_set():
                await self._rest(delay)

    async def _one_step(self) -> float:
        self._step = asyncio.ensure_future(self._work())
        try:
            delay = await self._step
        except asyncio.CancelledError:
            if not self._restart_step:
                raise
            return 0.0
        except _EXPECTED as error:
            log.warning("pod step failed", extra={"pod": self.key, "state": self.state.value, "error": str(error)})
            return self._retry_seconds()
        except Exception:
            log.exception("pod step failed", extra={"pod": self.key, "state": self.state.value})
            return self._retry_seconds()
        finally:
            if self._step is not None and not self._step.done():
                self._step.cancel()
            self._step = None
        self._failures = 0
        return delay

    def _retry_seconds(self) -> float:
        self._failures += 1
        return float(min(RETRY_FIRST_SECONDS * 2 ** min(self._failures - 1, 16), RETRY_MOST_SECONDS))

    async def _rest(self, seconds: float) -> None:
        timer = asyncio.ensure_future(self._clock.sleep(seconds))
        woken = asyncio.ensure_future(self._wake.wait())
        try:
            await asyncio.wait((timer, woken), return_when=asyncio.FIRST_COMPLETED)
        finally:
            timer.cancel()
            woken.cancel()

    async def _work(self) -> float:
        """One step in the present state. Returns when to take the next."""
        match self.state:
            case State.SYNC:
                return await self._sync()
            case State.TERMINATING:
                await self._steps.terminate(self.record)
                self.state = State.CLEANING
            case State.CLEANING:
                await self._steps.clean_up(self.record)
                self.state = State.REMOVING if self.is_removable else State.STOPPED
            case State.STOPPED:
                if not self.is_removable:
                    return _FOREVER_SECONDS
                self.state = State.REMOVING
            case State.REMOVING:
                await self._steps.remove(self.record)
                self._steps.finish(self.record)
                self.state = State.GONE
        return 0.0

    async def _sync(self) -> float:
        record = self.record
        if is_deleting(record.pod) or is_terminal(record.pod):
            self.state = State.TERMINATING
            return 0.0
        if not record.admitted:
            rejection = self._admit(record.pod)
            record.admitted = True
            if rejection is not None:
                record.outcome = Outcome(rejection.reason, f"Pod was rejected: {rejection.message}")
                self.state = State.TERMINATING
                return 0.0
        step = await self._steps.sync(record)
        if step.ended:
            self.state = State.TERMINATING
            return 0.0
        return step.again_seconds


class PodWorkers:
    """The workers of all pods on this node, by uid."""

    def __init__(self, steps: PodSync, clock: Clock, spawn: Spawn, admit: Admit):
        self._steps = steps
        self._clock = clock
        self._spawn = spawn
        self._admit = admit
        self._workers: dict[str, PodWorker] = {}

    def update(self, pod: Json, runtime: PodRuntime | None) -> None:
        """A pod of this node is new or has changed.

        `runtime` is what is known of a new one; None: the runtime has something of it, so it was admitted before.
        """
        uid = uid_of(pod)
        worker = self._workers.get(uid)
        if worker is not None:
            worker.update(pod)
        else:
            known = runtime is not None
            held = runtime if runtime is not None else PodRuntime(uid)
            in_api = not is_static(pod)
            self._start(PodRecord(pod, held, stale=not known, admitted=not known, in_api=in_api))

    def adopt(self, runtime: PodRuntime) -> None:
        """End a pod that only the runtime knows."""
        if runtime.uid in self._workers or runtime.is_empty:
            return
        record = PodRecord(recovered_pod(runtime), runtime, in_api=False, admitted=True)
        log.info("ending a pod that the API does not know", extra={"pod": key_of(record.pod), "uid": runtime.uid})
        self._start(record).vanish()

    def _start(self, record: PodRecord) -> PodWorker:
        worker = PodWorker(record, self._steps, self._clock, self._admit)
        self._workers[record.uid] = worker
        self._spawn(self._run(worker), name=f"pod {worker.key}")
        return worker

    async def _run(self, worker: PodWorker) -> None:
        await worker.run()
        uid = worker.record.uid
        if not worker.record.in_api:
            del self._workers[uid]

    def deleted(self, uid: str) -> None:
        """The API has no such pod any more."""
        worker = self._workers.get(uid)
        if worker is None:
            return
        if worker.state is State.GONE:
            del self._workers[uid]
        else:
            worker.vanish()

    def changed(self, uid: str) -> bool:
        """Something happened to the pod's containers; False for a pod nobody works on."""
        worker = self._workers.get(uid)
        if worker is None:
            return False
        worker.record.stale = True
        worker.wake()
        return True

    def wake(self, uid: str) -> None:
        """Look at the pod, though its containers are what they were."""
        worker = self._workers.get(uid)
        if worker is not None:
            worker.wake()

    def end(self, uid: str, outcome: Outcome, grace_seconds: int | None = None) -> None:
        """End a pod that the API still wants (eviction, preemption)."""
        worker = self._workers.get(uid)
        if worker is not None:
            worker.end(outcome, grace_seconds)

    def get(self, uid: str) -> PodWorker | None:
        return self._workers.get(uid)

    def all(self) -> list[PodWorker]:
        return list(self._workers.values())

    def active_pods(self) -> list[Json]:
        """Pods that hold something of the node."""
        return [worker.record.pod for worker in self._workers.values() if not worker.has_stopped]
