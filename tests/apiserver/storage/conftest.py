"""Stores to test: the embedded one in a temporary folder, and one in real etcd processes."""

from __future__ import annotations

import asyncio
import subprocess
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from pybernetes.apiserver.storage import sqlite_committer
from pybernetes.apiserver.storage.etcd import EtcdStore
from pybernetes.apiserver.storage.interface import Store, WatchBatch
from pybernetes.apiserver.storage.sqlite import SQLiteStore
from pybernetes.component.clock import SYSTEM_CLOCK, Clock, FakeClock
from tests.fakes.etcd import EtcdCluster


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
