"""The node's status and lease, tokens and followed objects, on a clock that stands still."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from pybernetes.api.errors import failure
from pybernetes.api.object import Json, format_time
from pybernetes.component.clock import FakeClock, settle
from pybernetes.kubelet.machine import Machine
from pybernetes.kubelet.node_lease import NodeLease
from pybernetes.kubelet.node_object import allocatable, capacity
from pybernetes.kubelet.node_status import NodeStatus
from pybernetes.kubelet.object_cache import ObjectCache, references
from pybernetes.kubelet.options import Options, parse_taint
from pybernetes.kubelet.owned_tasks import spawner
from pybernetes.kubelet.runtime.errors import Unavailable
from pybernetes.kubelet.runtime.types import Image, RuntimeCondition, RuntimeStatus, Version
from pybernetes.kubelet.token_manager import TokenManager
from tests.fakes.api import FakeAPI, Target
from tests.kubelet.pod_values import pod_of

MACHINE = Machine(4, 8 << 30, "amd64", "6.1", "Debian", "m", "s", "b", 0)
OPTIONS = Options("node-1", ["10.0.0.1"], "unix:///none", root=Path("/tmp"), system_reserved={"cpu": "500m"})


class Runtime:
    """A runtime that tells what the test says."""

    def __init__(self) -> None:
        self.ready = True
        self.down = False
        self.images = self

    async def status(self) -> RuntimeStatus:
        if self.down:
            raise Unavailable("Status", "away")
        conditions = (RuntimeCondition("RuntimeReady", True), RuntimeCondition("NetworkReady", self.ready, "no", "cni"))
        return RuntimeStatus(conditions)

    async def version(self) -> Version:
        return Version("containerd", "1.6.20", "v1")

    async def list(self) -> list[Image]:
        return [Image("sha256:1", ("busybox:1.36",), (), 5)]


class Bench:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.api = FakeAPI(self.clock)
        self.runtime = Runtime()
        self.pressed = (False, False, False)
        self.node = NodeStatus(
            self.api.client(),
            self.runtime,  # type: ignore[arg-type]
            OPTIONS,
            MACHINE,
            self.clock,
            check=self.check,
            pressures=lambda: self.pressed,
        )

    async def check(self) -> None:
        return None

    def condition(self, kind: str) -> Json:
        node = self.api.get("nodes", "node-1")
        assert node is not None
        return next(each for each in node["status"]["conditions"] if each["type"] == kind)

    @property
    def writes(self) -> int:
        return self.api.count("PATCH", "/nodes/node-1/status")


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    made = Bench()
    await made.node.register()
    tasks = [asyncio.create_task(made.node.informer.run()), asyncio.create_task(made.node.run())]
    await settle(50)
    yield made
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def test_a_status_is_written_when_it_changes_or_after_five_minutes(bench: Bench) -> None:
    assert bench.writes == 1
    await bench.clock.advance(290)
    assert bench.writes == 1
    await bench.clock.advance(20)
    assert bench.writes == 2
    bench.runtime.ready = False
    await bench.clock.advance(10)
    assert bench.writes == 3
    ready = bench.condition("Ready")
    assert (ready["status"], ready["reason"]) == ("False", "KubeletNotReady")
    expected = "container runtime network not ready: NetworkReady=false reason:no message:cni"
    assert ready["message"] == expected
    assert ready["lastTransitionTime"] == format_time(bench.clock.now())


async def test_a_runtime_that_is_down_makes_the_node_not_ready(bench: Bench) -> None:
    bench.runtime.down = True
    await bench.clock.advance(10)
    assert bench.condition("Ready")["status"] == "False"
    assert "container runtime is down" in bench.condition("Ready")["message"]


async def test_pressure_is_reported_at_once(bench: Bench) -> None:
    bench.pressed = (True, False, False)
    bench.node.report_soon()
    await settle(50)
    assert bench.condition("MemoryPressure")["reason"] == "KubeletHasInsufficientMemory"


async def test_conditions_of_others_stay(bench: Bench) -> None:
    other = {"type": "NetworkUnavailable", "status": "False"}
    bench.api.change("nodes", "node-1", lambda node: node["status"]["conditions"].append(other))
    await bench.clock.advance(310)
    assert bench.condition("NetworkUnavailable") == other


async def test_a_node_that_was_deleted_registers_again(bench: Bench) -> None:
    await bench.api.client().delete("nodes", "node-1")
    await bench.clock.advance(20)
    assert bench.condition("Ready")["status"] == "True"


def test_what_is_reserved_is_not_for_pods() -> None:
    assert capacity(OPTIONS, MACHINE, 100 << 20)["cpu"] == "4"
    given = allocatable(OPTIONS, MACHINE, 100 << 20)
    assert given["cpu"] == "3500m"
    assert given["memory"] == f"{(8 << 20) - (100 << 10)}Ki"


@pytest.mark.parametrize(
    ("text", "taint"),
    [
        ("k=v:NoSchedule", {"key": "k", "value": "v", "effect": "NoSchedule"}),
        ("k:NoExecute", {"key": "k", "effect": "NoExecute"}),
    ],
)
def test_taints(text: str, taint: Json) -> None:
    assert parse_taint(text) == taint


@pytest.mark.parametrize("text", ["", "k", "k=v", "k=v:Sometimes", ":NoSchedule"])
def test_what_is_no_taint(text: str) -> None:
    with pytest.raises(ValueError):
        parse_taint(text)


async def test_a_lease_is_renewed_every_ten_seconds() -> None:
    clock = FakeClock()
    api = FakeAPI(clock)
    task = asyncio.create_task(NodeLease(api.client(), "node-1", clock).run())
    await settle(50)
    key = "kube-node-lease/node-1"
    times = set()
    for _ in range(3):
        lease = api.get("leases.coordination.k8s.io", key)
        assert lease is not None and lease["spec"]["leaseDurationSeconds"] == 40
        times.add(lease["spec"]["renewTime"])
        await clock.advance(10)
    assert len(times) == 3
    api.change("leases.coordination.k8s.io", key, lambda lease: lease.update(x=1))
    await clock.advance(10)
    api.down = True
    await clock.advance(15)
    api.down = False
    await clock.advance(10)
    lease = api.get("leases.coordination.k8s.io", key)
    assert lease is not None
    assert lease["spec"]["renewTime"] > "2026-01-01T00:00:55"
    task.cancel()
    await asyncio.wait({task})


class TokenAPI(FakeAPI):
    given = 0

    def _post_subresource(self, target: Target, body: Json) -> Json:
        if self.given >= 0:
            self.given += 1
            expires = format_time(self.clock.now() + timedelta(seconds=body["spec"]["expirationSeconds"]))
            return {"status": {"token": f"t{self.given}", "expirationTimestamp": expires}}
        raise failure(500, "InternalError", "no tokens today")


async def test_tokens_are_rotated_at_four_fifths_of_their_life() -> None:
    clock = FakeClock()
    api = TokenAPI(clock)
    tokens = TokenManager(api.client(), clock)
    pod = pod_of("a")
    assert [await tokens.token(pod, "", 1000) for _ in range(2)] == ["t1", "t1"]
    assert await tokens.token(pod, "other", 1000) == "t2"
    wait = tokens.next_refresh_seconds("u1")
    assert wait is not None and 780 < wait <= 800
    await clock.advance(801)
    assert await tokens.token(pod, "", 1000) == "t3"
    api.given = -1
    await clock.advance(900)
    assert await tokens.token(pod, "", 1000) == "t3"
    await clock.advance(200)
    with pytest.raises(Exception, match="no tokens today"):
        await tokens.token(pod, "", 1000)
    tokens.forget("u1")
    assert tokens.next_refresh_seconds("u1") is None


def config_map(**data: str) -> Json:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "cm", "namespace": "default"}, "data": data}


async def test_objects_are_followed_while_pods_refer_to_them() -> None:
    clock = FakeClock()
    api = FakeAPI(clock)
    changed: list[str] = []
    async with asyncio.TaskGroup() as group:
        cache = ObjectCache(api.client(), clock, spawner(group), changed.append)
        pod = pod_of("a", volumes=[{"name": "v", "configMap": {"name": "cm"}}])
        cache.register(pod)
        assert await cache.get("configmaps", "default", "cm") is None
        await api.client().create("configmaps", config_map(a="1"))
        await settle(50)
        assert changed == ["u1"]
        found = await cache.get("configmaps", "default", "cm")
        assert found is not None and found["data"] == {"a": "1"}
        reads = api.count("GET", "/configmaps")
        await cache.get("configmaps", "default", "cm")
        assert api.count("GET", "/configmaps") == reads
        cache.register(pod_of("a"))
        await settle(50)
        await api.client().patch("configmaps", "cm", {"data": {"a": "2"}}, "default")
        await settle(50)
        assert changed == ["u1"]
        found = await cache.get("configmaps", "default", "cm")
        assert found is not None and found["data"] == {"a": "2"}


def test_references() -> None:
    spec = {
        "name": "a",
        "env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "s1", "key": "k"}}}],
        "envFrom": [{"configMapRef": {"name": "c1"}}],
    }
    sources = [{"secret": {"name": "s2"}}, {"configMap": {"name": "c2"}}, {"serviceAccountToken": {"path": "t"}}]
    pod = pod_of(
        spec,
        imagePullSecrets=[{"name": "s3"}],
        volumes=[{"name": "v", "projected": {"sources": sources}}, {"name": "w", "secret": {"secretName": "s4"}}],
    )
    found = {(kind, name) for kind, _, name in references(pod)}
    assert found == {("secrets", f"s{n}") for n in range(1, 5)} | {("configmaps", "c1"), ("configmaps", "c2")}
