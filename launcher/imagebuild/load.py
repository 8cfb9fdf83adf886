"""Images into a containerd, so that pods find them without any registry.

`ctr images import` puts them into containerd's namespace "k8s.io", where CRI keeps its own; the CRI plugin sees
the event and takes them in. An image whose reference has the right digest already is skipped, so importing again
costs one listing.
"""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from pybernetes.component.clock import SYSTEM_CLOCK, Clock
from pybernetes.kubelet.runtime.client import Runtime
from pybernetes.launcher.imagebuild.build import Image

NAMESPACE = "k8s.io"
# CRI takes an image in some ten milliseconds after the import; a loaded machine needs more.
VISIBLE_TIMEOUT_SECONDS = 30.0
VISIBLE_POLL_SECONDS = 0.02


async def import_images(
    socket: Path, images: Sequence[Image], snapshotter: str = "overlayfs", clock: Clock = SYSTEM_CLOCK
) -> list[Image]:
    """Import what the containerd at `socket` lacks, and wait until CRI lists it; the images imported.

    Raises RuntimeError if ctr fails or CRI does not take an image in VISIBLE_TIMEOUT_SECONDS.
    """
    missing = absent(images, _digests(await _ctr(socket, "images", "ls")))
    for archive in sorted({image.archive for image in missing}):
        await _ctr(socket, "images", "import", "--snapshotter", snapshotter, str(archive))
    if missing:
        await _wait_visible(socket, [image.reference for image in missing], clock)
    return missing


def absent(images: Sequence[Image], present: Mapping[str, str]) -> list[Image]:
    """The images whose reference is unknown or has another digest. Pure."""
    return [image for image in images if present.get(image.reference) != image.digest]


def _digests(listing: str) -> dict[str, str]:
    """Reference to digest, from `ctr images ls`: REF TYPE DIGEST SIZE ..., under a line of titles."""
    rows = (line.split() for line in listing.splitlines()[1:])
    return {row[0]: row[2] for row in rows if len(row) > 2}


async def _ctr(socket: Path, *arguments: str) -> str:
    command = ["ctr", "--address", str(socket), "--namespace", NAMESPACE, *arguments]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        output, errors = await process.communicate()
    finally:
        if process.returncode is None:  # we are being cancelled: leave no ctr behind
            process.kill()
            await process.communicate()
    if process.returncode != 0:
        raise RuntimeError(f"{shlex.join(command)}: {errors.decode(errors='replace').strip()}")
    return output.decode()


async def _wait_visible(socket: Path, references: Sequence[str], clock: Clock) -> None:
    deadline = clock.monotonic() + VISIBLE_TIMEOUT_SECONDS
    async with Runtime(f"unix://{socket}") as runtime:
        for reference in references:
            while await runtime.images.status(reference) is None:
                if clock.monotonic() > deadline:
                    raise RuntimeError(f"containerd at {socket} does not show {reference} after its import")
                await clock.sleep(VISIBLE_POLL_SECONDS)
