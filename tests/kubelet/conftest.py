"""A real containerd for tests: in a directory, a network namespace and a mount namespace of its own.

Nothing that its containers do reaches the machine, and what is left when all pods are gone can be seen and counted:
processes by containerd's socket and by cgroup, mounts in the mount namespace, interfaces in the network namespace.
"""

from __future__ import annotations

import asyncio
import ctypes
import itertools
import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from pybernetes.kubelet.runtime.cgroups import Cgroups
from pybernetes.kubelet.runtime.client import Runtime
from pybernetes.launcher.containerd import (
    Containerd,
    Settings,
    kill_shims,
    oom_score_limited,
    shim_pids,
    start_containerd,
)
from pybernetes.launcher.imagebuild import build_images, import_images
from pybernetes.network.cni import conflist, write_conflist

CACHE = Path(__file__).parents[2] / ".cache"
CLONE_NEWNET = 0x40000000
_numbers = itertools.count()


def require(*programs: str) -> None:
    """Fail with the names of what is missing; a test that needs it is never skipped silently."""
    missing = [program for program in programs if shutil.which(program) is None]
    assert not missing, f"this test needs {', '.join(missing)} installed"
    assert os.geteuid() == 0, "this test needs root"


@dataclass
class Node:
    """A containerd with its namespaces, and a client of it."""

    directory: Path
    netns: str
    settings: Settings
    containerd: Containerd
    runtime: Runtime
    cgroups: Cgroups

    def interfaces(self) -> set[str]:
        """The interfaces of the node's network namespace, beside lo and the bridge that stays."""
        listed = subprocess.run(["ip", "-j", "-n", self.netns, "link"], capture_output=True, check=True).stdout
        return {link["ifname"] for link in json.loads(listed)} - {"lo", "cni0"}

    def mounts(self) -> list[str]:
        """Mount points below the node's directory, in containerd's mount namespace."""
        table = Path(f"/proc/{self.containerd.process.pid}/mountinfo").read_text()
        points = [line.split()[4] for line in table.splitlines()]
        return [point for point in points if point.startswith(str(self.directory))]

    def processes(self) -> list[int]:
        return [*shim_pids(self.settings), *self.cgroups.pids(self.cgroups.kubepods)]

    async def connect(self, host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection to something that listens inside the node's network namespace."""
        connection = _socket_in(f"/run/netns/{self.netns}")
        connection.setblocking(False)
        await asyncio.get_running_loop().sock_connect(connection, (host, port))
        return await asyncio.open_connection(sock=connection)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)


def _socket_in(namespace: str) -> socket.socket:
    """A TCP socket of another network namespace, made by a thread that enters it and ends."""
    made: list[socket.socket] = []
    failed: list[int] = []

    def make() -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        with open(namespace) as handle:  # noqa: PTH123
            if libc.setns(handle.fileno(), CLONE_NEWNET) != 0:
                failed.append(ctypes.get_errno())
                return
        made.append(socket.socket())

    thread = threading.Thread(target=make)
    thread.start()
    thread.join()
    assert made, f"cannot enter {namespace}: {os.strerror(failed[0])}"
    return made[0]


@asynccontextmanager
async def new_node(images: Sequence[str]) -> AsyncIterator[Node]:
    """A node whose containerd has the images of these recipes; everything is gone afterwards."""
    require("containerd", "runc", "ctr", "ip", "nsenter", "unshare", "apt-get")
    name = f"pyb-t{os.getpid()}-{next(_numbers)}"
    directory = Path(tempfile.mkdtemp(prefix=f"{name}-"))
    _ip("netns", "add", name)
    _ip("-n", name, "link", "set", "lo", "up")
    settings = Settings(directory, directory / "cni", oom_score_limited=oom_score_limited())
    write_conflist(settings.cni_conf_dir, conflist(["10.213.7.0/24"], 1450, data_dir=str(directory / "ipam")))
    cgroups = Cgroups(f"/{name}")
    prefix = ["nsenter", f"--net=/run/netns/{name}", "unshare", "--mount"]
    containerd: Containerd | None = None
    try:
        containerd = await start_containerd(settings, prefix)
        wanted = [image for image in build_images(CACHE) if image.archive.stem in images]
        await import_images(settings.socket, wanted)
        async with Runtime(containerd.address) as runtime:
            yield Node(directory, name, settings, containerd, runtime, cgroups)
    finally:
        if containerd is not None:
            await containerd.stop()
        kill_shims(settings)
        await cgroups.remove_all()
        _ip("netns", "del", name)
        shutil.rmtree(directory)


NodeFactory = Callable[[Sequence[str]], AbstractAsyncContextManager[Node]]


@pytest.fixture
def containerd_node() -> NodeFactory:
    """Makes nodes with the images of the recipes it is given."""
    return new_node


@pytest.fixture
async def node() -> AsyncIterator[Node]:
    """A node with the pause and busybox images."""
    async with new_node(("pause", "busybox")) as made:
        yield made
