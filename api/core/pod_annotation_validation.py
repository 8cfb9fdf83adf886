"""The rules on annotations that mean something on a pod. Counterpart: ValidatePodSpecificAnnotations."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

from pybernetes.api.core.affinity_validation import validate_tolerations
from pybernetes.api.core.path_validation import validate_local_descending_path
from pybernetes.api.field import ErrorList
from pybernetes.api.json_syntax import syntax_error
from pybernetes.api.object import Json
from pybernetes.api.schema.names import json_type

MIRROR_POD = "kubernetes.io/config.mirror"
DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"
APPARMOR_PREFIX = "container.apparmor.security.beta.kubernetes.io/"
APPARMOR_MAX_BYTES = 4095  # PATH_MAX less the terminator
_TOLERATIONS = "scheduler.alpha.kubernetes.io/tolerations"
_SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod"
_SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/"
_SECCOMP_PROFILES = ("runtime/default", "docker/default", "unconfined")
_LOCALHOST = "localhost/"
_INT32 = re.compile(r"-?(0|[1-9][0-9]*)")
_MAX_INT32 = 2**31 - 1


def has_early_ones(annotations: Iterable[str]) -> bool:
    """Whether any may be one that became a field later: those were all alpha or beta. Few pods have any."""
    return any(".alpha." in key or ".beta." in key for key in annotations)


def validate_pod_annotations(annotations: Mapping[str, str], spec: Json, path: str, errors: ErrorList) -> None:
    """The annotations of a pod or of a template, given its spec."""
    if MIRROR_POD in annotations and not spec.get("nodeName"):
        detail = "must set spec.nodeName if mirror pod annotation is set"
        errors.invalid(f"{path}[{MIRROR_POD}]", annotations[MIRROR_POD], detail)
    if annotations.get(_TOLERATIONS):
        _validate_tolerations(annotations[_TOLERATIONS], path, errors)
    if DELETION_COST in annotations and not _is_int32(annotations[DELETION_COST]):
        errors.invalid(f"{path}[{DELETION_COST}]", annotations[DELETION_COST], "must be a 32bit integer")
    for key, value in annotations.items():
        if key == _SECCOMP_POD or key.startswith(_SECCOMP_CONTAINER):
            _validate_seccomp(value, f"{path}.{key}", errors)
    for key, value in annotations.items():
        if key.startswith(APPARMOR_PREFIX):
            _validate_apparmor(key, value, spec, f"{path}[{key}]", errors)


def _validate_tolerations(text: str, path: str, errors: ErrorList) -> None:
    """Tolerations as JSON, from before there was a field."""
    wrong = syntax_error(text.encode())
    if wrong:
        errors.invalid(path, _TOLERATIONS, wrong)
        return
    parsed = json.loads(text)
    if isinstance(parsed, list):
        validate_tolerations(parsed, f"{path}.{_TOLERATIONS}", errors)
    elif parsed is not None:
        detail = f"json: cannot unmarshal {json_type(parsed)} into Go value of type []core.Toleration"
        errors.invalid(path, _TOLERATIONS, detail)


def _validate_seccomp(profile: str, path: str, errors: ErrorList) -> None:
    if profile.startswith(_LOCALHOST):
        validate_local_descending_path(profile.removeprefix(_LOCALHOST), path, errors)
    elif profile not in _SECCOMP_PROFILES:
        errors.invalid(path, profile, "must be a valid seccomp profile")


def _is_int32(text: str) -> bool:
    return _INT32.fullmatch(text) is not None and text != "-0" and -_MAX_INT32 - 1 <= int(text) <= _MAX_INT32


def _validate_apparmor(key: str, value: str, spec: Json, path: str, errors: ErrorList) -> None:
    name = key.removeprefix(APPARMOR_PREFIX)
    parts = ("initContainers", "containers", "ephemeralContainers")
    if not any(container.get("name") == name for part in parts for container in spec.get(part) or ()):
        errors.invalid(path, name, "container not found")
    if value not in ("", "runtime/default", "unconfined") and not value.startswith("localhost/"):
        errors.invalid(path, value, f'invalid AppArmor profile name: "{value}"')


def validate_pod_annotations_update(new: Json, old: Json, errors: ErrorList) -> None:
    """What may not change in a pod's annotations: that it mirrors a static pod, and AppArmor's."""
    after = (new.get("metadata") or {}).get("annotations") or {}
    before = (old.get("metadata") or {}).get("annotations") or {}
    if after == before:
        return
    for key in before:
        if after.get(key) != before[key]:
            _forbid(
                key,
                "may not remove or update AppArmor annotations",
                "may not remove or update mirror pod annotation",
                errors,
            )
    for key in after:
        if key not in before:
            _forbid(key, "may not add AppArmor annotations", "may not add mirror pod annotation", errors)


def _forbid(key: str, apparmor: str, mirror: str, errors: ErrorList) -> None:
    if key.startswith(APPARMOR_PREFIX):
        errors.forbidden(f"metadata.annotations[{key}]", apparmor)
    elif key == MIRROR_POD:
        errors.forbidden(f"metadata.annotations[{key}]", mirror)


_SECCOMP_VALUES = {"Unconfined": ("unconfined",), "RuntimeDefault": ("runtime/default", "docker/default")}


def validate_profile_annotations(annotations: Mapping[str, str], spec: Json, path: str, errors: ErrorList) -> None:
    """Where an old annotation and the field that took its place are both set, they say the same."""
    if not has_early_ones(annotations):
        return
    _match_seccomp(annotations.get(_SECCOMP_POD), spec, path, errors)
    containers = [
        (container, f"{path}.{part}[{index}]")
        for part in ("initContainers", "containers", "ephemeralContainers")
        for index, container in enumerate(spec.get(part) or ())
    ]
    for container, at in containers:
        _match_seccomp(annotations.get(_SECCOMP_CONTAINER + (container.get("name") or "")), container, at, errors)
    if (spec.get("os") or {}).get("name") != "windows":
        for container, at in containers:
            _match_apparmor(
                annotations.get(APPARMOR_PREFIX + (container.get("name") or "")), container, spec, at, errors
            )


def apparmor_profile(holder: Json) -> Json | None:
    """The profile in a pod's or a container's security context."""
    profile: Json | None = (holder.get("securityContext") or {}).get("appArmorProfile")
    return profile


def annotated_profile(annotation: str) -> Json | None:
    """The profile that an annotation stands for; None where it says nothing that a field may say."""
    if annotation == "runtime/default":
        return {"type": "RuntimeDefault"}
    if annotation == "unconfined":
        return {"type": "Unconfined"}
    local = annotation.removeprefix(_LOCALHOST)
    if local == annotation or not local or local.strip() != local or len(local.encode()) > APPARMOR_MAX_BYTES:
        return None
    return {"type": "Localhost", "localhostProfile": local}


_APPARMOR_VALUES = {"Unconfined": "unconfined", "RuntimeDefault": "runtime/default"}


def _match_apparmor(said: str | None, container: Json, spec: Json, path: str, errors: ErrorList) -> None:
    profile, at = apparmor_profile(container) or apparmor_profile(spec), f"{path}.securityContext.appArmorProfile"
    if said is None or profile is None:
        return
    kind = profile.get("type")
    if kind == "Localhost" and said.startswith(_LOCALHOST):
        if said.removeprefix(_LOCALHOST) != profile.get("localhostProfile"):
            errors.forbidden(f"{at}.localhostProfile", "apparmor profile in annotation and field must match")
    elif kind == "Localhost" or said != _APPARMOR_VALUES.get(kind or "", said):
        errors.forbidden(f"{at}.type", "apparmor type in annotation and field must match")


def _match_seccomp(said: str | None, holder: Json, path: str, errors: ErrorList) -> None:
    profile, at = (holder.get("securityContext") or {}).get("seccompProfile"), f"{path}.securityContext.seccompProfile"
    if said is None or profile is None:
        return
    kind = profile.get("type")
    if kind == "Localhost" and said.startswith(_LOCALHOST):
        if said.removeprefix(_LOCALHOST) != profile.get("localhostProfile"):
            errors.forbidden(f"{at}.localhostProfile", "seccomp profile in annotation and field must match")
    elif kind == "Localhost" or said not in _SECCOMP_VALUES.get(kind, (said,)):
        errors.forbidden(f"{at}.type", "seccomp type in annotation and field must match")
