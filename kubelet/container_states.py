"""The state of one container as the API shows it: waiting, running or terminated. Pure.

Counterpart: convertContainerStatus of kubelet_pods.go.
"""

from __future__ import annotations

from datetime import UTC, datetime

from pybernetes.api.object import Json, format_time
from pybernetes.kubelet.runtime.types import ContainerState
from pybernetes.kubelet.runtime_status import PodContainer

RUNTIME_NAME = "containerd"
CONTAINER_CREATING, POD_INITIALIZING = "ContainerCreating", "PodInitializing"
STATUS_UNKNOWN = "ContainerStatusUnknown"
UNKNOWN_EXIT_CODE = 137


def time_of(nanoseconds: int) -> str | None:
    """A runtime's time as the API writes it; None for "not yet"."""
    if nanoseconds <= 0:
        return None
    return format_time(datetime.fromtimestamp(nanoseconds // 1_000_000_000, UTC))


def container_id(found: PodContainer) -> str:
    return f"{RUNTIME_NAME}://{found.id}"


def waiting(reason: str, message: str = "") -> Json:
    state: Json = {"reason": reason}
    if message:
        state["message"] = message
    return {"waiting": state}


def state_of(found: PodContainer) -> Json:
    """The state of a container that the runtime knows. A created one is about to run: waiting."""
    match found.state:
        case ContainerState.RUNNING:
            return {"running": {"startedAt": time_of(found.status.started_at_ns)}}
        case ContainerState.EXITED:
            return {"terminated": terminated(found)}
        case ContainerState.UNKNOWN:
            return {"terminated": {**terminated(found), "reason": STATUS_UNKNOWN, "exitCode": UNKNOWN_EXIT_CODE}}
        case _:
            return waiting(CONTAINER_CREATING)


def terminated(found: PodContainer) -> Json:
    status = found.status
    state: Json = {
        "exitCode": status.exit_code,
        "reason": status.reason or ("Completed" if status.exit_code == 0 else "Error"),
        "startedAt": time_of(status.started_at_ns),
        "finishedAt": time_of(status.finished_at_ns),
        "containerID": container_id(found),
    }
    if found.message:
        state["message"] = found.message
    return state


def lost(message: str) -> Json:
    """What is said of a container that ran and that the runtime no longer knows."""
    return {
        "terminated": {
            "reason": STATUS_UNKNOWN,
            "message": message,
            "exitCode": UNKNOWN_EXIT_CODE,
        }
    }
