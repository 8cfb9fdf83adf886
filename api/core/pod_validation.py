"""The rules on pods: as they are created, and what may change afterwards and where.

- the pod itself: images, a shorter deadline, more tolerations, fewer scheduling gates
- ``ephemeralcontainers``: more of them, none changed
- ``resize``: cpu and memory of containers
- ``status``: no restart of what has ended, no other quality of service

Counterpart: the pod parts of pkg/apis/core/validation.
"""

from __future__ import annotations

from collections.abc import Sequence

from pybernetes.api.addresses import inclusive_range, is_dual_stack, legacy_ip
from pybernetes.api.core.affinity_validation import validate_tolerations
from pybernetes.api.core.pod_annotation_validation import (
    MIRROR_POD,
    validate_pod_annotations,
    validate_pod_annotations_update,
    validate_seccomp_annotations,
)
from pybernetes.api.core.pod_conditions import is_sidecar
from pybernetes.api.core.pod_resources import qos_class
from pybernetes.api.core.pod_spec_validation import validate_pod_spec
from pybernetes.api.difference import describe_difference
from pybernetes.api.field import ErrorList
from pybernetes.api.internal_form import internal, internal_value
from pybernetes.api.meta.validation import validate_immutable, validate_label_name
from pybernetes.api.names import dns_subdomain
from pybernetes.api.object import Json, annotations_of, name_of
from pybernetes.api.quantity import parse_quantity

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
            validate_seccomp_annotations(meta["annotations"], spec, errors)


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


def validate_pod_resize(new: Json, old: Json, errors: ErrorList) -> None:
    """What the ``resize`` subresource may change: cpu and memory of containers that keep running."""
    spec, before = new.get("spec") or {}, old.get("spec") or {}
    if MIRROR_POD in annotations_of(old):
        errors.forbidden("", "static pods cannot be resized")
        return
    if (before.get("os") or {}).get("name") == "windows":
        errors.forbidden("", "windows pods cannot be resized")
        return
    if ((old.get("status") or {}).get("qosClass") or qos_class(old)) != qos_class(new):
        quality = (new.get("status") or {}).get("qosClass") or ""
        errors.invalid("spec", quality, "Pod QOS Class may not change as a result of resizing")
    for part in ("initContainers", "containers"):
        for index, was in enumerate(before.get(part) or ()):
            container = (spec.get(part) or [])[index : index + 1]
            if container and (part == "containers" or is_sidecar(was)):
                _validate_container_resize(container[0], was, f"spec.{part}[{index}].resources", errors)
    munged = {
        **spec,
        **{part: _with_old_sizes(spec, before, part) for part in ("containers", "initContainers") if part in spec},
    }
    if munged != before:
        errors.forbidden("spec", "only cpu and memory resources are mutable")


def _validate_container_resize(container: Json, was: Json, path: str, errors: ErrorList) -> None:
    resources, before = container.get("resources") or {}, was.get("resources") or {}
    for part in ("requests", "limits"):
        if any(name not in (resources.get(part) or ()) for name in before.get(part) or ()):
            errors.forbidden(f"{path}.{part}", f"resource {part} cannot be removed")
    limit = (resources.get("limits") or {}).get("memory")
    old_limit = (before.get("limits") or {}).get("memory")
    policies = {
        policy.get("resourceName"): policy.get("restartPolicy") for policy in container.get("resizePolicy") or ()
    }
    if limit is not None and old_limit is None and policies.get("memory") != "RestartContainer":
        detail = "memory limits cannot be added unless resizePolicy is RestartContainer"
        errors.forbidden(f"{path}.limits[memory]", detail)
    for part in ("requests", "limits"):
        for name, quantity in (resources.get(part) or {}).items():
            if parse_quantity(quantity) < 0:
                errors.invalid(f"{path}.{part}[{name}]", quantity, "must be greater than or equal to 0")


def _with_old_sizes(spec: Json, before: Json, part: str) -> list[Json]:
    """The containers with the cpu and memory that they had; init containers that end are left as they are."""
    old = before.get(part) or []
    result = []
    for index, container in enumerate(spec[part]):
        was = old[index] if index < len(old) else {}
        if part == "initContainers" and not is_sidecar(container):
            result.append(container)
            continue
        resources = dict(container.get("resources") or {})
        for kind in ("requests", "limits"):
            _restore_sizes(resources, (was.get("resources") or {}).get(kind), kind)
        result.append({**container, "resources": resources})
    return result


def _restore_sizes(resources: Json, before: Json | None, kind: str) -> None:
    held = {name: value for name, value in (resources.get(kind) or {}).items() if name not in ("cpu", "memory")}
    held |= {name: value for name, value in (before or {}).items() if name in ("cpu", "memory")}
    resources.pop(kind, None)
    if held:
        resources[kind] = held


def validate_pod_status(new: Json, old: Json, errors: ErrorList) -> None:
    """What a status may say after what it said before (ValidatePodStatusUpdate)."""
    validate_pod_annotations_update(new, old, errors)
    status, before = new.get("status") or {}, old.get("status") or {}
    for index, condition in enumerate(status.get("conditions") or ()):
        if condition.get("type") not in _SYSTEM_CONDITIONS:
            validate_label_name(condition.get("type") or "", f"metadata.conditions[{index}].Type", errors)
    if (new.get("spec") or {}).get("nodeName") != (old.get("spec") or {}).get("nodeName"):
        errors.forbidden("status.nodeName", "may not be changed directly")
    nominated = status.get("nominatedNodeName")
    if nominated and nominated != before.get("nominatedNodeName"):
        errors.each_invalid("status.nominatedNodeName", nominated, dns_subdomain(nominated))
    validate_immutable(status.get("qosClass") or "", before.get("qosClass") or "", "status.qosClass", errors)
    spec = old.get("spec") or {}
    policy = spec.get("restartPolicy") or "Always"
    _validate_transitions(status, before, "containerStatuses", policy, (), errors)
    sidecars = {container.get("name", "") for container in spec.get("initContainers") or () if is_sidecar(container)}
    _validate_transitions(status, before, "initContainerStatuses", policy, sidecars, errors)
    _validate_transitions(status, before, "ephemeralContainerStatuses", "Never", (), errors)
    _validate_claim_statuses(status, new.get("spec") or {}, errors)
    _validate_addresses(status, "podIPs", errors)
    if status.get("hostIPs"):
        first = status["hostIPs"][0].get("ip") or ""
        if first != (status.get("hostIP") or ""):
            errors.invalid("status.hostIPs[0].ip", first, "must be equal to `hostIP`")
        _validate_addresses(status, "hostIPs", errors)


def _validate_transitions(
    status: Json, before: Json, part: str, policy: str, restartable: Sequence[str] | set[str], errors: ErrorList
) -> None:
    if policy == "Always" or not before.get(part):
        return
    running = {
        entry.get("name") for entry in status.get(part) or () if (entry.get("state") or {}).get("terminated") is None
    }
    for index, entry in enumerate(before[part]):
        ended = (entry.get("state") or {}).get("terminated")
        if ended is None or entry.get("name") in restartable:
            continue
        if ended.get("exitCode") and policy == "OnFailure":
            continue
        if entry.get("name") in running:
            errors.forbidden(f"status.{part}[{index}].state", "may not be transitioned to non-terminated state")


def _validate_claim_statuses(status: Json, spec: Json, errors: ErrorList) -> None:
    known = {claim.get("name") for claim in spec.get("resourceClaims") or ()}
    seen = set()
    for index, entry in enumerate(status.get("resourceClaimStatuses") or ()):
        name, at = entry.get("name") or "", f"status.resourceClaimStatuses[{index}].name"
        if name not in known:
            errors.invalid(at, name, "must match the name of an entry in `spec.resourceClaims`")
        if name in seen:
            errors.duplicate(at, name)
        seen.add(name)
        if entry.get("resourceClaimName") is not None:
            errors.each_invalid(at, entry["resourceClaimName"], dns_subdomain(entry["resourceClaimName"]))


def _validate_addresses(status: Json, part: str, errors: ErrorList) -> None:
    entries = status.get(part) or []
    addresses = [entry.get("ip") or "" for entry in entries]
    for index, address in enumerate(addresses):
        errors.new_invalid(f"status.{part}[{index}]", address, legacy_ip(address), f"status.{part}[{index}].ip")
    if len(addresses) > 1 and (len(addresses) > 2 or not is_dual_stack(addresses)):
        shown = internal(entries, "core.pod_status.PodIP")
        errors.invalid(f"status.{part}", shown, "may specify no more than one IP for each IP family")
