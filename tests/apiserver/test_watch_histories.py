"""Random histories: whoever lists and follows the events holds, in the end, exactly what is there.

Writers change objects of two kinds in three namespaces. Followers, each with a selection of its own, get the state in
one of the ways there are (a list, a list in pages, a list from the cache, a watch that begins with what is there),
apply events, lose their connection at any moment and go on from the last version they know of. Some see
objects as rows of Tables. Each event is checked against the state that it is applied to: what is deleted, or stops to
be selected, is shown as it was. A short history makes resumed watches read the store; compaction makes them
begin anew.
"""

from __future__ import annotations

import random
from collections import deque
from contextlib import AsyncExitStack
from typing import Any

import pytest

from pybernetes.api.errors import APIError
from pybernetes.api.object import Json, key_of, resource_version_of
from pybernetes.apiserver.cache import resource_cache
from pybernetes.apiserver.server import APIServer
from tests.apiserver.conftest import Api, Watched, config_map, pod

NAMESPACES = ("default", "kube-public", "kube-system")
MERGE = "application/merge-patch+json"
TABLE = "application/json;as=Table;g=meta.k8s.io;v=v1"
NAMES = [f"x{number}" for number in range(6)]
STEPS = 120
SELECTIONS = (
    ("/api/v1/configmaps", {}),
    ("/api/v1/configmaps", {"labelSelector": "color in (red,blue),mine"}),
    ("/api/v1/namespaces/default/configmaps", {"labelSelector": "color=red"}),
    ("/api/v1/namespaces/kube-public/configmaps", {"labelSelector": "color!=red,mine"}),
    ("/api/v1/namespaces/default/configmaps", {"fieldSelector": "metadata.name=x1"}),
    ("/api/v1/pods", {"fieldSelector": "spec.nodeName=n1"}),
    ("/api/v1/pods", {"fieldSelector": "spec.nodeName=,status.phase!=Failed"}),
    ("/api/v1/namespaces/default/pods", {"labelSelector": "color", "fieldSelector": "status.phase=Running"}),
)


class Follower:
    """A client that keeps a copy of a selection, of objects or of the rows of a Table."""

    def __init__(self, api: Api, path: str, query: dict[str, str], choose: random.Random, *, in_tables: bool):
        self._api, self._path, self._query, self._choose = api, path, query, choose
        self._in_tables, self._accept = in_tables, TABLE if in_tables else "application/json"
        self._seen_columns = False
        if in_tables:
            self._query["includeObject"] = "Object"
        self.state: dict[str, Json] = {}
        self._version = ""
        self._watched: Watched | None = None
        self._stack = AsyncExitStack()
        self.resumed = self.expired = 0

    async def step(self) -> None:
        """Something that a client may do at any time."""
        if self._watched is None:
            await (self._begin() if not self._version else self._open())
        elif self._choose.random() < 0.15:
            await self.close()
        else:
            await self._drain()

    async def close(self) -> None:
        await self._stack.aclose()
        self._watched = None

    async def _open(self, **query: str) -> None:
        """Go on from the last version, with or without bookmarks."""
        self.resumed += 1
        if self._choose.random() < 0.5:
            query.setdefault("allowWatchBookmarks", "true")
        if self._version:
            query["resourceVersion"] = self._version
        self._seen_columns = False
        watching = self._api.watch(self._path, accept=self._accept, **self._query, **query)
        self._watched = await self._stack.enter_async_context(watching)

    def _items(self, listed: Json) -> list[Json]:
        if not self._in_tables:
            found: list[Json] = listed["items"]
            return found
        assert listed["columnDefinitions"]
        return [without_type(row["object"]) for row in listed["rows"]]

    def _subject(self, event: Json) -> Json:
        """The object that an event is about. Only the first Table of a watch says what its columns are."""
        if not self._in_tables or event["type"] == "ERROR":
            shown: Json = event["object"]
            return shown
        assert bool(event["object"]["columnDefinitions"]) is not self._seen_columns
        self._seen_columns = True
        row: Json = event["object"]["rows"][0]["object"]
        return row

    async def _begin(self) -> None:
        self.state = {}
        way = self._choose.choice(("list", "cached", "pages", "watch", "initial events"))
        if way == "watch":
            await self._open()
        elif way == "initial events":
            await self._open(sendInitialEvents="true", resourceVersionMatch="NotOlderThan", allowWatchBookmarks="true")
        else:
            await self._list(way)

    async def _list(self, way: str) -> None:
        query = dict(self._query)
        if way == "cached":
            query["resourceVersion"] = "0"
        if way == "pages":
            query["limit"] = "2"
        items: list[Json] = []
        while True:
            page = await self._api.get(self._path, query=query, accept=self._accept)
            items += self._items(page)
            self._version = resource_version_of(page)
            if not page["metadata"].get("continue"):
                break
            query["continue"] = page["metadata"]["continue"]
        keys = [key_of(item) for item in items]
        assert keys == sorted(set(keys))
        self.state = dict(zip(keys, items, strict=True))

    async def _drain(self) -> None:
        while self._watched is not None and self._watched.pending:
            await self._apply(await self._watched.next())

    async def _apply(self, event: Json) -> None:
        obj = self._subject(event)
        key = key_of(obj)
        if event["type"] == "ERROR":
            assert obj["code"] == 410, obj
            self.expired += 1
            self._version = ""
            await self.close()
            return
        version = resource_version_of(obj)
        if event["type"] != "BOOKMARK":
            known = key in self.state
            assert known == (event["type"] != "ADDED"), (event["type"], key)
            if known:
                assert int(version) > int(resource_version_of(self.state[key]))
            if event["type"] == "DELETED":
                assert without_version(without_type(obj)) == without_version(self.state.pop(key))
            else:
                self.state[key] = without_type(obj)
        self._version = str(max(int(self._version or 0), int(version)))

    async def settle(self) -> None:
        """Follow until the copy is what the server says is there now, and nothing more comes."""
        listed = await self._api.get(self._path, query=self._query, accept=self._accept)
        wanted = {key_of(item): item for item in self._items(listed)}
        while self.state != wanted or self._watched is None:
            if self._watched is None:
                await self.step()
            elif self.state != wanted:
                await self._apply(await self._watched.next())
        await self._drain()
        assert self.state == wanted
        await self.close()


def without_type(obj: Json) -> Json:
    return {field: value for field, value in obj.items() if field not in ("apiVersion", "kind")}


def without_version(obj: Json) -> Json:
    metadata = {field: value for field, value in obj["metadata"].items() if field != "resourceVersion"}
    return {**obj, "metadata": metadata}


class Writer:
    """Changes objects at random; what is refused because of what is there already does not matter."""

    def __init__(self, api: Api, choose: random.Random):
        self._api, self._choose = api, choose

    def _path(self, kind: str, *, named: bool = False) -> str:
        path = f"/api/v1/namespaces/{self._choose.choice(NAMESPACES)}/{kind}"
        return f"{path}/{self._choose.choice(NAMES)}" if named else path

    def _labels(self) -> dict[str, str | None]:
        return {"mine": "", "color": self._choose.choice(("red", "blue", "green", None))}

    async def step(self) -> None:
        kind = self._choose.choice(("configmaps", "pods"))
        action = self._choose.choice(
            (self._create, self._create, self._change, self._change, self._delete, self._clear)
        )
        status = await action(kind)
        assert status < 500 and status not in (400, 422), (action, status)

    async def _create(self, kind: str) -> int:
        labels = {key: value for key, value in self._labels().items() if value is not None}
        name = self._choose.choice(NAMES)
        body = config_map(name) if kind == "configmaps" else pod(name)
        body["metadata"]["labels"] = labels
        if self._choose.random() < 0.2:
            body["metadata"]["finalizers"] = ["example.com/hold"]
        return (await self._api.call("POST", self._path(kind), body))[0]

    async def _change(self, kind: str) -> int:
        path = self._path(kind, named=True)
        if kind == "pods" and self._choose.random() < 0.6:
            return await self._change_pod(path)
        body = {"metadata": {"labels": self._labels(), "finalizers": None}}
        return (await self._api.call("PATCH", path, body, content_type=MERGE))[0]

    async def _change_pod(self, path: str) -> int:
        if self._choose.random() < 0.5:
            target = {"kind": "Node", "name": self._choose.choice(("n1", "n2"))}
            binding = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": name_at(path)}, "target": target}
            return (await self._api.call("POST", f"{path}/binding", binding))[0]
        body = {"status": {"phase": self._choose.choice(("Running", "Failed"))}}
        return (await self._api.call("PATCH", f"{path}/status", body, content_type=MERGE))[0]

    async def _delete(self, kind: str) -> int:
        query = {"gracePeriodSeconds": "0"} if self._choose.random() < 0.7 else {}
        return (await self._api.call("DELETE", self._path(kind, named=True), query=query))[0]

    async def _clear(self, kind: str) -> int:
        query = {"labelSelector": "mine,color=red", "gracePeriodSeconds": "0"}
        return (await self._api.call("DELETE", self._path(kind), query=query))[0]


def name_at(path: str) -> str:
    return path.rpartition("/")[2]


@pytest.fixture
def history(request: pytest.FixtureRequest, server: APIServer, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many events the caches remember."""
    size: int = request.param
    monkeypatch.setattr(resource_cache, "HISTORY_EVENTS", size)
    for cache in server.state.cache.caches.values():
        monkeypatch.setattr(cache, "_history", deque[Any](cache._history, maxlen=size))
    return size


@pytest.mark.parametrize("history", [resource_cache.HISTORY_EVENTS, 5], indirect=True, ids=["memory", "store"])
@pytest.mark.parametrize("seed", range(6))
async def test_list_and_events_give_the_state(api: Api, server: APIServer, history: int, seed: int) -> None:
    for name in NAMESPACES:
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}
        await api.call("POST", f"/api/v1/namespaces/{name}/serviceaccounts", account)
    choose = random.Random(f"{seed} {history}")
    writer = Writer(api, choose)
    followers = [
        Follower(api, path, dict(query), choose, in_tables=in_tables)
        for path, query in SELECTIONS
        for in_tables in (False, True)
    ]
    try:
        for number in range(STEPS):
            await writer.step()
            for follower in choose.sample(followers, 4):
                await follower.step()
            if history < 10 and number % 40 == 39:
                await server.state.store.compact(await server.state.store.current_revision() - 2)
        for follower in followers:
            await follower.settle()
    except APIError as error:
        raise AssertionError(f"seed {seed}: {error}") from error
    finally:
        for follower in followers:
            await follower.close()
    assert sum(follower.resumed for follower in followers) > len(followers)
    assert (sum(follower.expired for follower in followers) > 0) == (history < 10)
