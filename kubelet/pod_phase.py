"""The phase of a pod from the states of its containers. Pure. Counterpart: getPhase of kubelet_pods.go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from pybernetes.api.core.pod_conditions import is_sidecar
from pybernetes.api.object import Json
from pybernetes.kubelet.pod_spec import NEVER, Kind, app_containers, init_containers, restart_policy, restarts_after

PENDING, RUNNING, SUCCEEDED, FAILED = "Pending", "Running", "Succeeded", "Failed"


def phase_from(pod: Json, statuses: Mapping[str, Json], *, is_terminal: bool) -> str:
    """The phase. `statuses` is by container name; `is_terminal` says that nothing runs and nothing will."""
    policy = restart_policy(pod)
    initializing, init_failed = _initialization(pod, statuses)
    if init_failed and policy == NEVER:
        return FAILED
    counts = Counter(_classify(statuses.get(spec["name"])) for spec in app_containers(pod))
    if is_terminal and not counts["running"]:
        return _final(counts["failed"], counts["succeeded"], len(app_containers(pod)))
    if initializing or counts["waiting"]:
        return PENDING
    if counts["running"] and not counts["unknown"]:
        return RUNNING
    if counts["succeeded"] + counts["failed"] and not counts["unknown"]:
        if any(_runs_again(pod, spec, statuses[spec["name"]]) for spec in app_containers(pod)):
            return RUNNING
        return FAILED if counts["failed"] else SUCCEEDED
    return PENDING


def _final(failed: int, succeeded: int, total: int) -> str:
    """A pod that was ended before all of its containers succeeded has failed."""
    return SUCCEEDED if total and succeeded == total and not failed else FAILED


def _runs_again(pod: Json, spec: Json, status: Json) -> bool:
    """Whether a container that has stopped will be started again."""
    state = status.get("state") or {}
    ended = state.get("terminated")
    return ended is None or restarts_after(pod, Kind.APP, spec, int(ended.get("exitCode") or 0))


def _classify(status: Json | None) -> str:
    """One container of the app: unknown, waiting, running, succeeded or failed."""
    if status is None:
        return "unknown"
    state = status.get("state") or {}
    if "running" in state:
        return "running"
    ended = state.get("terminated")
    if ended is None and "waiting" in state:
        ended = (status.get("lastState") or {}).get("terminated")
        if ended is None:
            return "waiting"
        return "failed"  # stopped, and about to run again
    if ended is None:
        return "unknown"
    return "succeeded" if ended.get("exitCode") == 0 else "failed"


def _initialization(pod: Json, statuses: Mapping[str, Json]) -> tuple[bool, bool]:
    """(still going on, an init container has failed)."""
    pending, pending_sidecars, failed = False, False, False
    for spec in init_containers(pod):
        status = statuses.get(spec["name"]) or {}
        state = status.get("state") or {}
        if is_sidecar(spec):
            pending_sidecars |= "terminated" not in state and not ("running" in state and status.get("started"))
            continue
        ended = state.get("terminated") or (
            (status.get("lastState") or {}).get("terminated") if "waiting" in state else None
        )
        if ended is None or "running" in state:
            pending = True
        elif ended.get("exitCode") != 0:
            failed, pending = True, True
    return pending or (pending_sidecars and not any_app_started(pod, statuses)), failed


def any_app_started(pod: Json, statuses: Mapping[str, Json]) -> bool:
    """Whether any container of the app has run (HasAnyRegularContainerStarted)."""
    for spec in app_containers(pod):
        status = statuses.get(spec["name"]) or {}
        states = (status.get("state") or {}, status.get("lastState") or {})
        if any("running" in state or "terminated" in state for state in states):
            return True
    return False
