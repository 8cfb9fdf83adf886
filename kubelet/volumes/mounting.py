"""mount(2) and umount2(2), and what is mounted where."""

from __future__ import annotations

import ctypes
import os
import re
from pathlib import Path

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 1, 2, 4, 8, 32
MS_BIND, MS_REC = 4096, 16384
MNT_DETACH, UMOUNT_NOFOLLOW = 2, 8
_libc = ctypes.CDLL(None, use_errno=True)
_OCTAL = re.compile(r"\\([0-7]{3})")


def mount(source: str, target: Path, kind: str = "", flags: int = 0, options: str = "") -> None:
    """Raises OSError naming the target."""
    done = _libc.mount(
        source.encode(), os.fsencode(target), kind.encode() or None, ctypes.c_ulong(flags), options.encode() or None
    )
    if done != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"mount {kind or 'bind'}: {os.strerror(number)}", str(target))


def unmount(target: Path) -> None:
    """Take a mount off its point at once, whoever still uses it. Raises OSError."""
    if _libc.umount2(os.fsencode(target), MNT_DETACH | UMOUNT_NOFOLLOW) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"unmount: {os.strerror(number)}", str(target))


def bind(source: str, target: Path, *, read_only: bool = False) -> None:
    mount(source, target, flags=MS_BIND | MS_REC)
    if read_only:
        mount("none", target, flags=MS_BIND | MS_REMOUNT | MS_RDONLY)


def mount_points(below: Path) -> list[Path]:
    """Everything mounted at or below a directory, the deepest and latest first."""
    text = Path("/proc/self/mountinfo").read_text()
    points = [Path(_unescaped(line.split(" ", 5)[4])) for line in text.splitlines()]
    return [point for point in reversed(points) if point == below or below in point.parents]


def _unescaped(text: str) -> str:
    return _OCTAL.sub(lambda found: chr(int(found.group(1), 8)), text) if "\\" in text else text


def is_mount_point(path: Path) -> bool:
    return path in mount_points(path)


def filesystem_type(path: Path) -> str:
    """The type of the filesystem mounted at exactly this point; empty if none is."""
    kind = ""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        fields, _, rest = line.partition(" - ")
        if _unescaped(fields.split(" ")[4]) == str(path):
            kind = rest.split(" ")[0]
    return kind
