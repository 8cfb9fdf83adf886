"""What was acknowledged is there after kill -9, and a store that was killed goes on where it was."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pybernetes.apiserver.storage.etcd import EtcdStore
from pybernetes.apiserver.storage.interface import Event, KeyValue, RevisionMismatch, Store, StoreUnavailable
from pybernetes.apiserver.storage.sqlite import SQLiteStore

WRITER = Path(__file__).with_name("writer_process.py")


def write_until_killed(path: Path, name: str, after_lines: int) -> dict[str, tuple[int, str]]:
    """The last acknowledged write of every key, as a killed process told them."""
    process = subprocess.Popen([sys.executable, str(WRITER), str(path), name], stdout=subprocess.PIPE)
    assert process.stdout is not None
    lines: list[bytes] = []
    with process.stdout as output:
        while len(lines) < after_lines:
            line = output.readline()
            assert line, "the writer died by itself"
            lines.append(line)
        os.kill(process.pid, signal.SIGKILL)
        lines += output.readlines()
    process.wait()
    acknowledged = {}
    for line in lines:
        if line.endswith(b"\n"):
            key, revision, value = line.decode().split()
            acknowledged[key] = (int(revision), value)
    return acknowledged


async def test_nothing_acknowledged_is_lost_when_the_process_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    newest = 0
    for life in range(4):
        acknowledged = await asyncio.to_thread(write_until_killed, path, f"life{life}", 300 + 700 * life)
        store = await SQLiteStore.open(path)
        assert await store.current_revision() >= max(revision for revision, _ in acknowledged.values()) > newest
        newest = await store.current_revision()
        for key, (revision, value) in acknowledged.items():
            found = await store.get(key)
            # A write may have become durable without the writer having lived to say so; none may be older.
            assert found is not None and found.revision >= revision
            if found.revision == revision:
                assert found.value == value.encode() * 100
        assert len((await store.list("/life0/")).items) > 0
        newest = max(newest, await store.create(f"/after/{life}", b""))
        await store.close()


class Traffic:
    """Writers that go on through failures and note what was acknowledged."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.acknowledged: dict[str, tuple[int, bytes]] = {}
        self.revisions: list[int] = []
        self.times: list[float] = []
        self.unknown = 0
        self.stop = False

    async def write(self, worker: int) -> None:
        count = 0
        known: dict[str, int] = {}
        while not self.stop:
            count += 1
            key, value = f"/{worker}/{count % 5}", f"{worker}-{count}".encode()
            try:
                if key not in known:
                    found = await self.store.get(key)
                    known[key] = found.revision if found else 0
                if known[key]:
                    known[key] = await self.store.update(key, value, expected_revision=known[key])
                else:
                    known[key] = await self.store.create(key, value)
            except (StoreUnavailable, RevisionMismatch):
                # The outcome of the write before may have been unknown. Only this worker writes the key.
                self.unknown += 1
                known.pop(key, None)
                continue
            self.acknowledged[key] = (known[key], value)
            self.revisions.append(known[key])
            self.times.append(time.monotonic())


async def until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


@pytest.mark.slow
async def test_losing_the_leader_of_three_loses_nothing(etcd_of_three: Any) -> None:
    cluster = etcd_of_three
    leader = await asyncio.to_thread(cluster.leader)
    # The leader is the endpoint in use, so that its death hits requests under way and the watch.
    urls = [leader.client, *(url for url in cluster.urls if url != leader.client)]
    store = await EtcdStore.open(urls)
    start = await store.current_revision()
    seen: list[Event] = []
    watch = store.watch("/", after_revision=start)

    async def see() -> None:
        async for batch in watch:
            seen.extend(batch.events)

    watching = asyncio.create_task(see())
    traffic = Traffic(store)
    writers = [asyncio.create_task(traffic.write(i)) for i in range(8)]
    await until(lambda: len(traffic.revisions) > 300)
    leader.kill()
    killed = time.monotonic()
    await until(lambda: len(traffic.times) > 0 and traffic.times[-1] > killed + 1.0)
    before = len(traffic.revisions)
    await until(lambda: len(traffic.revisions) > before + 300)
    # The first one comes back, another goes.
    leader.start(cluster.members)
    await asyncio.to_thread(leader.wait_until_healthy)
    next_leader = await asyncio.to_thread(cluster.leader)
    next_leader.kill()
    before, killed = len(traffic.revisions), time.monotonic()
    await until(lambda: len(traffic.revisions) > before + 300 and traffic.times[-1] > killed + 1.0)
    traffic.stop = True
    await asyncio.gather(*writers)

    last = await store.current_revision()
    await until(lambda: bool(seen) and seen[-1].revision >= last)
    watching.cancel()
    await asyncio.wait({watching})
    await watch.aclose()
    revisions = [event.revision for event in seen]
    assert revisions == sorted(set(revisions))
    assert set(traffic.revisions) <= set(revisions)
    assert len(traffic.revisions) == len(set(traffic.revisions))
    # What was not acknowledged but took place are at most the writes with an unknown outcome.
    assert len(revisions) - len(traffic.revisions) <= traffic.unknown
    state: dict[str, KeyValue] = {}
    for event in seen:
        assert event.previous == state.get(event.key)
        state[event.key] = KeyValue(event.key, event.value, event.revision)
    assert (await store.list("/")).items == [state[key] for key in sorted(state)]
    for key, (revision, value) in traffic.acknowledged.items():
        assert state[key].revision >= revision
        assert state[key].revision > revision or state[key].value == value
    await store.close()


async def test_without_a_quorum_the_store_is_unavailable_and_comes_back(etcd_of_three: Any) -> None:
    cluster = etcd_of_three
    store = await EtcdStore.open(cluster.urls)
    revision = await store.create("/a", b"1")
    for member in cluster.members[:2]:
        member.kill()
    try:
        await store.check()
        raise AssertionError("a cluster without a quorum passed the check")
    except StoreUnavailable:
        pass
    for member in cluster.members[:2]:
        member.start(cluster.members)
    found = await store.get("/a")
    assert found == KeyValue("/a", b"1", revision)
    await store.check()
    await store.close()
