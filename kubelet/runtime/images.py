"""The runtime's image service: what is on the node, pulling, removing, and how much disk it takes.

Failures of a pull arrive as exceptions of errors.py; `errors.pull_failure` says what to write into the pod's
status. containerd tells NotFound for a missing tag or repository and for a host that cannot be resolved the
code Unknown with the reason in the text, so only the text is shown to people, never interpreted.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from pybernetes.kubelet.runtime import requests, responses
from pybernetes.kubelet.runtime.cri import wire as cri
from pybernetes.kubelet.runtime.types import Image, ImageAuth, ImageFilesystems, SandboxConfig

Call = Callable[[str, Any, float], Awaitable[Any]]

CALL_TIMEOUT_SECONDS = 120.0
# An image of 10 GB over 50 Mbit/s takes 27 minutes. The runtime itself gives up a pull that is stuck.
PULL_TIMEOUT_SECONDS = 45 * 60.0


class Images:
    """The image half of a runtime (Runtime.images). Methods raise RuntimeFailure."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def list(self, image: str = "") -> list[Image]:
        """All images, or those that a reference or id names."""
        wanted = cri.ImageFilter(image=requests.image_spec(image)) if image else None
        request = cri.ListImagesRequest(filter=wanted)
        response = await self._call("ListImages", request, CALL_TIMEOUT_SECONDS)
        return [responses.image(each) for each in response.images]

    async def status(self, image: str) -> Image | None:
        """The image that a reference or id names, or None if it is not on the node."""
        request = cri.ImageStatusRequest(image=requests.image_spec(image))
        response = await self._call("ImageStatus", request, CALL_TIMEOUT_SECONDS)
        return responses.image(response.image) if response.HasField("image") else None

    async def pull(
        self,
        image: str,
        auth: ImageAuth | None = None,
        sandbox_config: SandboxConfig | None = None,
        timeout_seconds: float = PULL_TIMEOUT_SECONDS,
    ) -> str:
        """Fetch and unpack an image; its id, to be used in ContainerConfig.image."""
        request = cri.PullImageRequest(
            image=requests.image_spec(image),
            auth=requests.auth_config(auth),
            sandbox_config=None if sandbox_config is None else requests.sandbox_config(sandbox_config),
        )
        return str((await self._call("PullImage", request, timeout_seconds)).image_ref)

    async def remove(self, image: str) -> None:
        """Remove an image with all its tags. Idempotent. Containers made from it run on."""
        request = cri.RemoveImageRequest(image=requests.image_spec(image))
        await self._call("RemoveImage", request, CALL_TIMEOUT_SECONDS)

    async def filesystem_info(self) -> ImageFilesystems:
        """Disk taken by images (and by containers' writable layers, where the runtime keeps them apart)."""
        response = await self._call("ImageFsInfo", cri.ImageFsInfoRequest(), CALL_TIMEOUT_SECONDS)
        return ImageFilesystems(
            images=tuple(responses.filesystem(each) for each in response.image_filesystems),
            containers=tuple(responses.filesystem(each) for each in response.container_filesystems),
        )
