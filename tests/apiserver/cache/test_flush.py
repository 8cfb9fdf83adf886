"""Events of a resource that many watch gather while its watchers rest, and none is lost or out of order."""

from __future__ import annotations

import asyncio
import itertools

import orjson
import pytest

from pybernetes.api.definition import definition_of
from pybernetes.api.resources import resource
from pybernetes.apiserver.cache import resource_cache
from pybernetes.apiserver.cache.resource_cache import ResourceCache
from pybernetes.apiserver.cache.selection import ALL
from pybernetes.apiserver.cache.watcher import Watcher


class Reader:
    """A sink that notes each write."""

    backlog = 0

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.written = asyncio.Event()

    def write(self, data: bytes) -> None:
        self.writes.append(data)
        self.written.set()

    async def closed(self) -> None:
        await asyncio.Event().wait()


@pytest.fixture
def cache() -> ResourceCache:
    found = resource("configmaps")
    return ResourceCache(found, definition_of(found))


def change(cache: ResourceCache, number: int) -> None:
    obj = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"x{number}", "namespace": "default"}}
    cache.apply_put(f"default/x{number}", orjson.dumps(obj), number, None)
    cache.flush()


def watched(cache: ResourceCache) -> Reader:
    reader = Reader()
    cache.watchers.add(Watcher(reader, namespace="", selection=ALL))
    return reader


def clock(monkeypatch: pytest.MonkeyPatch, *moments: float) -> None:
    """What the clock shows at each look; after the last it stands still."""
    shown = itertools.chain(moments, itertools.repeat(moments[-1]))
    monkeypatch.setattr(resource_cache, "monotonic", lambda: next(shown))


async def test_where_few_watch_nobody_waits(cache: ResourceCache, monkeypatch: pytest.MonkeyPatch) -> None:
    clock(monkeypatch, 1000.0, 1000.0, 1000.0001)
    reader = watched(cache)
    for number in range(1, 4):
        change(cache, number)
    assert [write.count(b"\n") for write in reader.writes] == [1, 1, 1]


async def test_after_a_long_flush_events_gather(cache: ResourceCache, monkeypatch: pytest.MonkeyPatch) -> None:
    clock(monkeypatch, 1000.0, 1000.0, 1000.005, 1000.006)
    reader = watched(cache)
    change(cache, 1)
    assert len(reader.writes) == 1
    reader.written.clear()
    for number in range(2, 6):
        change(cache, number)
    assert len(reader.writes) == 1
    async with asyncio.timeout(5):
        await reader.written.wait()
    names = [orjson.loads(line)["object"]["metadata"]["name"] for line in reader.writes[1].splitlines()]
    assert names == ["x2", "x3", "x4", "x5"]
