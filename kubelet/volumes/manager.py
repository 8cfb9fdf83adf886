"""All volumes of a pod: set up together, kept current, taken down at the end; and what a crash has left.

    set_up(pod)    every volume at once; what fails is named, what succeeded stays. May be repeated: it brings
                   contents up to date.
    mounts(…)      what one container gets of them
    take_down(uid) unmount, then remove the pod's directory

Nothing is remembered: /proc/self/mountinfo and the directories say what there is to take down.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pybernetes.api.errors import APIError
from pybernetes.api.object import Json, uid_of
from pybernetes.client.transport import TransportError
from pybernetes.kubelet.environment import ConfigError
from pybernetes.kubelet.paths import Paths
from pybernetes.kubelet.pod_spec import spec_of
from pybernetes.kubelet.runtime.errors import RuntimeFailure
from pybernetes.kubelet.runtime.types import Mount
from pybernetes.kubelet.volumes.config_map import ConfigMap
from pybernetes.kubelet.volumes.downward_api import DownwardAPI
from pybernetes.kubelet.volumes.empty_dir import EmptyDir
from pybernetes.kubelet.volumes.host_path import HostPath
from pybernetes.kubelet.volumes.image import ImageVolume
from pybernetes.kubelet.volumes.mounting import mount_points, unmount
from pybernetes.kubelet.volumes.mounts import cri_mount, wanted_mounts
from pybernetes.kubelet.volumes.payload import VolumeError
from pybernetes.kubelet.volumes.persistent import PersistentVolumeClaim
from pybernetes.kubelet.volumes.plugin import Context, Plugin, Request, Volume
from pybernetes.kubelet.volumes.projected import Projected
from pybernetes.kubelet.volumes.secret import Secret
from pybernetes.kubelet.volumes.subpath import bind_subpath

PLUGINS: tuple[Plugin, ...] = (
    EmptyDir(),
    HostPath(),
    ConfigMap(),
    Secret(),
    DownwardAPI(),
    Projected(),
    PersistentVolumeClaim(),
    ImageVolume(),
)
SUPPORTED = frozenset(plugin.field for plugin in PLUGINS)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The volumes that are ready, and why others are not, by name."""

    ready: Mapping[str, Volume]
    failed: Mapping[str, str]


class VolumeManager:
    """Sets up and takes down the volumes of pods on this node."""

    def __init__(self, paths: Paths, context: Context, plugins: Sequence[Plugin] = PLUGINS):
        self._paths = paths
        self._context = context
        self._plugins = {plugin.field: plugin for plugin in plugins}

    async def set_up(self, pod: Json, pod_ips: Sequence[str] = ()) -> Outcome:
        """Make all volumes ready, or bring them up to date. Never raises for one volume that fails."""
        volumes = spec_of(pod).get("volumes") or []
        results = await asyncio.gather(*(self._one(pod, volume, pod_ips) for volume in volumes))
        ready = {
            volume["name"]: made for volume, made in zip(volumes, results, strict=True) if isinstance(made, Volume)
        }
        failed = {volume["name"]: made for volume, made in zip(volumes, results, strict=True) if isinstance(made, str)}
        return Outcome(ready, failed)

    async def _one(self, pod: Json, volume: Json, pod_ips: Sequence[str]) -> Volume | str:
        field = next((name for name in volume if name != "name"), "emptyDir")
        plugin = self._plugins.get(field)
        if plugin is None:
            return f"no volume plugin matched: volume source {field!r} is not supported on this node"
        group = (spec_of(pod).get("securityContext") or {}).get("fsGroup")
        directory = self._paths.volume(uid_of(pod), plugin.directory_name, volume["name"])
        request = Request(pod, {field: {}, **volume}, directory, pod_ips, group)
        try:
            return await plugin.set_up(self._context, request)
        except (VolumeError, APIError, TransportError, RuntimeFailure) as error:
            return str(error)
        except OSError as error:
            return f"{error.strerror or error} ({error.filename})" if error.filename else str(error)

    def mounts(
        self, pod: Json, container: Json, volumes: Mapping[str, Volume], environment: Mapping[str, str]
    ) -> list[Mount]:
        """The mounts of one container. Raises `ConfigError`."""
        result = []
        for wanted in wanted_mounts(container, volumes, environment):
            path = wanted.volume.path
            if wanted.subpath and not wanted.volume.image:
                path = self._paths.subpaths(uid_of(pod)) / wanted.mount["name"] / container["name"] / str(wanted.index)
                try:
                    bind_subpath(wanted.volume.path, wanted.subpath, path, create=not wanted.volume.read_only)
                except (VolumeError, OSError) as error:
                    message = f'failed to prepare subPath for volumeMount "{wanted.mount["name"]}" of container'
                    raise ConfigError(f'{message} "{container["name"]}": {error}') from error
            result.append(cri_mount(wanted, path))
        return result

    async def unmount(self, uid: str) -> None:
        """Unmount all there is of a pod and remove its volumes' contents. Raises OSError; to be repeated then."""
        for point in mount_points(self._paths.pod(uid)):
            unmount(point)
        for directory in (self._paths.volumes(uid), self._paths.subpaths(uid)):
            if directory.exists():
                await asyncio.to_thread(remove_tree, directory)

    async def take_down(self, uid: str) -> None:
        """Unmount all there is of a pod and remove its directory. Raises OSError; to be repeated then."""
        await self.unmount(uid)
        directory = self._paths.pod(uid)
        if directory.exists():
            await asyncio.to_thread(remove_tree, directory)

    def pod_uids(self) -> set[str]:
        """The pods that have a directory."""
        return {entry.name for entry in self._paths.pods.iterdir()} if self._paths.pods.is_dir() else set()


def remove_tree(directory: Path) -> None:
    """Remove a directory in which nothing is mounted. Raises OSError; what is missing already is fine."""
    if mount_points(directory):
        raise OSError(f"{directory} still has mounts in it")
    shutil.rmtree(directory)
