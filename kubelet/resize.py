"""Changing what running containers may use, in place: what is to be changed, and what the status says of it. Pure.

    spec's resources against what each container was given → plan → Changes, or why not (yet)

A container whose resizePolicy for the changed resource is RestartContainer is restarted instead. A pod that can
never fit is Infeasible, one that does not fit now is Deferred and tried again.
Counterparts: allocation_manager.go, computePodResizeAction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pybernetes.api.core.pod_conditions import is_sidecar
from pybernetes.api.core.pod_resources import CPU, MEMORY, add, amounts, pod_requests
from pybernetes.api.object import Json
from pybernetes.kubelet.container_states import container_id
from pybernetes.kubelet.pod_spec import Kind, all_containers
from pybernetes.kubelet.runtime_status import PodContainer, PodRuntime

PENDING, IN_PROGRESS = "PodResizePending", "PodResizeInProgress"
CONDITIONS = (PENDING, IN_PROGRESS)
INFEASIBLE, DEFERRED, ERROR = "Infeasible", "Deferred", "Error"
_RESIZABLE = (CPU, MEMORY)

Given = Mapping[str, Json]  # container name to the resources it was given


@dataclass(frozen=True, slots=True)
class Change:
    """One container that is to get other resources."""

    container: PodContainer
    spec: Json
    restart: bool


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a resize does not happen; `reason` is INFEASIBLE or DEFERRED."""

    reason: str
    message: str


def resources_of(spec: Json) -> Json:
    """What a container may be resized in, as its spec has it now."""
    wanted = spec.get("resources") or {}
    parts = {part: dict(wanted.get(part) or {}) for part in ("limits", "requests")}
    return {part: values for part, values in parts.items() if values}


def given_before(pod: Json, runtime: PodRuntime) -> dict[str, Json]:
    """What the running containers were given, as the pod's status remembers it: after a restart of the kubelet."""
    found: dict[str, Json] = {}
    status = pod.get("status") or {}
    for kind in (Kind.INIT, Kind.APP):
        for entry in status.get(kind.status_field) or ():
            running = runtime.find(entry["name"])
            if running is None or entry.get("containerID") != container_id(running) or "resources" not in entry:
                continue
            found[entry["name"]] = resources_of({"resources": entry["resources"]})
    return found


def changes(pod: Json, runtime: PodRuntime, given: Given) -> list[Change]:
    """The running containers whose spec asks for something else than they were given."""
    found = []
    for kind, spec in all_containers(pod):
        running = runtime.find(spec["name"])
        held = given.get(spec["name"])
        if kind is Kind.EPHEMERAL or (kind is Kind.INIT and not is_sidecar(spec)):
            continue
        if running is None or not running.is_running or held is None:
            continue
        changed = _changed(held, resources_of(spec))
        if changed:
            found.append(Change(running, spec, _needs_restart(spec, changed)))
    return found


def _changed(before: Json, after: Json) -> set[str]:
    """The resources that differ in amount, whatever their spelling."""
    differing = set()
    for part in ("limits", "requests"):
        old, new = amounts(before.get(part)), amounts(after.get(part))
        differing |= {name for name in _RESIZABLE if old.get(name) != new.get(name)}
    return differing


def _needs_restart(spec: Json, changed: set[str]) -> bool:
    policies = {each["resourceName"]: each["restartPolicy"] for each in spec.get("resizePolicy") or ()}
    return any(policies.get(name) == "RestartContainer" for name in changed)


def feasible(pod: Json, others: Iterable[Json], allocatable: Mapping[str, str]) -> Refusal | None:
    """Whether the node can give the pod what it asks for now."""
    capacity, wanted = amounts(allocatable), pod_requests(pod)
    used: dict[str, int] = {}
    for other in others:
        add(used, pod_requests(other, use_status=True))
    for name in _RESIZABLE:
        asked, total = wanted.get(name, 0), capacity.get(name, 0)
        if asked > total:
            return Refusal(
                INFEASIBLE, f"Node didn't have enough capacity: {name}, requested: {asked}, capacity: {total}"
            )
    for name in _RESIZABLE:
        asked, total, taken = wanted.get(name, 0), capacity.get(name, 0), used.get(name, 0)
        if asked and asked + taken > total:
            numbers = f"requested: {asked}, used: {taken}, capacity: {total}"
            return Refusal(DEFERRED, f"Node didn't have enough resource: {name}, {numbers}")
    return None


def pending(refusal: Refusal) -> Json:
    """The condition of a resize that waits or will not happen."""
    return {"type": PENDING, "status": "True", "reason": refusal.reason, "message": refusal.message}


def failed(message: str) -> Json:
    """The condition of a resize that the runtime or the kernel refuses."""
    return {"type": IN_PROGRESS, "status": "True", "reason": ERROR, "message": message}
