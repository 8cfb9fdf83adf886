"""Stores to test: the embedded one in a temporary folder, and real etcd processes on free loopback ports."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pybernetes.apiserver.storage import sqlite_committer
from pybernetes.apiserver.storage.etcd import EtcdStore
from pybernetes.apiserver.storage.interface import Store, WatchBatch
from pybernetes.apiserver.storage.sqlite import SQLiteStore
from pybernetes.component.clock import SYSTEM_CLOCK, Clock, FakeClock

START_SECONDS = 20.0


@dataclass
class Etcd:
    """One etcd process."""

    name: str
    folder: Path
    client: str
    peer: str
    options: list[str] = field(default_factory=list)
    process: subprocess.Popen[bytes] | None = None

    def start(self, cluster: list[Etcd]) -> None:
        members = ",".join(f"{member.name}={member.peer}" for member in cluster)
        command = ["etcd", f"--name={self.name}", f"--data-dir={self.folder / 'data'}", "--log-level=error"]
        command += [f"--listen-client-urls={self.client}", f"--advertise-client-urls={self.client}"]
        command += [f"--listen-peer-urls={self.peer}", f"--initial-advertise-peer-urls={self.peer}"]
        command += [f"--initial-cluster={members}", "--heartbeat-interval=50", "--election-timeout=500"]
        self.folder.mkdir(exist_ok=True)
        log = (self.folder / "log").open("ab")
        self.process = subprocess.Popen([*command, *self.options], stdout=log, stderr=log)
        log.close()

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def is_leader(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.client}/metrics", timeout=2) as page:
                return b"\netcd_server_is_leader 1\n" in page.read()
        except OSError:
            return False

    def is_healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.client}/health", timeout=2) as page:
                return json.load(page)["health"] == "true"
        except (OSError, urllib.error.HTTPError):
            return False

    def wait_until_healthy(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self.is_healthy():
            assert self.process is not None and self.process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < deadline, (self.folder / "log").read_text()
            time.sleep(0.05)


class EtcdCluster:
    """Some etcd processes that are one cluster."""

    def __init__(self, folder: Path, size: int) -> None:
        if shutil.which("etcd") is None:
            pytest.fail("etcd is not on PATH: install the package etcd-server")
        ports = free_ports(2 * size)
        self.members = [
            Etcd(f"m{i}", folder / f"m{i}", f"http://127.0.0.1:{ports[2 * i]}", f"http://127.0.0.1:{ports[2 * i + 1]}")
            for i in range(size)
        ]

    def start(self) -> None:
        for member in self.members:
            member.start(self.members)
        for member in self.members:
            member.wait_until_healthy()

    def leader(self) -> Etcd:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            for member in self.members:
                if member.process is not None and member.is_leader():
                    return member
            time.sleep(0.05)
        raise AssertionError("the cluster has no leader")

    def stop(self) -> None:
        for member in self.members:
            member.kill()

    @property
    def urls(self) -> list[str]:
        return [member.client for member in self.members]


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for free in sockets:
            free.bind(("127.0.0.1", 0))
        return [free.getsockname()[1] for free in sockets]
    finally:
        for free in sockets:
            free.close()


@pytest.fixture(scope="session")
def etcd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EtcdCluster]:
    """One member for all tests; each has a namespace of its own there."""
    cluster = EtcdCluster(tmp_path_factory.mktemp("etcd"), 1)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture
def etcd_of_three(tmp_path: Path) -> Iterator[EtcdCluster]:
    cluster = EtcdCluster(tmp_path, 3)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


class StoreMaker:
    """Opens the store of one test, again and again if need be, and closes what is still open at its end."""

    def __init__(self, make: str, folder: Path, cluster: EtcdCluster | None) -> None:
        self.make = make
        self.folder = folder
        self.cluster = cluster
        self.clock = FakeClock()
        self._namespace = f"/{uuid.uuid4()}"
        self._opened: list[Store] = []

    async def open(self, clock: Clock | None = None) -> Store:
        store: Store
        if self.cluster is None:
            store = await SQLiteStore.open(self.folder / "state.db", clock=clock or self.clock)
        else:
            store = await EtcdStore.open(self.cluster.urls, clock=clock or self.clock, namespace=self._namespace)
        self._opened.append(store)
        return store

    async def open_copy(self, snapshot: Path) -> Store:
        """Open what a snapshot holds: etcd's is unpacked by its own tool and served by a process of its own."""
        if self.cluster is None:
            store: Store = await SQLiteStore.open(snapshot, clock=self.clock)
        else:
            restored = EtcdCluster(self.folder / "restored", 1)
            member = restored.members[0]
            member.folder.mkdir(parents=True)
            command = ["etcdctl", "snapshot", "restore", str(snapshot), f"--data-dir={member.folder / 'data'}"]
            command += [f"--name={member.name}", f"--initial-cluster={member.name}={member.peer}"]
            command += [f"--initial-advertise-peer-urls={member.peer}"]
            done = subprocess.run(command, capture_output=True, check=False)  # noqa: ASYNC221
            assert done.returncode == 0, done.stderr.decode()
            self._restored = restored
            await asyncio.to_thread(restored.start)
            store = await EtcdStore.open(restored.urls, clock=self.clock, namespace=self._namespace)
        self._opened.append(store)
        return store

    async def close(self) -> None:
        for store in self._opened:
            await store.close()
        if hasattr(self, "_restored"):
            self._restored.stop()


@pytest.fixture(params=["sqlite", "sqlite-synced-by-its-thread", "etcd"])
async def stores(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[StoreMaker]:
    if request.param == "sqlite-synced-by-its-thread":
        monkeypatch.setattr(sqlite_committer, "_kernel_sync", lambda file: None)
    cluster = request.getfixturevalue("etcd") if request.param == "etcd" else None
    maker = StoreMaker(request.param, tmp_path, cluster)
    try:
        yield maker
    finally:
        await maker.close()


@pytest.fixture
async def store(stores: StoreMaker) -> Store:
    return await stores.open()


@pytest.fixture
def system_clock() -> Clock:
    return SYSTEM_CLOCK


Take = Callable[..., Awaitable[WatchBatch]]


@pytest.fixture
def take() -> Take:
    """The next batch of a watch, or a failure after some seconds."""

    async def take_one(watch: AsyncIterator[WatchBatch], *, seconds: float = 10.0) -> WatchBatch:
        async with asyncio.timeout(seconds):
            return await anext(watch)

    return take_one
