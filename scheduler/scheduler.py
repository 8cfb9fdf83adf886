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
from pybernetes.scheduler.eviction import Eviction, Evictor
from pybernetes.scheduler.hints import HINTS, NO_NODES
from pybernetes.scheduler.options import LEASE_NAME, Options
from pybernetes.scheduler.pod import Pod
from pybernetes.scheduler.preemption import Preemptor
from pybernetes.scheduler.queue import Entry, Place, SchedulingQueue
from pybernetes.scheduler.status import UNSCHEDULABLE, Report, StatusWriter
from pybernetes.scheduler.workloads import SELECTING_KINDS

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
        self.cluster.on_gone = self._forget
        self.decider = Decider(self.cluster.table, self.cluster.nominations, seed=options.seed)
        self._events = EventRecorder(client, options.scheduler_name, clock=clock) if recorder is None else None
        self.recorder: Recorder = recorder or self._events  # type: ignore[assignment]
        self.status = StatusWriter(client, self.recorder, clock=clock)
        self.preemptor = Preemptor(self.decider, self.cluster.budgets, seed=options.seed)
        self.evictor = Evictor(client, self.recorder, on_done=self._evicted, clock=clock)
        self._missed: set[str] = set()  # pods that were to be looked at while others were being asked to leave for them
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
        claims = Informer(self._client, "persistentvolumeclaims", transform=cluster.keep_claim, clock=self._clock)
        claims.add_handler(cluster.claim_changed, cluster.claim_changed, cluster.claim_deleted)
        budgets = Informer(
            self._client, "poddisruptionbudgets.policy", transform=cluster.keep_budget, clock=self._clock
        )
        budgets.add_handler(cluster.budget_changed, cluster.budget_changed, cluster.budget_deleted)
        return [nodes, namespaces, claims, budgets, *map(self._workload_informer, SELECTING_KINDS), pods]

    def _workload_informer(self, resource: str) -> Informer:
        kind, cluster = SELECTING_KINDS[resource], self.cluster
        informer = Informer(self._client, resource, transform=cluster.keep_selector, clock=self._clock)
        informer.add_handler(
            lambda obj: cluster.workload_changed(kind, obj),
            lambda obj, _: cluster.workload_changed(kind, obj),
            lambda obj: cluster.workload_deleted(kind, obj),
        )
        return informer

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
            group.create_task(self.evictor.run(), name="scheduler evictor")
            group.create_task(self.status.run(), name="scheduler status")
            group.create_task(self._schedule(), name="scheduler loop")

    async def _schedule(self) -> None:
        """Decide about one pod after another, giving way to others after each slice of time."""
        while True:
            entry: Entry | None = await self.queue.pop()
            until = time.perf_counter() + _SLICE_SECONDS
            while entry is not None:
                pod = self._attempt(entry)
                if pod is not None:
                    await self.binder.bind(entry, pod)
                entry = self.queue.pop_nowait() if time.perf_counter() < until else None
            await asyncio.sleep(0)

    # -- one pod

    def _attempt(self, entry: Entry) -> Pod | None:
        """One attempt. A pod that brings out an error of ours must not keep the others from being scheduled."""
        try:
            return self.schedule_one(entry)
        except Exception:
            log.exception("attempt failed", extra={"pod": entry.pod.key})
            metrics.attempt("error", self._clock.monotonic() - entry.since)
            self.queue.fail(entry)
            return None

    def schedule_one(self, entry: Entry) -> Pod | None:
        """Decide about a pod that was popped. Gives it with its node when it is to be bound."""
        started, popped = time.perf_counter(), entry.since
        decision = self.decider.decide(entry.pod)
        metrics.ALGORITHM_SECONDS.observe(time.perf_counter() - started)
        if decision.node:
            return self.cluster.assume(entry, decision.node)
        assert decision.diagnosis is not None
        self._turn_down(entry, decision.diagnosis)
        metrics.attempt("unschedulable", self._clock.monotonic() - popped)
        return None

    def _turn_down(self, entry: Entry, diagnosis: Diagnosis) -> None:
        pod = entry.pod
        self.queue.reject(entry, diagnosis.plugins or {NO_NODES})
        if self.evictor.is_busy(pod.key):
            self._missed.add(pod.key)
            return
        nominated = self._make_room(pod, diagnosis) if diagnosis.nodes else None
        self.status.report(Report(pod, UNSCHEDULABLE, diagnosis.message(), nominated))

    def _make_room(self, pod: Pod, diagnosis: Diagnosis) -> str | None:
        """Have less important pods leave. Gives the node promised to the pod; None leaves that as it is."""
        started = time.perf_counter()
        outcome = self.preemptor.preempt(pod, diagnosis)
        metrics.extension_point("PostFilter", time.perf_counter() - started)
        if not outcome.node:
            diagnosis.preemption = outcome.message
            if not outcome.eligible:
                return None
            self.cluster.promise(pod, "")
            return ""
        metrics.PREEMPTION_ATTEMPTS.inc()
        metrics.PREEMPTION_VICTIMS.observe(len(outcome.victims))
        for lesser in self.cluster.nominations.below(outcome.node, pod.priority):
            self.cluster.promise(lesser, "")
            if lesser.rejected is not None:
                self.status.report(Report(lesser, *lesser.rejected, ""))
        self.cluster.promise(pod, outcome.node)
        self.evictor.evict(Eviction(pod, outcome.node, outcome.victims))
        return outcome.node

    def _evicted(self, key: str, success: bool) -> None:
        """All victims of a preemption were asked to leave, or that failed."""
        missed = key in self._missed
        self._missed.discard(key)
        if not success:
            self.cluster.nominations.remove(key)
        if missed or not success:
            self.queue.retry(key)

    # -- how it ends

    def _forget(self, key: str) -> None:
        """Nothing is left to say of the pod: it has a node, or is gone."""
        self.status.forget(key)
        self._missed.discard(key)

    def _bound(self, entry: Entry, pod: Pod) -> None:
        self._forget(pod.key)
        metrics.attempt("scheduled", self._clock.monotonic() - entry.since)
        metrics.bound(entry.attempts, self._clock.monotonic() - entry.added)

    def _not_bound(self, entry: Entry, pod: Pod, error: Exception) -> None:
        metrics.attempt("error", self._clock.monotonic() - entry.since)
        self.cluster.forget(entry, pod)

    def _watch_metrics(self) -> None:
        for plugin in HINTS:
            metrics.watch_unschedulable(plugin, lambda plugin=plugin: self.queue.rejected_by(plugin))  # type: ignore[misc]
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
