"""The rules on annotations that mean something on a pod. Counterpart: ValidatePodSpecificAnnotations."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pybernetes.api.field import ErrorList
from pybernetes.api.object import Json

MIRROR_POD = "kubernetes.io/config.mirror"
DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"
APPARMOR_PREFIX = "container.apparmor.security.beta.kubernetes.io/"
_INT32 = re.compile(r"-?(0|[1-9][0-9]*)")
_MAX_INT32 = 2**31 - 1


def validate_pod_annotations(annotations: Mapping[str, str], spec: Json, path: str, errors: ErrorList) -> None:
    """The annotations of a pod or of a template, given its spec."""
    if MIRROR_POD in annotations and not spec.get("nodeName"):
        detail = "must set spec.nodeName if mirror pod annotation is set"
        errors.invalid(f"{path}[{MIRROR_POD}]", annotations[MIRROR_POD], detail)
    if DELETION_COST in annotations and not _is_int32(annotations[DELETION_COST]):
        errors.invalid(f"{path}[{DELETION_COST}]", annotations[DELETION_COST], "must be a 32bit integer")
    for key, value in annotations.items():
        if key.startswith(APPARMOR_PREFIX):
            _validate_apparmor(key, value, spec, f"{path}[{key}]", errors)


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


_SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod"
_SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/"
_SECCOMP_LOCALHOST = "localhost/"
_SECCOMP_VALUES = {"Unconfined": ("unconfined",), "RuntimeDefault": ("runtime/default", "docker/default")}


def validate_seccomp_annotations(annotations: Mapping[str, str], spec: Json, errors: ErrorList) -> None:
    """Where an old annotation and the field that took its place are both set, they say the same."""
    _match_seccomp(annotations.get(_SECCOMP_POD), spec, "spec", errors)
    for part in ("initContainers", "containers", "ephemeralContainers"):
        for index, container in enumerate(spec.get(part) or ()):
            said = annotations.get(_SECCOMP_CONTAINER + (container.get("name") or ""))
            _match_seccomp(said, container, f"spec.{part}[{index}]", errors)


def _match_seccomp(said: str | None, holder: Json, path: str, errors: ErrorList) -> None:
    profile, at = (holder.get("securityContext") or {}).get("seccompProfile"), f"{path}.securityContext.seccompProfile"
    if said is None or profile is None:
        return
    kind = profile.get("type")
    if kind == "Localhost" and said.startswith(_SECCOMP_LOCALHOST):
        if said.removeprefix(_SECCOMP_LOCALHOST) != profile.get("localhostProfile"):
            errors.forbidden(f"{at}.localhostProfile", "seccomp profile in annotation and field must match")
    elif kind == "Localhost" or said not in _SECCOMP_VALUES.get(kind, (said,)):
        errors.forbidden(f"{at}.type", "seccomp type in annotation and field must match")
