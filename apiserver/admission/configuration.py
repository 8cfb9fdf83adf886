"""The file of ``--admission-control-config-file``: what single plugins are told.

    apiVersion: apiserver.config.k8s.io/v1
    kind: AdmissionConfiguration
    plugins:
      - name: PodSecurity
        configuration: {…}        # or `path`, of a file beside this one

Counterpart: apiserver/pkg/admission/config.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from pybernetes.api.object import Json

_VERSIONS = ("apiserver.config.k8s.io/v1", "apiserver.k8s.io/v1alpha1")
_MAX_FILE_BYTES = 1 << 20


def load_configurations(path: str) -> dict[str, Json]:
    """The configuration of each plugin that has one. Raises ValueError, OSError."""
    if not path:
        return {}
    file = Path(path)
    found = _read(file)
    if found.get("kind") != "AdmissionConfiguration" or found.get("apiVersion") not in _VERSIONS:
        given = f"apiVersion {found.get('apiVersion')!r}, kind {found.get('kind')!r}"
        raise ValueError(f"{file}: {given}: expected {_VERSIONS[0]!r}, 'AdmissionConfiguration'")
    configurations = {}
    for index, plugin in enumerate(found.get("plugins") or ()):
        if not isinstance(plugin, dict) or not plugin.get("name"):
            raise ValueError(f"{file}: plugins[{index}].name: Required value")
        configuration = _configuration(plugin, file.parent)
        if configuration is not None:
            configurations[str(plugin["name"])] = configuration
    return configurations


def _configuration(plugin: Mapping[str, Any], folder: Path) -> Json | None:
    """What is written in place goes before a file."""
    written = plugin.get("configuration")
    if written is not None:
        if not isinstance(written, dict):
            raise ValueError(f"configuration of {plugin['name']}: expected an object")
        return written
    return _read(folder / str(plugin["path"])) if plugin.get("path") else None


def _read(path: Path) -> Json:
    if path.stat().st_size > _MAX_FILE_BYTES:
        raise ValueError(f"{path} is larger than {_MAX_FILE_BYTES} bytes")
    try:
        found = yaml.load(path.read_bytes(), yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise ValueError(f"{path} is not YAML: {error}") from error
    if not isinstance(found, dict):
        raise ValueError(f"{path} holds no object")
    return found
