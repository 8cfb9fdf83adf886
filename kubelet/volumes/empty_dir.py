"""emptyDir: a directory that lives as long as the pod, on disk or in memory."""

from __future__ import annotations

from pathlib import Path

from pybernetes.api.core.pod_resources import MEMORY, pod_limits
from pybernetes.api.object import Json
from pybernetes.api.quantity import whole
from pybernetes.kubelet.volumes.mounting import filesystem_type, mount
from pybernetes.kubelet.volumes.ownership import set_ownership
from pybernetes.kubelet.volumes.payload import VolumeError
from pybernetes.kubelet.volumes.plugin import Context, Request, Volume

_MODE = 0o777
_TMPFS_OPTIONS = "mode=0777"


class EmptyDir:
    field = "emptyDir"
    directory_name = "empty-dir"

    async def set_up(self, context: Context, request: Request) -> Volume:
        source: Json = request.volume["emptyDir"] or {}
        directory = request.directory
        medium = source.get("medium") or ""
        fresh = not directory.exists()
        if medium not in ("", "Memory"):
            raise VolumeError(f'unknown storage medium "{medium}"')
        directory.mkdir(parents=True, exist_ok=True)
        if medium == "Memory":
            fresh = _mount_tmpfs(directory, _tmpfs_bytes(request.pod, source)) or fresh
        if fresh:
            directory.chmod(_MODE)
            if request.group is not None:
                set_ownership(directory, request.group)
        return Volume(directory)


def _tmpfs_bytes(pod: Json, source: Json) -> int | None:
    """The size of the tmpfs: the volume's limit or the pod's memory, whichever is less. None: the kernel's default."""
    sizes = [whole(str(source["sizeLimit"]))] if source.get("sizeLimit") else []
    memory = pod_limits(pod).get(MEMORY)
    if memory:
        sizes.append(memory)
    sizes = [size for size in sizes if size > 0]
    return min(sizes) if sizes else None


def _mount_tmpfs(directory: Path, size_bytes: int | None) -> bool:
    """Whether it had to be mounted."""
    if filesystem_type(directory) == "tmpfs":
        return False
    options = f"{_TMPFS_OPTIONS},size={size_bytes}" if size_bytes else _TMPFS_OPTIONS
    mount("tmpfs", directory, "tmpfs", 0, options)
    return True
