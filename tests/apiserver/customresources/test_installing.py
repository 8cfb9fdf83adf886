"""Caches that are put in place while everything goes on: no change is missed, none is seen twice."""

from __future__ import annotations

import asyncio

from pybernetes.api.object import Json
from tests.apiserver.conftest import Api
from tests.apiserver.customresources.definitions import CRDS, WIDGETS, crd, established, version, widget

MERGE = "application/merge-patch+json"


async def _replace_again_and_again(api: Api, times: int) -> None:
    """Change the schema's description: every change puts new caches in place."""
    for number in range(times):
        definition = await api.get(f"{CRDS}/widgets.example.com")
        definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["description"] = f"number {number}"
        await api.ok("PUT", f"{CRDS}/widgets.example.com", definition)
        await asyncio.sleep(0)


async def test_writes_go_on_while_caches_are_replaced(api: Api) -> None:
    await established(api, crd(version("v1"), version("v2", storage=False)))

    async def write(name: str) -> None:
        await api.create(WIDGETS, widget(name))
        for replicas in (2, 3):
            await api.ok("PATCH", f"{WIDGETS}/{name}", {"spec": {"replicas": replicas}}, content_type=MERGE)
        if name.endswith("0"):
            await api.ok("DELETE", f"{WIDGETS}/{name}")

    async def writer(first: int) -> None:
        for number in range(first, first + 20):
            await write(f"w{number}")

    async with asyncio.TaskGroup() as group:
        group.create_task(_replace_again_and_again(api, 12))
        for first in (100, 200, 300):
            group.create_task(writer(first))
    wanted = sorted(f"w{n}" for first in (100, 200, 300) for n in range(first, first + 20) if n % 10)
    for path in (WIDGETS, WIDGETS.replace("/v1/", "/v2/")):
        items = (await api.get(path))["items"]
        assert [(one["metadata"]["name"], one["spec"]["replicas"]) for one in items] == [(name, 3) for name in wanted]


async def test_a_client_that_lists_and_watches_misses_nothing(api: Api) -> None:
    await established(api, crd())
    seen: dict[str, Json] = {}
    changing = asyncio.create_task(_replace_again_and_again(api, 10))
    names = iter(range(1000))
    while not changing.done():
        listed = await api.get(WIDGETS)
        seen |= {one["metadata"]["name"]: one for one in listed["items"]}
        async with api.watch(WIDGETS, resourceVersion=listed["metadata"]["resourceVersion"]) as watched:
            name = f"w{next(names)}"
            await api.create(WIDGETS, widget(name))
            await asyncio.sleep(0.005)
            while watched.pending:
                event = await watched.next()
                seen[event["object"]["metadata"]["name"]] = event["object"]
    await changing
    listed = await api.get(WIDGETS)
    seen |= {one["metadata"]["name"]: one for one in listed["items"]}
    assert set(seen) == {f"w{number}" for number in range(next(names))}
    assert [one["metadata"]["name"] for one in listed["items"]] == sorted(seen)
