"""The rules on what a container mounts of its pod's volumes.

Counterpart: the volume mount and device parts of pkg/apis/core/validation.
"""

from __future__ import annotations

from collections.abc import Mapping

from pybernetes.api.core.path_validation import validate_local_descending_path
from pybernetes.api.field import ErrorList
from pybernetes.api.object import Json

_PROPAGATIONS = ("Bidirectional", "HostToContainer", "None")
_RECURSIVE = ("Disabled", "Enabled", "IfPossible")


def validate_volume_mounts(container: Json, volumes: Mapping[str, Json], path: str, errors: ErrorList) -> None:
    """Each names a volume of the pod; paths differ. Some errors have no index in their path, as in Kubernetes."""
    devices = {device.get("name"): device.get("devicePath") for device in container.get("volumeDevices") or ()}
    mounted = set()
    for index, mount in enumerate(container["volumeMounts"]):
        name, target = mount.get("name") or "", mount.get("mountPath") or ""
        if not name:
            errors.required(f"{path}[{index}].name")
        if name not in volumes:
            errors.not_found(f"{path}[{index}].name", name)
        if not target:
            errors.required(f"{path}[{index}].mountPath")
        if target in mounted:
            errors.invalid(f"{path}[{index}].mountPath", target, "must be unique")
        mounted.add(target)
        if devices:
            if name in devices:
                errors.invalid(f"{path}[{index}].name", name, "must not already exist in volumeDevices")
            if target in devices.values():
                detail = "must not already exist as a path in volumeDevices"
                errors.invalid(f"{path}[{index}].mountPath", target, detail)
        if "subPath" in mount or "subPathExpr" in mount:
            _validate_sub_paths(mount, path, index, errors)
        if mount.get("mountPropagation") is not None:
            _validate_propagation(mount["mountPropagation"], container, f"{path}.mountPropagation", errors)
        if mount.get("recursiveReadOnly") is not None:
            _validate_recursive(mount, f"{path}.recursiveReadOnly", errors)


def _validate_sub_paths(mount: Json, path: str, index: int, errors: ErrorList) -> None:
    for field in ("subPath", "subPathExpr"):
        value = mount.get(field)
        if not value:
            continue
        if field == "subPathExpr" and mount.get("subPath"):
            detail = "subPathExpr and subPath are mutually exclusive"
            errors.invalid(f"{path}[{index}].subPathExpr", value, detail)
        validate_local_descending_path(value, f"{path}.{field}", errors)


def _validate_propagation(mode: str, container: Json, path: str, errors: ErrorList) -> None:
    if mode not in _PROPAGATIONS:
        errors.not_supported(path, mode, _PROPAGATIONS)
    if mode == "Bidirectional" and not (container.get("securityContext") or {}).get("privileged"):
        errors.forbidden(path, "Bidirectional mount propagation is available only to privileged containers")


def _validate_recursive(mount: Json, path: str, errors: ErrorList) -> None:
    mode = mount["recursiveReadOnly"]
    if mode not in _RECURSIVE:
        errors.not_supported(path, mode, _RECURSIVE)
    elif mode != "Disabled":
        if not mount.get("readOnly"):
            errors.forbidden(path, "may only be specified when readOnly is true")
        if mount.get("mountPropagation") not in (None, "None"):
            errors.forbidden(path, "may only be specified when mountPropagation is None or not specified")


def validate_volume_devices(container: Json, volumes: Mapping[str, Json], path: str, errors: ErrorList) -> None:
    """Block devices: each names a claim of the pod; names and paths differ."""
    mounts = {mount.get("name"): mount.get("mountPath") for mount in container.get("volumeMounts") or ()}
    names, paths = set(), set()
    for index, device in enumerate(container["volumeDevices"]):
        name, target, at = device.get("name") or "", device.get("devicePath") or "", f"{path}[{index}]"
        if not name:
            errors.required(f"{at}.name")
        if name in names:
            errors.invalid(f"{at}.name", name, "must be unique")
        volume = volumes.get(name)
        if volume is None:
            errors.not_found(f"{at}.name", name)
        elif "persistentVolumeClaim" not in volume and "ephemeral" not in volume:
            detail = "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode"
            errors.invalid(f"{at}.name", name, detail)
        if not target:
            errors.required(f"{at}.devicePath")
        if target in paths:
            errors.invalid(f"{at}.devicePath", target, "must be unique")
        if ".." in target.split("/"):
            errors.invalid(f"{at}.devicePath", target, "can not contain backsteps ('..')")
        else:
            paths.add(target)
        if name in mounts:
            errors.invalid(f"{at}.name", name, "must not already exist in volumeMounts")
        if target in mounts.values():
            errors.invalid(f"{at}.devicePath", target, "must not already exist as a path in volumeMounts")
        if name:
            names.add(name)
