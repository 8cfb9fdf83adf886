"""Removing a cluster's cgroups from every hierarchy of this machine, once its processes are gone."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

# A cgroup is busy for an instant after its last process has ended.
_TRY_SECONDS = 5.0
_POLL_SECONDS = 0.02


def hierarchies() -> list[Path]:
    """Where cgroups are mounted, version 1 and 2."""
    rows = (line.split() for line in Path("/proc/self/mounts").read_text().splitlines())
    return list(dict.fromkeys(Path(row[1]) for row in rows if row[2] in ("cgroup", "cgroup2")))


def remove(cgroup: str) -> list[Path]:
    """Remove a cgroup with all below it, in each hierarchy; where it is still there because it is in use."""
    deadline = time.monotonic() + _TRY_SECONDS
    tops = [root / cgroup.lstrip("/") for root in hierarchies()]
    return [top for top in dict.fromkeys(tops) if not _remove_tree(top, deadline)]


def _remove_tree(top: Path, deadline: float) -> bool:
    """Try until the deadline; whether it is gone."""
    while top.exists():
        for directory, _, _ in os.walk(top, topdown=False):
            with contextlib.suppress(OSError):  # busy, or gone: the next look tells
                Path(directory).rmdir()
        if top.exists():
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL_SECONDS)
    return True
