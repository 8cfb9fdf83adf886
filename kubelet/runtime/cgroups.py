"""The cgroups of pods and of QoS classes, made by the kubelet itself (the "cgroupfs" driver).

    <root>/kubepods                     all pods: what the node may give away
    <root>/kubepods/pod<uid>            guaranteed pods
    <root>/kubepods/burstable/pod<uid>
    <root>/kubepods/besteffort/pod<uid>
    .../pod<uid>/<container id>         made by the runtime below the path it is told (cgroup_parent)

A pod's cgroup is made before its sandbox and removed after it. containerd leaves the directory behind, and after
a crash a directory may be all that is left of a pod: `pod_uids` lists them, `remove_pod` kills what is still
in one and removes it. `root` lets several nodes share a machine.

Version 1 has a directory in each controller's hierarchy, version 2 one directory: `_Version1` and `_Version2`
say what is written where, `Cgroups` does everything else. Writing the same limits again is fine, everything here
may be repeated after a crash at any line. Paths are of the kernel's file system, so calls take microseconds and
are not async, but for the waits in `remove_pod`.
"""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pybernetes.component.clock import SYSTEM_CLOCK, Clock
from pybernetes.kubelet.runtime.cgroup_mounts import CgroupMounts, read_mounts
from pybernetes.kubelet.runtime.resources import CgroupLimits, QOSClass, shares_to_weight

KUBEPODS = "kubepods"
_QOS_DIRECTORY = {QOSClass.GUARANTEED: "", QOSClass.BURSTABLE: "burstable", QOSClass.BEST_EFFORT: "besteffort"}
# A killed process is gone in milliseconds; one that waits for a disk may take seconds. After this the caller's
# next round tries again.
KILL_TIMEOUT_SECONDS = 5.0
KILL_POLL_SECONDS = 0.02
# What version 1 reports for "no limit": the largest multiple of a page below 2**63.
_UNLIMITED_BYTES = 2**62


class CgroupBusyError(RuntimeError):
    """Processes in a cgroup outlived KILL_TIMEOUT_SECONDS of being killed."""


@dataclass(frozen=True, slots=True)
class CgroupUsage:
    """What a cgroup and all below it use: CPU since it was made, memory and processes now.

    The working set is usage without the page cache that could be dropped at once (inactive file pages): what
    evictions and `top` go by. `memory_limit_bytes` is None without a limit.
    """

    cpu_nanoseconds: int
    memory_usage_bytes: int
    memory_working_set_bytes: int
    memory_rss_bytes: int
    memory_limit_bytes: int | None
    page_faults: int
    major_page_faults: int
    pids: int


class Cgroups:
    """The pod cgroups below `root` ("/" or, say, "/pybernetes/node-1"). Raises ValueError without cgroups."""

    def __init__(self, root: str = "/", mounts: CgroupMounts | None = None, clock: Clock = SYSTEM_CLOCK) -> None:
        self._mounts = mounts or read_mounts()
        self._files: _Version = _Version1(self._mounts) if self._mounts.version == 1 else _Version2(self._mounts)
        self._clock = clock
        self._root = root.strip("/")
        self.kubepods = f"/{self._root}/{KUBEPODS}" if self._root else f"/{KUBEPODS}"

    @property
    def version(self) -> int:
        """1 or 2."""
        return self._mounts.version

    def qos_path(self, qos: QOSClass) -> str:
        """Where the pods of a class are."""
        directory = _QOS_DIRECTORY[qos]
        return f"{self.kubepods}/{directory}" if directory else self.kubepods

    def pod_path(self, uid: str, qos: QOSClass) -> str:
        """A pod's cgroup: SandboxConfig.cgroup_parent."""
        return f"{self.qos_path(qos)}/pod{uid}"

    def setup(self, allocatable: CgroupLimits) -> None:
        """Make the tree above the pods; `allocatable` bounds all pods together. At every start of the kubelet.

        Best effort gets the least share of CPU for good; burstable's follows its pods: set_burstable_shares.
        """
        self._files.create(self.kubepods)
        self._files.apply(self.kubepods, allocatable)
        for qos in (QOSClass.BURSTABLE, QOSClass.BEST_EFFORT):
            self._files.create(self.qos_path(qos))
        self._files.apply(self.qos_path(QOSClass.BEST_EFFORT), CgroupLimits())

    def set_burstable_shares(self, cpu_shares: int) -> None:
        """The share of all burstable pods together: milli_cpu_to_shares of the sum of their requests."""
        self._files.apply(self.qos_path(QOSClass.BURSTABLE), CgroupLimits(cpu_shares=cpu_shares))

    def create_pod(self, uid: str, qos: QOSClass, limits: CgroupLimits) -> str:
        """Make a pod's cgroup, or bring it to these limits; its path. Raises OSError if the kernel refuses."""
        path = self.pod_path(uid, qos)
        self._files.create(path)
        self._files.apply(path, limits)
        return path

    def pod_uids(self) -> dict[str, str]:
        """The pods that have a cgroup in any hierarchy, and its path."""
        found: dict[str, str] = {}
        for qos in QOSClass:
            for hierarchy in self._mounts.hierarchies:
                for entry in _directories(hierarchy / self.qos_path(qos).lstrip("/")):
                    if entry.name.startswith("pod"):
                        found[entry.name.removeprefix("pod")] = f"{self.qos_path(qos)}/{entry.name}"
        return found

    def pids(self, path: str) -> set[int]:
        """The processes in a cgroup and below it."""
        return {
            pid for directory in self._everywhere(path) for each in _deepest_first(directory) for pid in _pids_in(each)
        }

    def usage(self, path: str) -> CgroupUsage | None:
        """What a cgroup uses, or None if there is none."""
        try:
            return self._files.usage(path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            if error.errno == errno.ENODEV:  # removed between opening and reading
                return None
            raise

    async def remove_pod(self, uid: str) -> bool:
        """Remove a pod's cgroups wherever they are, killing what is in them; whether there were any.

        Raises CgroupBusyError if processes will not die in KILL_TIMEOUT_SECONDS.
        """
        path = self.pod_uids().get(uid)
        if path is None:
            return False
        await self._remove(path)
        return True

    async def remove_all(self) -> None:
        """Remove every pod and the tree itself, for a node that is taken down. Raises CgroupBusyError."""
        await self._remove(self.kubepods)
        if self._root:
            for directory in self._everywhere(f"/{self._root}"):
                _remove_empty(directory)

    async def _remove(self, path: str) -> None:
        deadline = self._clock.monotonic() + KILL_TIMEOUT_SECONDS
        while True:
            for pid in self.pids(path):
                _kill(pid)
            if not [each for each in self._everywhere(path) if not _remove_tree(each)]:
                return
            if self._clock.monotonic() >= deadline:
                raise CgroupBusyError(f"cgroup {path} is still in use by processes {sorted(self.pids(path))}")
            await self._clock.sleep(KILL_POLL_SECONDS)

    def _everywhere(self, path: str) -> list[Path]:
        return [hierarchy / path.lstrip("/") for hierarchy in self._mounts.hierarchies]


class _Version(Protocol):
    """What differs between the versions."""

    def create(self, path: str) -> None: ...

    def apply(self, path: str, limits: CgroupLimits) -> None: ...

    def usage(self, path: str) -> CgroupUsage: ...


class _Version1:
    def __init__(self, mounts: CgroupMounts) -> None:
        self._points = mounts.controllers

    def _directory(self, controller: str, path: str) -> Path:
        return self._points[controller] / path.lstrip("/")

    def create(self, path: str) -> None:
        for point in dict.fromkeys(self._points.values()):
            (point / path.lstrip("/")).mkdir(parents=True, exist_ok=True)
        self._inherit_cpuset(path)

    def _inherit_cpuset(self, path: str) -> None:
        """A new cpuset is empty, and nothing can run in it: fill it, and those above it, from the root down."""
        parent = self._points["cpuset"]
        for part in Path(path.lstrip("/")).parts:
            child = parent / part
            for name in ("cpuset.cpus", "cpuset.mems"):
                if not (child / name).read_text().strip():
                    (child / name).write_text((parent / name).read_text())
            parent = child

    def apply(self, path: str, limits: CgroupLimits) -> None:
        cpu = self._directory("cpu", path)
        _write(cpu / "cpu.shares", limits.cpu_shares)
        _write(cpu / "cpu.cfs_period_us", limits.cpu_period_microseconds)
        _write(cpu / "cpu.cfs_quota_us", _or(limits.cpu_quota_microseconds, -1))
        _write(self._directory("memory", path) / "memory.limit_in_bytes", _or(limits.memory_bytes, -1))
        _write(self._directory("pids", path) / "pids.max", _or(limits.pids, "max"))

    def usage(self, path: str) -> CgroupUsage:
        memory = self._directory("memory", path)
        stat = _keyed(memory / "memory.stat")
        used = _number(memory / "memory.usage_in_bytes")
        limit = _number(memory / "memory.limit_in_bytes")
        return CgroupUsage(
            cpu_nanoseconds=_number(self._directory("cpuacct", path) / "cpuacct.usage"),
            memory_usage_bytes=used,
            memory_working_set_bytes=max(used - stat.get("total_inactive_file", 0), 0),
            memory_rss_bytes=stat.get("total_rss", 0),
            memory_limit_bytes=limit if limit < _UNLIMITED_BYTES else None,
            page_faults=stat.get("total_pgfault", 0),
            major_page_faults=stat.get("total_pgmajfault", 0),
            pids=_number(self._directory("pids", path) / "pids.current"),
        )


class _Version2:
    def __init__(self, mounts: CgroupMounts) -> None:
        self._point = mounts.unified

    def create(self, path: str) -> None:
        """Make the directory, handing the controllers down from the root: a cgroup has those its parent gives."""
        parent = self._point
        for part in Path(path.lstrip("/")).parts:
            available = (parent / "cgroup.controllers").read_text().split()
            wanted = {"cpu", "cpuset", "memory", "pids", "io", "hugetlb"}.intersection(available)
            given = (parent / "cgroup.subtree_control").read_text().split()
            for name in sorted(wanted.difference(given)):
                _write(parent / "cgroup.subtree_control", f"+{name}")
            parent = parent / part
            parent.mkdir(exist_ok=True)

    def apply(self, path: str, limits: CgroupLimits) -> None:
        directory = self._point / path.lstrip("/")
        _write(directory / "cpu.weight", shares_to_weight(limits.cpu_shares))
        quota = _or(limits.cpu_quota_microseconds, "max")
        _write(directory / "cpu.max", f"{quota} {limits.cpu_period_microseconds}")
        _write(directory / "memory.max", _or(limits.memory_bytes, "max"))
        _write(directory / "pids.max", _or(limits.pids, "max"))

    def usage(self, path: str) -> CgroupUsage:
        directory = self._point / path.lstrip("/")
        stat = _keyed(directory / "memory.stat")
        used = _number(directory / "memory.current")
        limit = (directory / "memory.max").read_text().strip()
        return CgroupUsage(
            cpu_nanoseconds=_keyed(directory / "cpu.stat")["usage_usec"] * 1000,
            memory_usage_bytes=used,
            memory_working_set_bytes=max(used - stat.get("inactive_file", 0), 0),
            memory_rss_bytes=stat.get("anon", 0),
            memory_limit_bytes=None if limit == "max" else int(limit),
            page_faults=stat.get("pgfault", 0),
            major_page_faults=stat.get("pgmajfault", 0),
            pids=_number(directory / "pids.current"),
        )


def _or(value: int | None, default: int | str) -> int | str:
    return default if value is None else value


def _write(file: Path, value: int | str) -> None:
    """Write a control file; the error names the file and the value, which the kernel's does not."""
    try:
        file.write_text(str(value))
    except OSError as error:
        raise OSError(error.errno, f"cannot write {value!r}: {error.strerror}", str(file)) from error


def _number(file: Path) -> int:
    return int(file.read_text())


def _keyed(file: Path) -> dict[str, int]:
    """A file of "name number" lines."""
    return {name: int(value) for name, _, value in (line.partition(" ") for line in file.read_text().splitlines())}


def _directories(parent: Path) -> Iterator[Path]:
    try:
        with os.scandir(parent) as entries:
            yield from [Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False)]
    except FileNotFoundError:
        return


def _deepest_first(directory: Path) -> Iterable[Path]:
    for child in _directories(directory):
        yield from _deepest_first(child)
    yield directory


def _pids_in(directory: Path) -> list[int]:
    try:
        # A process of a PID namespace that we do not see is listed as 0, which kill() takes for ourselves.
        return [int(line) for line in (directory / "cgroup.procs").read_text().split() if line != "0"]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        if error.errno in (errno.ENODEV, errno.EOPNOTSUPP):  # removed meanwhile; or a threaded cgroup
            return []
        raise


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _remove_tree(directory: Path) -> bool:
    """Remove a cgroup and those below it; whether all are gone."""
    return not [each for each in _deepest_first(directory) if not _remove_empty(each)]


def _remove_empty(directory: Path) -> bool:
    """Remove one cgroup; False while it has processes or children."""
    try:
        directory.rmdir()
    except FileNotFoundError:
        return True
    except OSError as error:
        if error.errno in (errno.EBUSY, errno.ENOTEMPTY):
            return False
        raise
    return True
