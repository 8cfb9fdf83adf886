"""`describe pod`, and the pod templates inside other kinds."""

from __future__ import annotations

from typing import Any

from pybernetes.api.object import controller_of, is_deleting, name_of, namespace_of
from pybernetes.pyctl.describing.containers import write_containers
from pybernetes.pyctl.describing.document import (
    NONE,
    Text,
    moment,
    now,
    write_annotations,
    write_events,
    write_labels,
    write_pairs,
)
from pybernetes.pyctl.describing.volumes import write_volumes

Json = dict[str, Any]


def describe_pod(pod: Json, events: list[Json] | None) -> str:
    """All that is told of a pod."""
    text, spec, status = Text(), pod["spec"], pod.get("status") or {}
    text.line(0, "Name:", name_of(pod))
    text.line(0, "Namespace:", namespace_of(pod))
    if spec.get("priority") is not None:
        text.line(0, "Priority:", spec["priority"])
    for title, field in (
        ("Priority Class Name:", "priorityClassName"),
        ("Runtime Class Name:", "runtimeClassName"),
        ("Service Account:", "serviceAccountName"),
    ):
        if spec.get(field):
            text.line(0, title, spec[field])
    text.line(0, "Node:", f"{spec['nodeName']}/{status.get('hostIP', '')}" if spec.get("nodeName") else NONE)
    if status.get("startTime"):
        text.line(0, "Start Time:", moment(status["startTime"]))
    write_labels(text, pod)
    write_annotations(text, pod)
    _write_phase(text, pod, status)
    text.line(0, "IP:", status.get("podIP", ""))
    if status.get("podIPs"):
        text.line(0, "IPs:")
        for one in status["podIPs"]:
            text.line(1, "IP:", one["ip"])
    else:
        text.line(0, "IPs:", NONE)
    owner = controller_of(pod)
    if owner is not None:
        text.line(0, "Controlled By:", f"{owner['kind']}/{owner['name']}")
    if status.get("nominatedNodeName"):
        text.line(0, "NominatedNodeName:", status["nominatedNodeName"])
    statuses = {
        one["name"]: one
        for field in ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses")
        for one in status.get(field) or ()
    }
    if spec.get("initContainers"):
        write_containers(text, "Init Containers", spec["initContainers"], statuses, pod=pod)
    write_containers(text, "Containers", spec["containers"], statuses, pod=pod)
    if spec.get("ephemeralContainers"):
        write_containers(text, "Ephemeral Containers", spec["ephemeralContainers"], statuses, pod=pod)
    if status.get("conditions"):
        text.line(0, "Conditions:")
        text.line(1, "Type ", "Status")
        for condition in status["conditions"]:
            text.line(1, f"{condition['type']} ", f"{condition['status']} ")
    write_volumes(text, spec.get("volumes") or [])
    if status.get("qosClass"):
        text.line(0, "QoS Class:", status["qosClass"])
    write_pairs(text, 0, "Node-Selectors:", spec.get("nodeSelector"))
    write_tolerations(text, 0, spec.get("tolerations") or [])
    write_events(text, events)
    return str(text)


def _write_phase(text: Text, pod: Json, status: Json) -> None:
    if is_deleting(pod):
        from pybernetes.api.duration import since

        text.line(0, "Status:", f"Terminating (lasts {since(pod['metadata']['deletionTimestamp'], now())})")
        text.line(0, "Termination Grace Period:", f"{pod['metadata'].get('deletionGracePeriodSeconds', 0)}s")
    else:
        text.line(0, "Status:", status.get("phase", ""))
    for field in ("reason", "message"):
        if status.get(field):
            text.line(0, f"{field.capitalize()}:", status[field])


def toleration_text(one: Json) -> str:
    """``key=value:Effect op=Exists for 300s``."""
    said = str(one.get("key", ""))
    said += f"={one['value']}" if one.get("value") else ""
    said += f":{one['effect']}" if one.get("effect") else ""
    if one.get("operator") == "Exists" and not one.get("value"):
        said += " op=Exists" if said else "op=Exists"
    if one.get("tolerationSeconds") is not None:
        said += f" for {one['tolerationSeconds']}s"
    return said


def write_tolerations(text: Text, level: int, tolerations: list[Json]) -> None:
    if not tolerations:
        text.line(level, "Tolerations:", NONE)
    ordered = sorted(tolerations, key=lambda one: one.get("key", ""))
    for index, one in enumerate(ordered):
        text.line(level, "Tolerations:" if not index else "", toleration_text(one))


def write_template(text: Text, template: Json) -> None:
    """A pod template inside another object, one level in."""
    spec = template.get("spec") or {}
    text.line(0, "Pod Template:")
    write_pairs(text, 1, "Labels:", (template.get("metadata") or {}).get("labels"))
    if (template.get("metadata") or {}).get("annotations"):
        write_annotations(text, template, 1)
    if spec.get("serviceAccountName"):
        text.line(1, "Service Account:", spec["serviceAccountName"])
    if spec.get("initContainers"):
        write_containers(text, "Init Containers", spec["initContainers"], {}, inside=True)
    write_containers(text, "Containers", spec.get("containers") or [], {}, inside=True)
    write_volumes(text, spec.get("volumes") or [], inside=True)
    if spec.get("priorityClassName"):
        text.line(1, "Priority Class Name:", spec["priorityClassName"])
    write_pairs(text, 1, "Node-Selectors:", spec.get("nodeSelector"))
    write_tolerations(text, 1, spec.get("tolerations") or [])


def describe_template(template: Json) -> str:
    """A template on its own, lined up, without its title; for `rollout history --revision`."""
    from pybernetes.pyctl.output.elastic import align

    text = Text()
    write_template(text, template)
    return align(str(text)).partition("\n")[2]
