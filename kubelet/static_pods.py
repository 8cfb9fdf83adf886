"""Pods from files of this node.

    <directory>/*.yaml → parse (pure) → StaticPods: what appeared, changed or went → workers, mirror_pods

A static pod is told from another by a hash of its file's content, so a changed file ends the old pod and starts a
new one. Counterpart: pkg/kubelet/config/file.go.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

import orjson
import yaml

from pybernetes.api.object import Json, deep_copy, name_of, uid_of
from pybernetes.component.clock import Clock
from pybernetes.kubelet.pod_spec import CONFIG_HASH, CONFIG_SOURCE

log = logging.getLogger(__name__)

CHECK_SECONDS = 20.0  # fileCheckFrequency
_SUFFIXES = (".yaml", ".yml", ".json")


class ManifestError(ValueError):
    """The file holds no pod."""


def parse_manifest(text: bytes, node_name: str) -> Json:
    """The pod that a file describes, as it runs on this node. Pure. Raises `ManifestError`."""
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ManifestError(f"not YAML: {error}") from error
    if not isinstance(found, dict) or found.get("kind") != "Pod" or not name_of(found):
        raise ManifestError("not a Pod with a name")
    pod: Json = deep_copy(found)
    metadata = pod["metadata"]
    digest = hashlib.md5(orjson.dumps([found, node_name]), usedforsecurity=False).hexdigest()
    metadata["uid"] = metadata.get("uid") or digest
    metadata["name"] = f"{metadata['name']}-{node_name}"
    metadata["namespace"] = metadata.get("namespace") or "default"
    metadata["annotations"] = {**(metadata.get("annotations") or {}), CONFIG_HASH: digest, CONFIG_SOURCE: "file"}
    spec = pod.setdefault("spec", {})
    spec["nodeName"] = node_name
    tolerations = list(spec.get("tolerations") or ())
    spec["tolerations"] = [*tolerations, {"operator": "Exists", "effect": "NoExecute"}]
    return pod


class StaticPods:
    """The pods of one directory; None: there are no static pods."""

    def __init__(
        self,
        directory: Path | None,
        node_name: str,
        clock: Clock,
        *,
        appeared: Callable[[Json], None],
        vanished: Callable[[str], None],
    ):
        self._directory = directory
        self._node_name = node_name
        self._clock = clock
        self._appeared = appeared
        self._vanished = vanished
        self.pods: dict[str, Json] = {}

    async def run(self, looked: Callable[[], Awaitable[None]]) -> None:
        """Look again and again until cancelled; `looked` is awaited each time."""
        while True:
            self.scan()
            await looked()
            await self._clock.sleep(CHECK_SECONDS)

    def scan(self) -> None:
        """Read the directory and tell what appeared and what vanished."""
        found = {uid_of(pod): pod for pod in self._read()}
        for uid in [uid for uid in self.pods if uid not in found]:
            del self.pods[uid]
            self._vanished(uid)
        for uid, pod in found.items():
            if uid not in self.pods:
                self.pods[uid] = pod
                self._appeared(pod)

    def _read(self) -> list[Json]:
        pods = []
        directory = self._directory
        files = sorted(directory.iterdir()) if directory is not None and directory.is_dir() else []
        for file in files:
            if file.suffix not in _SUFFIXES or file.name.startswith("."):
                continue
            try:
                pods.append(parse_manifest(file.read_bytes(), self._node_name))
            except (ManifestError, OSError) as error:
                log.warning("manifest cannot be used", extra={"file": str(file), "error": str(error)})
        return pods
