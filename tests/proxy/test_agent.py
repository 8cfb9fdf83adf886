"""The whole proxy of a node: an API server in memory on one side, a real kernel on the other."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from pybernetes.component.clock import FakeClock
from pybernetes.proxy import agent
from pybernetes.proxy.agent import Agent
from pybernetes.proxy.healthcheck import ProxyHealth, ServiceHealth, is_eligible, service_answer
from pybernetes.proxy.options import ProxyOptions
from tests.fakes.api import FakeAPI
from tests.proxy.machine import Machine, check_machine
from tests.proxy.objects import endpoint, endpoint_slice, service

VIP = "10.96.0.10"
SLICES = "endpointslices.discovery.k8s.io"


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    check_machine()
    made = Machine(f"pba{os.getpid()}")
    try:
        made.build()
        yield made
    finally:
        made.tear_down()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def options(machine: Machine) -> ProxyOptions:
    return ProxyOptions(
        node_name="n1",
        cluster_cidr="10.244.0.0/16",
        metrics_bind_address=f"127.0.0.1:{free_port()}",
        healthz_bind_address=f"127.0.0.1:{free_port()}",
        min_sync_period_seconds=0.01,
        sync_period_seconds=0.2,
        manage_kernel_settings=False,
        command_prefix=machine.prefix,
    )


async def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.02)


@asynccontextmanager
async def running(api: FakeAPI, chosen: ProxyOptions) -> AsyncIterator[Agent]:
    made = Agent(api.client(), chosen)
    task = asyncio.create_task(made.run(), name="agent under test")
    try:
        await until(lambda: task.done() or all(lane.proxier.synced.is_set() for lane in made.lanes))
        yield made
    finally:
        task.cancel()
        (ended,) = await asyncio.gather(task, return_exceptions=True)
        assert isinstance(ended, asyncio.CancelledError)
        await agent.cleanup(chosen)


async def get(address: str, path: str) -> tuple[int, str, Any]:
    async with aiohttp.ClientSession() as session, session.get(f"http://{address}{path}") as answer:
        return answer.status, await answer.text(), dict(answer.headers)


async def until_answer(status: int, address: str, path: str) -> None:
    """Wait for this status; 0 stands for nobody listening."""
    found = -1
    for _ in range(200):
        try:
            found = (await get(address, path))[0]
        except aiohttp.ClientConnectionError:
            found = 0
        if found == status:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"{address}{path} answers {found}")


async def test_services_come_change_and_go(machine: Machine) -> None:
    api, chosen = FakeAPI(), options(machine)
    client = api.client()
    await client.create("services", service())
    await client.create(SLICES, endpoint_slice(endpoint("10.244.1.1", "n1")))
    async with running(api, chosen):
        assert machine.ask("out", VIP, 80)[0].startswith("pod-1")
        api.change(SLICES, "ns/web-1", lambda obj: obj["endpoints"].append(endpoint("10.244.1.2", "n1")))
        await until(lambda: len({a.split()[0] for a in machine.ask("out", VIP, 80, times=10)}) == 2)
        machine.run("node", "iptables", "-t", "nat", "-F")
        await until(lambda: machine.ask("node", VIP, 80, timeout=0.2)[0].startswith("pod-"))
        await client.delete("services", "web", "ns")
        await until(lambda: "KUBE-SVC" not in machine.run("node", "iptables-save"))
        status, text, _ = await get(chosen.metrics_bind_address, "/metrics")
        assert status == 200
        assert 'kubeproxy_sync_proxy_rules_duration_seconds_count{ip_family="IPv4"}' in text
        assert (await get(chosen.metrics_bind_address, "/proxyMode"))[1] == "iptables"
        assert (await get(chosen.metrics_bind_address, "/readyz"))[0] == 200


async def test_nothing_is_written_before_everything_is_known(machine: Machine) -> None:
    api, chosen = FakeAPI(), options(machine)
    client = api.client()
    await client.create("services", service())
    await client.create(SLICES, endpoint_slice(endpoint("10.244.1.1", "n1")))
    async with running(api, chosen):
        talker = machine.talk("out", "tcp", VIP, 80)
        assert talker.say("one") == "one"
        before = machine.run("node", "iptables-save", "-t", "nat")
        api.down = True
        late = Agent(client, replace(chosen, healthz_bind_address="", metrics_bind_address=""))
        task = asyncio.create_task(late.run(), name="agent that hears nothing")
        await asyncio.sleep(0.3)
        assert machine.run("node", "iptables-save", "-t", "nat").split("\n")[1:-2] == before.split("\n")[1:-2]
        assert talker.say("two") == "two"
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        api.down = False


async def test_rules_outlive_the_process(machine: Machine) -> None:
    api, chosen = FakeAPI(), options(machine)
    client = api.client()
    await client.create("services", service())
    await client.create(SLICES, endpoint_slice(endpoint("10.244.1.1", "n1")))
    task = asyncio.create_task(agent.run(client, chosen), name="agent under test")
    await until(lambda: machine.ask("out", VIP, 80, timeout=0.2)[0].startswith("pod-1"))
    talker = machine.talk("out", "tcp", VIP, 80)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert machine.ask("out", VIP, 80)[0].startswith("pod-1")
    async with running(api, chosen):
        assert talker.say("still here") == "still here"


async def test_balancers_learn_whether_to_send_here(machine: Machine) -> None:
    api, chosen, port = FakeAPI(), options(machine), free_port()
    client = api.client()
    spec = {"type": "LoadBalancer", "externalTrafficPolicy": "Local", "healthCheckNodePort": port}
    await client.create("services", service(**spec, ingress=[{"ip": "10.111.0.2"}]))
    await client.create(SLICES, endpoint_slice(endpoint("10.244.1.1", "n1"), endpoint("10.244.1.2", "n2")))
    async with running(api, chosen) as made:
        status, text, headers = await get(f"127.0.0.1:{port}", "/")
        assert status == 200
        assert '"localEndpoints":1' in text
        assert headers["X-Load-Balancing-Endpoint-Weight"] == "1"
        api.change(SLICES, "ns/web-1", lambda obj: obj["endpoints"].pop(0))
        await until_answer(503, f"127.0.0.1:{port}", "/")
        assert (await get(chosen.healthz_bind_address, "/healthz"))[0] == 200
        node = {"metadata": {"name": "n1"}, "spec": {"taints": [{"key": "ToBeDeletedByClusterAutoscaler"}]}}
        await client.create("nodes", node)
        await until(lambda: made.health.node is not None)
        status, text, _ = await get(chosen.healthz_bind_address, "/healthz")
        assert (status, '"nodeEligible":false' in text) == (503, True)
        assert (await get(chosen.healthz_bind_address, "/livez"))[0] == 200
        await client.delete("services", "web", "ns")
        await until_answer(0, f"127.0.0.1:{port}", "/")


async def test_healthy_means_that_nothing_waits_for_long() -> None:
    health = ProxyHealth(FakeClock(), 60)
    waited = 0.0
    health.waits = [lambda: waited]
    assert health.answer(with_node=True)[0] == 200
    waited = 61
    assert health.answer(with_node=True)[0] == 503
    assert service_answer("ns/web", ServiceHealth(1, 1), healthy=False)[0] == 503


def test_a_node_that_leaves_is_not_eligible() -> None:
    assert is_eligible(None)
    assert is_eligible({"metadata": {}})
    assert not is_eligible({"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}})
