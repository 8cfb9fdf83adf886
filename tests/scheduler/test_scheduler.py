"""The scheduler against an API server in memory: what it writes, and what brings waiting pods back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from prometheus_client import generate_latest

from pybernetes.api.errors import conflict, internal_error, not_found
from pybernetes.api.object import Json, condition_of
from pybernetes.component.clock import FakeClock, settle
from pybernetes.scheduler.decision import Decision
from pybernetes.scheduler.options import Options
from pybernetes.scheduler.pod import Pod
from pybernetes.scheduler.queue import Place
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
    async with running(("nodes", a_node("n1", cpu="1")), ("pods", a_pod("p1", cpu="2"))) as (api, _, _):
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


async def test_a_more_important_pod_has_others_leave() -> None:
    small = [("pods", a_pod(f"small{i}", cpu="1", node="n1", priority=i)) for i in range(4)]
    async with running(("nodes", a_node("n1")), *small) as (api, _, _):
        await api.client().create("pods", a_pod("big", cpu="2", priority=100))
        await settle(300)
        leaving = [pod for pod in api.all("pods") if pod["metadata"].get("deletionTimestamp")]
        assert [pod["metadata"]["name"] for pod in leaving] == ["small0", "small1"]
        condition = condition_of(leaving[0], "DisruptionTarget")
        assert condition is not None
        assert condition["reason"] == "PreemptionByScheduler"
        assert condition["message"] == "default-scheduler: preempting to accommodate a higher priority pod"
        big = api.get("pods", "default/big")
        assert big is not None and big["status"]["nominatedNodeName"] == "n1"
        assert events(api, "Preempted") == [f"Preempted by pod {big['metadata']['uid']} on node n1"] * 2
        for pod in leaving:
            await api.client().delete("pods", pod["metadata"]["name"], "default", grace_seconds=0)
        await settle(300)
        assert node_of(api, "big") == "n1"


async def test_what_preemption_could_not_do_is_part_of_the_message() -> None:
    nodes = [("nodes", a_node("n1")), ("nodes", a_node("n2", taints=[{"key": "k", "effect": "NoSchedule"}]))]
    full = ("pods", a_pod("full", cpu="4", node="n1"))
    async with running(*nodes, full, ("pods", a_pod("p1", cpu="1"))) as (api, _, _):
        assert events(api, "FailedScheduling") == [
            "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s). preemption: 0/2 nodes "
            "are available: 1 No preemption victims found for incoming pod, 1 Preemption is not helpful for scheduling."
        ]


async def test_a_claim_that_does_not_exist_holds_the_pod_back() -> None:
    pod = a_pod("p1", volumes=[{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}])
    async with running(("nodes", a_node("n1")), ("pods", pod)) as (api, _, _):
        assert events(api, "FailedScheduling") == [
            '0/1 nodes are available: persistentvolumeclaim "data" not found. preemption: 0/1 nodes are available: '
            "1 Preemption is not helpful for scheduling."
        ]
        claim = {"metadata": {"name": "data", "namespace": "default"}, "spec": {}}
        await api.client().create("persistentvolumeclaims", claim)
        await settle(300)
        assert node_of(api, "p1") == "n1"


async def test_victims_that_cannot_be_asked_to_leave_free_the_promise_and_the_pod_tries_again() -> None:
    refusals = [1]

    def refuse(method: str, path: str, body: Json) -> None:
        if method == "DELETE" and refusals:
            refusals.pop()
            raise internal_error("out of order")

    small = ("pods", a_pod("small", cpu="4", node="n1"))
    async with running(("nodes", a_node("n1")), small) as (api, scheduler, _):
        api.hooks.append(refuse)
        await api.client().create("pods", a_pod("big", cpu="2", priority=100))
        await settle(300)
        assert api.count("DELETE", "/pods/small") == 2 and not refusals
        leaving = api.get("pods", "default/small")
        assert leaving is not None and leaving["metadata"].get("deletionTimestamp")
        assert scheduler.cluster.nominations.node_of("default/big") == "n1"


async def test_a_pod_that_brings_out_an_error_does_not_stop_the_others(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(("nodes", a_node("n1"))) as (api, scheduler, _):
        decide = scheduler.decider.decide

        def decide_or_fail(pod: Pod) -> Decision:
            if pod.name == "poison":
                raise ZeroDivisionError
            return decide(pod)

        monkeypatch.setattr(scheduler.decider, "decide", decide_or_fail)
        for name in ("poison", "p1"):
            await api.client().create("pods", a_pod(name))
        await settle(200)
        assert node_of(api, "p1") == "n1"
        assert scheduler.queue.place_of("default/poison") is Place.BACKOFF
        assert "attempt failed" in caplog.messages


async def test_a_pod_deleted_while_its_binding_is_under_way_leaves_nothing_behind() -> None:
    async with running(("nodes", a_node("n1"))) as (api, scheduler, clock):

        def delete_first(method: str, path: str, body: Json) -> None:
            if path.endswith("/binding"):
                api.objects["pods"].pop("default/p1", None)
                raise not_found("pods", "p1")

        api.hooks.append(delete_first)
        await api.client().create("pods", a_pod("p1", cpu="1"))
        await settle(100)
        await api.client().create("configmaps", {"metadata": {"name": "later", "namespace": "default"}})
        api.break_watches()
        api.forget_history()
        await clock.advance(20)
        await settle(200)
        assert scheduler.cluster.table.pod_total == 0
        assert len(scheduler.queue) == 0 and not scheduler.cluster.assumed


async def test_metrics_have_kubernetes_names() -> None:
    async with running(("nodes", a_node("n1")), ("pods", a_pod("p1")), ("pods", a_pod("p2", cpu="9"))):
        text = generate_latest().decode()
    for line in (
        'scheduler_schedule_attempts_total{profile="default-scheduler",result="scheduled"}',
        'scheduler_pending_pods{queue="unschedulable"} 1.0',
        'scheduler_unschedulable_pods{plugin="NodeResourcesFit",profile="default-scheduler"} 1.0',
        "scheduler_pod_scheduling_sli_duration_seconds_bucket",
        "scheduler_framework_extension_point_duration_seconds_bucket",
        "scheduler_preemption_attempts_total",
        'scheduler_cache_size{type="nodes"} 1.0',
    ):
        assert line in text
