"""Which cgroup hierarchies this machine has: read from its mount table, pure.

Three layouts exist. Version 2 alone: one hierarchy with every controller. Version 1: a hierarchy a controller (or
a few). Hybrid: version 1 for the controllers, and a version 2 hierarchy beside them that limits nothing but in
which runc makes cgroups too. What we set goes to the controllers; what we remove is removed in all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# What the kubelet limits or measures (version 1 names; version 2 has no cpuacct, cpu measures there).
CONTROLLERS = ("cpu", "cpuacct", "cpuset", "memory", "pids")


@dataclass(frozen=True, slots=True)
class CgroupMounts:
    """`version` 1 or 2; the mount point of each controller (version 1 only); every hierarchy's mount point."""

    version: int
    controllers: Mapping[str, Path]
    hierarchies: tuple[Path, ...]

    @property
    def unified(self) -> Path:
        """The one hierarchy of version 2."""
        return self.hierarchies[0]


def parse_mounts(mountinfo: str) -> CgroupMounts:
    """The layout from /proc/self/mountinfo. Raises ValueError where no cgroups are mounted, naming what lacks."""
    controllers: dict[str, Path] = {}
    first: list[Path] = []
    second: list[Path] = []
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        kind, _, options = after.split(" ", 2)
        point = Path(before.split()[4])
        if kind == "cgroup2":
            second.append(point)
        elif kind == "cgroup":
            first.append(point)
            for option in options.split(","):
                if option in CONTROLLERS:
                    controllers.setdefault(option, point)
    if controllers:
        missing = [name for name in CONTROLLERS if name not in controllers]
        if missing:
            raise ValueError(f"cgroup version 1 is mounted without {', '.join(missing)}")
        return CgroupMounts(1, controllers, _unique([*first, *second]))
    if not second:
        raise ValueError("no cgroup hierarchy is mounted")
    return CgroupMounts(2, {}, _unique(second))


def read_mounts() -> CgroupMounts:
    """This machine's layout. Raises ValueError."""
    return parse_mounts(Path("/proc/self/mountinfo").read_text())


def _unique(points: list[Path]) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(points))
