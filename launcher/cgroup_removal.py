"""Removing a cluster's cgroups from every hierarchy of this machine, once its processes are gone."""

from __future__ import annotations

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
    """Remove a cgroup with all below it, in each hierarchy; what could not be removed."""
    deadline = time.monotonic() + _TRY_SECONDS
    return [left for root in hierarchies() for left in _remove_tree(root / cgroup.lstrip("/"), deadline)]


def _remove_tree(top: Path, deadline: float) -> list[Path]:
    left = []
    for directory, _, _ in os.walk(top, topdown=False):
        while True:
            try:
                Path(directory).rmdir()
                break
            except FileNotFoundError:
                break
            except OSError:
                if time.monotonic() > deadline:
                    left.append(Path(directory))
                    break
                time.sleep(_POLL_SECONDS)
    return left
