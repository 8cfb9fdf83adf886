"""Which pods a drain evicts, which it leaves, and which forbid it: decided from the pods alone.

Counterpart: kubectl/pkg/drain. Pods of daemon sets would come straight back and mirror pods cannot be deleted, so both
stay; pods without a controller, and pods with emptyDir data, are only evicted when the user says so.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from pybernetes.api.object import annotations_of, controller_of, is_deleting, key_of

Json = dict[str, Any]
MIRROR = "kubernetes.io/config.mirror"
FINISHED = ("Succeeded", "Failed")


class Rules(NamedTuple):
    """The flags that matter."""

    force: bool = False
    ignore_daemon_sets: bool = False
    delete_empty_dir: bool = False


class Plan(NamedTuple):
    """Pods to evict, warnings to give, and what forbids the drain: (pod, why)."""

    evict: list[Json]
    warnings: list[str]
    forbidden: list[tuple[Json, str]]


UNMANAGED = "cannot delete Pods that declare no controller (use --force to override)"
DAEMON_SET = "cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore)"
LOCAL_DATA = "cannot delete Pods with local storage (use --delete-emptydir-data to override)"


def plan(pods: list[Json], rules: Rules) -> Plan:
    """What to do with the pods of one node."""
    evict: list[Json] = []
    forbidden: list[tuple[Json, str]] = []
    ignored: list[str] = []
    forced: list[str] = []
    for pod in pods:
        owner = controller_of(pod)
        finished = (pod.get("status") or {}).get("phase") in FINISHED
        if annotations_of(pod).get(MIRROR):
            continue
        if owner is not None and owner["kind"] == "DaemonSet" and not finished:
            if rules.ignore_daemon_sets:
                ignored.append(key_of(pod))
            else:
                forbidden.append((pod, DAEMON_SET))
        elif _has_local_data(pod) and not finished and not rules.delete_empty_dir:
            forbidden.append((pod, LOCAL_DATA))
        elif owner is None and not finished and not rules.force:
            forbidden.append((pod, UNMANAGED))
        else:
            if owner is None and not finished:
                forced.append(key_of(pod))
            evict.append(pod)
    warnings = [f"ignoring DaemonSet-managed Pods: {', '.join(ignored)}"] if ignored else []
    warnings += [f"deleting Pods that declare no controller: {', '.join(forced)}"] if forced else []
    return Plan(
        [pod for pod in evict if not is_deleting(pod)] + [p for p in evict if is_deleting(p)], warnings, forbidden
    )


def _has_local_data(pod: Json) -> bool:
    return any("emptyDir" in volume for volume in (pod.get("spec") or {}).get("volumes") or ())
