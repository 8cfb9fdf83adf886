"""The whole server beside an API server in memory, and what it publishes of itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import dnslib

from pybernetes.api import errors
from pybernetes.component.clock import FakeClock
from pybernetes.dns.__main__ import options_of, parser
from pybernetes.dns.agent import Agent
from pybernetes.dns.options import DNSOptions
from pybernetes.dns.publish import LEASE_SECONDS, LEASES, RENEW_SECONDS, SLICES, DeathWatch, Ports, Publisher
from pybernetes.dns.resolv_conf import Upstream
from tests.dns.cluster import endpoint, endpoint_slice, question, service, texts
from tests.dns.test_server import ask
from tests.fakes.api import FakeAPI

WEB = "web.ns.svc.cluster.local"


def options(name: str = "one", **more: Any) -> DNSOptions:
    given = {"bind_addresses": ("127.0.0.1",), "port": 0, "metrics_bind_address": "127.0.0.1:0", **more}
    return DNSOptions(name, **given)


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(500):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not happen in time")


@asynccontextmanager
async def running(api: FakeAPI, chosen: DNSOptions) -> AsyncIterator[Agent]:
    made = Agent(api.client(), chosen)
    task = asyncio.create_task(made.run(), name="agent under test")
    try:
        await until(lambda: made.started.is_set() or task.done())
        yield made
    finally:
        task.cancel()
        (ended,) = await asyncio.gather(task, return_exceptions=True)
        assert isinstance(ended, asyncio.CancelledError), ended


async def answers(agent: Agent, name: str, type_: str = "A") -> tuple[str, list[str]]:
    (reply,) = await ask(agent.port, question(name, type_))
    parsed = dnslib.DNSRecord.parse(reply)
    return dnslib.RCODE[parsed.header.rcode], texts(parsed.rr)


async def get(agent: Agent, path: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{agent.http_port}{path}") as answer:
        return answer.status, await answer.text()


async def test_names_follow_the_api() -> None:
    api = FakeAPI()
    client = api.client()
    await client.create("namespaces", {"metadata": {"name": "ns"}})
    await client.create("services", service("web", clusterIP="10.96.0.1", ports=[{"port": 80}]))
    async with running(api, options()) as agent:
        await until(lambda: agent.resolver.ready)
        assert await answers(agent, WEB) == ("NOERROR", [f"{WEB} A 10.96.0.1"])
        await client.create("services", service("pods", clusterIP="None"))
        await client.create(SLICES, endpoint_slice("pods", endpoint("10.1.0.1", "pod-0")))
        await until(lambda: agent.index.generation >= 4)
        assert await answers(agent, "pod-0.pods.ns.svc.cluster.local") == (
            "NOERROR",
            ["pod-0.pods.ns.svc.cluster.local A 10.1.0.1"],
        )
        await client.delete("services", "web", "ns")
        await until(lambda: agent.index.generation >= 5)
        assert await answers(agent, WEB) == ("NXDOMAIN", [])


async def test_health_readiness_and_metrics() -> None:
    api = FakeAPI()
    api.down = True
    async with running(api, options()) as agent:
        assert await get(agent, "/health") == (200, "OK")
        assert (await get(agent, "/ready"))[0] == 503
        assert (await answers(agent, WEB))[0] == "SERVFAIL"
        api.down = False
        await until(lambda: agent.resolver.ready)
        assert await get(agent, "/ready") == (200, "OK")
        for _ in range(3):
            await answers(agent, WEB)
        _, text = await get(agent, "/metrics")
        labels = 'family="1",proto="udp",server="dns://:0",type="A",view="",zone="cluster.local"'
        assert f"coredns_dns_requests_total{{{labels}}} 4.0" in text
        assert "coredns_dns_request_duration_seconds_bucket" in text


async def test_an_upstream_that_asks_us_in_turn_is_noticed() -> None:
    api = FakeAPI()
    async with running(api, options()) as agent:
        agent.forwarder.upstreams.append(Upstream("127.0.0.1", agent.port))
        await agent._look_for_loop()
        assert agent.forwarder.looping
        assert (await answers(agent, "www.example.com"))[0] == "REFUSED"


def published(**more: Any) -> DNSOptions:
    return options(publish_address="127.0.0.1", **more)


async def test_it_publishes_itself_and_leaves_when_it_ends() -> None:
    api = FakeAPI()
    node = await api.client().create("nodes", {"metadata": {"name": "n1"}})
    async with running(api, published(node_name="n1")) as agent:
        await until(lambda: api.get(SLICES, "kube-system/kube-dns-one") is not None)
        made = api.get("services", "kube-system/kube-dns")
        assert made is not None
        assert made["spec"]["clusterIP"] == "10.96.0.10"
        assert "selector" not in made["spec"]
        found = api.get(SLICES, "kube-system/kube-dns-one")
        assert found is not None
        assert found["metadata"]["labels"]["kubernetes.io/service-name"] == "kube-dns"
        assert found["metadata"]["ownerReferences"][0]["uid"] == node["metadata"]["uid"]
        assert found["endpoints"][0]["addresses"] == ["127.0.0.1"]
        assert {port["name"]: port["port"] for port in found["ports"]} == {
            "dns": agent.port,
            "dns-tcp": agent.port,
            "metrics": agent.http_port,
        }
        assert api.get(LEASES, "kube-system/kube-dns-one") is not None
    assert api.get(SLICES, "kube-system/kube-dns-one") is None
    assert api.get(LEASES, "kube-system/kube-dns-one") is None
    assert api.get("services", "kube-system/kube-dns") is not None


async def test_it_is_not_published_before_it_knows_the_names() -> None:
    api = FakeAPI()
    api.hooks.append(_refuse_lists_of_services)
    async with running(api, published()) as agent:
        await asyncio.sleep(0.05)
        assert not agent.resolver.ready
        assert api.get(SLICES, "kube-system/kube-dns-one") is None


def _refuse_lists_of_services(method: str, path: str, body: Any) -> None:
    if method == "GET" and path == "/api/v1/services":
        raise errors.service_unavailable("not now")


def publisher(api: FakeAPI, name: str) -> Publisher:
    address = "127.0.0.1" if name == "one" else "127.0.0.2"
    return Publisher(api.client(), options(name, publish_address=address), Ports(53), api.clock)


async def test_the_dead_are_taken_out_by_the_living() -> None:
    clock = FakeClock()
    api = FakeAPI(clock)
    living, dying = publisher(api, "one"), publisher(api, "two")
    await dying.step()
    for _ in range(int(LEASE_SECONDS / RENEW_SECONDS)):
        await living.step()
        assert len(api.all(SLICES)) == 2
        await clock.advance(RENEW_SECONDS)
    await living.step()
    assert [obj["metadata"]["name"] for obj in api.all(SLICES)] == ["kube-dns-one"]
    assert [obj["metadata"]["name"] for obj in api.all(LEASES)] == ["kube-dns-one"]
    await dying.step()
    assert len(api.all(SLICES)) == 2


async def test_the_living_are_left_alone() -> None:
    clock = FakeClock()
    api = FakeAPI(clock)
    both = publisher(api, "one"), publisher(api, "two")
    for _ in range(20):
        for each in both:
            await each.step()
        await clock.advance(RENEW_SECONDS)
    assert len(api.all(SLICES)) == 2


async def test_a_renewal_changes_no_slice() -> None:
    clock = FakeClock()
    api = FakeAPI(clock)
    one = publisher(api, "one")
    await one.step()
    before = api.get(SLICES, "kube-system/kube-dns-one")
    await clock.advance(RENEW_SECONDS)
    await one.step()
    assert api.get(SLICES, "kube-system/kube-dns-one") == before


async def test_a_slice_that_someone_changed_is_put_right() -> None:
    api = FakeAPI(FakeClock())
    one = publisher(api, "one")
    await one.step()
    api.change(SLICES, "kube-system/kube-dns-one", lambda obj: obj.update(endpoints=[]))
    await one.step()
    found = api.get(SLICES, "kube-system/kube-dns-one")
    assert found is not None
    assert found["endpoints"][0]["addresses"] == ["127.0.0.1"]


def test_who_is_dead() -> None:
    watch = DeathWatch()
    assert watch.dead({"a": "1", "b": "1", "c": ""}, 0) == []
    assert watch.dead({"a": "2", "b": "1", "c": ""}, 39) == []
    assert watch.dead({"a": "2", "b": "1", "c": ""}, 40) == ["b", "c"]
    assert watch.dead({"a": "2"}, 78) == []
    assert watch.dead({"a": "2"}, 79) == ["a"]


def test_flags() -> None:
    arguments = parser().parse_args(
        ["--kubeconfig=x", "--name=n", "--upstream=1.1.1.1", "--publish-address=10.0.0.5", "--service=a/b"]
    )
    chosen = options_of(arguments)
    assert chosen.listen_addresses == ("10.0.0.5",)
    assert chosen.upstreams == (Upstream("1.1.1.1"),)
    assert (chosen.service_namespace, chosen.service_name) == ("a", "b")


def test_upstreams_that_are_this_server_are_left_out() -> None:
    chosen = DNSOptions("n", publish_address="10.0.0.5", upstreams=(Upstream("10.0.0.5"), Upstream("10.96.0.10")))
    assert Agent(FakeAPI().client(), chosen).forwarder.upstreams == []
