"""The rules on volume sources that are served by plug-ins outside Kubernetes: what each must name.

Counterpart: the plug-in parts of pkg/apis/core/validation.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from pybernetes.api.addresses import inclusive_range
from pybernetes.api.field import ErrorList
from pybernetes.api.object import Json

_Check = Callable[[Json, str, ErrorList], None]
_IQN = re.compile(r"iqn\.\d{4}-\d{2}\.([A-Za-z0-9.\-]+)(:[^,;*&$|\s]+)$")
_EUI = re.compile(r"eui.[A-Za-z0-9]{16}$")
_NAA = re.compile(r"naa.[A-Za-z0-9]{32}$")
_MAX_BYTE = 255
_MAX_TENANT_LENGTH = 64
_RESERVED_OPTIONS = (".kubernetes.io", ".k8s.io")


def _require(*fields: str) -> _Check:
    """A check that these fields are set."""

    def check(source: Json, path: str, errors: ErrorList) -> None:
        for field in fields:
            if not source.get(field):
                errors.required(f"{path}.{field}")

    return check


def _disk(field: str) -> _Check:
    """A check of a disk that has a partition."""

    def check(source: Json, path: str, errors: ErrorList) -> None:
        if not source.get(field):
            errors.required(f"{path}.{field}")
        if not 0 <= source.get("partition", 0) <= _MAX_BYTE:
            errors.invalid(f"{path}.partition", source["partition"], inclusive_range(1, _MAX_BYTE))

    return check


def _nfs(source: Json, path: str, errors: ErrorList) -> None:
    _require("server", "path")(source, path, errors)
    if not (source.get("path") or "").startswith("/"):
        errors.invalid(f"{path}.path", source.get("path") or "", "must be an absolute path")


def _iscsi(source: Json, path: str, errors: ErrorList) -> None:
    _require("targetPortal", "iqn")(source, path, errors)
    if source.get("iqn"):
        _validate_iscsi_name(source["iqn"], f"{path}.iqn", errors)
    lun = source.get("lun") or 0
    if not 0 <= lun <= _MAX_BYTE:
        errors.invalid(f"{path}.lun", lun, inclusive_range(0, _MAX_BYTE))
    if (source.get("chapAuthDiscovery") or source.get("chapAuthSession")) and "secretRef" not in source:
        errors.required(f"{path}.secretRef")
    if source.get("initiatorName") is not None:
        _validate_iscsi_name(source["initiatorName"], f"{path}.initiatorname", errors)


def _validate_iscsi_name(name: str, path: str, errors: ErrorList) -> None:
    for prefix, pattern in (("iqn", _IQN), ("eui", _EUI), ("naa", _NAA)):
        if name.startswith(prefix):
            if not pattern.match(name):
                errors.invalid(path, name, "must be valid format")
            return
    errors.invalid(path, name, "must be valid format starting with iqn, eui, or naa")


def _fc(source: Json, path: str, errors: ErrorList) -> None:
    targets, wwids, lun = source.get("targetWWNs"), source.get("wwids"), source.get("lun")
    if not targets and not wwids:
        errors.required(f"{path}.targetWWNs", "must specify either targetWWNs or wwids, but not both")
    if targets and wwids:
        errors.invalid(f"{path}.targetWWNs", targets, "targetWWNs and wwids can not be specified simultaneously")
    if targets and lun is None:
        errors.required(f"{path}.lun", "lun is required if targetWWNs is specified")
    elif targets and lun is not None and not 0 <= lun <= _MAX_BYTE:
        errors.invalid(f"{path}.lun", lun, inclusive_range(0, _MAX_BYTE))


def _flocker(source: Json, path: str, errors: ErrorList) -> None:
    name, uuid = source.get("datasetName") or "", source.get("datasetUUID") or ""
    if not name and not uuid:
        errors.required(path, "one of datasetName and datasetUUID is required")
    if name and uuid:
        errors.invalid(path, "resource", "datasetName and datasetUUID can not be specified simultaneously")
    if "/" in name:
        errors.invalid(f"{path}.datasetName", name, "must not contain '/'")


def _quobyte(source: Json, path: str, errors: ErrorList) -> None:
    detail = "must be a host:port pair or multiple pairs separated by commas"
    registry = source.get("registry") or ""
    if not registry:
        errors.required(f"{path}.registry", detail)
    elif len(source.get("tenant") or "") > _MAX_TENANT_LENGTH:
        errors.required(f"{path}.tenant", "must be a UUID and may not exceed a length of 64 characters")
    else:
        for pair in registry.split(","):
            if ":" not in pair:
                errors.invalid(f"{path}.registry", registry, detail)
    _require("volume")(source, path, errors)


def _flex_volume(source: Json, path: str, errors: ErrorList) -> None:
    _require("driver")(source, path, errors)
    for key in source.get("options") or ():
        namespace = "." + key.partition("/")[0].lower()
        if namespace.endswith(_RESERVED_OPTIONS):
            detail = "kubernetes.io and k8s.io namespaces are reserved"
            errors.invalid(f"{path}.options[{key}]", key, detail)


def _cinder(source: Json, path: str, errors: ErrorList) -> None:
    _require("volumeID")(source, path, errors)
    if "secretRef" in source:
        _require("name")(source["secretRef"], f"{path}.secretRef", errors)


def _azure_disk(source: Json, path: str, errors: ErrorList) -> None:
    _require("diskName", "diskURI")(source, path, errors)
    caching, kind, uri = source.get("cachingMode"), source.get("kind"), source.get("diskURI") or ""
    if caching not in (None, "None", "ReadOnly", "ReadWrite"):
        errors.not_supported(f"{path}.cachingMode", caching, ("None", "ReadOnly", "ReadWrite"))
    if kind not in (None, "Dedicated", "Managed", "Shared"):
        errors.not_supported(f"{path}.kind", kind, ("Dedicated", "Managed", "Shared"))
    if kind == "Managed" and not uri.startswith("/subscriptions/"):
        managed = "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}"
        errors.not_supported(f"{path}.diskURI", uri, (managed,))
    if kind not in (None, "Managed") and not uri.startswith("https://"):
        blob = "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd"
        errors.not_supported(f"{path}.diskURI", uri, (blob,))


PLUGIN_CHECKS: dict[str, _Check] = {
    "gcePersistentDisk": _disk("pdName"),
    "awsElasticBlockStore": _disk("volumeID"),
    "nfs": _nfs,
    "iscsi": _iscsi,
    "glusterfs": _require("endpoints", "path"),
    "flocker": _flocker,
    "rbd": _require("monitors", "image"),
    "cinder": _cinder,
    "cephfs": _require("monitors"),
    "quobyte": _quobyte,
    "fc": _fc,
    "flexVolume": _flex_volume,
    "azureFile": _require("secretName", "shareName"),
    "vsphereVolume": _require("volumePath"),
    "photonPersistentDisk": _require("pdID"),
    "portworxVolume": _require("volumeID"),
    "azureDisk": _azure_disk,
    "scaleIO": _require("gateway", "system", "volumeName"),
}
