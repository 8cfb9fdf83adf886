"""What the server itself writes into a pod as it is created or changed.

Counterpart: the pod strategy in pkg/registry/core/pod.
"""

from __future__ import annotations

from pybernetes.api.core.pod_annotation_validation import (
    APPARMOR_PREFIX,
    annotated_profile,
    apparmor_profile,
    has_early_ones,
)
from pybernetes.api.core.pod_resources import qos_class
from pybernetes.api.object import Json, annotations_of, labels_of

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"


def prepare_pod_create(pod: Json) -> None:
    """A new pod is Pending, has its quality of service, and says so when it is held back."""
    status: Json = {"phase": "Pending", "qosClass": qos_class(pod)}
    spec = pod.get("spec") or {}
    if spec.get("schedulingGates"):
        status["conditions"] = [
            {
                "type": "PodScheduled",
                "status": "False",
                "reason": "SchedulingGated",
                "message": "Scheduling is blocked due to non-empty scheduling gates",
                "lastProbeTime": None,
                "lastTransitionTime": None,
            }
        ]
    pod["status"] = status
    _resolve_label_keys(pod, spec)
    annotations = annotations_of(pod)
    if annotations and has_early_ones(annotations):
        _take_apparmor_annotations(annotations, spec)


def _take_apparmor_annotations(annotations: dict[str, str], spec: Json) -> None:
    """Profiles that only annotations name come into the fields (applyAppArmorVersionSkew)."""
    if (spec.get("os") or {}).get("name") == "windows":
        return
    of_pod = apparmor_profile(spec)
    for part in ("initContainers", "containers", "ephemeralContainers"):
        for container in spec.get(part) or ():
            said = annotations.get(APPARMOR_PREFIX + (container.get("name") or ""))
            profile = annotated_profile(said) if said is not None and apparmor_profile(container) is None else None
            if profile is not None and profile != of_pod:
                container.setdefault("securityContext", {})["appArmorProfile"] = profile


def _resolve_label_keys(pod: Json, spec: Json) -> None:
    """matchLabelKeys become requirements for the values that this pod has."""
    if "affinity" not in spec and "topologySpreadConstraints" not in spec:
        return
    labels = labels_of(pod)
    affinity = spec.get("affinity") or {}
    for kind in ("podAffinity", "podAntiAffinity"):
        part = affinity.get(kind) or {}
        terms = [*(part.get(_REQUIRED) or ())]
        terms += [weighted.get("podAffinityTerm") or {} for weighted in part.get(_PREFERRED) or ()]
        for term in terms:
            _add_requirements(term, "matchLabelKeys", "In", labels)
            _add_requirements(term, "mismatchLabelKeys", "NotIn", labels)
    for constraint in spec.get("topologySpreadConstraints") or ():
        _add_requirements(constraint, "matchLabelKeys", "In", labels)


def _add_requirements(term: Json, keys: str, operator: str, labels: dict[str, str]) -> None:
    selector = term.get("labelSelector")
    if selector is None:
        return
    for key in term.get(keys) or ():
        if key in labels:
            requirement = {"key": key, "operator": operator, "values": [labels[key]]}
            selector.setdefault("matchExpressions", []).append(requirement)


def prepare_pod_status(new: Json, old: Json) -> None:
    """A status keeps the quality of service; it changes no deletion."""
    status = new.setdefault("status", {})
    quality = (old.get("status") or {}).get("qosClass")
    if quality and not status.get("qosClass"):
        status["qosClass"] = quality
    meta, before = new.setdefault("metadata", {}), old.get("metadata") or {}
    meta.pop("deletionTimestamp", None)
    if "deletionTimestamp" in before:
        meta["deletionTimestamp"] = before["deletionTimestamp"]
