"""Objects in protobuf are made once, as long as there is room, and forgotten with their entries."""

from __future__ import annotations

import gc
from typing import Any

import pytest

from pybernetes.api.definition import definition_of
from pybernetes.api.object import Json
from pybernetes.api.protobuf.codec import MEDIA_TYPE, decode
from pybernetes.api.resources import resource
from pybernetes.apiserver.cache import messages
from pybernetes.apiserver.cache.entry import encode
from pybernetes.apiserver.cache.messages import enveloped, held_bytes, item_of
from pybernetes.apiserver.cache.resource_cache import ResourceCache
from pybernetes.apiserver.http import ListResponse, Response
from pybernetes.apiserver.rest.protobuf_forms import listed
from tests.apiserver.conftest import Api, config_map

CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"


@pytest.fixture
def cache() -> ResourceCache:
    found = resource("configmaps")
    return ResourceCache(found, definition_of(found))


def stored(name: str) -> bytes:
    metadata: Json = {"name": name, "namespace": "d"}
    return encode({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"k": "v"}})


def put(cache: ResourceCache, name: str, revision: int) -> Any:
    cache.apply_put(f"d/{name}", stored(name), revision, None)
    return cache.get("d", name)


def test_a_message_is_made_once_and_counted_while_its_entry_is_there(cache: ResourceCache) -> None:
    gc.collect()
    before = held_bytes()
    cache.load("d/a", stored("a"), 5)
    entry = cache.get("d", "a")
    assert entry is not None
    made = item_of(cache, entry)
    assert item_of(cache, entry) is made
    assert held_bytes() == before + len(made)
    assert decode(enveloped(cache, entry)) == {**cache.object(entry)}
    del entry, made
    cache.load("d/a", stored("a"), 6)
    gc.collect()
    assert held_bytes() == before


def test_beyond_the_limit_nothing_is_kept(cache: ResourceCache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "LIMIT_BYTES", 0)
    entry = put(cache, "a", 5)
    before = held_bytes()
    assert item_of(cache, entry) == item_of(cache, entry)
    assert entry.message is None
    assert held_bytes() == before


async def test_a_list_is_the_list_of_its_objects(cache: ResourceCache) -> None:
    metadata: Json = {"resourceVersion": "9", "continue": "x", "remainingItemCount": 3}
    empty = await listed(cache, [], metadata)
    assert decode(empty.body) == {"apiVersion": "v1", "kind": "ConfigMapList", "metadata": metadata}
    for number in range(250):
        put(cache, f"a{number:03d}", 5 + number)
    answer = await listed(cache, cache.entries(), metadata)
    assert isinstance(answer, ListResponse)
    assert answer.content_type == MEDIA_TYPE
    assert answer.size == len(answer.body)
    items = decode(answer.body)["items"]
    expected = [cache.object(entry) for entry in cache.entries()]
    assert items == [{name: one[name] for name in ("metadata", "data")} for one in expected]


async def test_a_change_is_read_by_who_read_before(api: Api) -> None:
    await api.create(CONFIG_MAPS, config_map("a", k="1"))
    for value in ("1", "2"):
        await api.ok("PUT", f"{CONFIG_MAPS}/a", config_map("a", k=value))
        for path in (f"{CONFIG_MAPS}/a", CONFIG_MAPS):
            answer = await api.answer("GET", path, accept=MEDIA_TYPE)
            assert isinstance(answer, Response)
            read = decode(answer.body)
            assert read.get("items", [read])[0]["data"] == {"k": value}
