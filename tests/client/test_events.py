"""Events: what is written, counted, combined and dropped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from pybernetes.api import errors
from pybernetes.api.object import Json
from pybernetes.client.event_correlator import EventCorrelator
from pybernetes.client.events import NORMAL, WARNING, EventRecorder, build_event
from pybernetes.component.clock import FakeClock, settle
from tests.fakes.api import FakeAPI

POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "p", "namespace": "n", "uid": "u", "resourceVersion": "7"},
}
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@asynccontextmanager
async def recording(api: FakeAPI, clock: FakeClock) -> AsyncIterator[EventRecorder]:
    recorder = EventRecorder(api.client(), "kubelet", "node-1", clock=clock)
    task = asyncio.create_task(recorder.run())
    yield recorder
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_event_says_who_what_and_about_what() -> None:
    clock = FakeClock()
    api = FakeAPI(clock)
    async with recording(api, clock) as recorder:
        recorder.event(POD, NORMAL, "Started", "Started container main", field_path="spec.containers{main}")
        await recorder.flush()
    (event,) = api.all("events")
    assert event["metadata"]["namespace"] == "n" and event["metadata"]["name"].startswith("p.")
    assert event["involvedObject"] == {
        "kind": "Pod",
        "namespace": "n",
        "name": "p",
        "uid": "u",
        "apiVersion": "v1",
        "resourceVersion": "7",
        "fieldPath": "spec.containers{main}",
    }
    assert event["source"] == {"component": "kubelet", "host": "node-1"}
    assert (event["reason"], event["message"], event["type"], event["count"]) == (
        "Started",
        "Started container main",
        "Normal",
        1,
    )
    assert (event["reportingComponent"], event["reportingInstance"]) == ("kubelet", "node-1")


async def test_the_same_event_again_is_counted() -> None:
    clock = FakeClock()
    api = FakeAPI(clock)
    async with recording(api, clock) as recorder:
        for _ in range(3):
            recorder.event(POD, WARNING, "BackOff", "Back-off restarting failed container")
            await recorder.flush()
            await clock.advance(10)
    (event,) = api.all("events")
    assert event["count"] == 3
    assert (event["firstTimestamp"], event["lastTimestamp"]) == ("2026-01-01T00:00:00Z", "2026-01-01T00:00:20Z")


async def test_one_that_expired_meanwhile_is_written_anew() -> None:
    clock = FakeClock()
    api = FakeAPI(clock)
    async with recording(api, clock) as recorder:
        recorder.event(POD, NORMAL, "A", "b")
        await recorder.flush()
        await api.client().delete("events", api.all("events")[0]["metadata"]["name"], "n")
        recorder.event(POD, NORMAL, "A", "b")
        await recorder.flush()
    (event,) = api.all("events")
    assert event["count"] == 2


async def test_a_server_that_is_away_loses_nothing() -> None:
    clock = FakeClock()
    api = FakeAPI(clock)
    api.down = True
    async with recording(api, clock) as recorder:
        recorder.event(POD, NORMAL, "A", "b")
        await settle()
        await clock.advance(25)
        api.down = False
        await clock.advance(15)
        await recorder.flush()
    assert len(api.all("events")) == 1


async def test_a_refused_event_is_dropped_and_the_next_is_written() -> None:
    clock = FakeClock()
    api = FakeAPI(clock)

    def refuse(method: str, path: str, body: Json) -> None:
        if body.get("reason") == "A":
            raise errors.forbidden("events", "", "no")

    api.hooks.append(refuse)
    async with recording(api, clock) as recorder:
        recorder.event(POD, NORMAL, "A", "b")
        recorder.event(POD, NORMAL, "C", "d")
        await recorder.flush()
    assert [event["reason"] for event in api.all("events")] == ["C"]


async def test_a_full_queue_drops_and_never_waits() -> None:
    recorder = EventRecorder(FakeAPI().client(), "kubelet", clock=FakeClock())
    for number in range(1200):
        recorder.event(POD, NORMAL, "A", str(number))
    assert recorder.dropped == 200


def _event(message: str = "m", reason: str = "r", name: str = "p", at: datetime = NOW) -> Json:
    return build_event({"kind": "Pod", "namespace": "n", "name": name}, NORMAL, reason, message, "kubelet", "h", at)


def test_similar_events_are_combined() -> None:
    correlator = EventCorrelator()
    results = [correlator.correlate(_event(f"message {number}"), NOW) for number in range(12)]
    messages = [result.event["message"] for result in results if result]
    assert messages[8] == "message 8"
    assert messages[9:] == [f"(combined from similar events): message {number}" for number in (9, 10, 11)]
    assert [result.repeats for result in results if result][8:] == [False, False, True, True]


def test_what_was_long_ago_is_not_similar() -> None:
    correlator = EventCorrelator()
    for number in range(9):
        correlator.correlate(_event(f"message {number}"), NOW)
    later = correlator.correlate(_event("message 9"), NOW + timedelta(seconds=601))
    assert later is not None and later.event["message"] == "message 9"


def test_one_source_may_not_flood_about_one_object() -> None:
    correlator = EventCorrelator()
    passed = [correlator.correlate(_event("same"), NOW) is not None for _ in range(30)]
    assert passed == [True] * 25 + [False] * 5
    assert correlator.correlate(_event("same", name="other"), NOW) is not None
    assert correlator.correlate(_event("same"), NOW + timedelta(seconds=299)) is None
    assert correlator.correlate(_event("same"), NOW + timedelta(seconds=301)) is not None


def test_what_has_no_namespace_is_told_of_in_default_and_long_messages_are_cut() -> None:
    event = build_event({"kind": "Node", "name": "n"}, NORMAL, "r", "ä" * 2000, "kubelet", "", NOW)
    assert event["metadata"]["namespace"] == "default"
    assert len(event["message"].encode()) <= 1024 and event["message"].endswith("...")
    assert event["source"] == {"component": "kubelet"}
