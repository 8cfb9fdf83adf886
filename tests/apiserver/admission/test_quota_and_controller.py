"""ResourceQuota and the quota controller write one number: together they never let in more than the quota has."""

from __future__ import annotations

import asyncio
import random

from pybernetes.api.object import Json, name_of
from pybernetes.client.client import Client
from pybernetes.client.informer import InformerFactory
from pybernetes.controllers.context import Context
from pybernetes.controllers.resourcequota import resource_quota
from pybernetes.launcher.inprocess import InProcessTransport
from tests.apiserver.conftest import ADMIN, Api, pod

PODS = "/api/v1/namespaces/default/pods"
QUOTAS = "/api/v1/namespaces/default/resourcequotas"
HARD = 6
WRITERS, CREATES = 6, 25


async def test_while_pods_come_and_go(api: Api) -> None:
    client = Client(InProcessTransport(api.server.handler, ADMIN))
    context = Context(client, InformerFactory(client))
    controller = resource_quota(context)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(context.informers.run()), group.create_task(controller.run())]
        quota: Json = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"}}
        made = await api.create(QUOTAS, {**quota, "spec": {"hard": {"pods": str(HARD)}}})
        await _used(api, made, 0)
        statuses = [
            status
            for found in await asyncio.gather(*(_come_and_go(api, number) for number in range(WRITERS)))
            for status in found
        ]
        assert set(statuses) <= {201, 403, 409}
        assert statuses.count(201) > HARD, "what has gone makes room"
        left = (await api.get(PODS))["items"]
        await _used(api, await api.get(f"{QUOTAS}/q"), len(left))
        for task in tasks:
            task.cancel()


async def _come_and_go(api: Api, number: int) -> list[int]:
    """Create pods; when there is no more room, remove one. At no moment are there more than the quota lets in."""
    choose, statuses = random.Random(number), []
    for index in range(CREATES):
        statuses.append((await api.call("POST", PODS, pod(f"p{number}-{index}")))[0])
        found = (await api.get(PODS))["items"]
        assert len(found) <= HARD
        if statuses[-1] != 201 and found:
            await api.call("DELETE", f"{PODS}/{name_of(choose.choice(found))}")
    return statuses


async def _used(api: Api, quota: Json, pods: int) -> None:
    """Wait until the quota says that so many pods are there."""
    async with api.watch(QUOTAS, resourceVersion=quota["metadata"]["resourceVersion"]) as watched:
        while ((quota.get("status") or {}).get("used") or {}).get("pods") != str(pods):
            quota = (await watched.next())["object"]
