"""The conditions of a pod that the kubelet decides on. Pure. Counterpart: pkg/kubelet/status/generate.go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pybernetes.api.core.pod_conditions import is_sidecar
from pybernetes.api.object import Json
from pybernetes.kubelet import resize
from pybernetes.kubelet.pod_phase import FAILED, SUCCEEDED, any_app_started
from pybernetes.kubelet.pod_spec import app_containers, init_containers, is_host_network, spec_of
from pybernetes.kubelet.runtime_status import PodRuntime

READY_TO_START, INITIALIZED, READY = "PodReadyToStartContainers", "Initialized", "Ready"
CONTAINERS_READY, SCHEDULED = "ContainersReady", "PodScheduled"
OWNED = (READY_TO_START, INITIALIZED, READY, CONTAINERS_READY, SCHEDULED, *resize.CONDITIONS)


def _condition(kind: str, status: bool, reason: str = "", message: str = "") -> Json:
    condition: Json = {"type": kind, "status": "True" if status else "False"}
    if reason:
        condition["reason"] = reason
    if message:
        condition["message"] = message
    return condition


def _named(words: str, names: Iterable[str]) -> str:
    return f"{words}: [{' '.join(names)}]"


def ready_to_start(pod: Json, runtime: PodRuntime) -> Json:
    """The sandbox stands and has its network."""
    ready = runtime.sandbox_is_ready and (is_host_network(pod) or bool(runtime.ips))
    return _condition(READY_TO_START, ready)


def initialized(pod: Json, statuses: Mapping[str, Json], phase: str) -> Json:
    """Every init container is done, every sidecar started."""
    unknown, incomplete = [], []
    for spec in init_containers(pod):
        status = statuses.get(spec["name"])
        if status is None:
            unknown.append(spec["name"])
        elif not (status.get("started") if is_sidecar(spec) else status.get("ready")):
            incomplete.append(spec["name"])
    if phase == SUCCEEDED and not unknown:
        return _condition(INITIALIZED, True, "PodCompleted")
    if any_app_started(pod, statuses):
        return _condition(INITIALIZED, True)
    messages = []
    if unknown:
        messages.append(_named("containers with unknown status", unknown))
    if incomplete:
        messages.append(_named("containers with incomplete status", incomplete))
    if messages:
        return _condition(INITIALIZED, False, "ContainersNotInitialized", ", ".join(messages))
    return _condition(INITIALIZED, True)


def containers_ready(pod: Json, statuses: Mapping[str, Json] | None, phase: str) -> Json:
    """Every container of the app, and every sidecar, is ready."""
    if statuses is None:
        return _condition(CONTAINERS_READY, False, "UnknownContainerStatuses")
    unknown, unready = [], []
    specs = [*filter(is_sidecar, init_containers(pod)), *app_containers(pod)]
    for spec in specs:
        status = statuses.get(spec["name"])
        if status is None:
            unknown.append(spec["name"])
        elif not status.get("ready"):
            unready.append(spec["name"])
    if phase == SUCCEEDED and not unknown:
        return _condition(CONTAINERS_READY, False, "PodCompleted")
    if phase == FAILED:
        return _condition(CONTAINERS_READY, False, "PodFailed")
    messages = []
    if unknown:
        messages.append(_named("containers with unknown status", unknown))
    if unready:
        messages.append(_named("containers with unready status", unready))
    if messages:
        return _condition(CONTAINERS_READY, False, "ContainersNotReady", ", ".join(messages))
    return _condition(CONTAINERS_READY, True)


def ready(pod: Json, conditions: Iterable[Json], of_containers: Json) -> Json:
    """Containers are ready and every readiness gate is True."""
    if of_containers["status"] != "True":
        return {**of_containers, "type": READY}
    by_type = {condition["type"]: condition for condition in conditions}
    messages = []
    for gate in spec_of(pod).get("readinessGates") or ():
        name = gate["conditionType"]
        found = by_type.get(name)
        if found is None:
            messages.append(f'corresponding condition of pod readiness gate "{name}" does not exist.')
        elif found.get("status") != "True":
            told = found.get("status") or ""
            messages.append(f'the status of pod readiness gate "{name}" is not "True", but {told}')
    if messages:
        return _condition(READY, False, "ReadinessGatesNotReady", ", ".join(messages))
    return _condition(READY, True)
