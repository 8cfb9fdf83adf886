"""Two API servers, each a process of its own, on one etcd: neither may show that there is another."""

from __future__ import annotations

import asyncio
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.fakes.api_servers import ServerProcess
from tests.fakes.etcd import EtcdCluster, free_ports

pytestmark = pytest.mark.asyncio(loop_scope="module")

DEFAULT = "/api/v1/namespaces/default"
MERGE = "application/merge-patch+json"
EVENT_SECONDS = 3


def config_map(name: str, **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


@pytest.fixture(scope="module")
def etcd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    cluster = EtcdCluster(tmp_path_factory.mktemp("etcd"), 1)
    try:
        cluster.start()
        yield cluster.urls[0]
    finally:
        cluster.stop()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("servers")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def servers(etcd: str, folder: Path) -> AsyncIterator[tuple[ServerProcess, ServerProcess]]:
    """Both start at the same moment, from nothing."""
    started = [ServerProcess(folder, etcd, port, f"--event-ttl={EVENT_SECONDS}s") for port in free_ports(2)]
    try:
        one, other = await asyncio.gather(*(server.ready() for server in started))
        yield one, other
    finally:
        for server in started:
            await server.close()


Servers = tuple[ServerProcess, ServerProcess]


async def test_what_one_writes_the_other_reads_at_once(servers: Servers) -> None:
    for number in range(60):
        one, other = servers if number % 2 else servers[::-1]
        path = f"{DEFAULT}/configmaps/at-once-{number}"
        made = await one.ok("POST", f"{DEFAULT}/configmaps", config_map(f"at-once-{number}", turn="1"))
        assert await other.ok("GET", path) == made
        changed = await other.ok("PUT", path, {**made, "data": {"turn": "2"}})
        assert await one.ok("GET", path) == changed
        listed = await one.ok("GET", f"{DEFAULT}/configmaps?fieldSelector=metadata.name=at-once-{number}")
        assert [item["data"] for item in listed["items"]] == [{"turn": "2"}]
        again = await one.ok("PATCH", path, {"data": {"turn": "3"}}, kind=MERGE)
        # To a server that has not seen turn 3 yet this would change nothing.
        back = await other.ok("PATCH", path, {"data": {"turn": "2"}}, kind=MERGE)
        assert (again["data"], back["data"]) == ({"turn": "3"}, {"turn": "2"})
        await one.ok("DELETE", path)
        assert (await other.ask("GET", path))[0] == 404
        assert (await other.ask("PATCH", path, {"data": {}}, kind=MERGE))[0] == 404
        assert (await other.ask("DELETE", path))[0] == 404


async def test_patches_through_both_are_all_there(servers: Servers) -> None:
    await servers[0].ok("POST", f"{DEFAULT}/configmaps", config_map("patched"))

    async def patch(worker: int) -> None:
        for number in range(25):
            body = {"data": {f"{worker}-{number}": "x"}}
            await servers[worker % 2].ok("PATCH", f"{DEFAULT}/configmaps/patched", body, kind=MERGE)

    await asyncio.gather(*(patch(worker) for worker in range(4)))
    found = await servers[1].ok("GET", f"{DEFAULT}/configmaps/patched")
    assert set(found["data"]) == {f"{worker}-{number}" for worker in range(4) for number in range(25)}


async def test_of_two_updates_of_one_version_one_wins(servers: Servers) -> None:
    current = await servers[0].ok("POST", f"{DEFAULT}/configmaps", config_map("contended"))
    for number in range(40):
        wanted = [{**current, "data": {"turn": f"{number} {who}"}} for who in ("one", "other")]
        path = f"{DEFAULT}/configmaps/contended"
        answers = await asyncio.gather(
            *(server.ask("PUT", path, body) for server, body in zip(servers, wanted, strict=True))
        )
        assert sorted(status for status, _ in answers) == [200, 409]
        current = next(value for status, value in answers if status == 200)


async def test_list_and_events_of_both_equal_the_state(servers: Servers) -> None:
    await servers[0].ok("POST", "/api/v1/namespaces", {"metadata": {"name": "histories"}})
    path = "/api/v1/namespaces/histories/configmaps"
    seen: list[dict[str, str]] = [{}, {}]
    histories: list[list[tuple[str, str, str]]] = [[], []]

    async def follow(which: int) -> None:
        listed = await servers[which].ok("GET", path)
        version = listed["metadata"]["resourceVersion"]
        seen[which] = {item["metadata"]["name"]: item["metadata"]["resourceVersion"] for item in listed["items"]}
        async for event in servers[which].watch(f"{path}?watch=true&resourceVersion={version}"):
            metadata = event["object"]["metadata"]
            histories[which].append((event["type"], metadata["name"], metadata["resourceVersion"]))
            if event["type"] == "DELETED":
                del seen[which][metadata["name"]]
            else:
                seen[which][metadata["name"]] = metadata["resourceVersion"]
            if event["type"] == "ADDED" and metadata["name"] == "last":
                return

    async def write(worker: int) -> None:
        chance = random.Random(worker)
        for _ in range(60):
            server, name = chance.choice(servers), f"c{chance.randrange(6)}"
            verb = chance.choice(["POST", "PATCH", "DELETE"])
            if verb == "POST":
                await server.ask("POST", path, config_map(name))
            elif verb == "PATCH":
                await server.ask("PATCH", f"{path}/{name}", {"data": {"at": str(chance.random())}}, kind=MERGE)
            else:
                await server.ask("DELETE", f"{path}/{name}")

    following = [asyncio.create_task(follow(which)) for which in (0, 1)]
    await asyncio.gather(*(write(worker) for worker in range(6)))
    await servers[0].ok("POST", path, config_map("last"))
    async with asyncio.timeout(20):
        await asyncio.gather(*following)
    for server, state in zip(servers, seen, strict=True):
        items = (await server.ok("GET", path))["items"]
        assert {item["metadata"]["name"]: item["metadata"]["resourceVersion"] for item in items} == state
    # The second follower's list may have come later; from there on both saw the same, in the same order.
    length = min(map(len, histories))
    assert histories[0][-length:] == histories[1][-length:]
    versions = [int(version) for _, _, version in histories[0]]
    assert versions == sorted(set(versions))


async def test_no_address_and_no_port_is_given_twice(servers: Servers) -> None:
    def service(number: int) -> dict[str, Any]:
        spec = {"type": "NodePort", "ports": [{"port": 80}], "selector": {"app": "x"}}
        return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": f"s{number}"}, "spec": spec}

    made = await asyncio.gather(
        *(servers[number % 2].ok("POST", f"{DEFAULT}/services", service(number)) for number in range(80))
    )
    assert len({one["spec"]["clusterIP"] for one in made}) == 80
    assert len({one["spec"]["ports"][0]["nodePort"] for one in made}) == 80
    wanted = {**service(99), "spec": {"clusterIP": made[0]["spec"]["clusterIP"], "ports": [{"port": 80}]}}
    for server in servers:
        status, value = await server.ask("POST", f"{DEFAULT}/services", wanted)
        assert (status, "provided IP is already allocated" in value["message"]) == (422, True)


async def test_a_quota_holds_over_both(servers: Servers) -> None:
    await servers[0].ok("POST", "/api/v1/namespaces", {"metadata": {"name": "counted"}})
    quotas = "/api/v1/namespaces/counted/resourcequotas"
    hard = {"count/configmaps": "20"}
    quota = await servers[0].ok("POST", quotas, {"metadata": {"name": "q"}, "spec": {"hard": hard}})
    quota["status"] = {"hard": hard, "used": {"count/configmaps": "0"}}
    await servers[0].ok("PUT", f"{quotas}/q/status", quota)
    path = "/api/v1/namespaces/counted/configmaps"
    answers = await asyncio.gather(
        *(servers[number % 2].ask("POST", path, config_map(f"c{number}")) for number in range(40))
    )
    assert Counter(status for status, _ in answers) == {201: 20, 403: 20}
    assert (await servers[1].ok("GET", f"{quotas}/q"))["status"]["used"] == {"count/configmaps": "20"}


async def test_time_limits_hold_at_both(servers: Servers) -> None:
    event = {
        "metadata": {"name": "passing"},
        "involvedObject": {"kind": "Pod", "namespace": "default", "name": "p"},
        "reason": "Passed",
    }
    await servers[0].ok("POST", f"{DEFAULT}/events", event)
    assert (await servers[1].ask("GET", f"{DEFAULT}/events/passing"))[0] == 200
    async with asyncio.timeout(30):
        for server in servers:
            while (await server.ask("GET", f"{DEFAULT}/events/passing"))[0] == 200:
                await asyncio.sleep(0.1)


def definition(plural: str) -> dict[str, Any]:
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.example.com"},
        "spec": {
            "group": "example.com",
            "names": {"plural": plural, "kind": plural.capitalize()},
            "scope": "Namespaced",
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}],
        },
    }


async def test_a_kind_that_is_made_at_one_is_served_by_both(servers: Servers) -> None:
    crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    for number in range(6):
        one, other = servers if number % 2 else servers[::-1]
        plural = f"widgets{number}"
        await one.ok("POST", crds, definition(plural))
        async with asyncio.timeout(20):
            while True:
                found = await one.ok("GET", f"{crds}/{plural}.example.com")
                conditions = {one["type"]: one["status"] for one in (found.get("status") or {}).get("conditions") or ()}
                if conditions.get("Established") == "True":
                    break
        body = {"apiVersion": "example.com/v1", "kind": plural.capitalize(), "metadata": {"name": "w"}, "size": 3}
        path = f"/apis/example.com/v1/namespaces/default/{plural}"
        made = await other.ok("POST", path, body)
        assert await one.ok("GET", f"{path}/w") == made
        await one.ok("DELETE", f"{crds}/{plural}.example.com")


async def test_a_token_of_one_is_valid_at_the_other(servers: Servers) -> None:
    asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    for number in range(20):
        one, other = servers if number % 2 else servers[::-1]
        name = f"robot{number}"
        await one.ok("POST", f"{DEFAULT}/serviceaccounts", {"metadata": {"name": name}})
        issued = await one.ok("POST", f"{DEFAULT}/serviceaccounts/{name}/token", asked)
        told = await other.ok("POST", path, review, token=issued["status"]["token"])
        assert told["status"]["userInfo"]["username"] == f"system:serviceaccount:default:{name}"
    await servers[0].ok("DELETE", f"{DEFAULT}/serviceaccounts/{name}")
    async with asyncio.timeout(20):
        while (await servers[1].ask("POST", path, review, token=issued["status"]["token"]))[0] != 401:
            await asyncio.sleep(0.01)


# Two on one port: each connection is one's or the other's, as the kernel chooses

ADDRESS = "192.0.2.7"


@pytest_asyncio.fixture(loop_scope="module")
async def sharing(etcd: str, folder: Path) -> AsyncIterator[list[ServerProcess]]:
    port = free_ports(1)[0]
    flags = ("--permit-port-sharing=true", f"--advertise-address={ADDRESS}")
    started = [ServerProcess(folder, etcd, port, *flags) for _ in range(2)]
    try:
        await asyncio.gather(*(server.ready() for server in started))
        yield started
    finally:
        for server in started:
            await server.close()


async def connections(server: ServerProcess, count: int) -> list[aiohttp.ClientSession]:
    """Sessions with one connection each, that have asked something."""
    sessions = [server.session() for _ in range(count)]
    for session in sessions:
        async with session.get(f"{DEFAULT}/configmaps/none") as answer:
            assert answer.status == 404
    return sessions


async def test_one_of_two_on_a_port_is_killed(sharing: list[ServerProcess]) -> None:
    sessions = await connections(sharing[0], 32)
    sharing[0].stop(signal.SIGKILL)
    survived = 0
    for session in sessions:
        async with session.get("/readyz") as answer:  # those that are cut try again by themselves
            survived += answer.status == 200
        await session.close()
    assert survived == 32
    made = await sharing[1].ok("POST", f"{DEFAULT}/configmaps", config_map("after-the-kill"))
    assert made["metadata"]["name"] == "after-the-kill"


async def test_one_of_two_on_a_port_leaves_and_no_request_is_cut(sharing: list[ServerProcess]) -> None:
    """A connection may be closed before a request on it was begun: then nothing was done, and it is sent again."""
    ended = asyncio.Event()
    asked = 0

    async def write(worker: int) -> None:
        nonlocal asked
        async with sharing[0].session() as session:
            while not ended.is_set():
                body, asked = config_map(f"drained-{worker}-{asked}"), asked + 1
                try:
                    async with session.post(f"{DEFAULT}/configmaps", json=body) as answer:
                        status = answer.status
                except aiohttp.ClientConnectionError:
                    async with session.post(f"{DEFAULT}/configmaps", json=body) as answer:
                        status = answer.status
                assert status == 201

    async with asyncio.TaskGroup() as group:
        for worker in range(8):
            group.create_task(write(worker))
        while asked < 100:
            await asyncio.sleep(0.01)
        await asyncio.to_thread(sharing[0].stop)
        before = asked
        while asked < before + 100:
            await asyncio.sleep(0.01)
        ended.set()
    assert sharing[0].process.returncode == 0
    endpoints = await sharing[1].ok("GET", f"{DEFAULT}/endpoints/kubernetes")
    assert [item["ip"] for item in endpoints["subsets"][0]["addresses"]] == [ADDRESS]
