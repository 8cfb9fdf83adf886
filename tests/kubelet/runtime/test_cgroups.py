"""Pod cgroups: the mount table as a table, then the real cgroup file systems of this machine."""

from __future__ import annotations

import os
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pybernetes.kubelet.runtime.cgroup_mounts import CgroupMounts, parse_mounts
from pybernetes.kubelet.runtime.cgroups import Cgroups
from pybernetes.kubelet.runtime.resources import CgroupLimits, QOSClass

HYBRID = """\
30 23 0:26 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
31 30 0:27 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
33 30 0:29 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset
34 30 0:30 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
35 30 0:31 / /sys/fs/cgroup/freezer rw,relatime - cgroup cgroup rw,freezer
36 30 0:32 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids
37 30 0:33 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd
38 30 0:34 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
"""
SECOND = (
    "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n1 1 8:1 / / rw - ext4 /dev/a rw\n"
)


def test_hybrid_mounts_are_version_1_and_remember_the_second_hierarchy() -> None:
    mounts = parse_mounts(HYBRID)
    base = Path("/sys/fs/cgroup")
    assert mounts.version == 1
    assert mounts.controllers == {
        "cpu": base / "cpu,cpuacct",
        "cpuacct": base / "cpu,cpuacct",
        "cpuset": base / "cpuset",
        "memory": base / "memory",
        "pids": base / "pids",
    }
    assert base / "unified" in mounts.hierarchies
    assert base / "freezer" in mounts.hierarchies


def test_version_2_mounts() -> None:
    assert parse_mounts(SECOND) == CgroupMounts(2, {}, (Path("/sys/fs/cgroup"),))


@pytest.mark.parametrize("mountinfo", ["", "1 1 8:1 / / rw - ext4 /dev/a rw\n", HYBRID.replace("rw,memory", "rw,x")])
def test_missing_hierarchies_are_named(mountinfo: str) -> None:
    with pytest.raises(ValueError, match=r"memory|no cgroup hierarchy"):
        parse_mounts(mountinfo)


def test_paths() -> None:
    mounts = parse_mounts(SECOND)
    cgroups = Cgroups(mounts=mounts)
    assert cgroups.pod_path("u1", QOSClass.GUARANTEED) == "/kubepods/podu1"
    assert cgroups.pod_path("u1", QOSClass.BURSTABLE) == "/kubepods/burstable/podu1"
    assert cgroups.pod_path("u1", QOSClass.BEST_EFFORT) == "/kubepods/besteffort/podu1"
    assert Cgroups("/x/node-1", mounts).pod_path("u1", QOSClass.GUARANTEED) == "/x/node-1/kubepods/podu1"


def test_version_2_files(tmp_path: Path) -> None:
    """What is written where in version 2, in a directory that stands in for the kernel's."""
    cgroups = Cgroups("/n1", CgroupMounts(2, {}, (tmp_path,)))
    for directory in ("", "n1", "n1/kubepods", "n1/kubepods/burstable"):
        (tmp_path / directory).mkdir(exist_ok=True)
        (tmp_path / directory / "cgroup.controllers").write_text("cpu memory pids\n")
        (tmp_path / directory / "cgroup.subtree_control").write_text("memory cpu pids\n")
    path = cgroups.create_pod("u", QOSClass.BURSTABLE, CgroupLimits(1024, 50_000, 100_000, 1 << 20, 10))
    pod = tmp_path / path.lstrip("/")
    written = {file.name: file.read_text() for file in pod.iterdir()}
    assert written == {"cpu.weight": "100", "cpu.max": "50000 100000", "memory.max": "1048576", "pids.max": "10"}
    cgroups.create_pod("u", QOSClass.BURSTABLE, CgroupLimits())
    written = {file.name: file.read_text() for file in pod.iterdir()}
    assert written == {"cpu.weight": "1", "cpu.max": "max 100000", "memory.max": "max", "pids.max": "max"}
    assert cgroups.pod_uids() == {"u": path}

    (pod / "cpu.stat").write_text("usage_usec 1500\nuser_usec 1000\n")
    (pod / "memory.current").write_text("9000\n")
    (pod / "memory.stat").write_text("anon 4000\ninactive_file 2000\npgfault 7\npgmajfault 1\n")
    (pod / "pids.current").write_text("3\n")
    usage = cgroups.usage(path)
    assert usage is not None
    assert (usage.cpu_nanoseconds, usage.memory_working_set_bytes, usage.memory_rss_bytes) == (1_500_000, 7000, 4000)
    assert (usage.memory_limit_bytes, usage.pids, usage.major_page_faults) == (None, 3, 1)
    assert cgroups.usage("/nowhere") is None


@pytest.fixture
async def cgroups() -> AsyncIterator[Cgroups]:
    assert os.geteuid() == 0, "pod cgroups need root"
    tree = Cgroups(f"/pybernetes-test-{os.getpid()}")
    yield tree
    await tree.remove_all()


def spawn_in(cgroups: Cgroups, path: str) -> subprocess.Popen[bytes]:
    """A process in a child cgroup of a pod's, as the runtime makes one, in every hierarchy."""
    process = subprocess.Popen(["sleep", "600"])
    for hierarchy in cgroups._mounts.hierarchies:
        child = hierarchy / path.lstrip("/") / "container"
        child.mkdir(parents=True, exist_ok=True)
        for name in ("cpuset.cpus", "cpuset.mems"):
            if (child / name).exists():
                (child / name).write_text((child.parent / name).read_text())
        (child / "cgroup.procs").write_text(str(process.pid))
    return process


async def test_a_pod_is_made_measured_listed_and_removed_with_its_processes(cgroups: Cgroups) -> None:
    cgroups.setup(CgroupLimits(cpu_shares=2048))
    limits = CgroupLimits(512, 50_000, 100_000, 64 << 20, 100)
    path = cgroups.create_pod("aaaa-1", QOSClass.BURSTABLE, limits)
    assert cgroups.create_pod("aaaa-1", QOSClass.BURSTABLE, limits) == path
    cgroups.create_pod("bbbb-2", QOSClass.BEST_EFFORT, CgroupLimits())
    cgroups.create_pod("cccc-3", QOSClass.GUARANTEED, CgroupLimits())
    assert set(cgroups.pod_uids()) == {"aaaa-1", "bbbb-2", "cccc-3"}

    process = spawn_in(cgroups, path)
    assert cgroups.pids(path) == {process.pid}
    usage = cgroups.usage(path)
    assert usage is not None
    assert usage.pids == 1
    assert usage.memory_limit_bytes == 64 << 20
    assert usage.cpu_nanoseconds >= 0

    assert await cgroups.remove_pod("aaaa-1")
    assert process.wait() == -9
    assert set(cgroups.pod_uids()) == {"bbbb-2", "cccc-3"}
    assert not await cgroups.remove_pod("aaaa-1")
    assert cgroups.usage(path) is None

    await cgroups.remove_all()
    for hierarchy in cgroups._mounts.hierarchies:
        assert not (hierarchy / f"pybernetes-test-{os.getpid()}").exists()


async def test_limits_change_in_place_and_can_be_lifted(cgroups: Cgroups) -> None:
    cgroups.setup(CgroupLimits(cpu_shares=2048))
    path = cgroups.create_pod("u", QOSClass.GUARANTEED, CgroupLimits(1024, 100_000, 100_000, 32 << 20, 5))
    cgroups.create_pod("u", QOSClass.GUARANTEED, CgroupLimits(2048, None, 100_000, None, None))
    usage = cgroups.usage(path)
    assert usage is not None
    assert usage.memory_limit_bytes is None
    cgroups.set_burstable_shares(4096)
