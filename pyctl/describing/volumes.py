"""A pod's volumes, as `describe` tells of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pybernetes.pyctl.describing.document import NONE, Text

Json = dict[str, Any]


def write_volumes(text: Text, volumes: list[Json], *, inside: bool = False) -> None:
    """Every volume with its source; a template's stand `inside` another object."""
    level = int(inside)
    if not volumes:
        text.line(level, "Volumes:", NONE)
        return
    text.line(level, "Volumes:")
    for volume in volumes:
        text.line(1, f"{' ' * level}{volume['name']}:")
        for source, write in _SOURCES.items():
            if source in volume:
                write(text, 2, volume[source] or {})
                break
        else:
            kind = next((field for field in volume if field != "name"), "")
            text.line(2, "Type:", kind or "<unknown>")


def _optional(source: Json) -> str:
    return str(bool(source.get("optional"))).lower()


def _host_path(text: Text, level: int, source: Json) -> None:
    text.line(level, "Type:", "HostPath (bare host directory volume)")
    text.line(level, "Path:", source.get("path", ""))
    text.line(level, "HostPathType:", source.get("type") or "")


def _empty_dir(text: Text, level: int, source: Json) -> None:
    text.line(level, "Type:", "EmptyDir (a temporary directory that shares a pod's lifetime)")
    text.line(level, "Medium:", source.get("medium", ""))
    text.line(level, "SizeLimit:", source.get("sizeLimit") or "<unset>")


def _config_map(text: Text, level: int, source: Json) -> None:
    text.line(level, "Type:", "ConfigMap (a volume populated by a ConfigMap)")
    text.line(level, "Name:", source.get("name", ""))
    text.line(level, "Optional:", _optional(source))


def _secret(text: Text, level: int, source: Json) -> None:
    text.line(level, "Type:", "Secret (a volume populated by a Secret)")
    text.line(level, "SecretName:", source.get("secretName", ""))
    text.line(level, "Optional:", _optional(source))


def _claim(text: Text, level: int, source: Json) -> None:
    text.line(level, "Type:", "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)")
    text.line(level, "ClaimName:", source.get("claimName", ""))
    text.line(level, "ReadOnly:", str(bool(source.get("readOnly"))).lower())


def _nfs(text: Text, level: int, source: Json) -> None:
    text.line(level, "Type:", "NFS (an NFS mount that lasts the lifetime of a pod)")
    text.line(level, "Server:", source.get("server", ""))
    text.line(level, "Path:", source.get("path", ""))
    text.line(level, "ReadOnly:", str(bool(source.get("readOnly"))).lower())


def _downward(text: Text, level: int, source: Json) -> None:
    text.line(level, "Type:", "DownwardAPI (a volume populated by information about the pod)")
    text.line(level, "Items:")
    for item in source.get("items") or ():
        if "fieldRef" in item:
            text.line(level + 1, f"{item['fieldRef']['fieldPath']} -> {item['path']}")
        if "resourceFieldRef" in item:
            text.line(level + 1, f"{item['resourceFieldRef']['resource']} -> {item['path']}")


def _projected(text: Text, level: int, source: Json) -> None:
    text.line(level, "Type:", "Projected (a volume that contains injected data from multiple sources)")
    for one in source.get("sources") or ():
        if "secret" in one:
            text.line(level, "SecretName:", one["secret"].get("name", ""))
            text.line(level, "Optional:", _optional(one["secret"]))
        elif "downwardAPI" in one:
            text.line(level, "DownwardAPI:", "true")
        elif "configMap" in one:
            text.line(level, "ConfigMapName:", one["configMap"].get("name", ""))
            text.line(level, "Optional:", _optional(one["configMap"]))
        elif "serviceAccountToken" in one:
            text.line(level, "TokenExpirationSeconds:", one["serviceAccountToken"].get("expirationSeconds", 3600))


_SOURCES: dict[str, Callable[[Text, int, Json], None]] = {
    "hostPath": _host_path,
    "emptyDir": _empty_dir,
    "configMap": _config_map,
    "secret": _secret,
    "persistentVolumeClaim": _claim,
    "nfs": _nfs,
    "downwardAPI": _downward,
    "projected": _projected,
}
