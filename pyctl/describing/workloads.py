"""`describe` of deployments, replica sets, replication controllers, daemon sets, stateful sets and jobs."""

from __future__ import annotations

from typing import Any

from pybernetes.api.object import annotations_of, controller_of, labels_of, name_of, namespace_of
from pybernetes.pyctl.describing.document import (
    NONE,
    Text,
    moment,
    selector_text,
    write_annotations,
    write_events,
    write_labels,
    write_pairs,
)
from pybernetes.pyctl.describing.pods import write_template

Json = dict[str, Any]


def _pod_phases(pods: list[Json]) -> str:
    counts = {"Running": 0, "Pending": 0, "Succeeded": 0, "Failed": 0}
    for pod in pods:
        phase = (pod.get("status") or {}).get("phase", "Pending")
        counts[phase] = counts.get(phase, 0) + 1
    return (
        f"{counts['Running']} Running / {counts['Pending']} Waiting / {counts['Succeeded']} Succeeded / "
        f"{counts['Failed']} Failed"
    )


def _write_conditions(text: Text, conditions: list[Json]) -> None:
    if conditions:
        text.line(0, "Conditions:")
        text.line(1, "Type", "Status", "Reason")
        text.line(1, "----", "------", "------")
        for one in conditions:
            text.line(1, one["type"], one["status"], one.get("reason", ""))


def describe_deployment(
    obj: Json, events: list[Json] | None, *, old: list[Json] | None = None, new: Json | None = None
) -> str:
    """A deployment; `old` are replica sets of earlier templates that still have pods, `new` is that of the present."""
    text, spec, status = Text(), obj["spec"], obj.get("status") or {}
    text.line(0, "Name:", name_of(obj))
    text.line(0, "Namespace:", namespace_of(obj))
    text.line(0, "CreationTimestamp:", moment(obj["metadata"].get("creationTimestamp")))
    write_labels(text, obj)
    write_annotations(text, obj)
    text.line(0, "Selector:", selector_text(spec.get("selector")))
    text.line(
        0,
        "Replicas:",
        f"{spec.get('replicas', 1)} desired | {status.get('updatedReplicas', 0)} updated | "
        f"{status.get('replicas', 0)} total | {status.get('availableReplicas', 0)} available | "
        f"{status.get('unavailableReplicas', 0)} unavailable",
    )
    strategy = spec.get("strategy") or {}
    text.line(0, "StrategyType:", strategy.get("type", ""))
    text.line(0, "MinReadySeconds:", spec.get("minReadySeconds", 0))
    rolling = strategy.get("rollingUpdate")
    if rolling:
        said = f"{rolling.get('maxUnavailable')} max unavailable, {rolling.get('maxSurge')} max surge"
        text.line(0, "RollingUpdateStrategy:", said)
    write_template(text, spec["template"])
    _write_conditions(text, status.get("conditions") or [])
    text.line(0, "OldReplicaSets:", _replica_sets(old or []))
    if new is not None:
        text.line(0, "NewReplicaSet:", _replica_sets([new]))
    else:
        text.line(0, "NewReplicaSet:", NONE)
    write_events(text, events)
    return str(text)


def _replica_sets(found: list[Json]) -> str:
    told = []
    for one in found:
        made, wanted = (one.get("status") or {}).get("replicas", 0), one["spec"].get("replicas", 1)
        told.append(f"{name_of(one)} ({made}/{wanted} replicas created)")
    return ", ".join(told) or NONE


def describe_replicated(obj: Json, events: list[Json] | None, pods: list[Json]) -> str:
    """A replica set or a replication controller."""
    text, spec, status = Text(), obj["spec"], obj.get("status") or {}
    text.line(0, "Name:", name_of(obj))
    text.line(0, "Namespace:", namespace_of(obj))
    text.line(0, "Selector:", selector_text(spec.get("selector")))
    write_labels(text, obj)
    write_annotations(text, obj)
    owner = controller_of(obj)
    if owner is not None:
        text.line(0, "Controlled By:", f"{owner['kind']}/{owner['name']}")
    text.line(0, "Replicas:", f"{status.get('replicas', 0)} current / {spec.get('replicas', 1)} desired")
    text.line(0, "Pods Status:", _pod_phases(pods))
    write_template(text, spec["template"])
    _write_conditions(text, status.get("conditions") or [])
    write_events(text, events)
    return str(text)


def describe_daemon_set(obj: Json, events: list[Json] | None, pods: list[Json]) -> str:
    text, spec, status = Text(), obj["spec"], obj.get("status") or {}
    text.line(0, "Name:", name_of(obj))
    text.line(0, "Selector:", selector_text(spec.get("selector")))
    text.line(0, "Node-Selector:", selector_text((spec["template"].get("spec") or {}).get("nodeSelector")))
    write_labels(text, obj)
    write_annotations(text, obj)
    for title, field in (
        ("Desired Number of Nodes Scheduled:", "desiredNumberScheduled"),
        ("Current Number of Nodes Scheduled:", "currentNumberScheduled"),
        ("Number of Nodes Scheduled with Up-to-date Pods:", "updatedNumberScheduled"),
        ("Number of Nodes Scheduled with Available Pods:", "numberAvailable"),
        ("Number of Nodes Misscheduled:", "numberMisscheduled"),
    ):
        text.line(0, f"{title} {status.get(field, 0)}")
    text.line(0, "Pods Status:", _pod_phases(pods))
    write_template(text, spec["template"])
    write_events(text, events)
    return str(text)


def describe_stateful_set(obj: Json, events: list[Json] | None, pods: list[Json]) -> str:
    text, spec, status = Text(), obj["spec"], obj.get("status") or {}
    text.line(0, "Name:", name_of(obj))
    text.line(0, "Namespace:", namespace_of(obj))
    text.line(0, "CreationTimestamp:", moment(obj["metadata"].get("creationTimestamp")))
    text.line(0, "Selector:", selector_text(spec.get("selector")))
    write_labels(text, obj)
    write_annotations(text, obj)
    text.line(0, "Replicas:", f"{spec.get('replicas', 1)} desired | {status.get('replicas', 0)} total")
    strategy = spec.get("updateStrategy") or {}
    text.line(0, "Update Strategy:", strategy.get("type", ""))
    if strategy.get("rollingUpdate"):
        text.line(1, "Partition:", strategy["rollingUpdate"].get("partition", 0))
    text.line(0, "Pods Status:", _pod_phases(pods))
    write_template(text, spec["template"])
    claims = spec.get("volumeClaimTemplates") or []
    text.line(0, "Volume Claims:", *([NONE] if not claims else []))
    for claim in claims:
        text.line(1, "Name:", name_of(claim))
        text.line(1, "StorageClass:", claim["spec"].get("storageClassName", ""))
        write_pairs(text, 1, "Labels:", labels_of(claim))
        write_pairs(text, 1, "Annotations:", annotations_of(claim))
        requests = ((claim["spec"].get("resources") or {}).get("requests")) or {}
        text.line(1, "Capacity:", requests.get("storage", "<default>"))
        text.line(1, "Access Modes:", f"[{' '.join(claim['spec'].get('accessModes') or ())}]")
    write_events(text, events)
    return str(text)


def describe_job(obj: Json, events: list[Json] | None, pods: list[Json]) -> str:
    text, spec, status = Text(), obj["spec"], obj.get("status") or {}
    text.line(0, "Name:", name_of(obj))
    text.line(0, "Namespace:", namespace_of(obj))
    text.line(0, "Selector:", selector_text(spec["selector"]) if spec.get("selector") else "")
    write_labels(text, obj)
    write_annotations(text, obj)
    owner = controller_of(obj)
    if owner is not None:
        text.line(0, "Controlled By:", f"{owner['kind']}/{owner['name']}")
    for title, value in (
        ("Parallelism:", spec.get("parallelism")),
        ("Completions:", spec.get("completions", "<unset>")),
        ("Completion Mode:", spec.get("completionMode")),
        ("Suspend:", str(bool(spec.get("suspend"))).lower()),
        ("Backoff Limit:", spec.get("backoffLimit")),
    ):
        if value is not None:
            text.line(0, title, value)
    if status.get("startTime"):
        text.line(0, "Start Time:", moment(status["startTime"]))
    if status.get("completionTime"):
        text.line(0, "Completed At:", moment(status["completionTime"]))
    if spec.get("activeDeadlineSeconds") is not None:
        text.line(0, "Active Deadline Seconds:", f"{spec['activeDeadlineSeconds']}s")
    ready = f" ({status['ready']} Ready)" if status.get("ready") is not None else ""
    ended = f"{status.get('succeeded', 0)} Succeeded / {status.get('failed', 0)} Failed"
    text.line(0, "Pods Statuses:", f"{status.get('active', 0)} Active{ready} / {ended}")
    write_template(text, spec["template"])
    write_events(text, events)
    return str(text)
