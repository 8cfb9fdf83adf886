"""Which containers are asked what, and the verdicts.

    update(pod, runtime): for each running container with probes, a task a probe; none for what is gone
    a verdict changes  → on_verdict(uid): the pod's worker looks again

Liveness and readiness wait until the container has started (its startup probe has succeeded). A failed liveness or
startup probe is asked no more: the container is about to be replaced. What the API says of a container that was
already ready when this kubelet started is believed until a probe says otherwise, so that restarting the kubelet takes
nothing out of service. Counterpart: pkg/kubelet/prober.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum

from pybernetes.api.core.pod_conditions import is_sidecar
from pybernetes.api.object import Json, uid_of
from pybernetes.component.clock import Clock
from pybernetes.kubelet.container_states import container_id
from pybernetes.kubelet.owned_tasks import Spawn
from pybernetes.kubelet.pod_actions import ProbeResult, ProbeResults
from pybernetes.kubelet.pod_events import PodEvents
from pybernetes.kubelet.pod_spec import Kind, all_containers
from pybernetes.kubelet.pod_status import Verdicts
from pybernetes.kubelet.probes.handlers import Prober, Reply, Target
from pybernetes.kubelet.probes.thresholds import Thresholds, initial_delay_seconds, period_seconds
from pybernetes.kubelet.runtime_status import PodContainer, PodRuntime


class Probe(Enum):
    """The field of the container and the word in events."""

    STARTUP = ("startupProbe", "Startup")
    LIVENESS = ("livenessProbe", "Liveness")
    READINESS = ("readinessProbe", "Readiness")

    @property
    def field(self) -> str:
        return self.value[0]


_INITIAL = {
    Probe.STARTUP: ProbeResult.UNKNOWN,
    Probe.LIVENESS: ProbeResult.SUCCESS,
    Probe.READINESS: ProbeResult.FAILURE,
}


@dataclass
class _Container:
    """One container instance that is probed."""

    uid: str
    pod: Json
    spec: Json
    target: Target
    started_at: float
    results: dict[Probe, ProbeResult]
    started: asyncio.Event = field(default_factory=asyncio.Event)
    tasks: dict[Probe, asyncio.Task[None]] = field(default_factory=dict)


class ProbeManager:
    """Asks the containers of the pods it is told of."""

    def __init__(
        self, prober: Prober, events: PodEvents, clock: Clock, spawn: Spawn, on_verdict: Callable[[str], None]
    ):
        self._prober = prober
        self._events = events
        self._clock = clock
        self._spawn = spawn
        self._on_verdict = on_verdict
        self._containers: dict[str, _Container] = {}

    def update(self, pod: Json, runtime: PodRuntime, pod_ip: str, *, only_readiness: bool = False) -> None:
        """Probe what runs now. `only_readiness`: the pod is ending, nothing will be restarted."""
        uid, wanted = uid_of(pod), dict(_probed(pod, runtime))
        for gone in [key for key, held in self._containers.items() if held.uid == uid and key not in wanted]:
            self._stop(gone)
        for key, (spec, found) in wanted.items():
            held = self._containers.get(key)
            if held is None:
                held = self._containers[key] = self._new(pod, spec, found, pod_ip)
            held.pod = pod
            self._run(held, only_readiness)

    def _new(self, pod: Json, spec: Json, found: PodContainer, pod_ip: str) -> _Container:
        known = _known(pod, found)
        results = {probe: _INITIAL[probe] for probe in Probe if spec.get(probe.field)}
        if known.get("started") and Probe.STARTUP in results:
            results[Probe.STARTUP] = ProbeResult.SUCCESS
        if known.get("ready") and Probe.READINESS in results:
            results[Probe.READINESS] = ProbeResult.SUCCESS
        age = self._clock.now().timestamp() - found.status.started_at_ns / 1e9
        started_at = self._clock.monotonic() - max(0.0, age)
        made = _Container(uid_of(pod), pod, spec, Target(spec, found.id, pod_ip), started_at, results)
        if results.get(Probe.STARTUP, ProbeResult.SUCCESS) is ProbeResult.SUCCESS:
            made.started.set()
        return made

    def _run(self, held: _Container, only_readiness: bool) -> None:
        for probe in held.results:
            if only_readiness and probe is not Probe.READINESS:
                task = held.tasks.get(probe)
                if task is not None:
                    task.cancel()
            elif probe not in held.tasks and not (probe is Probe.STARTUP and held.started.is_set()):
                name = f"{probe.value[1]} probe of {held.spec['name']} in {held.uid}"
                held.tasks[probe] = self._spawn(self._ask_on(held, probe), name=name)

    async def _ask_on(self, held: _Container, probe: Probe) -> None:
        """Ask in the probe's rhythm until the answer needs no more asking."""
        spec = held.spec[probe.field]
        if probe is not Probe.STARTUP:
            await held.started.wait()
        await self._clock.sleep(held.started_at + initial_delay_seconds(spec) - self._clock.monotonic())
        thresholds, period = Thresholds(spec), period_seconds(spec)
        due = self._clock.monotonic()
        while True:
            reply = await self._prober.ask(spec, held.target)
            self._tell(held, probe, reply)
            verdict = None if reply.errored else thresholds.add(reply.result)
            if verdict is not None and self._settle(held, probe, verdict):
                return
            due = max(due + period, self._clock.monotonic())
            await self._clock.sleep(due - self._clock.monotonic())

    def _settle(self, held: _Container, probe: Probe, verdict: ProbeResult) -> bool:
        """Note a verdict; whether the probe is done."""
        changed = held.results[probe] is not verdict
        held.results[probe] = verdict
        failed = verdict is ProbeResult.FAILURE
        if probe is Probe.STARTUP and not failed:
            held.started.set()
        if changed:
            self._on_verdict(held.uid)
        return (failed and probe is not Probe.READINESS) or (probe is Probe.STARTUP and not failed)

    def _tell(self, held: _Container, probe: Probe, reply: Reply) -> None:
        if reply.result is ProbeResult.SUCCESS:
            return
        word = probe.value[1]
        if reply.errored:
            message = f"{word} probe errored and resulted in unknown state: {reply.output}"
        else:
            message = f"{word} probe failed: {reply.output}"
        self._events.warning(held.pod, "Unhealthy", message, container=held.spec["name"])

    def results(self, uid: str) -> ProbeResults:
        """What decides on restarts."""
        return ProbeResults(self._of(uid, Probe.LIVENESS), self._of(uid, Probe.STARTUP))

    def verdicts(self, uid: str) -> Verdicts:
        """What decides on `started` and `ready`."""
        return Verdicts(self._of(uid, Probe.STARTUP), self._of(uid, Probe.READINESS))

    def _of(self, uid: str, probe: Probe) -> dict[str, ProbeResult]:
        held = ((key, each) for key, each in self._containers.items() if each.uid == uid)
        return {key: each.results[probe] for key, each in held if probe in each.results}

    def _stop(self, key: str) -> None:
        for task in self._containers.pop(key).tasks.values():
            task.cancel()

    def forget(self, uid: str) -> None:
        """Ask no more for a pod."""
        for key in [key for key, held in self._containers.items() if held.uid == uid]:
            self._stop(key)


def _probed(pod: Json, runtime: PodRuntime) -> Iterator[tuple[str, tuple[Json, PodContainer]]]:
    """The running containers that have probes, by id."""
    for kind, spec in all_containers(pod):
        if kind is Kind.EPHEMERAL or (kind is Kind.INIT and not is_sidecar(spec)):
            continue
        found = runtime.find(spec["name"])
        if found is not None and found.is_running and any(spec.get(probe.field) for probe in Probe):
            yield found.id, (spec, found)


def _known(pod: Json, found: PodContainer) -> Json:
    """What the API says of this very container."""
    status = pod.get("status") or {}
    for kind in (Kind.INIT, Kind.APP):
        for entry in status.get(kind.status_field) or ():
            if entry.get("containerID") == container_id(found):
                return dict(entry)
    return {}
