"""How far a rollout is, decided from the object alone, and where its earlier revisions are.

`status_of` is (what to say, whether it is done); a rollout that has run out of time raises. The texts are kubectl's.
"""

from __future__ import annotations

from typing import Any

from pybernetes.api.object import annotations_of, condition_of, controller_of, name_of, uid_of
from pybernetes.api.resources import resource
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.session import Session
from pybernetes.pyctl.targets import Found, Target, list_objects

Json = dict[str, Any]
REVISION = "deployment.kubernetes.io/revision"
CHANGE_CAUSE = "kubernetes.io/change-cause"
RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"


def status_of(obj: Json) -> tuple[str, bool]:
    """One line on where the rollout is, and whether it is complete. Raises `Failure` when it cannot complete."""
    decide = {
        "Deployment": _deployment,
        "DaemonSet": _daemon_set,
        "StatefulSet": _stateful_set,
        "ReplicationController": _replication_controller,
    }.get(obj["kind"])
    if decide is None:
        raise Failure(f"no status viewer has been implemented for {obj['kind']}")
    return decide(obj)


def _is_observed(obj: Json) -> bool:
    generation = obj["metadata"].get("generation", 0)
    return bool(generation <= (obj.get("status") or {}).get("observedGeneration", 0))


def _deployment(obj: Json) -> tuple[str, bool]:
    name, spec, status = name_of(obj), obj["spec"], obj.get("status") or {}
    if not _is_observed(obj):
        return "Waiting for deployment spec update to be observed...", False
    progressing = condition_of(obj, "Progressing")
    if progressing is not None and progressing.get("reason") == "ProgressDeadlineExceeded":
        raise Failure(f'deployment "{name}" exceeded its progress deadline')
    wanted, updated = spec.get("replicas", 1), status.get("updatedReplicas", 0)
    total, available = status.get("replicas", 0), status.get("availableReplicas", 0)
    waiting = f'Waiting for deployment "{name}" rollout to finish: '
    if updated < wanted:
        return f"{waiting}{updated} out of {wanted} new replicas have been updated...", False
    if total > updated:
        return f"{waiting}{total - updated} old replicas are pending termination...", False
    if available < updated:
        return f"{waiting}{available} of {updated} updated replicas are available...", False
    return f'deployment "{name}" successfully rolled out', True


def _daemon_set(obj: Json) -> tuple[str, bool]:
    name, status = name_of(obj), obj.get("status") or {}
    if (obj["spec"].get("updateStrategy") or {}).get("type", "RollingUpdate") != "RollingUpdate":
        raise Failure("rollout status is only available for RollingUpdate strategy type")
    if not _is_observed(obj):
        return "Waiting for daemon set spec update to be observed...", False
    desired, updated = status.get("desiredNumberScheduled", 0), status.get("updatedNumberScheduled", 0)
    waiting = f'Waiting for daemon set "{name}" rollout to finish: '
    if updated < desired:
        return f"{waiting}{updated} out of {desired} new pods have been updated...", False
    if status.get("numberAvailable", 0) < desired:
        return f"{waiting}{status.get('numberAvailable', 0)} of {desired} updated pods are available...", False
    return f'daemon set "{name}" successfully rolled out', True


def _stateful_set(obj: Json) -> tuple[str, bool]:
    spec, status = obj["spec"], obj.get("status") or {}
    strategy = spec.get("updateStrategy") or {}
    if strategy.get("type", "RollingUpdate") != "RollingUpdate":
        raise Failure("rollout status is only available for RollingUpdate strategy type")
    if not _is_observed(obj) or not status.get("observedGeneration"):
        return "Waiting for statefulset spec update to be observed...", False
    wanted, ready, updated = spec.get("replicas", 1), status.get("readyReplicas", 0), status.get("updatedReplicas", 0)
    if ready < wanted:
        return f"Waiting for {wanted - ready} pods to be ready...", False
    partition = (strategy.get("rollingUpdate") or {}).get("partition") or 0
    if partition:
        if updated < wanted - partition:
            return (
                f"Waiting for partitioned roll out to finish: {updated} out of {wanted - partition} new pods have "
                "been updated...",
                False,
            )
        return f"partitioned roll out complete: {updated} new pods have been updated...", True
    if status.get("updateRevision") != status.get("currentRevision"):
        return (
            f"waiting for statefulset rolling update to complete {updated} pods at revision "
            f"{status.get('updateRevision')}...",
            False,
        )
    return (
        f"statefulset rolling update complete {status.get('currentReplicas', 0)} pods at revision "
        f"{status.get('currentRevision')}...",
        True,
    )


def _replication_controller(obj: Json) -> tuple[str, bool]:
    """Not in kubectl: a replication controller has no revisions, but it can be waited for."""
    name, wanted = name_of(obj), obj["spec"].get("replicas", 1)
    ready = (obj.get("status") or {}).get("readyReplicas", 0)
    if not _is_observed(obj) or ready < wanted:
        return f'Waiting for replication controller "{name}": {ready} of {wanted} replicas are ready...', False
    return f'replication controller "{name}" is complete', True


def revisions_of(session: Session, found: Found) -> dict[int, Json]:
    """Each revision's number and the object that holds its template: a ReplicaSet or a ControllerRevision."""
    kind = found.obj["kind"]
    if kind not in ("Deployment", "DaemonSet", "StatefulSet"):
        raise Failure(f"no history viewer has been implemented for {kind}")
    holder = resource("replicasets.apps" if kind == "Deployment" else "controllerrevisions.apps")
    owned = [
        obj
        for obj in list_objects(session, Target(holder, found.target.namespace))
        if (controller_of(obj) or {}).get("uid") == uid_of(found.obj)
    ]
    if kind != "Deployment":
        return {int(obj["revision"]): obj for obj in owned}
    numbered = {int(annotations_of(obj).get(REVISION, 0)): obj for obj in owned}
    return {number: obj for number, obj in numbered.items() if number}


def template_of(revision: Json) -> Json:
    """The pod template that a revision holds."""
    data = revision.get("data") if revision["kind"] == "ControllerRevision" else revision
    template: Json = ((data or {}).get("spec") or {}).get("template") or {}
    return template
