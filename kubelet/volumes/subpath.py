"""One directory or file of a volume for a container (subPath), safe from symbolic links.

A container that can write to the volume could put a link where the sub-path leads and so reach any file of the
node. Therefore each part of the path is opened from the one before without following links out of the volume, and
what was opened last is bind-mounted through /proc/self/fd to a place that the container cannot change.
Counterpart: volume/util/subpath.
"""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

from pybernetes.kubelet.volumes.mounting import bind, is_mount_point, mount_points, unmount
from pybernetes.kubelet.volumes.payload import VolumeError

_MODE = 0o750


def bind_subpath(volume: Path, subpath: str, target: Path, *, create: bool) -> None:
    """Mount `volume`/`subpath` at `target`. With `create`, missing directories are made.

    Raises `VolumeError` for a path that leaves the volume or does not exist, OSError.
    """
    handle = _open_inside(volume, subpath, create=create)
    try:
        if is_mount_point(target):
            unmount(target)
        if os.path.isdir(f"/proc/self/fd/{handle}"):  # noqa: PTH112
            target.mkdir(parents=True, exist_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.touch()
        bind(f"/proc/self/fd/{handle}", target)
    finally:
        os.close(handle)


def _open_inside(volume: Path, subpath: str, *, create: bool) -> int:
    """An O_PATH handle on the target; the caller closes it."""
    parts = [part for part in PurePosixPath(subpath).parts if part != "."]
    if subpath.startswith("/") or ".." in parts:
        raise VolumeError(f'subPath "{subpath}" must be relative and must not contain ".."')
    resolved = _resolve(volume, parts, create=create)
    handle = os.open(volume, os.O_PATH | os.O_DIRECTORY)
    for part in resolved:
        try:
            inner = os.open(part, os.O_PATH | os.O_NOFOLLOW, dir_fd=handle)
        except OSError as error:
            raise VolumeError(f'failed to prepare subPath "{subpath}": {error.strerror}') from error
        finally:
            os.close(handle)
        handle = inner
    return handle


def _resolve(volume: Path, parts: list[str], *, create: bool) -> tuple[str, ...]:
    """The path without links, below the volume. It is opened without following links, so a race gains nothing."""
    root = volume.resolve()
    wanted = root.joinpath(*parts)
    if create and not wanted.exists():
        _make(root, wanted)
    real = wanted.resolve()
    if real != root and root not in real.parents:
        raise VolumeError(f'subPath "{"/".join(parts)}" leads out of the volume')
    if not real.exists():
        raise VolumeError(f'subPath "{"/".join(parts)}" does not exist')
    return real.relative_to(root).parts


def _make(root: Path, wanted: Path) -> None:
    existing = wanted
    while not existing.exists():
        existing = existing.parent
    real = existing.resolve()
    if real != root and root not in real.parents:
        raise VolumeError(f'subPath "{wanted.relative_to(root)}" leads out of the volume')
    mode = root.stat().st_mode & 0o777 or _MODE
    current = real
    for part in wanted.relative_to(existing).parts:
        current = current / part
        current.mkdir(exist_ok=True)
        current.chmod(mode)


def unmount_subpaths(directory: Path) -> None:
    """Take off everything that was bound below a directory. Raises OSError."""
    for point in mount_points(directory):
        unmount(point)
