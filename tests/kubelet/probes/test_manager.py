"""Probes in their rhythm, on a clock that stands still."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from pybernetes.api.object import Json
from pybernetes.component.clock import FakeClock, settle
from pybernetes.kubelet.owned_tasks import spawner
from pybernetes.kubelet.pod_actions import ProbeResult
from pybernetes.kubelet.pod_events import PodEvents
from pybernetes.kubelet.probes import grpc_health
from pybernetes.kubelet.probes.handlers import Reply, Target
from pybernetes.kubelet.probes.manager import ProbeManager
from pybernetes.kubelet.runtime_status import PodRuntime
from tests.kubelet.pod_values import RUNNING, container, pod_of, runtime_of, sandbox_of
from tests.kubelet.recorder import MemoryRecorder

GOOD, BAD = Reply(ProbeResult.SUCCESS), Reply(ProbeResult.FAILURE, "no")
EXEC = {"exec": {"command": ["x"]}}


class Bench:
    """A container called a whose probes answer as the test says; `asked` is when each was asked what."""

    def __init__(self, group: asyncio.TaskGroup):
        self.clock = FakeClock()
        self.told = MemoryRecorder()
        self.answers: dict[str, Reply] = {}
        self.asked: list[tuple[float, str]] = []
        self.verdicts = 0
        self.manager = ProbeManager(
            self,  # type: ignore[arg-type]
            PodEvents(self.told),
            self.clock,
            spawner(group),
            self._verdict,
        )

    def _verdict(self, uid: str) -> None:
        self.verdicts += 1

    async def ask(self, spec: Json, target: Target) -> Reply:
        name = spec["name"]
        self.asked.append((self.clock.monotonic(), name))
        return self.answers.get(name, GOOD)

    def start(self, status: Json | None = None, **probes: Json) -> tuple[Json, PodRuntime]:
        fields = {f"{name}Probe": {"name": name, **EXEC, **probe} for name, probe in probes.items()}
        pod = pod_of({"name": "a", "image": "busybox", **fields}, status=status)
        runtime = runtime_of(container("a", RUNNING), sandbox=sandbox_of())
        self.manager.update(pod, runtime, "10.0.0.5")
        return pod, runtime

    def result(self, kind: str) -> ProbeResult:
        results, verdicts = self.manager.results("u1"), self.manager.verdicts("u1")
        held = {"liveness": results.liveness, "startup": results.startup, "readiness": verdicts.readiness}[kind]
        return held["a-0"]


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with asyncio.TaskGroup() as group:
        made = Bench(group)
        yield made
        made.manager.forget("u1")


async def test_readiness_needs_so_many_answers_in_a_row(bench: Bench) -> None:
    bench.answers["readiness"] = BAD
    bench.start(readiness={"periodSeconds": 5, "successThreshold": 2, "failureThreshold": 2})
    await settle()
    assert bench.result("readiness") is ProbeResult.FAILURE
    bench.answers["readiness"] = GOOD
    await bench.clock.advance(5)
    assert bench.result("readiness") is ProbeResult.FAILURE
    await bench.clock.advance(5)
    assert bench.result("readiness") is ProbeResult.SUCCESS
    bench.answers["readiness"] = BAD
    await bench.clock.advance(5)
    assert bench.result("readiness") is ProbeResult.SUCCESS
    await bench.clock.advance(5)
    assert bench.result("readiness") is ProbeResult.FAILURE
    assert bench.verdicts == 2
    assert bench.told.told[0] == ("Unhealthy", "Readiness probe failed: no")
    assert bench.told.paths[0] == "spec.containers{a}"
    assert [moment for moment, _ in bench.asked] == [0, 5, 10, 15, 20]


async def test_liveness_waits_for_its_delay_and_stops_when_it_has_failed(bench: Bench) -> None:
    bench.clock = bench.clock
    bench.answers["liveness"] = BAD
    bench.start(liveness={"initialDelaySeconds": 30, "periodSeconds": 10, "failureThreshold": 3})
    await bench.clock.advance(29)
    assert bench.asked == []
    assert bench.result("liveness") is ProbeResult.SUCCESS
    await bench.clock.advance(100)
    assert [moment for moment, _ in bench.asked] == [30, 40, 50]
    assert bench.result("liveness") is ProbeResult.FAILURE
    assert bench.verdicts == 1


async def test_nothing_else_is_asked_before_the_container_has_started(bench: Bench) -> None:
    bench.answers["startup"] = BAD
    bench.start(startup={"periodSeconds": 1, "failureThreshold": 30}, liveness={}, readiness={})
    await bench.clock.advance(3)
    assert {name for _, name in bench.asked} == {"startup"}
    assert bench.result("startup") is ProbeResult.UNKNOWN
    bench.answers["startup"] = GOOD
    await bench.clock.advance(1)
    assert {name for _, name in bench.asked} == {"startup", "liveness", "readiness"}
    assert bench.result("startup") is ProbeResult.SUCCESS
    before = len([name for _, name in bench.asked if name == "startup"])
    await bench.clock.advance(20)
    assert len([name for _, name in bench.asked if name == "startup"]) == before


async def test_an_error_of_ours_is_no_answer(bench: Bench) -> None:
    bench.answers["liveness"] = Reply(ProbeResult.UNKNOWN, "runtime away", errored=True)
    bench.start(liveness={"failureThreshold": 1})
    await bench.clock.advance(30)
    assert bench.result("liveness") is ProbeResult.SUCCESS
    message = "Liveness probe errored and resulted in unknown state: runtime away"
    assert bench.told.told[0] == ("Unhealthy", message)


async def test_what_was_ready_before_a_restart_stays_ready_until_it_is_not(bench: Bench) -> None:
    known = {"containerStatuses": [{"name": "a", "containerID": "containerd://a-0", "ready": True, "started": True}]}
    bench.answers |= {"readiness": BAD}
    bench.start(known, readiness={"failureThreshold": 2, "periodSeconds": 1}, startup={})
    await settle()
    assert bench.result("readiness") is ProbeResult.SUCCESS
    await bench.clock.advance(1)
    assert bench.result("readiness") is ProbeResult.FAILURE
    assert {name for _, name in bench.asked} == {"readiness"}


async def test_a_container_that_is_gone_is_asked_no_more(bench: Bench) -> None:
    pod, _ = bench.start(liveness={"periodSeconds": 1})
    await bench.clock.advance(2)
    asked = len(bench.asked)
    bench.manager.update(pod, runtime_of(sandbox=sandbox_of()), "10.0.0.5")
    await bench.clock.advance(10)
    assert len(bench.asked) == asked
    assert bench.manager.results("u1").liveness == {}


async def test_an_ending_pod_is_only_asked_whether_it_is_ready(bench: Bench) -> None:
    pod, runtime = bench.start(liveness={"periodSeconds": 1}, readiness={"periodSeconds": 1})
    await bench.clock.advance(1)
    bench.manager.update(pod, runtime, "10.0.0.5", only_readiness=True)
    bench.asked.clear()
    await bench.clock.advance(3)
    assert {name for _, name in bench.asked} == {"readiness"}


@pytest.mark.parametrize(
    ("service", "encoded"), [("", b""), ("a", b"\n\x01a"), ("x" * 200, b"\n\xc8\x01" + b"x" * 200)]
)
def test_grpc_requests(service: str, encoded: bytes) -> None:
    assert grpc_health.encode_request(service) == encoded


@pytest.mark.parametrize(("data", "status"), [(b"", 0), (b"\x08\x01", 1), (b"\x08\x02", 2)])
def test_grpc_responses(data: bytes, status: int) -> None:
    assert grpc_health.decode_response(data) == status
