"""Images that no container uses, removed when the disk gets full: the longest unused first.

Above the high mark images go until the low mark is reached. When an image was last used is known only since the
kubelet started; one it has just found counts as used then. Counterpart: pkg/kubelet/images/image_gc_manager.go.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from pybernetes.component.clock import Clock
from pybernetes.kubelet.machine import disk_of
from pybernetes.kubelet.options import Options
from pybernetes.kubelet.runtime.client import Runtime
from pybernetes.kubelet.runtime.types import Image

log = logging.getLogger(__name__)

MINIMUM_AGE_SECONDS = 120.0  # one that was just pulled is about to be used


def bytes_to_free(capacity: int, available: int, high_percent: int, low_percent: int) -> int:
    """0 below the high mark. Pure."""
    used = capacity - available
    if capacity <= 0 or used * 100 < high_percent * capacity:
        return 0
    return used - low_percent * capacity // 100


def removable(
    images: Iterable[Image], in_use: Collection[str], last_used: Mapping[str, float], now: float, wanted_bytes: int
) -> list[Image]:
    """The images to remove, the longest unused first, until so many bytes are freed. Pure."""
    free = [
        image
        for image in images
        if image.id not in in_use and not image.pinned and now - last_used.get(image.id, now) >= MINIMUM_AGE_SECONDS
    ]
    free.sort(key=lambda image: (last_used.get(image.id, now), image.id))
    chosen, freed = [], 0
    for image in free:
        if freed >= wanted_bytes:
            break
        chosen.append(image)
        freed += image.size_bytes
    return chosen


class ImageGC:
    """Knows when images were last used, and removes what is needed no more."""

    def __init__(self, runtime: Runtime, options: Options, clock: Clock):
        self._runtime = runtime
        self._options = options
        self._clock = clock
        self._last_used: dict[str, float] = {}

    async def collect(self) -> int:
        """Look, and remove images if the disk is too full; bytes freed. Raises RuntimeFailure."""
        disk = disk_of(await self._location())
        options = self._options
        wanted = bytes_to_free(
            disk.capacity_bytes, disk.available_bytes, options.image_gc_high_percent, options.image_gc_low_percent
        )
        return await self.free(wanted)

    async def _location(self) -> Path:
        filesystems = (await self._runtime.images.filesystem_info()).images
        return Path(filesystems[0].mountpoint) if filesystems else self._options.root

    async def free(self, wanted_bytes: int) -> int:
        """Note what is in use and remove images until so many bytes are freed. Raises RuntimeFailure."""
        now = self._clock.monotonic()
        images = await self._runtime.images.list()
        in_use = await self._in_use(images)
        for image in images:
            if image.id in in_use or image.id not in self._last_used:
                self._last_used[image.id] = now
        present = {image.id for image in images}
        self._last_used = {key: used for key, used in self._last_used.items() if key in present}
        freed = 0
        for image in removable(images, in_use, self._last_used, now, wanted_bytes) if wanted_bytes > 0 else ():
            log.info("removing an image", extra={"image": image.id, "tags": image.repo_tags, "bytes": image.size_bytes})
            await self._runtime.images.remove(image.id)
            freed += image.size_bytes
        return freed

    async def _in_use(self, images: Iterable[Image]) -> set[str]:
        """Ids of images that containers were made from, and of the one that sandboxes are made from."""
        names = {
            name
            for each in await self._runtime.list_containers()
            for name in (each.image_id, each.image_ref, each.image)
        }
        info = (await self._runtime.status(verbose=True)).info
        config = info.get("config")
        if isinstance(config, dict) and config.get("sandboxImage"):
            names.add(config["sandboxImage"])
        return {image.id for image in images if names.intersection((image.id, *image.repo_tags, *image.repo_digests))}
