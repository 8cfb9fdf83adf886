"""The scheduler as a whole: informers in, bindings and reasons out.

    pop ─→ decide ─┬─→ a node: assume ─→ Binder
                   └─→ none: preempt? ─→ report why ─→ wait for an event that may help

Deciding is synchronous: between looking at the table and acting on it nothing else runs, so no event can be missed
in between. The loop gives way to informers and bindings after a slice of time.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time

from pybernetes.client.client import Client
from pybernetes.client.events import EventRecorder
from pybernetes.client.informer import Informer
from pybernetes.client.leaderelection import ElectionTimes, run_as_leader
from pybernetes.component.clock import SYSTEM_CLOCK, Clock
from pybernetes.scheduler import metrics
from pybernetes.scheduler.binding import Binder, Recorder
from pybernetes.scheduler.cluster import Cluster
from pybernetes.scheduler.decision import Decider
from pybernetes.scheduler.diagnosis import Diagnosis
from pybernetes.scheduler.hints import NO_NODES
from pybernetes.scheduler.options import LEASE_NAME, Options
from pybernetes.scheduler.pod import Pod
from pybernetes.scheduler.queue import Entry, Place, SchedulingQueue
from pybernetes.scheduler.status import UNSCHEDULABLE, Report, StatusWriter

log = logging.getLogger(__name__)

_SLICE_SECONDS = 0.005  # decisions in a row before others get their turn; a binding's answer waits no longer
_LIVE_PODS = "status.phase!=Succeeded,status.phase!=Failed"


class Scheduler:
    """One scheduler over one client. `run` does everything; the parts are reachable for tests and for `explain`."""

    def __init__(
        self, client: Client, options: Options, *, clock: Clock = SYSTEM_CLOCK, recorder: Recorder | None = None
    ):
        self._client = client
        self._clock = clock
        self.options = options
        self.queue = SchedulingQueue(clock=clock)
        self.cluster = Cluster(self.queue, [options.scheduler_name])
        self.decider = Decider(self.cluster.table, self.cluster.nominations, seed=options.seed)
        self._events = EventRecorder(client, options.scheduler_name, clock=clock) if recorder is None else None
        self.recorder: Recorder = recorder or self._events  # type: ignore[assignment]
        self.status = StatusWriter(client, self.recorder, clock=clock)
        self.binder = Binder(client, self.recorder, on_success=self._bound, on_failure=self._not_bound)
        self._informers = self._make_informers()
        self.ready = asyncio.Event()

    def _make_informers(self) -> list[Informer]:
        cluster = self.cluster
        pods = Informer(self._client, "pods", field_selector=_LIVE_PODS, transform=cluster.keep_pod, clock=self._clock)
        pods.add_handler(cluster.pod_added, cluster.pod_updated, cluster.pod_deleted)
        nodes = Informer(self._client, "nodes", transform=cluster.keep_node, clock=self._clock)
        nodes.add_handler(cluster.node_added, cluster.node_updated, cluster.node_deleted)
        namespaces = Informer(self._client, "namespaces", transform=cluster.keep_labels, clock=self._clock)
        namespaces.add_handler(cluster.namespace_changed, cluster.namespace_changed, cluster.namespace_deleted)
        return [nodes, namespaces, pods]

    async def run(self) -> None:
        """Schedule until cancelled; with leader election, only while the lease is ours."""
        self._watch_metrics()
        async with asyncio.TaskGroup() as group:
            for informer in self._informers:
                group.create_task(informer.run(), name=f"scheduler informer {informer.kind}")
            if self._events is not None:
                group.create_task(self._events.run(), name="scheduler events")
            for informer in self._informers:
                await informer.wait_synced()
            self.ready.set()
            await self._lead()

    async def _lead(self) -> None:
        options = self.options
        if not options.leader_elect:
            await self._work()
            return
        times = ElectionTimes(options.lease_duration, options.renew_deadline, options.retry_period)
        identity = options.identity or default_identity()
        await run_as_leader(self._client, LEASE_NAME, identity, self._work, times=times, clock=self._clock)

    async def _work(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self.queue.run(), name="scheduler queue")
            group.create_task(self.binder.run(), name="scheduler binder")
            group.create_task(self.status.run(), name="scheduler status")
            group.create_task(self._schedule(), name="scheduler loop")

    async def _schedule(self) -> None:
        """Decide about one pod after another, giving way to others after each slice of time."""
        while True:
            entry: Entry | None = await self.queue.pop()
            until = time.perf_counter() + _SLICE_SECONDS
            while entry is not None:
                pod = self.schedule_one(entry)
                if pod is not None:
                    await self.binder.bind(entry, pod)
                entry = self.queue.pop_nowait() if time.perf_counter() < until else None
            await asyncio.sleep(0)

    # -- one pod

    def schedule_one(self, entry: Entry) -> Pod | None:
        """Decide about a pod that was popped. Gives it with its node when it is to be bound."""
        started = time.perf_counter()
        decision = self.decider.decide(entry.pod)
        seconds = time.perf_counter() - started
        metrics.ALGORITHM_SECONDS.observe(seconds)
        metrics.extension_point("Filter", seconds)
        if decision.node:
            metrics.attempt("scheduled", seconds)
            return self.cluster.assume(entry, decision.node)
        assert decision.diagnosis is not None
        self._turn_down(entry, decision.diagnosis)
        metrics.attempt("unschedulable", time.perf_counter() - started)
        return None

    def _turn_down(self, entry: Entry, diagnosis: Diagnosis) -> None:
        pod = entry.pod
        self.queue.reject(entry, diagnosis.plugins or {NO_NODES})
        self.status.report(Report(pod, UNSCHEDULABLE, diagnosis.message(), None))

    # -- how bindings end

    def _bound(self, entry: Entry, pod: Pod) -> None:
        self.status.forget(pod.key)
        metrics.bound(entry.attempts, self._clock.monotonic() - entry.added)

    def _not_bound(self, entry: Entry, pod: Pod, error: Exception) -> None:
        metrics.attempt("error", 0.0)
        self.cluster.forget(entry, pod)

    def _watch_metrics(self) -> None:
        for place in (Place.ACTIVE, Place.BACKOFF, Place.UNSCHEDULABLE, Place.GATED):
            metrics.watch_queue(place.value, lambda place=place: self.queue.pending()[place])  # type: ignore[misc]
        metrics.watch_cache("nodes", lambda: len(self.cluster.table))
        metrics.watch_cache("pods", lambda: self.cluster.table.pod_total)
        metrics.watch_cache("assumed_pods", lambda: len(self.cluster.assumed))


def default_identity() -> str:
    """Who holds the lease: unlike any other process, also on the same machine."""
    return f"{socket.gethostname()}_{os.getpid()}_{os.urandom(4).hex()}"


async def run(client: Client, options: Options | None = None, *, clock: Clock = SYSTEM_CLOCK) -> None:
    """Run a scheduler until cancelled."""
    await Scheduler(client, options or Options(), clock=clock).run()
