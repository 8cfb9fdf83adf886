"""image: the files of an image, read-only. The runtime mounts them itself: the kubelet only sees that they are there.

containerd can from 2.1 on; with an older one the pod waits, and its event says why.
"""

from __future__ import annotations

from pybernetes.kubelet.volumes.payload import VolumeError
from pybernetes.kubelet.volumes.plugin import Context, Request, Volume

FIRST_CONTAINERD = (2, 1)


class ImageVolume:
    field = "image"
    directory_name = "image"

    async def set_up(self, context: Context, request: Request) -> Volume:
        source = request.volume["image"]
        name, version = await context.images.runtime_version()
        if name == "containerd" and _numbers(version) < FIRST_CONTAINERD:
            raise VolumeError(f"image volumes need containerd 2.1 or newer; this node has {version}")
        spec = {"name": request.volume["name"], "image": source.get("reference") or ""}
        reference = await context.images.pull(request.pod, {**spec, "imagePullPolicy": source.get("pullPolicy")})
        return Volume(request.directory, read_only=True, image=reference)


def _numbers(version: str) -> tuple[int, ...]:
    """(2, 1) of ``v2.1.0~rc1``; () of what is no version."""
    numbers = []
    for part in version.lstrip("v").split(".")[:2]:
        digits = "".join(character for character in part if character.isdigit())
        if not digits:
            return ()
        numbers.append(int(digits))
    return tuple(numbers)
