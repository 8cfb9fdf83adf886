"""The labels and annotations that the kubelet puts on sandboxes and containers, and how it reads them back.

They are the kubelet's only memory: after a restart it learns from them which pod a container belongs to,
which attempt it is and what spec it was made from. The names are Kubernetes' own (pkg/kubelet/types and
kuberuntime/labels.go), so crictl, log collectors and a real kubelet find our pods too.

Labels are for finding (the runtime filters by them), annotations are for what must be remembered.
A container carries no label of its pod's own; a sandbox carries all of them, and all the pod's annotations.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from pybernetes.api.object import Json

POD_NAME = "io.kubernetes.pod.name"
POD_NAMESPACE = "io.kubernetes.pod.namespace"
POD_UID = "io.kubernetes.pod.uid"
CONTAINER_NAME = "io.kubernetes.container.name"

POD_DELETION_GRACE_PERIOD = "io.kubernetes.pod.deletionGracePeriod"
POD_TERMINATION_GRACE_PERIOD = "io.kubernetes.pod.terminationGracePeriod"
CONTAINER_HASH = "io.kubernetes.container.hash"
CONTAINER_RESTART_COUNT = "io.kubernetes.container.restartCount"
TERMINATION_MESSAGE_PATH = "io.kubernetes.container.terminationMessagePath"
TERMINATION_MESSAGE_POLICY = "io.kubernetes.container.terminationMessagePolicy"
CONTAINER_PRE_STOP_HANDLER = "io.kubernetes.container.preStopHandler"
CONTAINER_PORTS = "io.kubernetes.container.ports"
# Set on pods that come from files on the node rather than from the API server.
CONFIG_SOURCE = "kubernetes.io/config.source"


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a sandbox or container is; `container` is empty for a sandbox."""

    namespace: str
    pod: str
    uid: str
    container: str = ""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a container's annotations say of the spec it was made from.

    `hash` is "" and `restart_count` 0 where the annotation is missing or unreadable: such a container was
    made by somebody else, and is taken for one whose spec differs from any the kubelet wants.
    """

    hash: str = ""
    restart_count: int = 0
    termination_message_path: str = ""
    termination_message_policy: str = ""
    pod_deletion_grace_period_seconds: int | None = None
    pod_termination_grace_period_seconds: int | None = None
    pre_stop_handler: Json | None = None
    ports: tuple[Json, ...] = ()


def sandbox_labels(pod: Json) -> dict[str, str]:
    """The pod's own labels and the three that name it; ours win (Kubernetes: newPodLabels)."""
    metadata = pod["metadata"]
    return {
        **(metadata.get("labels") or {}),
        POD_NAME: metadata["name"],
        POD_NAMESPACE: metadata["namespace"],
        POD_UID: metadata["uid"],
    }


def sandbox_annotations(pod: Json) -> dict[str, str]:
    """The pod's own annotations (Kubernetes: newPodAnnotations)."""
    return dict(pod["metadata"].get("annotations") or {})


def container_labels(pod: Json, container_name: str) -> dict[str, str]:
    """The four labels that find a container (Kubernetes: newContainerLabels)."""
    metadata = pod["metadata"]
    return {
        POD_NAME: metadata["name"],
        POD_NAMESPACE: metadata["namespace"],
        POD_UID: metadata["uid"],
        CONTAINER_NAME: container_name,
    }


def container_annotations(pod: Json, container: Json, spec_hash: str, restart_count: int) -> dict[str, str]:
    """What must be remembered of a container's spec (Kubernetes: newContainerAnnotations).

    `spec_hash` is the kubelet's hash of the container's spec: a running container with another hash is
    replaced. The pre-stop hook and grace periods are kept because they are needed when the pod is gone from
    the API and only the container is left.
    """
    annotations = {
        CONTAINER_HASH: spec_hash,
        CONTAINER_RESTART_COUNT: str(restart_count),
        TERMINATION_MESSAGE_PATH: container.get("terminationMessagePath") or "",
        TERMINATION_MESSAGE_POLICY: container.get("terminationMessagePolicy") or "",
    }
    deletion = pod["metadata"].get("deletionGracePeriodSeconds")
    if deletion is not None:
        annotations[POD_DELETION_GRACE_PERIOD] = str(deletion)
    termination = (pod.get("spec") or {}).get("terminationGracePeriodSeconds")
    if termination is not None:
        annotations[POD_TERMINATION_GRACE_PERIOD] = str(termination)
    pre_stop = (container.get("lifecycle") or {}).get("preStop")
    if pre_stop is not None:
        annotations[CONTAINER_PRE_STOP_HANDLER] = _compact_json(pre_stop)
    if container.get("ports"):
        annotations[CONTAINER_PORTS] = _compact_json(container["ports"])
    return annotations


def owner(labels: Mapping[str, str]) -> Owner | None:
    """Whose this sandbox or container is, or None where it is not a pod's."""
    uid = labels.get(POD_UID, "")
    name = labels.get(POD_NAME, "")
    if not uid or not name:
        return None
    return Owner(labels.get(POD_NAMESPACE, ""), name, uid, labels.get(CONTAINER_NAME, ""))


def remembered(annotations: Mapping[str, str]) -> Remembered:
    """Read back what container_annotations wrote; whatever is missing or broken is left at its default."""
    ports = _parsed(annotations.get(CONTAINER_PORTS, ""))
    pre_stop = _parsed(annotations.get(CONTAINER_PRE_STOP_HANDLER, ""))
    return Remembered(
        hash=annotations.get(CONTAINER_HASH, ""),
        restart_count=_whole_number(annotations.get(CONTAINER_RESTART_COUNT, "")) or 0,
        termination_message_path=annotations.get(TERMINATION_MESSAGE_PATH, ""),
        termination_message_policy=annotations.get(TERMINATION_MESSAGE_POLICY, ""),
        pod_deletion_grace_period_seconds=_whole_number(annotations.get(POD_DELETION_GRACE_PERIOD, "")),
        pod_termination_grace_period_seconds=_whole_number(annotations.get(POD_TERMINATION_GRACE_PERIOD, "")),
        pre_stop_handler=pre_stop if isinstance(pre_stop, dict) else None,
        ports=tuple(port for port in ports if isinstance(port, dict)) if isinstance(ports, list) else (),
    )


def _compact_json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


def _parsed(text: str) -> object:
    if not text:
        return None
    try:
        value: object = json.loads(text)
    except ValueError:
        return None
    return value


def _whole_number(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None
