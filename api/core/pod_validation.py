"""The rules on pods: as they are created, and what may change afterwards and where.

- the pod itself: images, a shorter deadline, more tolerations, fewer scheduling gates
- ``ephemeralcontainers``: more of them, none changed
- the others are in `pod_resize_validation` and `pod_status_validation`

Counterpart: the pod parts of pkg/apis/core/validation.
"""

from __future__ import annotations

from collections.abc import Sequence

from pybernetes.api.addresses import inclusive_range
from pybernetes.api.core.affinity_validation import validate_tolerations
from pybernetes.api.core.pod_annotation_validation import (
    MIRROR_POD,
    validate_pod_annotations,
    validate_pod_annotations_update,
    validate_profile_annotations,
)
from pybernetes.api.core.pod_spec_validation import validate_pod_spec
from pybernetes.api.difference import describe_difference
from pybernetes.api.field import ErrorList
from pybernetes.api.internal_form import internal, internal_value
from pybernetes.api.object import Json, annotations_of, name_of

_MAX_INT32 = 2**31 - 1
_SYSTEM_CONDITIONS = ("PodScheduled", "Ready", "Initialized")
_UPDATABLE = (
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
    "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)


def validate_pod(pod: Json, errors: ErrorList) -> None:
    """Every rule on a pod's annotations and spec, on create as on update."""
    spec = pod.get("spec") or {}
    meta = pod.get("metadata") or {}
    if "annotations" in meta:
        validate_pod_annotations(meta["annotations"], spec, "metadata.annotations", errors)
    validate_pod_spec(spec, "spec", errors, pod_name=name_of(pod), in_pod=True)
    if not spec.get("serviceAccountName") and "volumes" in spec:
        _forbid_tokens(spec["volumes"], errors)
    if not meta.get("resourceVersion"):
        _validate_create(spec, errors)
        if "annotations" in meta:
            validate_profile_annotations(meta["annotations"], spec, "spec", errors)


def _forbid_tokens(volumes: Sequence[Json], errors: ErrorList) -> None:
    for index, volume in enumerate(volumes):
        for place, source in enumerate((volume.get("projected") or {}).get("sources") or ()):
            if "serviceAccountToken" in source:
                at = f"spec.volumes[{index}].projected.sources[{place}].serviceAccountToken"
                errors.forbidden(at, "must not be specified when serviceAccountName is not set")


def _validate_create(spec: Json, errors: ErrorList) -> None:
    if spec.get("ephemeralContainers"):
        errors.forbidden("spec.ephemeralContainers", "cannot be set on create")
    if spec.get("nodeName") and spec.get("schedulingGates"):
        errors.forbidden("spec.nodeName", "cannot be set until all schedulingGates have been cleared")


def validate_pod_update(new: Json, old: Json, errors: ErrorList) -> None:
    """What may change in a pod (ValidatePodUpdate)."""
    validate_pod_annotations_update(new, old, errors)
    spec, before = new.get("spec") or {}, old.get("spec") or {}
    for part in ("containers", "initContainers"):
        if len(spec.get(part) or ()) != len(before.get(part) or ()):
            errors.forbidden(f"spec.{part}", "pod updates may not add or remove containers")
            return
    if not _validate_deadline(spec, before, errors):
        return
    _validate_added_tolerations(spec, before, errors)
    _validate_removed_gates(spec, before, errors)
    if spec == before:
        return
    munged = _with_old_values(spec, before)
    if before.get("schedulingGates"):
        _validate_gated_changes(munged, before, errors)
    if munged != before:
        states = (internal_value(state, "core.pod.PodSpec") for state in (before, munged))
        errors.forbidden("spec", f"{_UPDATABLE}\n{describe_difference(*states)}")


def _validate_deadline(spec: Json, before: Json, errors: ErrorList) -> bool:
    seconds, was = spec.get("activeDeadlineSeconds"), before.get("activeDeadlineSeconds")
    at = "spec.activeDeadlineSeconds"
    if seconds is None:
        if was is not None:
            errors.invalid(at, None, "must not update from a positive integer to nil value")
    elif not 0 <= seconds <= _MAX_INT32:
        errors.invalid(at, seconds, inclusive_range(0, _MAX_INT32))
        return False
    elif was is not None and was < seconds:
        errors.invalid(at, seconds, "must be less than or equal to previous value")
        return False
    return True


def _validate_added_tolerations(spec: Json, before: Json, errors: ErrorList) -> None:
    tolerations = spec.get("tolerations") or []
    if tolerations == (before.get("tolerations") or []):
        return
    kept = [_without_seconds(toleration) for toleration in tolerations]
    for toleration in before.get("tolerations") or ():
        if _without_seconds(toleration) not in kept:
            detail = "existing toleration can not be modified except its tolerationSeconds"
            errors.forbidden("spec.tolerations", detail)
            return
    validate_tolerations(tolerations, "spec.tolerations", errors)


def _without_seconds(toleration: Json) -> Json:
    return {field: value for field, value in toleration.items() if field != "tolerationSeconds"}


def _validate_removed_gates(spec: Json, before: Json, errors: ErrorList) -> None:
    known = {gate.get("name") for gate in before.get("schedulingGates") or ()}
    for index, gate in enumerate(spec.get("schedulingGates") or ()):
        if gate.get("name") not in known:
            detail = f"only deletion is allowed, but found new scheduling gate '{gate.get('name')}'"
            errors.forbidden(f"spec.schedulingGates[{index}].name", detail)


def _with_old_values(spec: Json, before: Json) -> Json:
    """The new spec with what may change set back, so that it equals the old one if nothing else changed."""
    munged = dict(spec)
    for part in ("containers", "initContainers"):
        if part in spec:
            munged[part] = [
                {**container, "image": was.get("image")} if "image" in was else container
                for container, was in zip(spec[part], before[part], strict=True)
            ]
    for field in ("activeDeadlineSeconds", "schedulingGates", "tolerations"):
        munged.pop(field, None)
        if field in before:
            munged[field] = before[field]
    grace = before.get("terminationGracePeriodSeconds")
    if grace is not None and grace < 0 and spec.get("terminationGracePeriodSeconds") == 1:
        munged["terminationGracePeriodSeconds"] = grace
    return {field: munged[field] for field in munged}


def _validate_gated_changes(munged: Json, before: Json, errors: ErrorList) -> None:
    """A pod that is held back may be tied more closely to nodes. Sets what is allowed back in `munged`."""
    selector, was = munged.get("nodeSelector") or {}, before.get("nodeSelector") or {}
    if selector != was:
        if any(selector.get(key) != value for key, value in was.items()):
            detail = "only additions to spec.nodeSelector are allowed (no mutations or deletions)"
            errors.invalid("spec.nodeSelector", selector or None, detail)
        _put_back(munged, before, "nodeSelector")
    affinity = (munged.get("affinity") or {}).get("nodeAffinity") or {}
    old_affinity = (before.get("affinity") or {}).get("nodeAffinity") or {}
    if affinity == old_affinity:
        return
    _validate_narrowed(affinity, old_affinity, errors)
    rest = {part: value for part, value in (munged.get("affinity") or {}).items() if part != "nodeAffinity"}
    if old_affinity:
        rest["nodeAffinity"] = old_affinity
    if rest or "affinity" in before:
        munged["affinity"] = rest
    else:
        munged.pop("affinity", None)


def _put_back(munged: Json, before: Json, field: str) -> None:
    munged.pop(field, None)
    if field in before:
        munged[field] = before[field]


_TERM = "core.affinity.NodeSelectorTerm"
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


def _validate_narrowed(affinity: Json, old_affinity: Json, errors: ErrorList) -> None:
    """The required terms stay, each with the requirements it had and perhaps more."""
    before = (old_affinity.get(_REQUIRED) or {}).get("nodeSelectorTerms") or []
    after = (affinity.get(_REQUIRED) or {}).get("nodeSelectorTerms") or []
    at = f"spec.affinity.nodeAffinity.{_REQUIRED}.nodeSelectorTerms"
    if not before:
        return
    if len(after) != len(before):
        errors.invalid(
            at, internal(after or None, _TERM), "no additions/deletions to non-empty NodeSelectorTerms list are allowed"
        )
        return
    for index, (term, was) in enumerate(zip(after, before, strict=True)):
        for part in ("matchExpressions", "matchFields"):
            old_terms, new_terms = was.get(part) or [], term.get(part) or []
            if new_terms[: len(old_terms)] != old_terms or (not was and term):
                detail = "only additions are allowed (no mutations or deletions)"
                errors.invalid(f"{at}[{index}]", internal(term, _TERM), detail)
                break


def validate_ephemeral_containers_update(new: Json, old: Json, errors: ErrorList) -> None:
    """What the ``ephemeralcontainers`` subresource may change: it may add some."""
    if MIRROR_POD in annotations_of(old):
        errors.forbidden("", "static pods do not support ephemeral containers")
        return
    wanted = {
        container.get("name"): container for container in (new.get("spec") or {}).get("ephemeralContainers") or ()
    }
    for container in (old.get("spec") or {}).get("ephemeralContainers") or ():
        name = container.get("name")
        if name not in wanted:
            errors.forbidden("spec.ephemeralContainers", f'existing ephemeral containers "{name}" may not be removed\n')
        elif wanted[name] != container:
            states = (internal_value(one, "core.container.EphemeralContainer") for one in (container, wanted[name]))
            difference = describe_difference(*states)
            detail = f'existing ephemeral containers "{name}" may not be changed\n{difference}'
            errors.forbidden("spec.ephemeralContainers", detail)
