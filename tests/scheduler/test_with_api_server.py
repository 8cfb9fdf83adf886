"""The scheduler with the real API server, in this process and with the rights that a scheduler has there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from pybernetes.api.object import Json, condition_of
from pybernetes.apiserver.opening import open_server
from pybernetes.apiserver.options import Options as ServerOptions
from pybernetes.apiserver.server import APIServer
from pybernetes.apiserver.user import AUTHENTICATED_GROUP, MASTERS_GROUP, User
from pybernetes.client.client import Client
from pybernetes.launcher.credentials import SCHEDULER
from pybernetes.launcher.inprocess import InProcessTransport, component_user
from pybernetes.scheduler.options import Options
from pybernetes.scheduler.scheduler import Scheduler
from tests.scheduler.cluster_objects import a_node, a_pod

_SECONDS = 20.0


@asynccontextmanager
async def a_server(folder: Path) -> AsyncIterator[APIServer]:
    server = await open_server(ServerOptions(folder, secure_port=-1))
    task = asyncio.create_task(server.run(), name="API server under test")
    try:
        await server.wait_ready()
        yield server
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await server.close()


@asynccontextmanager
async def a_cluster(folder: Path, nodes: int) -> AsyncIterator[Client]:
    """An API server with ready nodes and a running scheduler; gives a client that may do anything."""
    async with a_server(folder) as server:
        admin = Client(InProcessTransport(server.handler, User("admin", (MASTERS_GROUP, AUTHENTICATED_GROUP))))
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}
        await admin.create("serviceaccounts", account, namespace="default")
        for number in range(nodes):
            await make_node(admin, f"n{number}")
        client = Client(InProcessTransport(server.handler, component_user(SCHEDULER)))
        scheduler = Scheduler(client, Options(seed=1))
        task = asyncio.create_task(scheduler.run(), name="scheduler under test")
        try:
            yield admin
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def make_node(client: Client, name: str) -> None:
    wanted = a_node(name)
    wanted["metadata"].pop("uid")
    made = await client.create("nodes", {"apiVersion": "v1", "kind": "Node", "metadata": wanted["metadata"]})
    made["status"] = {**made.get("status", {}), **wanted["status"]}
    made = await client.update_status("nodes", made)
    made["spec"]["taints"] = []
    await client.update("nodes", made)


async def make_pod(client: Client, pod: Json, **spec: object) -> None:
    pod["metadata"].pop("uid")
    pod["spec"].pop("priority")
    pod["spec"].update(spec)
    await client.create("pods", pod)


async def until(client: Client, name: str, holds: Callable[[Json], bool]) -> Json:
    """The pod as soon as this holds of it."""
    async with asyncio.timeout(_SECONDS):
        while True:
            pod = await client.get("pods", name, "default")
            if holds(pod):
                return pod
            await asyncio.sleep(0.02)


def node_of(pod: Json) -> str:
    return str(pod["spec"].get("nodeName") or "")


async def test_pods_are_bound(tmp_path: Path) -> None:
    async with a_cluster(tmp_path, nodes=3) as client:
        for number in range(6):
            await make_pod(client, a_pod(f"p{number}", cpu="1"))
        bound = [await until(client, f"p{number}", lambda pod: bool(node_of(pod))) for number in range(6)]
        assert sorted(node_of(pod) for pod in bound) == ["n0", "n0", "n1", "n1", "n2", "n2"]
        condition = condition_of(bound[0], "PodScheduled")
        assert condition is not None and condition["status"] == "True"


async def test_a_pod_says_why_it_waits_until_there_is_room(tmp_path: Path) -> None:
    async with a_cluster(tmp_path, nodes=1) as client:
        await make_pod(client, a_pod("large", cpu="5"))
        waiting = await until(client, "large", lambda pod: condition_of(pod, "PodScheduled") is not None)
        condition = condition_of(waiting, "PodScheduled")
        assert condition is not None
        assert (condition["status"], condition["reason"], condition["message"]) == (
            "False",
            "Unschedulable",
            "0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: "
            "1 Preemption is not helpful for scheduling.",
        )
        node = await client.get("nodes", "n0")
        node["status"]["allocatable"]["cpu"] = "8"
        await client.update_status("nodes", node)
        await until(client, "large", lambda pod: node_of(pod) == "n0")


async def test_a_more_important_pod_takes_the_place_of_another(tmp_path: Path) -> None:
    async with a_cluster(tmp_path, nodes=1) as client:
        high = {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "high"}}
        await client.create("priorityclasses.scheduling.k8s.io", {**high, "value": 1000})
        await make_pod(client, a_pod("low", cpu="3"))
        await until(client, "low", lambda pod: bool(node_of(pod)))
        await make_pod(client, a_pod("high", cpu="3"), priorityClassName="high")
        leaving = await until(client, "low", lambda pod: "deletionTimestamp" in pod["metadata"])
        condition = condition_of(leaving, "DisruptionTarget")
        assert condition is not None and condition["reason"] == "PreemptionByScheduler"
        await until(client, "high", lambda pod: pod["status"].get("nominatedNodeName") == "n0")
        await client.delete("pods", "low", "default", grace_seconds=0)
        await until(client, "high", lambda pod: node_of(pod) == "n0")
