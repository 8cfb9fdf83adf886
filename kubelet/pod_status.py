"""The status of a pod, from its spec, its last status, what the runtime has and what probes say. Pure.

    pod (with its last status), PodRuntime, Verdicts, Waits, HostAddresses → make_status → status

Nothing that is known is lost: where the runtime no longer has a container, what the API said of it last is kept,
and a container that ran and vanished is reported as such. Times of transitions are kept while a condition's status
stays. Counterparts: generateAPIPodStatus, convertToAPIContainerStatuses, prober.UpdatePodStatus.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pybernetes.api.core.pod_conditions import TERMINAL_PHASES, is_sidecar, phase_of
from pybernetes.api.core.pod_resources import qos_class
from pybernetes.api.object import Json, deep_copy, is_deleting
from pybernetes.kubelet import container_states, resize, status_conditions
from pybernetes.kubelet.pod_actions import ProbeResult, has_started_app, should_restart
from pybernetes.kubelet.pod_phase import FAILED, phase_from
from pybernetes.kubelet.pod_spec import Kind, all_containers, init_containers, is_host_network
from pybernetes.kubelet.runtime_status import PodContainer, PodRuntime

LOST_ON_DELETION = "The container could not be located when the pod was deleted.  The container used to be Running"
LOST_ON_TERMINATION = "The container could not be located when the pod was terminated"


@dataclass(frozen=True, slots=True)
class Wait:
    """Why a container that should run does not (CrashLoopBackOff, ErrImagePull, …)."""

    reason: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Results of startup and readiness probes by container id; no entry where there is no such probe."""

    startup: Mapping[str, ProbeResult] = field(default_factory=dict)
    readiness: Mapping[str, ProbeResult] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """An end that was decided outside the containers: eviction, a deadline, rejection."""

    reason: str
    message: str = ""
    phase: str = FAILED
    conditions: tuple[Json, ...] = ()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a status needs besides the pod: the node's addresses, why containers wait, and the time.

    `given` is what containers were given where that may differ from their spec (a resize), by name.
    """

    host_ips: Sequence[str]
    now: str
    waits: Mapping[str, Wait] = field(default_factory=dict)
    verdicts: Verdicts = Verdicts()
    start_time: str = ""
    given: Mapping[str, Json] = field(default_factory=dict)
    resize_condition: Json | None = None


def make_status(
    pod: Json,
    runtime: PodRuntime,
    surroundings: Surroundings,
    *,
    is_terminal: bool = False,
    outcome: Outcome | None = None,
) -> Json:
    """The whole status. `is_terminal`: nothing of the pod runs and nothing will."""
    last = pod.get("status") or {}
    statuses = container_statuses(pod, runtime, surroundings, is_terminal=is_terminal)
    by_name = {status["name"]: status for kind in Kind for status in statuses[kind]}
    phase = last["phase"] if phase_of(pod) in TERMINAL_PHASES else phase_from(pod, by_name, is_terminal=is_terminal)
    status: Json = {"phase": phase}
    if outcome is not None and phase_of(pod) not in TERMINAL_PHASES:
        status |= {"phase": outcome.phase, "reason": outcome.reason, "message": outcome.message}
        phase = outcome.phase
    else:
        status |= {key: last[key] for key in ("reason", "message") if last.get(key)}
    generation = (pod.get("metadata") or {}).get("generation")
    if generation:
        status["observedGeneration"] = generation
    status["conditions"] = _conditions(pod, runtime, by_name, phase, outcome, surroundings)
    status |= _addresses(pod, runtime, surroundings.host_ips)
    status["startTime"] = last.get("startTime") or surroundings.start_time or surroundings.now
    for kind in Kind:
        if statuses[kind]:
            status[kind.status_field] = statuses[kind]
    status["qosClass"] = last.get("qosClass") or qos_class(pod)
    return status


def _addresses(pod: Json, runtime: PodRuntime, host_ips: Sequence[str]) -> Json:
    """hostIP(s) and podIP(s). A pod that has had an address keeps showing it once its sandbox is gone."""
    last = pod.get("status") or {}
    addresses: Json = {}
    if host_ips:
        addresses["hostIP"] = host_ips[0]
        addresses["hostIPs"] = [{"ip": address} for address in host_ips]
    ips: Sequence[str] = list(runtime.ips)
    if is_host_network(pod):
        ips = list(host_ips)
    elif not ips:
        ips = [entry["ip"] for entry in last.get("podIPs") or ()]
    if ips:
        addresses["podIP"] = ips[0]
        addresses["podIPs"] = [{"ip": address} for address in ips]
    return addresses


def _conditions(
    pod: Json,
    runtime: PodRuntime,
    statuses: Mapping[str, Json],
    phase: str,
    outcome: Outcome | None,
    surroundings: Surroundings,
) -> list[Json]:
    """Our conditions in Kubernetes' order, then those of others as they were."""
    last = list((pod.get("status") or {}).get("conditions") or ())
    of_containers = status_conditions.containers_ready(pod, statuses, phase)
    ours = [
        status_conditions.ready_to_start(pod, runtime),
        status_conditions.initialized(pod, statuses, phase),
        status_conditions.ready(pod, last, of_containers),
        of_containers,
        {"type": status_conditions.SCHEDULED, "status": "True"},
        *(outcome.conditions if outcome is not None else ()),
        *((surroundings.resize_condition,) if surroundings.resize_condition is not None else ()),
    ]
    generation = (pod.get("metadata") or {}).get("generation")
    kept = {each["type"]: each for each in last}
    result = []
    for condition in ours:
        before = kept.pop(condition["type"], None)
        result.append(_with_times(condition, before, generation, surroundings.now))
    return result + [condition for kind, condition in kept.items() if kind not in resize.CONDITIONS]


def _with_times(condition: Json, before: Json | None, generation: int | None, now: str) -> Json:
    made = {**condition, "lastTransitionTime": now}
    if generation:
        made["observedGeneration"] = generation
    if before is not None and before.get("status") == condition["status"] and before.get("lastTransitionTime"):
        made["lastTransitionTime"] = before["lastTransitionTime"]
    return made


def container_statuses(
    pod: Json, runtime: PodRuntime, surroundings: Surroundings, *, is_terminal: bool
) -> dict[Kind, list[Json]]:
    """The statuses of all containers, in the order of the spec."""
    old = {status["name"]: status for kind in Kind for status in (pod.get("status") or {}).get(kind.status_field) or ()}
    default = container_states.waiting(_default_wait(pod, runtime))
    result: dict[Kind, list[Json]] = {kind: [] for kind in Kind}
    for kind, spec in all_containers(pod):
        status = _one_status(pod, kind, spec, runtime, old.get(spec["name"]), default, is_terminal)
        status |= _granted(surroundings.given.get(spec["name"]), spec, runtime.find(spec["name"]))
        found = runtime.find(spec["name"])
        if not is_terminal:
            _apply_wait(pod, kind, spec, runtime, surroundings.waits.get(spec["name"]), status)
        _apply_probes(kind, spec, found, surroundings.verdicts, status)
        result[kind].append(status)
    return result


def _default_wait(pod: Json, runtime: PodRuntime) -> str:
    if init_containers(pod) and not has_started_app(pod, runtime):
        return container_states.POD_INITIALIZING
    return container_states.CONTAINER_CREATING


def _one_status(
    pod: Json, kind: Kind, spec: Json, runtime: PodRuntime, old: Json | None, default: Json, is_terminal: bool
) -> Json:
    history = [found for found in runtime.containers if found.name == spec["name"]]
    if not history:
        return _without_container(pod, kind, spec, old, default, is_terminal)
    newest = history[0]
    status: Json = {
        "name": spec["name"],
        "state": container_states.state_of(newest),
        "lastState": {},
        "ready": False,
        "restartCount": newest.remembered.restart_count,
        "image": _image_name(newest, spec),
        "imageID": newest.status.image_ref or newest.status.image_id,
        "containerID": container_states.container_id(newest),
    }
    if len(history) > 1 and history[1].is_exited:
        status["lastState"] = container_states.state_of(history[1])
    elif old is not None:
        status["lastState"] = _last_state(old, newest)
    mounts = _volume_mounts(spec)
    if mounts:
        status["volumeMounts"] = mounts
    return status


def _last_state(old: Json, newest: PodContainer) -> Json:
    """The end before this one when the runtime has forgotten it: as the API had it."""
    ended = (old.get("state") or {}).get("terminated")
    if ended is not None and old.get("containerID") not in (None, container_states.container_id(newest)):
        return {"terminated": deep_copy(ended)}
    last = deep_copy(old.get("lastState") or {})
    same = (last.get("terminated") or {}).get("containerID") == container_states.container_id(newest)
    return {} if same else last


def _image_name(found: PodContainer, spec: Json) -> str:
    """The image as the runtime names it, or as the spec does where the runtime only has an id."""
    name = found.status.image
    return str(spec.get("image") or name) if not name or name.startswith("sha256:") else name


def _without_container(pod: Json, kind: Kind, spec: Json, old: Json | None, default: Json, is_terminal: bool) -> Json:
    """A container that the runtime does not know: not made yet, or lost."""
    fresh: Json = {
        "name": spec["name"],
        "state": deep_copy(default) if kind is not Kind.EPHEMERAL else container_states.waiting("ContainerCreating"),
        "lastState": {},
        "ready": False,
        "restartCount": 0,
        "image": spec.get("image") or "",
        "imageID": "",
    }
    if kind is not Kind.EPHEMERAL:
        fresh["started"] = False
    if old is None:
        return fresh
    state = old.get("state") or {}
    if "terminated" in state:
        return {**deep_copy(old), "ready": old.get("ready", False)}
    fresh |= {"restartCount": old.get("restartCount", 0), "lastState": deep_copy(old.get("lastState") or {})}
    if "running" not in state:
        return fresh
    if is_deleting(pod) or is_terminal:
        return {**deep_copy(old), "state": container_states.lost(LOST_ON_TERMINATION), "ready": False}
    fresh["lastState"] = container_states.lost(LOST_ON_DELETION)
    fresh["restartCount"] += 1
    return fresh


def _apply_wait(pod: Json, kind: Kind, spec: Json, runtime: PodRuntime, wait: Wait | None, status: Json) -> None:
    """A container that is to run and cannot yet waits, and its end becomes its last state."""
    if wait is None or not should_restart(pod, kind, spec, runtime):
        return
    if "terminated" in status["state"]:
        status["lastState"] = status["state"]
    status["state"] = container_states.waiting(wait.reason, wait.message)


def _apply_probes(kind: Kind, spec: Json, found: PodContainer | None, verdicts: Verdicts, status: Json) -> None:
    """Set `started` and `ready`. Kubernetes: prober.UpdatePodStatus."""
    if kind is Kind.EPHEMERAL:
        status["ready"] = False
        return
    running = found is not None and "running" in status["state"]
    if kind is Kind.INIT and not is_sidecar(spec):
        ended = status["state"].get("terminated")
        status["ready"] = ended is not None and ended.get("exitCode") == 0
        status["started"] = running
        return
    if found is None or not running:
        status["started"] = status["ready"] = False
        return
    started = not spec.get("startupProbe") or verdicts.startup.get(found.id) is ProbeResult.SUCCESS
    probed = not spec.get("readinessProbe") or verdicts.readiness.get(found.id) is ProbeResult.SUCCESS
    status["started"] = started
    status["ready"] = started and probed


def _granted(given: Json | None, spec: Json, found: PodContainer | None) -> Json:
    """allocatedResources and resources, as the container was given them; and who it runs as."""
    if found is None:
        return {}
    granted: Json = {}
    held = resize.resources_of(spec) if given is None else given
    if held.get("requests"):
        granted["allocatedResources"] = dict(held["requests"])
    granted["resources"] = {part: dict(held[part]) for part in ("limits", "requests") if held.get(part)}
    user = found.status.user
    if user is not None:
        groups = list(user.supplemental_groups)
        granted["user"] = {"linux": {"uid": user.uid, "gid": user.gid, "supplementalGroups": groups}}
    if found.status.stop_signal:
        granted["stopSignal"] = found.status.stop_signal
    return granted


def _volume_mounts(spec: Json) -> list[Json]:
    """What is mounted where, with what became of recursiveReadOnly."""
    result = []
    for mount in spec.get("volumeMounts") or ():
        shown = {"name": mount["name"], "mountPath": mount["mountPath"]}
        if mount.get("readOnly"):
            shown["readOnly"] = True
            recursive = mount.get("recursiveReadOnly") or "Disabled"
            shown["recursiveReadOnly"] = "Disabled" if recursive == "IfPossible" else recursive
        result.append(shown)
    return result


def final_status(status: Json) -> Json:
    """The status of a pod of which nothing is left: a terminal phase and no container that seems to run.

    Counterpart: the status manager's TerminatePod.
    """
    result: Json = deep_copy(status)
    started = _any_made(status)
    for kind in Kind:
        for entry in result.get(kind.status_field) or ():
            if "terminated" in (entry.get("state") or {}) or not started:
                continue
            entry["state"] = container_states.lost(LOST_ON_TERMINATION)
            entry["ready"] = entry["started"] = False
    if result.get("phase") not in TERMINAL_PHASES:
        result["phase"] = FAILED
    return result


def _any_made(status: Json) -> bool:
    """Whether any container was ever made; a pod that was turned away says nothing of its containers' ends."""
    return any(
        entry.get("containerID") for kind in (Kind.INIT, Kind.APP) for entry in status.get(kind.status_field) or ()
    )
