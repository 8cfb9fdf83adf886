"""What pods may ask for: other users and namespaces, the host's network, debugging, other resources while running."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from pybernetes.api.object import Json
from tests.kubelet.agent_node import AgentNode, agent_node, container_status, ready, running_status, shell


@pytest.fixture
async def node() -> AsyncIterator[AgentNode]:
    async with agent_node() as made:
        yield made


async def until_log(node: AgentNode, name: str, *lines: str) -> None:
    try:
        await node.until(lambda: node.log(name).splitlines() == list(lines))
    except AssertionError:
        assert node.log(name).splitlines() == list(lines)
        raise


async def test_security(node: AgentNode) -> None:
    context = {
        "runAsUser": 1000,
        "runAsGroup": 2000,
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    script = "id -u; id -g; grep -E 'NoNewPrivs|CapBnd' /proc/self/status | cut -f 2 | sort; touch /x || echo ro"
    container = shell(f"({script}) 2>/dev/null; sleep 1000", securityContext=context)
    await node.create("locked", {"containers": [container], "terminationGracePeriodSeconds": 1})
    await until_log(node, "locked", "1000", "2000", "0000000000000000", "1", "ro")
    pod = await node.until_pod("locked", ready)
    root = {**shell("true"), "securityContext": {"runAsNonRoot": True}}
    await node.create("root", {"containers": [root]})
    pod = await node.until_pod("root", lambda status: "CreateContainerConfigError" in str(status))
    message = container_status(pod)["state"]["waiting"]["message"]
    assert message.startswith("container has runAsNonRoot and image will run as root")


async def test_namespaces(node: AgentNode) -> None:
    await node.create(
        "shared",
        {
            "shareProcessNamespace": True,
            "hostname": "named",
            "subdomain": "sub",
            "hostAliases": [{"ip": "1.2.3.4", "hostnames": ["alias"]}],
            "securityContext": {"sysctls": [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "80"}]},
            "containers": [
                shell("hostname; grep -c alias /etc/hosts; cat /proc/sys/net/ipv4/ip_unprivileged_port_start; "
                      "grep -c search /etc/resolv.conf; [ \"$(cat /proc/1/comm)\" != sh ] && echo shared; sleep 1000")
            ],
            "terminationGracePeriodSeconds": 1,
        },
    )  # fmt: skip
    await until_log(node, "shared", "named", "1", "80", "1", "shared")


async def test_host_network_and_host_ports(node: AgentNode, unused_tcp_port: int) -> None:
    script = "ip link show lo | grep -c LOOPBACK; head -1 /etc/hosts; sleep 1000"
    spec = {"hostNetwork": True, "containers": [shell(script)], "terminationGracePeriodSeconds": 1}
    await node.create("host", spec)
    await until_log(node, "host", "1", "# Kubernetes-managed hosts file (host network).")
    pod = await node.until_pod("host", ready)
    assert pod["status"]["podIP"] == "127.0.0.1"
    ports = [{"containerPort": 8080, "hostPort": unused_tcp_port}]
    served = shell("while true; do echo hello | nc -l -p 8080; done", ports=ports)
    await node.create("served", {"containers": [served], "terminationGracePeriodSeconds": 1})
    pod = await node.until_pod("served", running_status)

    async def answers() -> bytes:
        try:
            reader, writer = await asyncio.open_connection(pod["status"]["podIP"], 8080)
        except OSError:
            return b""
        data = await reader.read()
        writer.close()
        return data

    async with asyncio.timeout(10):
        while await answers() != b"hello\n":
            await asyncio.sleep(0.05)


async def test_a_container_to_look_into_another(node: AgentNode) -> None:
    await node.create("looked-at", {"containers": [shell("sleep 1234")], "terminationGracePeriodSeconds": 1})
    await node.until_pod("looked-at", running_status)
    debug = {**shell("ps | grep -c 'sleep 123[4]'; sleep 1000"), "name": "debug", "targetContainerName": "main"}
    node.api.change("pods", "default/looked-at", lambda pod: pod["spec"].update(ephemeralContainers=[debug]))
    await node.until(lambda: node.log("looked-at", "debug") == "1\n")
    pod = await node.until_pod("looked-at", lambda status: "running" in str(status.get("ephemeralContainerStatuses")))
    assert "running" in container_status(pod, "debug")["state"]
    await node.client.delete("pods", "looked-at", "default")
    await node.until_gone("looked-at")


def asked(cpu: str, memory: str) -> Json:
    amounts = {"cpu": cpu, "memory": memory}
    return {"requests": dict(amounts), "limits": dict(amounts)}


async def test_a_running_container_gets_other_resources(node: AgentNode) -> None:
    container = shell("sleep 1000", resources=asked("100m", "64Mi"))
    await node.create("grown", {"containers": [container], "terminationGracePeriodSeconds": 1})
    before = await node.until_pod("grown", running_status)
    assert container_status(before)["allocatedResources"] == {"cpu": "100m", "memory": "64Mi"}
    resize(node, "grown", "200m", "128Mi")
    pod = await node.until_pod(
        "grown", lambda status: status["containerStatuses"][0]["resources"] == asked("200m", "128Mi")
    )
    assert container_status(pod)["containerID"] == container_status(before)["containerID"]
    path = node.cgroups.pod_uids()[pod["metadata"]["uid"]]
    child = container_status(pod)["containerID"].removeprefix("containerd://")
    for each in (path, f"{path}/{child}"):
        usage = node.cgroups.usage(each)
        assert usage is not None and usage.memory_limit_bytes == 128 << 20
    assert "ResizeCompleted" in [reason for reason, _ in node.events("grown")]
    await node.stop()
    await node.start()
    resize(node, "grown", "100", "128Mi")
    pod = await node.until_pod("grown", lambda status: "PodResizePending" in str(status["conditions"]))
    condition = next(each for each in pod["status"]["conditions"] if each["type"] == "PodResizePending")
    assert condition["reason"] == "Infeasible"
    assert container_status(pod)["resources"] == asked("200m", "128Mi")
    resize(node, "grown", "200m", "128Mi")
    await node.until_pod("grown", lambda status: "PodResizePending" not in str(status["conditions"]))


async def test_a_container_that_wants_a_restart_for_it_gets_one(node: AgentNode) -> None:
    policy = [{"resourceName": "memory", "restartPolicy": "RestartContainer"}]
    container = shell("sleep 1000", resources=asked("100m", "64Mi"), resizePolicy=policy)
    await node.create("anew", {"containers": [container], "terminationGracePeriodSeconds": 1})
    await node.until_pod("anew", running_status)
    resize(node, "anew", "100m", "128Mi")
    pod = await node.until_pod(
        "anew",
        lambda status: running_status(status) and status["containerStatuses"][0]["restartCount"] == 1,
    )
    assert container_status(pod)["resources"] == asked("100m", "128Mi")
    assert ("Killing", "Container main resize requires restart") in node.events("anew")


def resize(node: AgentNode, name: str, cpu: str, memory: str) -> None:
    node.api.change(
        "pods", f"default/{name}", lambda pod: pod["spec"]["containers"][0].update(resources=asked(cpu, memory))
    )
