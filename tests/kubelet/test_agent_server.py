"""The node API of a real node: logs, exec, port-forward's refusal, stats, and who may."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import orjson
import pytest

from pybernetes.api.object import Json
from tests.kubelet.agent_node import API, AgentNode, agent_node, running_status, shell


@pytest.fixture
async def node(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[AgentNode]:
    """A node whose API server knows two tokens: one of somebody who may, one of somebody who may not."""
    original = API._answer

    def reviewing(self: API, method: str, path: str, query: dict[str, str], body: Any, content_type: str) -> Json:
        spec = body.get("spec") if isinstance(body, dict) else None
        if path.endswith("/tokenreviews"):
            known = spec["token"] in ("admin", "guest")
            return {"status": {"authenticated": known, "user": {"username": spec["token"], "groups": []}}}
        if path.endswith("/subjectaccessreviews"):
            assert spec["resourceAttributes"]["resource"] == "nodes"
            return {"status": {"allowed": spec["user"] == "admin"}}
        return original(self, method, path, query, body, content_type)

    monkeypatch.setattr(API, "_answer", reviewing)
    async with agent_node() as made:
        yield made


class Kubelet:
    """Asks the node API as somebody."""

    def __init__(self, node: AgentNode, session: aiohttp.ClientSession, token: str):
        assert node.agent is not None
        self.base = f"https://127.0.0.1:{node.agent.port}"
        self._session = session
        self._headers = {"authorization": f"Bearer {token}"} if token else {}

    async def get(self, path: str) -> tuple[int, str]:
        async with self._session.get(self.base + path, headers=self._headers, ssl=False) as answer:
            return answer.status, await answer.text()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as made:
        yield made


async def test_nobody_gets_in_without_being_known_and_allowed(node: AgentNode, session: aiohttp.ClientSession) -> None:
    assert await Kubelet(node, session, "").get("/pods") == (401, "Unauthorized")
    assert (await Kubelet(node, session, "nobody").get("/pods"))[0] == 401
    status, text = await Kubelet(node, session, "guest").get("/stats/summary")
    assert (status, text) == (403, "Forbidden (user=guest, verb=get, resource=nodes, subresource(stats))")
    assert (await Kubelet(node, session, "admin").get("/healthz")) == (200, "ok")


async def test_logs(node: AgentNode, session: aiohttp.ClientSession) -> None:
    kubelet = Kubelet(node, session, "admin")
    script = "for i in 1 2 3; do echo line $i; done; sleep 1; echo wrong >&2; sleep 1000"
    await node.create("talk", {"containers": [shell(script)], "terminationGracePeriodSeconds": 1})
    await node.until_pod("talk", running_status)
    await node.until(lambda: "wrong" in node.log("talk"))
    path = "/containerLogs/default/talk/main"
    assert (await kubelet.get(path))[1].splitlines()[:3] == ["line 1", "line 2", "line 3"]
    assert (await kubelet.get(f"{path}?tailLines=1&stream=Stderr"))[1] == "wrong\n"
    assert (await kubelet.get(f"{path}?limitBytes=6"))[1] == "line 1"
    stamped = (await kubelet.get(f"{path}?timestamps=true"))[1].splitlines()[0]
    assert stamped.endswith("Z line 1") or "+00:00 line 1" in stamped
    assert (await kubelet.get("/containerLogs/default/none/main"))[0] == 404
    assert (await kubelet.get("/containerLogs/default/talk/other"))[0] == 404
    assert (await kubelet.get(f"{path}?previous=true"))[0] == 400


async def test_a_followed_log_ends_with_its_container(node: AgentNode, session: aiohttp.ClientSession) -> None:
    kubelet = Kubelet(node, session, "admin")
    script = "for i in 1 2 3 4; do echo $i; sleep 0.3; done"
    await node.create("count", {"containers": [shell(script)], "restartPolicy": "Never"})
    await node.until_pod("count", lambda status: status["phase"] != "Pending")
    assert await kubelet.get("/containerLogs/default/count/main?follow=true") == (200, "1\n2\n3\n4\n")


async def test_exec_streams_both_ways(node: AgentNode) -> None:
    await node.create("box", {"containers": [shell("sleep 1000")], "terminationGracePeriodSeconds": 1})
    await node.until_pod("box", running_status)
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    connector = aiohttp.TCPConnector(ssl=context)
    headers = {"authorization": "Bearer admin"}
    assert node.agent is not None
    url = f"https://127.0.0.1:{node.agent.port}/exec/default/box/main?command=cat&input=1&output=1"
    async with aiohttp.ClientSession(connector=connector) as session:
        opened = session.ws_connect(url, headers=headers, protocols=("v4.channel.k8s.io",))
        async with opened as socket:
            await socket.send_bytes(b"\x00hello\n")
            received = b""
            async with asyncio.timeout(10):
                while received != b"hello\n":
                    message = await socket.receive()
                    assert message.type is aiohttp.WSMsgType.BINARY, message
                    received += message.data[1:] if message.data[:1] == b"\x01" else b""
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await session.ws_connect(url.replace("/main", "/other"), headers=headers)
        assert caught.value.status == 404
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await session.ws_connect(url)
        assert caught.value.status == 401


async def test_usage(node: AgentNode, session: aiohttp.ClientSession) -> None:
    kubelet = Kubelet(node, session, "admin")
    await node.create("use", {"containers": [shell("while true; do :; done")], "terminationGracePeriodSeconds": 1})
    await node.until_pod("use", running_status)
    async with asyncio.timeout(10):
        while True:
            summary = orjson.loads((await kubelet.get("/stats/summary"))[1])
            (pod,) = summary["pods"]
            if pod["containers"][0]["cpu"]["usageCoreNanoSeconds"] > 10**8:
                break
    assert summary["node"]["nodeName"] == "node-1"
    assert pod["podRef"]["name"] == "use"
    text = (await kubelet.get("/metrics/resource"))[1]
    assert 'container_cpu_usage_seconds_total{container="main",namespace="default",pod="use"}' in text
    assert "kubelet_running_containers" in (await kubelet.get("/metrics"))[1]
    assert "container_memory_working_set_bytes" in (await kubelet.get("/metrics/cadvisor"))[1]
    assert '"name":"use"' in (await kubelet.get("/runningpods/"))[1]
