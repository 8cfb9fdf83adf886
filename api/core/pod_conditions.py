"""What a pod's status says of it, as every component asks it. Counterpart: pkg/api/v1/pod."""

from __future__ import annotations

from datetime import datetime, timedelta

from pybernetes.api.object import Json, is_deleting, parse_time

TERMINAL_PHASES = ("Succeeded", "Failed")


def phase_of(pod: Json) -> str:
    return str((pod.get("status") or {}).get("phase") or "")


def is_terminal(pod: Json) -> bool:
    """The pod has run to its end and will not run again (IsPodTerminal)."""
    return phase_of(pod) in TERMINAL_PHASES


def is_active(pod: Json) -> bool:
    """The pod runs or will run, and nobody asked it to go: what a controller counts as a replica (IsPodActive)."""
    return not is_terminal(pod) and not is_deleting(pod)


def pod_condition(pod: Json, condition_type: str) -> Json | None:
    """The condition of that type, not a copy, or None."""
    for condition in (pod.get("status") or {}).get("conditions") or ():
        if condition.get("type") == condition_type:
            return condition  # type: ignore[no-any-return]
    return None


def is_pod_ready(pod: Json) -> bool:
    """Condition Ready is True (IsPodReady)."""
    condition = pod_condition(pod, "Ready")
    return condition is not None and condition.get("status") == "True"


def is_pod_scheduled(pod: Json) -> bool:
    """A node has been chosen."""
    return bool((pod.get("spec") or {}).get("nodeName"))


def is_pod_available(pod: Json, min_ready_seconds: int, now: datetime) -> bool:
    """Ready, and has been for that long without a break (IsPodAvailable)."""
    condition = pod_condition(pod, "Ready")
    if condition is None or condition.get("status") != "True":
        return False
    if min_ready_seconds == 0:
        return True
    since = condition.get("lastTransitionTime")
    return since is not None and parse_time(since) + timedelta(seconds=min_ready_seconds) <= now


def seconds_until_available(pod: Json, min_ready_seconds: int, now: datetime) -> float | None:
    """How long a ready pod has yet to stay ready to be available; None when it is not ready, 0 when it is available."""
    condition = pod_condition(pod, "Ready")
    if condition is None or condition.get("status") != "True":
        return None
    since = condition.get("lastTransitionTime")
    if min_ready_seconds == 0 or not since:
        return 0.0 if min_ready_seconds == 0 else float(min_ready_seconds)
    return max(0.0, (parse_time(since) + timedelta(seconds=min_ready_seconds) - now).total_seconds())


def is_sidecar(container: Json) -> bool:
    """An init container that keeps running beside the others (restartPolicy: Always)."""
    return container.get("restartPolicy") == "Always"
