"""What `get pods` prints: a pod's state in one word, its readiness and its restarts.

The word is the phase, unless something says more: the reason of the pod, what its init containers wait for, what
the last container that is not well says of itself, or that the pod is being deleted.

Counterpart: printPod in pkg/printers/internalversion.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pybernetes.api.columns import AGE, NAME, NONE, WIDE, text_of
from pybernetes.api.core.pod_conditions import is_pod_ready, is_sidecar, is_terminal, pod_condition
from pybernetes.api.definition import Column
from pybernetes.api.duration import since
from pybernetes.api.object import Json, is_deleting

_NODE_LOST = "NodeLost"


@dataclass(slots=True)
class PodSummary:
    """How a pod is: the word for it, how many containers are ready, how often they restarted, and when last."""

    reason: str
    ready: int = 0
    total: int = 0
    restarts: int = 0
    last_restart: str = ""


def summarize(pod: Json) -> PodSummary:
    """The summary that the Ready, Status and Restarts columns show."""
    spec, status = pod.get("spec") or {}, pod.get("status") or {}
    sidecars = {container.get("name") for container in spec.get("initContainers") or () if is_sidecar(container)}
    summary = PodSummary(status.get("reason") or status.get("phase") or "")
    summary.total = len(spec.get("containers") or ()) + len(sidecars)
    scheduled = pod_condition(pod, "PodScheduled")
    if scheduled is not None and scheduled.get("reason") == "SchedulingGated":
        summary.reason = "SchedulingGated"
    initializing = _add_init_containers(summary, spec, status, sidecars)
    initialized = pod_condition(pod, "Initialized")
    if not initializing or (initialized is not None and initialized.get("status") == "True"):
        _count_restarts(summary, status, sidecars)
        _add_containers(summary, pod, status)
    if is_deleting(pod):
        if status.get("reason") == _NODE_LOST:
            summary.reason = "Unknown"
        elif not is_terminal(pod):
            summary.reason = "Terminating"
    return summary


def _add_init_containers(summary: PodSummary, spec: Json, status: Json, sidecars: set[str | None]) -> bool:
    """Whether the pod is still being initialized; the reason then says how far it is."""
    for index, entry in enumerate(status.get("initContainerStatuses") or ()):
        _add_restarts(summary, entry)
        state = entry.get("state") or {}
        ended, waiting = state.get("terminated"), state.get("waiting")
        if ended is not None and not ended.get("exitCode"):
            continue
        if entry.get("name") in sidecars and entry.get("started"):
            summary.ready += bool(entry.get("ready"))
            continue
        if ended is not None:
            summary.reason = f"Init:{_ending(ended)}"
        elif waiting is not None and waiting.get("reason") not in (None, "", "PodInitializing"):
            summary.reason = f"Init:{waiting['reason']}"
        else:
            summary.reason = f"Init:{index}/{len(spec.get('initContainers') or ())}"
        return True
    return False


def _count_restarts(summary: PodSummary, status: Json, sidecars: set[str | None]) -> None:
    """Once the pod is initialized, only the restarts of sidecars count of those that went before."""
    summary.restarts, summary.last_restart = 0, ""
    for entry in status.get("initContainerStatuses") or ():
        if entry.get("name") in sidecars:
            _add_restarts(summary, entry)


def _add_containers(summary: PodSummary, pod: Json, status: Json) -> None:
    has_running = False
    for entry in reversed(status.get("containerStatuses") or ()):
        _add_restarts(summary, entry)
        state = entry.get("state") or {}
        waiting, ended = state.get("waiting"), state.get("terminated")
        if waiting is not None and waiting.get("reason"):
            summary.reason = waiting["reason"]
        elif ended is not None:
            summary.reason = _ending(ended)
        elif entry.get("ready") and state.get("running") is not None:
            has_running = True
            summary.ready += 1
    if summary.reason == "Completed" and has_running:
        summary.reason = "Running" if is_pod_ready(pod) else "NotReady"


def _add_restarts(summary: PodSummary, entry: Json) -> None:
    summary.restarts += entry.get("restartCount") or 0
    ended = ((entry.get("lastState") or {}).get("terminated") or {}).get("finishedAt") or ""
    summary.last_restart = max(summary.last_restart, ended)


def _ending(ended: Json) -> str:
    if ended.get("reason"):
        return str(ended["reason"])
    if ended.get("signal"):
        return f"Signal:{ended['signal']}"
    return f"ExitCode:{ended.get('exitCode') or 0}"


def _ready(pod: Json, now: datetime) -> str:
    summary = summarize(pod)
    return f"{summary.ready}/{summary.total}"


def _status(pod: Json, now: datetime) -> str:
    return summarize(pod).reason


def _restarts(pod: Json, now: datetime) -> str:
    summary = summarize(pod)
    if summary.restarts and summary.last_restart:
        return f"{summary.restarts} ({since(summary.last_restart, now)} ago)"
    return str(summary.restarts)


def _ip(pod: Json, now: datetime) -> str:
    status = pod.get("status") or {}
    addresses = status.get("podIPs") or ()
    return str((addresses[0].get("ip") if addresses else status.get("podIP")) or NONE)


def _readiness_gates(pod: Json, now: datetime) -> str:
    gates = (pod.get("spec") or {}).get("readinessGates") or ()
    if not gates:
        return NONE
    conditions = (pod_condition(pod, gate.get("conditionType", "")) for gate in gates)
    passed = sum(condition is not None and condition.get("status") == "True" for condition in conditions)
    return f"{passed}/{len(gates)}"


POD_COLUMNS = (
    NAME,
    Column("Ready", _ready, description="How many of the containers are ready to serve."),
    Column("Status", _status, description="The state of the pod's containers in one word."),
    Column("Restarts", _restarts, description="How often containers were restarted, and how long ago the last time."),
    AGE,
    Column("IP", _ip, priority=WIDE, description="The pod's address."),
    Column("Node", text_of("spec", "nodeName", default=NONE), priority=WIDE, description="Where the pod runs."),
    Column(
        "Nominated Node",
        text_of("status", "nominatedNodeName", default=NONE),
        priority=WIDE,
        description="Where the pod will run once others have made room.",
    ),
    Column(
        "Readiness Gates", _readiness_gates, priority=WIDE, description="How many of the extra conditions are true."
    ),
)

_COMPLETED = {"Succeeded": "The pod has completed successfully.", "Failed": "The pod failed."}


def pod_row_conditions(pod: Json) -> list[Json]:
    """That a pod has ended: who watches a Table may then leave it out."""
    phase = (pod.get("status") or {}).get("phase", "")
    message = _COMPLETED.get(phase)
    return [{"type": "Completed", "status": "True", "reason": phase, "message": message}] if message else []
