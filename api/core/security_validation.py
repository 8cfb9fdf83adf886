"""The rules on security contexts, of pods and of containers.

What is said to Windows is in `windows_validation`. Counterpart: the security parts of pkg/apis/core/validation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pybernetes.api.addresses import inclusive_range
from pybernetes.api.core.path_validation import validate_local_descending_path
from pybernetes.api.core.pod_annotation_validation import APPARMOR_MAX_BYTES
from pybernetes.api.core.windows_validation import validate_windows_options
from pybernetes.api.field import ErrorList
from pybernetes.api.internal_form import internal
from pybernetes.api.object import Json

_MAX_ID = 2**31 - 1
_ID_RANGE = inclusive_range(0, _MAX_ID)
_SYSCTL = r"([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
_SYSCTL_PATTERN = re.compile(_SYSCTL)
_SYSCTL_MAX_LENGTH = 253
_PROFILE_TYPES = ("Localhost", "RuntimeDefault", "Unconfined")
_NOT_WINDOWS = "cannot be set for a windows pod"
_OWN_USERS = "when `hostUsers` is false"
_NOT_LINUX = "windows options cannot be set for a linux pod"

_POD_LINUX_ONLY = (
    "appArmorProfile",
    "seLinuxOptions",
    "hostUsers",
    "hostPID",
    "hostIPC",
    "seccompProfile",
    "fsGroup",
    "fsGroupChangePolicy",
    "sysctls",
    "shareProcessNamespace",
    "runAsUser",
    "runAsGroup",
    "supplementalGroups",
    "supplementalGroupsPolicy",
    "seLinuxChangePolicy",
)
_SPEC_LINUX_ONLY = ("hostUsers", "hostPID", "hostIPC", "shareProcessNamespace")
_CONTAINER_LINUX_ONLY = (
    "appArmorProfile",
    "seLinuxOptions",
    "seccompProfile",
    "capabilities",
    "readOnlyRootFilesystem",
    "privileged",
    "allowPrivilegeEscalation",
    "procMount",
    "runAsUser",
    "runAsGroup",
)


def validate_pod_security_context(spec: Json, path: str, errors: ErrorList) -> None:
    """The pod's security context, and what of the spec goes with it."""
    context = spec.get("securityContext") or {}
    at = f"{path}.securityContext"
    _validate_ids(context, ("fsGroup", "runAsUser", "runAsGroup"), at, errors)
    for index, group in enumerate(context.get("supplementalGroups") or ()):
        if not 0 <= group <= _MAX_ID:
            errors.invalid(f"{at}.supplementalGroups[{index}]", group, _ID_RANGE)
    if spec.get("shareProcessNamespace") and spec.get("hostPID"):
        detail = "ShareProcessNamespace and HostPID cannot both be enabled"
        errors.invalid(f"{at}.shareProcessNamespace", True, detail)
    _validate_sysctls(context.get("sysctls") or (), spec, f"{at}.sysctls", errors)
    _validate_choice(context, "fsGroupChangePolicy", at, errors)
    _validate_profiles(context, at, errors)
    for field in ("supplementalGroupsPolicy", "seLinuxChangePolicy"):
        _validate_choice(context, field, at, errors)


def validate_host_users(spec: Json, path: str, errors: ErrorList) -> None:
    """A pod with users of its own shares no namespace of the host."""
    for field, shown in (("hostNetwork", "hostNetwork"), ("hostPID", "HostPID"), ("hostIPC", "HostIPC")):
        if spec.get(field):
            errors.forbidden(f"{path}.{shown}", _OWN_USERS)
    for part in ("initContainers", "containers", "ephemeralContainers"):
        for index, container in enumerate(spec.get(part) or ()):
            if container.get("volumeDevices"):
                errors.forbidden(f"{path}.{part}[{index}].volumeDevices", _OWN_USERS)


_CHOICES = {
    "fsGroupChangePolicy": ("Always", "OnRootMismatch"),
    "supplementalGroupsPolicy": ("Merge", "Strict"),
    "seLinuxChangePolicy": ("MountOption", "Recursive"),
}


def _validate_choice(context: Json, field: str, path: str, errors: ErrorList) -> None:
    if context.get(field) is not None and context[field] not in _CHOICES[field]:
        errors.not_supported(f"{path}.{field}", context[field], _CHOICES[field])


def validate_security_context(context: Json, host_users: bool, path: str, errors: ErrorList) -> None:
    """A container's security context."""
    _validate_ids(context, ("runAsUser", "runAsGroup"), path, errors)
    mount = context.get("procMount")
    if mount is not None:
        if mount not in ("Default", "Unmasked"):
            errors.not_supported(f"{path}.procMount", mount, ("Default", "Unmasked"))
        if mount == "Unmasked" and host_users:
            errors.invalid(f"{path}.procMount", mount, "`hostUsers` must be false to use `Unmasked`")
    _validate_profiles(context, path, errors)
    if context.get("allowPrivilegeEscalation") is False:
        if context.get("privileged"):
            detail = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"
            errors.invalid(path, internal(context, "core.security_context.SecurityContext"), detail)
        if "CAP_SYS_ADMIN" in ((context.get("capabilities") or {}).get("add") or ()):
            detail = "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN"
            errors.invalid(path, internal(context, "core.security_context.SecurityContext"), detail)


def _validate_ids(context: Json, fields: tuple[str, ...], path: str, errors: ErrorList) -> None:
    for field in fields:
        value = context.get(field)
        if value is not None and not 0 <= value <= _MAX_ID:
            errors.invalid(f"{path}.{field}", value, _ID_RANGE)


def _validate_profiles(context: Json, path: str, errors: ErrorList) -> None:
    if "seccompProfile" in context:
        _validate_seccomp(context["seccompProfile"], f"{path}.seccompProfile", errors)
    if "windowsOptions" in context:
        validate_windows_options(context["windowsOptions"], f"{path}.windowsOptions", errors)
    if "appArmorProfile" in context:
        _validate_apparmor(context["appArmorProfile"], f"{path}.appArmorProfile", errors)


def _validate_seccomp(profile: Json, path: str, errors: ErrorList) -> None:
    kind, local = profile.get("type") or "", profile.get("localhostProfile")
    if not kind:
        errors.required(f"{path}.type", "type is required when seccompProfile is set")
    elif kind not in _PROFILE_TYPES:
        errors.not_supported(f"{path}.type", kind, _PROFILE_TYPES)
    if kind == "Localhost":
        if local is None:
            errors.required(f"{path}.localhostProfile", "must be set when seccomp type is Localhost")
        else:
            validate_local_descending_path(local, f"{path}.localhostProfile", errors)
    elif local is not None:
        shown = internal(profile, "core.security_context.SeccompProfile")
        errors.invalid(f"{path}.localhostProfile", shown, "can only be set when seccomp type is Localhost")


def _validate_apparmor(profile: Json, path: str, errors: ErrorList) -> None:
    kind, local = profile.get("type") or "", profile.get("localhostProfile")
    at = f"{path}.localhostProfile"
    if kind == "Localhost":
        if not local:
            errors.required(at, "must be set when AppArmor type is Localhost")
        elif local.strip() != local:
            errors.invalid(at, local, "must not be padded with whitespace")
        if len(local or "") > APPARMOR_MAX_BYTES:
            errors.too_long(at, APPARMOR_MAX_BYTES)
    elif kind in _PROFILE_TYPES:
        if local is not None:
            errors.invalid(at, local, "can only be set when AppArmor type is Localhost")
    elif not kind:
        errors.required(f"{path}.type", "type is required when appArmorProfile is set")
    else:
        errors.not_supported(f"{path}.type", kind, _PROFILE_TYPES)


def _validate_sysctls(sysctls: Sequence[Json], spec: Json, path: str, errors: ErrorList) -> None:
    seen = set()
    for index, sysctl in enumerate(sysctls):
        name, at = sysctl.get("name") or "", f"{path}[{index}].name"
        if not name:
            errors.required(at)
        elif len(name) > _SYSCTL_MAX_LENGTH or not _SYSCTL_PATTERN.fullmatch(name):
            detail = f"must have at most {_SYSCTL_MAX_LENGTH} characters and match regex ^{_SYSCTL}$"
            errors.invalid(at, name, detail)
        elif name in seen:
            errors.duplicate(at, name)
        namespace = _sysctl_namespace(name.replace("/", "."))
        if namespace and spec.get(namespace):
            errors.invalid(at, name, f"may not be specified when '{namespace}' is true")
        seen.add(name)


def _sysctl_namespace(name: str) -> str:
    """The field of the pod that shares the namespace which the sysctl belongs to."""
    if name.startswith("net."):
        return "hostNetwork"
    if name.startswith(("kernel.shm", "kernel.msg", "fs.mqueue.")) or name == "kernel.sem":
        return "hostIPC"
    return ""


def validate_os(spec: Json, path: str, errors: ErrorList) -> None:
    """spec.os names a system, and no field of the other one is set."""
    name = spec["os"].get("name") or ""
    if not name:
        errors.required(f"{path}.os.name", "cannot be empty")
    elif name == "linux":
        _validate_linux(spec, path, errors)
    elif name == "windows":
        _validate_windows(spec, path, errors)
    else:
        errors.not_supported(f"{path}.os", name, ("linux", "windows"))


def _validate_linux(spec: Json, path: str, errors: ErrorList) -> None:
    for context, at in _contexts(spec, path):
        if "windowsOptions" in context:
            errors.forbidden(f"{at}.windowsOptions", _NOT_LINUX)


def _validate_windows(spec: Json, path: str, errors: ErrorList) -> None:
    own = spec.get("securityContext") or {}
    for field in _POD_LINUX_ONLY:
        in_spec = field in _SPEC_LINUX_ONLY
        if (spec if in_spec else own).get(field) is not None:
            errors.forbidden(f"{path}.{field}" if in_spec else f"{path}.securityContext.{field}", _NOT_WINDOWS)
    for context, at in _contexts(spec, path):
        for field in _CONTAINER_LINUX_ONLY if at != f"{path}.securityContext" else ():
            if field in context:
                errors.forbidden(f"{at}.{field}", _NOT_WINDOWS)


def _contexts(spec: Json, path: str) -> Iterator[tuple[Json, str]]:
    yield spec.get("securityContext") or {}, f"{path}.securityContext"
    for part in ("initContainers", "containers", "ephemeralContainers"):
        for index, container in enumerate(spec.get(part) or ()):
            yield container.get("securityContext") or {}, f"{path}.{part}[{index}].securityContext"
