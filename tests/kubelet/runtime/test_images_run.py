"""The images that manifests use, run in pods: they serve, say who they are, log, and stop when told."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pybernetes.kubelet.runtime.types import ContainerConfig, ContainerSecurity, SandboxConfig

if TYPE_CHECKING:
    from tests.kubelet.conftest import Node, NodeFactory


@pytest.fixture
async def node(containerd_node: NodeFactory) -> AsyncIterator[Node]:
    async with containerd_node(("pause", "nginx", "hostname", "tools")) as made:
        yield made


class Pod:
    """A pod whose containers are started one after the other."""

    def __init__(self, node: Node, name: str) -> None:
        self._runtime = node.runtime
        self.config = SandboxConfig(
            name,
            name,
            "default",
            hostname=name,
            log_directory=str(node.directory / "logs" / name),
            cgroup_parent=f"/{node.netns}/kubepods/pod{name}",
        )
        self.sandbox_id = ""

    async def start(self, name: str, image: str, **options: object) -> str:
        if not self.sandbox_id:
            self.sandbox_id = await self._runtime.run_pod_sandbox(self.config)
        config = ContainerConfig(name, image, log_path=f"{name}.log", **options)  # type: ignore[arg-type]
        container_id = await self._runtime.create_container(self.sandbox_id, config, self.config)
        await self._runtime.start_container(container_id)
        return container_id

    def log(self, name: str) -> str:
        return (Path(self.config.log_directory) / f"{name}.log").read_text()


async def curl(node: Node, tools_id: str, *arguments: str) -> str:
    """curl inside the pod; it waits for a server that has just been started."""
    command = ["curl", "-s", "--retry", "50", "--retry-connrefused", "--retry-delay", "0", *arguments]
    result = await node.runtime.exec_sync(tools_id, command)
    assert result.exit_code == 0, result
    return result.stdout.decode()


async def test_nginx_says_its_tag_and_its_pod_and_stops_gracefully(node: Node) -> None:
    pod = Pod(node, "web-1")
    web = await pod.start("web", "docker.io/library/nginx:1.26")
    tools = await pod.start("tools", "docker.io/pybernetes/tools:1.0")
    page = await curl(node, tools, "-i", "http://127.0.0.1/")
    assert page.startswith("HTTP/1.1 200 OK")
    assert "X-Served-By: web-1\r\n" in page
    assert "X-Image-Version: 1.26\r\n" in page
    assert "Welcome to nginx!" in page
    assert "Served by: web-1" in page
    assert "404 Not Found" in await curl(node, tools, "http://127.0.0.1/nothing")
    assert '"GET / HTTP/1.1" 200' in pod.log("web")
    started = time.monotonic()
    await node.runtime.stop_container(web, grace_seconds=30)
    assert time.monotonic() - started < 10
    assert (await node.runtime.container_status(web)).exit_code == 0


async def test_nginx_runs_without_root(node: Node) -> None:
    pod = Pod(node, "web-2")
    security = ContainerSecurity(run_as_user=1000, run_as_group=1000, drop_capabilities=("ALL",), no_new_privs=True)
    await pod.start("web", "docker.io/library/nginx:1.25", security=security)
    tools = await pod.start("tools", "docker.io/pybernetes/tools:1.0")
    assert "Image version: 1.25" in await curl(node, tools, "http://127.0.0.1/")


async def test_hostname_answers_with_its_pod_and_can_be_made_unhealthy(node: Node) -> None:
    pod = Pod(node, "echo-1")
    server = await pod.start("echo", "docker.io/pybernetes/hostname:2.0")
    tools = await pod.start("tools", "docker.io/pybernetes/tools:1.0")
    assert await curl(node, tools, "http://127.0.0.1:8080/any/path") == "echo-1 2.0 127.0.0.1\n"
    status = ["-o", "/dev/null", "-w", "%{http_code}", "http://127.0.0.1:8080/healthz"]
    assert await curl(node, tools, *status) == "200"
    await node.runtime.exec_sync(server, ["touch", "/tmp/unhealthy"])
    assert (await node.runtime.exec_sync(tools, ["curl", "-s", *status])).stdout == b"503"


async def test_the_tools_are_there(node: Node) -> None:
    pod = Pod(node, "tools-1")
    tools = await pod.start("tools", "docker.io/pybernetes/tools:1.0")
    for command in (["dig", "-v"], ["curl", "--version"], ["which", "nslookup", "nc", "wget", "ping"]):
        assert (await node.runtime.exec_sync(tools, command)).exit_code == 0
