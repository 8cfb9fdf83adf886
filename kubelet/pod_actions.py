"""What to do next for a pod: from its spec, what the runtime has, and probe results, to a list of actions. Pure.

    pod, PodRuntime, ProbeResults → compute_actions → Actions → pod_sync carries them out

The order of life: sandbox; init containers one after the other, where a sidecar (restartPolicy Always) counts as
done once it has started; then all containers. Once any container of the app has been made, the pod counts as
initialised and only its sidecars are still looked after. A sandbox that is gone or has changed takes everything with
it, and life starts over. Counterpart: computePodActions of kuberuntime_manager.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from pybernetes.api.core.pod_conditions import is_sidecar
from pybernetes.api.object import Json, is_deleting
from pybernetes.kubelet.pod_spec import (
    NEVER,
    ON_FAILURE,
    Kind,
    app_containers,
    container_hash,
    ephemeral_containers,
    init_containers,
    is_host_network,
    is_restartable,
    restart_policy,
    restarts_after,
)
from pybernetes.kubelet.runtime.types import ContainerState, NamespaceMode
from pybernetes.kubelet.runtime_status import PodContainer, PodRuntime


class ProbeResult(Enum):
    """The last verdict of a probe; UNKNOWN until there is one."""

    SUCCESS = "success"
    FAILURE = "failure"
    UNKNOWN = "unknown"


class KillReason(Enum):
    """Why a container is stopped; it decides on the grace period and the words of the event."""

    UNKNOWN_STATE = "Unknown"
    DEFINITION_CHANGED = "DefinitionChanged"
    LIVENESS = "LivenessProbe"
    STARTUP = "StartupProbe"
    RESIZE = "Resize"


@dataclass(frozen=True, slots=True)
class ProbeResults:
    """Verdicts by container id. No entry: the container has no such probe, or it has not been set up yet."""

    liveness: Mapping[str, ProbeResult]
    startup: Mapping[str, ProbeResult]


NO_RESULTS = ProbeResults({}, {})


@dataclass(frozen=True, slots=True)
class Kill:
    """Stop one container, keeping the pod."""

    container: PodContainer
    spec: Json
    reason: KillReason
    message: str


@dataclass(frozen=True, slots=True)
class Start:
    kind: Kind
    spec: Json


@dataclass(frozen=True, slots=True)
class Actions:
    """`kill_pod`: stop everything first. `attempt` numbers the sandbox to be made, or the one in use."""

    kill_pod: bool = False
    create_sandbox: bool = False
    attempt: int = 0
    kill: tuple[Kill, ...] = ()
    start: tuple[Start, ...] = ()

    @property
    def nothing(self) -> bool:
        return not (self.kill_pod or self.create_sandbox or self.kill or self.start)


def compute_actions(pod: Json, runtime: PodRuntime, probes: ProbeResults = NO_RESULTS) -> Actions:
    """One step towards what the pod's spec wants."""
    changed, attempt = sandbox_changed(pod, runtime)
    if changed:
        return _start_over(pod, runtime, attempt)
    kills: list[Kill] = []
    starts = [Start(Kind.EPHEMERAL, spec) for spec in ephemeral_containers(pod) if runtime.find(spec["name"]) is None]
    initialized, failed = _initialize(pod, runtime, probes, kills, starts)
    if failed:
        return Actions(kill_pod=True, attempt=attempt, kill=tuple(kills))
    if initialized and not _look_after_apps(pod, runtime, probes, kills, starts):
        return Actions(kill_pod=True, attempt=attempt)
    return Actions(attempt=attempt, kill=tuple(kills), start=tuple(starts))


def sandbox_changed(pod: Json, runtime: PodRuntime) -> tuple[bool, int]:
    """Whether the pod needs a new sandbox, and the attempt of the one to make or keep (PodSandboxChanged)."""
    if runtime.current is None:
        return True, 0
    newest = runtime.current.sandbox
    if len(runtime.ready_sandboxes) != 1 or not runtime.sandbox_is_ready:
        return True, newest.attempt + 1
    wanted = NamespaceMode.NODE if is_host_network(pod) else NamespaceMode.POD
    if runtime.current.namespaces.network is not wanted:
        return True, newest.attempt + 1
    if not is_host_network(pod) and not runtime.ips:
        return True, newest.attempt + 1
    return False, newest.attempt


def has_started_app(pod: Json, runtime: PodRuntime) -> bool:
    """Whether any container of the app has ever been made: the pod is past initialisation."""
    return any(runtime.find(spec["name"]) is not None for spec in app_containers(pod))


def _start_over(pod: Json, runtime: PodRuntime, attempt: int) -> Actions:
    if attempt and runtime.containers and not _restarts_at_all(pod):
        return Actions(kill_pod=True, attempt=attempt)
    starts = [Start(Kind.APP, spec) for spec in app_containers(pod) if not _has_succeeded(pod, spec, runtime)]
    if not starts and has_started_app(pod, runtime):
        return Actions(kill_pod=True, attempt=attempt)
    if init_containers(pod):
        starts = [Start(Kind.INIT, init_containers(pod)[0])]
    return Actions(kill_pod=bool(runtime.sandboxes), create_sandbox=True, attempt=attempt, start=tuple(starts))


def _restarts_at_all(pod: Json) -> bool:
    return restart_policy(pod) != NEVER or any(
        is_restartable(pod, Kind.APP, container) for container in app_containers(pod)
    )


def _has_succeeded(pod: Json, spec: Json, runtime: PodRuntime) -> bool:
    """The container is done for good: it must not run again in a new sandbox."""
    found = runtime.find(spec["name"])
    if found is None or not found.is_exited:
        return False
    policy = spec.get("restartPolicy") or restart_policy(pod)
    if policy == ON_FAILURE:
        return found.status.exit_code == 0
    return bool(policy == NEVER) and not restarts_after(pod, Kind.APP, spec, found.status.exit_code)


def _initialize(
    pod: Json, runtime: PodRuntime, probes: ProbeResults, kills: list[Kill], starts: list[Start]
) -> tuple[bool, bool]:
    """Look after init containers. Returns (initialised, failed for good)."""
    specs = init_containers(pod)
    if not specs:
        return True, False
    if has_started_app(pod, runtime):
        for spec in specs:
            if is_sidecar(spec):
                _keep_sidecar(pod, spec, runtime, probes, kills, starts)
        return True, False
    newest = max((index for index, spec in enumerate(specs) if runtime.find(spec["name"]) is not None), default=-1)
    for spec in specs[: max(newest, 0)]:
        if is_sidecar(spec):
            _keep_sidecar(pod, spec, runtime, probes, kills, starts)
    if newest < 0:
        starts.append(Start(Kind.INIT, specs[0]))
        return False, False
    spec = specs[newest]
    if is_sidecar(spec):
        done = _keep_sidecar(pod, spec, runtime, probes, kills, starts)
    else:
        done, failed = _one_init_container(pod, spec, runtime, kills, starts)
        if failed:
            return False, True
    if done and newest + 1 < len(specs):
        starts.append(Start(Kind.INIT, specs[newest + 1]))
        return False, False
    return done, False


def _one_init_container(
    pod: Json, spec: Json, runtime: PodRuntime, kills: list[Kill], starts: list[Start]
) -> tuple[bool, bool]:
    """An init container that runs to its end. Returns (done, failed for good)."""
    found = runtime.latest[spec["name"]]
    match found.state:
        case ContainerState.RUNNING:
            return False, False
        case ContainerState.EXITED if found.status.exit_code == 0:
            return True, False
        case ContainerState.EXITED if not restarts_after(pod, Kind.INIT, spec, found.status.exit_code):
            return False, True
        case ContainerState.UNKNOWN:
            if restart_policy(pod) == NEVER:
                return False, True
            kills.append(_kill_unknown(found, spec, "Init container"))
    starts.append(Start(Kind.INIT, spec))
    return False, False


def _keep_sidecar(
    pod: Json, spec: Json, runtime: PodRuntime, probes: ProbeResults, kills: list[Kill], starts: list[Start]
) -> bool:
    """Keep a sidecar running. Returns whether it has started, so that what follows it may."""
    found = runtime.find(spec["name"])
    if found is None or found.state in (ContainerState.EXITED, ContainerState.CREATED):
        if not is_deleting(pod):
            starts.append(Start(Kind.INIT, spec))
        return False
    if found.state is ContainerState.UNKNOWN:
        kills.append(_kill_unknown(found, spec, "Init container"))
        starts.append(Start(Kind.INIT, spec))
        return False
    failed = _failure_of(found, spec, probes, "Init container")
    if failed is not None:
        kills.append(failed)
        starts.append(Start(Kind.INIT, spec))
        return False
    return not spec.get("startupProbe") or probes.startup.get(found.id) is ProbeResult.SUCCESS


def _look_after_apps(
    pod: Json, runtime: PodRuntime, probes: ProbeResults, kills: list[Kill], starts: list[Start]
) -> bool:
    """Keep the app's containers. Returns False when none runs and none is to run: the pod is done."""
    kept = False
    wanted: list[Start] = []
    for spec in app_containers(pod):
        found = runtime.find(spec["name"])
        if found is None or not found.is_running:
            if should_restart(pod, Kind.APP, spec, runtime):
                wanted.append(Start(Kind.APP, spec))
                if found is not None and found.state is ContainerState.UNKNOWN:
                    kills.append(_kill_unknown(found, spec, "Container"))
            continue
        failed = _failure_of(found, spec, probes, "Container")
        if failed is None:
            kept = True
            continue
        restarts = failed.reason is KillReason.DEFINITION_CHANGED or is_restartable(pod, Kind.APP, spec)
        kills.append(failed if restarts else _without_restart(failed))
        kept = True  # it is only being stopped; what follows is decided once it has ended
        if restarts:
            wanted.append(Start(Kind.APP, spec))
    starts.extend(wanted)
    return kept or bool(wanted)


def should_restart(pod: Json, kind: Kind, spec: Json, runtime: PodRuntime) -> bool:
    """Whether a container that does not run should be started (ShouldContainerBeRestarted)."""
    found = runtime.find(spec["name"])
    if found is None:
        return True
    if found.is_running or is_deleting(pod):
        return False
    if not found.is_exited:
        return True
    return restarts_after(pod, kind, spec, found.status.exit_code)


def _kill_unknown(found: PodContainer, spec: Json, called: str) -> Kill:
    message = f"{called} {spec['name']} is in unknown state, try killing it before restart"
    return Kill(found, spec, KillReason.UNKNOWN_STATE, message)


def _failure_of(found: PodContainer, spec: Json, probes: ProbeResults, called: str) -> Kill | None:
    """Why a running container must be replaced, if it must."""
    name = spec["name"]
    if found.remembered.hash != container_hash(spec):
        reason, text = KillReason.DEFINITION_CHANGED, "definition changed"
    elif probes.liveness.get(found.id) is ProbeResult.FAILURE:
        reason, text = KillReason.LIVENESS, "failed liveness probe"
    elif probes.startup.get(found.id) is ProbeResult.FAILURE:
        reason, text = KillReason.STARTUP, "failed startup probe"
    else:
        return None
    return Kill(found, spec, reason, f"{called} {name} {text}, will be restarted")


def _without_restart(kill: Kill) -> Kill:
    return Kill(kill.container, kill.spec, kill.reason, kill.message.removesuffix(", will be restarted"))
