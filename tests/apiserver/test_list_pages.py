"""Pages show the state of their first page, whatever happens between them, from the cache's history or the store."""

from __future__ import annotations

import random
from typing import Any

import pytest

from pybernetes.api.object import Json, name_of
from tests.apiserver.conftest import Api, config_map

PATHS = ("/api/v1/namespaces/a/configmaps", "/api/v1/namespaces/a-b/configmaps")
EVERYWHERE = "/api/v1/configmaps"


async def churn(api: Api, names: dict[str, set[str]], changes: int) -> None:
    for _ in range(changes):
        path = random.choice(PATHS)
        held, name = names[path], f"x{random.randrange(40)}"
        if name not in held:
            await api.create(path, config_map(name) | {"data": {"n": "0"}})
            held.add(name)
        elif random.random() < 0.5:
            await api.ok("DELETE", f"{path}/{name}")
            held.discard(name)
        else:
            body = {"metadata": {"labels": {"odd": random.choice(("yes", "no"))}}, "data": {"n": str(random.random())}}
            await api.ok("PATCH", f"{path}/{name}", body, content_type="application/merge-patch+json")


def shown(items: list[Json]) -> list[tuple[str, str, str]]:
    return [(obj["metadata"]["namespace"], name_of(obj), obj["metadata"]["resourceVersion"]) for obj in items]


@pytest.mark.parametrize("source", ["history", "store"])
@pytest.mark.parametrize("seed", range(3))
async def test_pages_together_are_the_list_of_their_revision(api: Api, seed: int, source: str) -> None:
    random.seed(seed)
    for namespace in ("a", "a-b"):
        await api.create(
            "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
        )
    names: dict[str, set[str]] = {path: set() for path in PATHS}
    cache = api.server.state.cache.caches["configmaps"]
    for _ in range(6):
        await churn(api, names, 40)
        path, query = random.choice((EVERYWHERE, *PATHS)), dict[str, Any]()
        if random.random() < 0.5:
            query["labelSelector"] = random.choice(("odd=yes", "odd!=yes"))
        whole = await api.ok("GET", path, query=query)
        version = whole["metadata"]["resourceVersion"]
        limit, pages, token = random.randrange(1, 15), list[Json](), ""
        while True:
            if source == "store":
                cache.history_after = api.server.state.cache.revision + 1
            page = await api.ok("GET", path, query={**query, "limit": str(limit), "continue": token})
            assert page["metadata"]["resourceVersion"] == version
            pages += page["items"]
            token = page["metadata"].get("continue", "")
            if not query and token:
                assert page["metadata"]["remainingItemCount"] == len(whole["items"]) - len(pages)
            if not token:
                break
            await churn(api, names, 3)
        assert shown(pages) == shown(whole["items"])
        exact = {**query, "resourceVersion": version, "resourceVersionMatch": "Exact"}
        assert shown((await api.ok("GET", path, query=exact))["items"]) == shown(whole["items"])


async def test_a_past_that_the_store_forgot_is_gone_also_where_the_cache_remembers(api: Api) -> None:
    path = "/api/v1/namespaces/default/configmaps"
    for number in range(4):
        await api.create(path, config_map(f"x{number}"))
    page = await api.ok("GET", path, query={"limit": "2"})
    await api.create(path, config_map("later"))
    store = api.server.state.store
    await store.compact(await store.current_revision())
    status, answer = await api.call("GET", path, query={"limit": "2", "continue": page["metadata"]["continue"]})
    assert (status, answer["reason"]) == (410, "Expired")
