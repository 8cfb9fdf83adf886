"""Replaces all files of a volume at once, so that a reader sees the old ones or the new ones, never a mixture.

    <volume>/..2026_01_02_15_04_05.123456   the files
    <volume>/..data                     →   that directory; replaced with one rename
    <volume>/<first part of each path>  →   ..data/<first part>

A kill at any line leaves the old files in force or the new; what else is lying about goes at the next write.
Counterpart: volume/util.AtomicWriter, whose layout this is.
"""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from pybernetes.kubelet.volumes.payload import Payload, VolumeError

DATA, NEW_DATA = "..data", "..data_tmp"


def write_payload(directory: Path, payload: Payload, group: int | None = None) -> bool:
    """Make the volume's files the payload; whether anything changed. Raises `VolumeError` for a bad path, OSError."""
    for path in payload:
        _check(path)
    current = _current(directory)
    if current is not None and _same(current, payload):
        _link_names(directory, payload)
        _sweep(directory, current)
        return False
    fresh = directory / datetime.now(UTC).strftime("..%Y_%m_%d_%H_%M_%S.%f")
    _write_files(fresh, payload, group)
    temporary = directory / NEW_DATA
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(fresh.name)
    temporary.rename(directory / DATA)
    _link_names(directory, payload)
    _sweep(directory, fresh)
    return True


def _check(path: str) -> None:
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or parts[0].startswith(".."):
        raise VolumeError(f"invalid path: {path!r}: must be relative, without '..' and not start with '..'")


def _current(directory: Path) -> Path | None:
    try:
        found = directory / (directory / DATA).readlink()
    except OSError:
        return None
    return found if found.is_dir() else None


def _same(current: Path, payload: Payload) -> bool:
    present = {str(file.relative_to(current)) for file in current.rglob("*") if not file.is_dir()}
    if present != set(payload):
        return False
    for name, content in payload.items():
        file = current / name
        status = file.stat()
        if status.st_mode & 0o777 & ~0o440 != content.mode & 0o777 & ~0o440 or file.read_bytes() != content.data:
            return False
        if content.owner is not None and status.st_uid != content.owner:
            return False
    return True


def _write_files(fresh: Path, payload: Payload, group: int | None) -> None:
    fresh.mkdir(mode=0o755)
    fresh.chmod(0o755)
    for name, content in payload.items():
        file = fresh / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.data)
        mode = content.mode
        if group is not None:
            os.chown(file, -1, group)
            mode |= 0o440
        if content.owner is not None:
            os.chown(file, content.owner, -1)
        file.chmod(mode)
    if group is not None:
        for each in (fresh, *(found for found in fresh.rglob("*") if found.is_dir())):
            os.chown(each, -1, group)
            each.chmod(0o2775 if each is not fresh else 0o2755)


def _link_names(directory: Path, payload: Payload) -> None:
    """What users see: a link for the first part of every path, and none for what is gone."""
    wanted = {PurePosixPath(path).parts[0] for path in payload}
    for entry in os.scandir(directory):
        if not entry.name.startswith("..") and entry.name not in wanted:
            Path(entry.path).unlink()
    for name in wanted:
        link = directory / name
        if not link.is_symlink():
            link.symlink_to(f"{DATA}/{name}")


def _sweep(directory: Path, keep: Path) -> None:
    for entry in os.scandir(directory):
        if entry.name.startswith("..") and entry.name not in (DATA, keep.name):
            path = Path(entry.path)
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(path)
            else:
                path.unlink()
