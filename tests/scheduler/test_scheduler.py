"""The scheduler against an API server in memory: what it writes, and what brings waiting pods back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pybernetes.api.errors import conflict
from pybernetes.api.object import Json, condition_of
from pybernetes.component.clock import FakeClock, settle
from pybernetes.scheduler.options import Options
from pybernetes.scheduler.scheduler import Scheduler
from tests.fakes.api import FakeAPI
from tests.scheduler.cluster_objects import a_node, a_pod


@asynccontextmanager
async def running(*objects: tuple[str, Json]) -> AsyncIterator[tuple[FakeAPI, Scheduler, FakeClock]]:
    clock = FakeClock()
    api = FakeAPI(clock)
    client = api.client()
    await client.create("namespaces", {"metadata": {"name": "default"}})
    for kind, obj in objects:
        await client.create(kind, obj)
    scheduler = Scheduler(client, Options(seed=1), clock=clock)
    task = asyncio.create_task(scheduler.run(), name="scheduler under test")
    try:
        await settle(200)
        yield api, scheduler, clock
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def node_of(api: FakeAPI, name: str) -> str:
    pod = api.get("pods", f"default/{name}")
    assert pod is not None
    return str(pod["spec"].get("nodeName") or "")


def events(api: FakeAPI, reason: str) -> list[str]:
    return [event["message"] for event in api.all("events") if event["reason"] == reason]


async def test_pods_are_bound_to_nodes_and_an_event_says_so() -> None:
    async with running(("nodes", a_node("n1")), ("pods", a_pod("p1", cpu="1"))) as (api, _, _):
        assert node_of(api, "p1") == "n1"
        assert events(api, "Scheduled") == ["Successfully assigned default/p1 to n1"]


async def test_pods_of_other_schedulers_are_left_alone() -> None:
    async with running(("nodes", a_node("n1")), ("pods", a_pod("p1", schedulerName="other"))) as (api, _, _):
        assert node_of(api, "p1") == ""


async def test_a_pod_that_fits_nowhere_says_why_once_and_is_bound_when_there_is_room() -> None:
    async with running(("nodes", a_node("n1", cpu="1")), ("pods", a_pod("p1", cpu="2"))) as (api, _, clock):
        pod = api.get("pods", "default/p1")
        assert pod is not None
        condition = condition_of(pod, "PodScheduled")
        assert condition is not None and (condition["status"], condition["reason"]) == ("False", "Unschedulable")
        assert condition["message"].startswith("0/1 nodes are available: 1 Insufficient cpu.")
        assert events(api, "FailedScheduling") == [condition["message"]]
        await api.client().create("nodes", a_node("n2", cpu="8"))
        await settle(200)
        assert node_of(api, "p1") == "n2"


async def test_a_cluster_without_nodes_says_so() -> None:
    async with running(("pods", a_pod("p1"))) as (api, _, _):
        assert events(api, "FailedScheduling") == ["no nodes available to schedule pods"]
        await api.client().create("nodes", a_node("n1"))
        await settle(200)
        assert node_of(api, "p1") == "n1"


async def test_a_binding_that_fails_gives_the_room_back_and_is_tried_again() -> None:
    failures = [1]

    def refuse(method: str, path: str, body: Json) -> None:
        if path.endswith("/binding") and failures:
            failures.pop()
            raise conflict("pods", "p1", "try again")

    async with running(("nodes", a_node("n1"))) as (api, scheduler, clock):
        api.hooks.append(refuse)
        await api.client().create("pods", a_pod("p1", cpu="3"))
        await settle(200)
        assert node_of(api, "p1") == ""
        assert scheduler.cluster.table.pod("default/p1") is None
        await clock.advance(1.1)
        await settle(200)
        assert node_of(api, "p1") == "n1"


async def test_a_deleted_pod_makes_room_for_one_that_waits() -> None:
    first, second = a_pod("first", cpu="3", node="n1"), a_pod("second", cpu="3")
    async with running(("nodes", a_node("n1")), ("pods", first), ("pods", second)) as (api, _, _):
        assert node_of(api, "second") == ""
        await api.client().delete("pods", "first", "default", grace_seconds=0)
        await settle(200)
        assert node_of(api, "second") == "n1"


async def test_gates_hold_a_pod_back_until_they_are_lifted() -> None:
    gated = a_pod("p1", schedulingGates=[{"name": "example.com/wait"}])
    async with running(("nodes", a_node("n1")), ("pods", gated)) as (api, _, _):
        assert node_of(api, "p1") == ""
        api.change("pods", "default/p1", lambda pod: pod["spec"].pop("schedulingGates"))
        await settle(200)
        assert node_of(api, "p1") == "n1"


async def test_many_pods_share_the_nodes_evenly() -> None:
    nodes = [("nodes", a_node(f"n{i}")) for i in range(10)]
    pods = [("pods", a_pod(f"p{i}", cpu="100m", memory="64Mi")) for i in range(100)]
    async with running(*nodes, *pods) as (api, _, _):
        await settle(500)
        used = [pod["spec"].get("nodeName") for pod in api.all("pods")]
        assert [used.count(f"n{i}") for i in range(10)] == [10] * 10
