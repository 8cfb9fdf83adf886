"""Statuses reach the API as small patches, the newest only, and pods are let go of at the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from pybernetes.api.object import Json, deep_copy
from pybernetes.component.clock import FakeClock, settle
from pybernetes.kubelet.status_manager import StatusManager
from pybernetes.kubelet.status_patch import status_patch
from tests.fakes.api import FakeAPI
from tests.kubelet.pod_values import pod_of


@pytest.mark.parametrize(
    ("known", "wanted", "patch"),
    [
        ({}, {}, {}),
        ({"phase": "Pending"}, {"phase": "Running"}, {"phase": "Running"}),
        ({"phase": "Pending", "nominatedNodeName": "x"}, {"phase": "Pending"}, {}),
        ({"reason": "x"}, {"phase": "Running"}, {"phase": "Running", "reason": None}),
        ({"podIPs": [{"ip": "1"}]}, {"podIPs": [{"ip": "2"}]}, {"podIPs": [{"ip": "2"}, {"$patch": "replace"}]}),
        ({}, {"podIPs": [{"ip": "2"}]}, {"podIPs": [{"ip": "2"}]}),
        (
            {"conditions": [{"type": "A", "status": "True", "reason": "r"}, {"type": "X", "status": "True"}]},
            {"conditions": [{"type": "A", "status": "False"}]},
            {"conditions": [{"type": "A", "status": "False", "reason": None}]},
        ),
        (
            {"containerStatuses": [{"name": "a", "lastState": {}, "state": {"running": {"startedAt": None}}}]},
            {"containerStatuses": [{"name": "a", "imageID": "", "state": {"running": {}}}]},
            {},
        ),
    ],
)
def test_patches(known: Json, wanted: Json, patch: Json) -> None:
    assert status_patch(known, wanted) == patch


class Bench:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.api = FakeAPI(self.clock)
        self.manager = StatusManager(self.api.client(), self.clock)

    async def pod(self) -> Json:
        pod = pod_of("a", nodeName="n")
        made = await self.api.client().create("pods", pod)
        self.manager.observe(made)
        return made

    def status(self) -> Json:
        found = self.api.get("pods", "default/web")
        assert found is not None
        return dict(found["status"])


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    made = Bench()
    task = asyncio.create_task(made.manager.run())
    yield made
    task.cancel()
    await asyncio.wait({task})


def patches(bench: Bench) -> int:
    return bench.api.count("PATCH", "/status")


async def test_only_what_changes_is_sent_and_only_the_newest(bench: Bench) -> None:
    pod = await bench.pod()
    for phase in ("Pending", "Running"):
        bench.manager.set(pod, {"phase": phase})
    await settle(50)
    assert bench.status()["phase"] == "Running"
    assert patches(bench) == 1
    bench.manager.set(pod, {"phase": "Running"})
    await settle(50)
    assert patches(bench) == 1


async def test_conditions_of_others_stay(bench: Bench) -> None:
    pod = await bench.pod()
    gate = {"type": "x/gate", "status": "True"}
    bench.api.change("pods", "default/web", lambda obj: obj["status"].update(conditions=[gate]))
    bench.manager.set(pod, {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]})
    await settle(50)
    assert gate in bench.status()["conditions"]
    bench.manager.observe(deep_copy(bench.api.get("pods", "default/web")))
    current = bench.manager.current(deep_copy(bench.api.get("pods", "default/web")))
    assert [each["type"] for each in current["status"]["conditions"]] == ["Ready", "x/gate"]


async def test_a_terminal_phase_is_never_taken_back(bench: Bench) -> None:
    pod = await bench.pod()
    bench.manager.set(pod, {"phase": "Failed"})
    bench.manager.set(pod, {"phase": "Running"})
    await settle(50)
    assert bench.status()["phase"] == "Failed"


async def test_what_others_overwrite_is_put_right(bench: Bench) -> None:
    pod = await bench.pod()
    bench.manager.set(pod, {"phase": "Running"})
    await settle(50)
    bench.manager.observe(bench.api.change("pods", "default/web", lambda obj: obj["status"].update(phase="Pending")))
    await settle(50)
    assert bench.status()["phase"] == "Running"


async def test_an_old_view_changes_nothing(bench: Bench) -> None:
    pod = await bench.pod()
    bench.manager.set(pod, {"phase": "Running"})
    await settle(50)
    bench.manager.observe(pod)
    await settle(50)
    assert patches(bench) == 1


async def test_a_server_that_is_away_is_waited_for(bench: Bench) -> None:
    pod = await bench.pod()
    bench.api.down = True
    bench.manager.set(pod, {"phase": "Running"})
    await settle(50)
    bench.api.down = False
    await bench.clock.advance(10)
    assert bench.status()["phase"] == "Running"


async def test_a_deleted_pod_is_let_go_of_after_its_last_status(bench: Bench) -> None:
    pod = await bench.pod()
    await bench.api.client().delete("pods", "web", "default", grace_seconds=30)
    bench.manager.observe(deep_copy(bench.api.get("pods", "default/web")))
    bench.manager.set(pod, {"phase": "Succeeded"})
    await settle(50)
    assert bench.status()["phase"] == "Succeeded"
    bench.manager.finish(pod["metadata"]["uid"])
    await settle(50)
    assert bench.api.get("pods", "default/web") is None


async def test_another_pod_of_the_same_name_is_left_alone(bench: Bench) -> None:
    pod = await bench.pod()
    await bench.api.client().delete("pods", "web", "default", grace_seconds=0)
    fresh = pod_of("a", nodeName="n")
    fresh["metadata"]["uid"] = "u2"
    await bench.api.client().create("pods", fresh)
    bench.manager.set(pod, {"phase": "Failed"})
    await settle(50)
    await bench.clock.advance(10)
    assert bench.status()["phase"] == "Pending"
