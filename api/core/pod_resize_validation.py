"""The rules on the ``resize`` subresource: cpu and memory, of the pod and of the containers that go on running.

Counterpart: ValidatePodResize in pkg/apis/core/validation.
"""

from __future__ import annotations

from pybernetes.api.core.pod_annotation_validation import MIRROR_POD
from pybernetes.api.core.pod_conditions import is_sidecar
from pybernetes.api.core.pod_resources import qos_class
from pybernetes.api.field import ErrorList
from pybernetes.api.object import Json, annotations_of

_PARTS = ("containers", "initContainers")
_SIZES = ("cpu", "memory")
_AMOUNTS = ("requests", "limits")
_ONLY_SIZES = "only cpu and memory resources are mutable"


def have_same_containers(spec: Json, before: Json) -> bool:
    """Whether containers were neither added, removed, renamed nor moved."""
    return all(_names(spec, part) == _names(before, part) for part in _PARTS)


def _names(spec: Json, part: str) -> list[str]:
    return [container.get("name") or "" for container in spec.get(part) or ()]


def validate_pod_resize(new: Json, old: Json, errors: ErrorList) -> None:
    """What may change, after the pod has been found valid as a whole."""
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
    if not _can_resize(old):
        errors.forbidden("spec", "Pod running on node without support for resize")
    munged = dict(spec)
    if _has_amounts(spec) or _has_amounts(before):
        _validate_whole(munged, before, errors)
    if not have_same_containers(spec, before):
        _validate_order(spec, before, errors)
        return
    for part in ("initContainers", "containers"):
        for index, (container, was) in enumerate(zip(spec.get(part) or (), before.get(part) or (), strict=True)):
            if part == "containers" or is_sidecar(was):
                _validate_kept_amounts(container, was, f"spec.{part}[{index}].resources", "", errors)
    for part in _PARTS:
        if part in spec:
            munged[part] = [
                _validate_rest(container, was, part, errors)
                for container, was in zip(spec[part], before[part], strict=True)
            ]
    if not errors and munged != before:
        errors.forbidden("spec", _ONLY_SIZES)


def _can_resize(pod: Json) -> bool:
    """A node that can resize tells what its containers were given; one whose pod does not run yet may be able to."""
    for status in (pod.get("status") or {}).get("containerStatuses") or ():
        if "running" in (status.get("state") or {}):
            return "resources" in status
    return True


def _has_amounts(spec: Json) -> bool:
    resources = spec.get("resources") or {}
    return any(resources.get(part) for part in _AMOUNTS)


def _validate_whole(munged: Json, before: Json, errors: ErrorList) -> None:
    """The pod's own resources; `munged` gets them with the sizes that they had."""
    if "resources" in before and "resources" not in munged:
        errors.forbidden("spec.resources", "pod-level resources cannot be removed")
        return
    if "resources" in before:
        _validate_kept_amounts(munged, before, "spec.resources", "pod-level ", errors)
    munged["resources"] = _with_old_sizes(munged.get("resources") or {}, before.get("resources") or {})
    if not munged["resources"] and "resources" not in before:
        del munged["resources"]
    if munged.get("resources") != before.get("resources"):
        errors.forbidden("spec", f"{_ONLY_SIZES} at pod-level")


def _validate_order(spec: Json, before: Json, errors: ErrorList) -> None:
    for part in _PARTS:
        names, was = _names(spec, part), _names(before, part)
        if len(names) != len(was):
            errors.forbidden(f"spec.{part}", f"{part} may not be added or removed on resize")
            continue
        for index, (name, old) in enumerate(zip(names, was, strict=True)):
            if name != old:
                errors.forbidden(f"spec.{part}[{index}].name", f"{part} may not be renamed or reordered on resize")


def _validate_kept_amounts(holder: Json, was: Json, path: str, whose: str, errors: ErrorList) -> None:
    resources, before = holder.get("resources") or {}, was.get("resources") or {}
    for part in _AMOUNTS:
        if any(name not in (resources.get(part) or ()) for name in before.get(part) or ()):
            errors.forbidden(f"{path}.{part}", f"{whose}resource {part} cannot be removed")


def _validate_rest(container: Json, was: Json, part: str, errors: ErrorList) -> Json:
    """Nothing but sizes may differ; gives back the container with those that it had."""
    if part == "initContainers" and not is_sidecar(container):
        if container != was:
            errors.forbidden("spec", "resources for non-sidecar init containers are immutable")
        return container
    before = was.get("resources") or {}
    munged = {**container, "resources": _with_old_sizes(container.get("resources") or {}, before)}
    if "resizePolicy" in was:
        munged["resizePolicy"] = container.get("resizePolicy", was["resizePolicy"])
    if munged != {**was, "resources": before}:
        who = " for sidecar containers" if part == "initContainers" else ""
        errors.forbidden("spec", f"only cpu and memory resources{who} are mutable")
    return {**munged, "resources": was["resources"]} if "resources" in was else munged


def _with_old_sizes(resources: Json, before: Json) -> Json:
    munged = dict(resources)
    munged.pop("claims", None)
    if "claims" in before:
        munged["claims"] = before["claims"]
    for part in _AMOUNTS:
        held = {name: value for name, value in (resources.get(part) or {}).items() if name not in _SIZES}
        held |= {name: value for name, value in (before.get(part) or {}).items() if name in _SIZES}
        munged.pop(part, None)
        if held:
            munged[part] = held
    return munged
