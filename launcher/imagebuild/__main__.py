"""The command line of the image builder: see hack/images."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from pybernetes.launcher.imagebuild.build import build_images
from pybernetes.launcher.imagebuild.load import import_images


async def _import(sockets: list[Path], cache_dir: Path, refresh: bool) -> None:
    images = build_images(cache_dir, refresh=refresh)
    for image in images:
        print(f"{image.reference}  {image.digest}")
    for socket in sockets:
        imported = await import_images(socket, images)
        print(f"{socket}: {len(imported)} imported, {len(images) - len(imported)} there already")


def main() -> None:
    parser = argparse.ArgumentParser(prog="hack/images", description="Build container images from Debian packages")
    parser.add_argument("--cache", type=Path, default=Path(".cache"), help="where to build (default: .cache)")
    parser.add_argument("--refresh", action="store_true", help="build all anew from the newest packages")
    parser.add_argument("--import", dest="sockets", nargs="+", type=Path, default=[], metavar="SOCKET")
    arguments = parser.parse_args()
    asyncio.run(_import(arguments.sockets, arguments.cache.resolve(), arguments.refresh))


if __name__ == "__main__":
    main()
