"""Which of a pod's volumes are mounted where in one container. Pure, but for sub-paths, which are handed in ready.

Counterpart: makeMounts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pybernetes.api.object import Json
from pybernetes.kubelet.environment import ConfigError
from pybernetes.kubelet.expansion import expand, unknown_references
from pybernetes.kubelet.runtime.types import Mount, MountPropagation
from pybernetes.kubelet.volumes.plugin import Volume

_PROPAGATION = {
    "None": MountPropagation.PRIVATE,
    "HostToContainer": MountPropagation.HOST_TO_CONTAINER,
    "Bidirectional": MountPropagation.BIDIRECTIONAL,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """One volumeMount with its names resolved. `index` is its place in the container's list."""

    index: int
    mount: Json
    volume: Volume
    subpath: str


def wanted_mounts(container: Json, volumes: Mapping[str, Volume], environment: Mapping[str, str]) -> Iterator[Wanted]:
    """Raises `ConfigError` for a volume that is not there or a sub-path that cannot be expanded."""
    for index, mount in enumerate(container.get("volumeMounts") or ()):
        volume = volumes.get(mount["name"])
        if volume is None:
            raise ConfigError(f'cannot find volume "{mount["name"]}" to mount into container "{container["name"]}"')
        yield Wanted(index, mount, volume, _subpath(mount, environment))


def _subpath(mount: Json, environment: Mapping[str, str]) -> str:
    expression = mount.get("subPathExpr")
    if not expression:
        return mount.get("subPath") or ""
    missing = unknown_references(expression, environment)
    if missing:
        raise ConfigError(f'missing value for "{missing[0]}"')
    expanded = expand(expression, environment)
    if expanded.startswith("/") or ".." in expanded.split("/"):
        raise ConfigError(f'subPathExpr "{expanded}" must be relative and must not contain ".."')
    return expanded


def cri_mount(wanted: Wanted, host_path: Path) -> Mount:
    """What CRI is told of one mount whose place on the node is known."""
    mount = wanted.mount
    read_only = bool(mount.get("readOnly")) or wanted.volume.read_only
    path = mount["mountPath"]
    image = wanted.volume.image
    return Mount(
        container_path=path if path.startswith("/") else f"/{path}",
        host_path="" if image else str(host_path),
        image=image,
        image_sub_path=wanted.subpath if image else "",
        readonly=read_only,
        recursive_read_only=read_only and mount.get("recursiveReadOnly") == "Enabled",
        propagation=_PROPAGATION[mount.get("mountPropagation") or "None"],
    )
