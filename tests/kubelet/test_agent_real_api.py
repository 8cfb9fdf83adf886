"""The kubelet with the real API server, as the node's own user: authorization, admission, validation and all."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pybernetes.api.errors import APIError
from pybernetes.api.object import Json
from pybernetes.apiserver.opening import open_server
from pybernetes.apiserver.options import Options
from pybernetes.apiserver.user import AUTHENTICATED_GROUP, MASTERS_GROUP, User
from pybernetes.client.client import Client
from pybernetes.kubelet.status_patch import status_patch
from pybernetes.launcher.inprocess import InProcessTransport
from tests.kubelet.agent_node import AgentNode, agent_node, container_status, ready, shell

ADMIN = User("admin", (MASTERS_GROUP, AUTHENTICATED_GROUP))
NODE = User("system:node:node-1", ("system:nodes", AUTHENTICATED_GROUP))


@dataclass
class Bench:
    node: AgentNode
    admin: Client

    async def until(self, name: str, test: Callable[[Json], Any], seconds: float = 20.0) -> Json:
        deadline = time.monotonic() + seconds
        pod: Json = {}
        while time.monotonic() < deadline:
            pod = await self.admin.get("pods", name, "default")
            if test(pod["status"]):
                return pod
            await asyncio.sleep(0.02)
        raise AssertionError(f"pod {name} did not come to that: {pod['status']}")

    async def until_gone(self, name: str, seconds: float = 20.0) -> None:
        async with asyncio.timeout(seconds):
            while True:
                try:
                    await self.admin.get("pods", name, "default")
                except APIError as error:
                    assert error.code == 404, error
                    return
                await asyncio.sleep(0.02)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    server = await open_server(Options(tmp_path, secure_port=-1))
    task = asyncio.create_task(server.run())
    try:
        await server.wait_ready()
        admin = Client(InProcessTransport(server.handler, ADMIN))
        account = {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": "default", "namespace": "default"},
        }
        await admin.create("serviceaccounts", account)
        root = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "kube-root-ca.crt", "namespace": "default"},
        }
        await admin.create("configmaps", {**root, "data": {"ca.crt": "none"}})
        async with agent_node(kubelet_client=Client(InProcessTransport(server.handler, NODE))) as node:
            yield Bench(node, admin)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await server.close()


def pod(name: str, spec: Json) -> Json:
    metadata = {"name": name, "namespace": "default"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"nodeName": "node-1", **spec}}


async def test_a_pod_lives_and_goes(bench: Bench) -> None:
    node = await bench.admin.get("nodes", "node-1")
    conditions = {each["type"]: each["status"] for each in node["status"]["conditions"]}
    assert conditions["Ready"] == "True"
    async with asyncio.timeout(10):
        while not (await bench.admin.list("leases.coordination.k8s.io", "kube-node-lease"))["items"]:
            await asyncio.sleep(0.02)
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "keys", "namespace": "default"}}
    await bench.admin.create("secrets", {**secret, "stringData": {"password": "s3cret"}})
    script = "cat /keys/password; echo; wc -c < /var/run/secrets/kubernetes.io/serviceaccount/token; sleep 1000"
    mount = [{"name": "keys", "mountPath": "/keys"}]
    spec = {
        "containers": [shell(script, volumeMounts=mount, resources={"requests": {"cpu": "10m"}})],
        "volumes": [{"name": "keys", "secret": {"secretName": "keys"}}],
        "terminationGracePeriodSeconds": 1,
    }
    await bench.admin.create("pods", pod("web", spec))
    found = await bench.until("web", ready)
    assert found["status"]["observedGeneration"] == found["metadata"]["generation"]
    assert container_status(found)["ready"] is True
    await bench.node.until(lambda: bench.node.log("web").count("\n") == 2)
    password, token_bytes = bench.node.log("web").splitlines()
    assert password == "s3cret"
    assert int(token_bytes) > 500
    assert bench.node.agent is not None
    current = bench.node.agent.statuses.current(found)["status"]
    assert status_patch(found["status"], current) == {}, "the server keeps all that the kubelet says"
    await bench.admin.delete("pods", "web", "default")
    await bench.until_gone("web")
    assert await bench.node.left_behind() == []
    await bench.node.agent.recorder.flush()
    events = (await bench.admin.list("events", "default", field_selector="involvedObject.name=web"))["items"]
    assert {event["reason"] for event in events} == {"Pulled", "Created", "Started", "Killing"}


async def test_a_pod_ends_and_keeps_its_status(bench: Bench) -> None:
    spec = {"restartPolicy": "Never", "containers": [shell("echo done > /dev/termination-log; exit 3")]}
    await bench.admin.create("pods", pod("job", spec))
    found = await bench.until("job", lambda status: status["phase"] == "Failed")
    ended = container_status(found)["state"]["terminated"]
    assert (ended["exitCode"], ended["reason"], ended["message"]) == (3, "Error", "done\n")
    await bench.node.stop()
    await bench.node.start()
    await bench.node.until(lambda: not bench.node.cgroups.pod_uids())
    again = await bench.admin.get("pods", "job", "default")
    assert container_status(again) == container_status(found)
