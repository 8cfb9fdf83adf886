"""fsGroup: a volume's files belong to the pod's group, and new ones will. Counterpart: volume.SetVolumeOwnership."""

from __future__ import annotations

import os
from pathlib import Path

_READ_WRITE, _READ_ONLY, _EXECUTE, _SET_GID = 0o660, 0o440, 0o110, 0o2000


def set_ownership(directory: Path, group: int, *, read_only: bool = False, only_on_mismatch: bool = False) -> None:
    """Give a tree to a group: group read (and write), set-gid on directories. May take long for a large tree."""
    if only_on_mismatch and _matches(directory, group, read_only):
        return
    for root, _, files in os.walk(directory, topdown=False):
        for name in files:
            _one(Path(root) / name, group, read_only, is_directory=False)
        _one(Path(root), group, read_only, is_directory=True)


def _wanted_mode(mode: int, read_only: bool, is_directory: bool) -> int:
    wanted = mode | (_READ_ONLY if read_only else _READ_WRITE)
    return wanted | _SET_GID | _EXECUTE if is_directory else wanted


def _matches(directory: Path, group: int, read_only: bool) -> bool:
    status = directory.stat()
    mode = status.st_mode & 0o7777
    return status.st_gid == group and mode == _wanted_mode(mode, read_only, True)


def _one(path: Path, group: int, read_only: bool, *, is_directory: bool) -> None:
    if path.is_symlink():
        os.chown(path, -1, group, follow_symlinks=False)
        return
    os.chown(path, -1, group)
    path.chmod(_wanted_mode(path.stat().st_mode & 0o7777, read_only, is_directory))
