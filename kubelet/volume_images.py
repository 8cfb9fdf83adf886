"""Images for volumes, through the image manager; so that `volumes` need not know it."""

from __future__ import annotations

from pybernetes.api.object import Json
from pybernetes.kubelet.image_manager import ImageError, ImageManager
from pybernetes.kubelet.runtime.client import Runtime
from pybernetes.kubelet.volumes.payload import VolumeError


class VolumeImages:
    """Implements `volumes.plugin.Images`."""

    def __init__(self, images: ImageManager, runtime: Runtime):
        self._images = images
        self._runtime = runtime

    async def pull(self, pod: Json, container: Json) -> str:
        """Raises `VolumeError`."""
        try:
            return (await self._images.ensure(pod, container)).reference
        except ImageError as error:
            raise VolumeError(f"{error.reason}: {error.message}") from error

    async def runtime_version(self) -> tuple[str, str]:
        """Raises RuntimeFailure."""
        version = await self._runtime.version()
        return version.name, version.version
