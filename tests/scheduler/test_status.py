"""What is written of a pod that waits, and what is not worth a write."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pybernetes.api.object import Json
from pybernetes.component.clock import FakeClock, settle
from pybernetes.scheduler.pod import Pod
from pybernetes.scheduler.pod_reader import PodClasses
from pybernetes.scheduler.status import Report, StatusWriter, status_patch
from tests.fakes.api import FakeAPI
from tests.scheduler.cluster_objects import a_pod

NOW = "2026-01-01T00:00:00Z"
classes = PodClasses()


class Events:
    def __init__(self) -> None:
        self.messages: list[str] = []

    def event(self, obj: Json, type: str, reason: str, message: str) -> None:
        self.messages.append(f"{type} {reason} {obj['name']}: {message}")


def a_report(pod: Pod, message: str = "no room", nominated: str | None = None) -> Report:
    return Report(pod, "Unschedulable", message, nominated)


def refused(message: str = "no room") -> Json:
    condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}
    return {"conditions": [condition]}


@asynccontextmanager
async def writing(*pods: Json) -> AsyncIterator[tuple[FakeAPI, StatusWriter, Events]]:
    clock, events = FakeClock(), Events()
    api = FakeAPI(clock)
    for pod in pods:
        await api.client().create("pods", pod)
    writer = StatusWriter(api.client(), events, clock=clock)
    task = asyncio.create_task(writer.run())
    try:
        yield api, writer, events
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def test_the_condition_keeps_its_time_while_its_status_stays() -> None:
    fresh = status_patch(a_report(classes.read(a_pod("p"))), NOW)
    assert fresh["status"]["conditions"][0]["lastTransitionTime"] == NOW
    again = status_patch(a_report(classes.read(a_pod("p", status=refused("other")))), NOW)
    assert "lastTransitionTime" not in again["status"]["conditions"][0]


def test_a_promise_is_written_taken_back_or_left_alone() -> None:
    pod = classes.read(a_pod("p", metadata={"generation": 3}))
    assert status_patch(a_report(pod, nominated="n1"), NOW)["status"]["nominatedNodeName"] == "n1"
    assert status_patch(a_report(pod, nominated=""), NOW)["status"]["nominatedNodeName"] is None
    assert "nominatedNodeName" not in status_patch(a_report(pod), NOW)["status"]
    assert status_patch(a_report(pod), NOW)["status"]["conditions"][0]["observedGeneration"] == 3


async def test_what_the_api_says_already_is_not_written() -> None:
    pod = a_pod("p", status=refused())
    async with writing(pod) as (api, writer, events):
        writer.report(a_report(classes.read(pod)))
        await settle()
        assert api.count("PATCH", "/pods/p") == 0 and events.messages == []
        writer.report(a_report(classes.read(pod), nominated="n1"))
        await settle()
        assert api.count("PATCH", "/pods/p/status") == 1


async def test_of_several_wishes_the_latest_is_written_and_each_new_reason_told_once() -> None:
    pod: dict[str, Any] = a_pod("p")
    async with writing(pod) as (api, writer, events):
        read = classes.read(pod)
        for message in ("one", "two", "two"):
            writer.report(a_report(read, message))
        await settle()
        assert api.count("PATCH", "/pods/p/status") == 1
        stored = api.get("pods", "default/p")
        assert stored is not None and stored["status"]["conditions"][0]["message"] == "two"
        assert events.messages == ["Warning FailedScheduling p: one", "Warning FailedScheduling p: two"]


async def test_a_pod_that_is_gone_is_let_go() -> None:
    async with writing() as (api, writer, _):
        writer.report(a_report(classes.read(a_pod("p"))))
        await settle()
        assert api.count("PATCH", "/pods/p/status") == 1
        writer.forget("default/p")
        assert not writer._told and not writer._wishes
