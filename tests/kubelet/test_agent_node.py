"""The node itself: its object, its lease, static pods, eviction, rotation and garbage, on a real containerd."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from pybernetes.component.clock import FakeClock
from pybernetes.kubelet.container_gc import collect_garbage
from pybernetes.kubelet.eviction import Observation
from pybernetes.kubelet.image_gc import ImageGC
from pybernetes.kubelet.runtime.types import ContainerState
from tests.kubelet.agent_node import AgentNode, agent_node, container_status, ready, running_status, shell

ENOUGH = Observation(1 << 40, 1 << 40, 1 << 40, 1000, 1000, 1000, 1000)
MANIFEST = """
apiVersion: v1
kind: Pod
metadata: {name: steady, labels: {tier: node}}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - {name: main, image: "busybox:1.36", imagePullPolicy: IfNotPresent, command: [sleep, "%s"]}
"""


@pytest.fixture
async def node() -> AsyncIterator[AgentNode]:
    taints = [{"key": "k", "value": "v", "effect": "NoSchedule"}]
    async with agent_node(node_labels={"zone": "a"}, register_taints=taints) as made:
        yield made


async def test_the_node_registers_and_shows_how_it_is(node: AgentNode) -> None:
    found = node.api.get("nodes", "node-1")
    assert found is not None
    assert found["metadata"]["labels"]["kubernetes.io/hostname"] == "node-1"
    assert found["metadata"]["labels"]["zone"] == "a"
    assert found["spec"]["taints"] == [{"key": "k", "value": "v", "effect": "NoSchedule"}]
    status = found["status"]
    conditions = {each["type"]: each["status"] for each in status["conditions"]}
    assert conditions == {"MemoryPressure": "False", "DiskPressure": "False", "PIDPressure": "False", "Ready": "True"}
    assert status["nodeInfo"]["containerRuntimeVersion"].startswith("containerd://")
    assert status["nodeInfo"]["kubeletVersion"].startswith("v1.36.0")
    assert {"type": "InternalIP", "address": "127.0.0.1"} in status["addresses"]
    assert node.agent is not None
    assert status["daemonEndpoints"]["kubeletEndpoint"]["Port"] == node.agent.port
    assert any("busybox" in name for image in status["images"] for name in image["names"])
    lease = await node.until(lambda: node.api.get("leases.coordination.k8s.io", "kube-node-lease/node-1"))
    assert lease["spec"]["holderIdentity"] == "node-1"
    assert lease["metadata"]["ownerReferences"][0]["uid"] == found["metadata"]["uid"]


async def test_static_pods_run_and_have_mirrors(node: AgentNode) -> None:
    await node.stop()
    directory = node.directory / "manifests"
    directory.mkdir()
    (directory / "steady.yaml").write_text(MANIFEST % 1000)
    node.options = replace(node.options, manifest_dir=directory)
    await node.start()
    mirror = await node.until_pod("steady-node-1", ready)
    assert mirror["metadata"]["annotations"]["kubernetes.io/config.mirror"]
    before = container_status(mirror)["containerID"]
    await node.client.delete("pods", "steady-node-1", "default", grace_seconds=0)
    again = await node.until_pod("steady-node-1", ready)
    assert again["metadata"]["uid"] != mirror["metadata"]["uid"]
    assert container_status(again)["containerID"] == before
    (directory / "steady.yaml").unlink()
    assert node.agent is not None
    node.agent.static.scan()
    await node.until(lambda: not node.cgroups.pod_uids())


async def test_the_greediest_pod_is_evicted_when_memory_is_short(node: AgentNode) -> None:
    small = shell("sleep 1000")
    large = shell("head -c 30000000 /dev/zero | tail -c 30000000 | sleep 1000")
    await node.create("small", {"containers": [small], "terminationGracePeriodSeconds": 1})
    await node.create("large", {"containers": [large], "terminationGracePeriodSeconds": 1})
    await node.until_pod("small", running_status)
    await node.until_pod("large", running_status)
    assert node.agent is not None
    maintenance = node.agent.maintenance
    maintenance.observe = lambda: replace(ENOUGH, memory_available=50 << 20)
    await node.until(lambda: any(each.memory > 20_000_000 for each in maintenance._usage().values()))
    await maintenance.evict()
    pod = await node.until_pod("large", lambda status: status["phase"] == "Failed")
    assert pod["status"]["reason"] == "Evicted"
    assert pod["status"]["message"].startswith(
        "The node was low on resource: memory. Threshold quantity: 100Mi, available: 51200Ki. Container main was using"
    )
    conditions = {each["type"]: each["status"] for each in pod["status"]["conditions"]}
    assert conditions["DisruptionTarget"] == "True"
    assert maintenance.pressures() == (True, False, False)
    found = await node.until(
        lambda: (
            next(
                each
                for each in node.api.get("nodes", "node-1")["status"]["conditions"]  # type: ignore[index]
                if each["type"] == "MemoryPressure"
            )["status"]
            == "True"
        )
    )
    assert found
    await node.until_pod("small", running_status)


async def test_a_log_that_grew_too_large_is_rotated(node: AgentNode) -> None:
    await node.stop()
    node.options = replace(node.options, container_log_bytes=100_000, container_log_files=3)
    await node.start()
    script = "i=0; while true; do i=$((i+1)); echo $i 0123456789012345678901234567890123456789; done"
    await node.create("chatty", {"containers": [shell(script)], "terminationGracePeriodSeconds": 1})
    await node.until_pod("chatty", running_status)
    (directory,) = node.options.log_dir.glob("default_chatty_*/main")
    log = directory / "0.log"
    assert node.agent is not None
    for _ in range(4):
        await node.until(lambda: log.exists() and log.stat().st_size > 100_000)
        await node.agent.maintenance.rotate_logs()
        await asyncio.sleep(1.0)  # rotated files are named by the second
    names = sorted(each.name for each in directory.iterdir())
    assert len(names) <= 4
    assert sum(name.endswith(".gz") for name in names) >= 1
    assert "0.log" in names


async def test_garbage_of_restarts_is_collected(node: AgentNode) -> None:
    await node.create("again", {"containers": [shell("exit 1")]})
    await node.until_pod("again", lambda status: "CrashLoopBackOff" in str(status.get("containerStatuses")))
    ended = await node.runtime.list_containers(state=ContainerState.EXITED)
    assert len(ended) == 2
    assert await collect_garbage(node.runtime) == 1
    pod = await node.until_pod("again", lambda status: "CrashLoopBackOff" in str(status["containerStatuses"]))
    assert container_status(pod)["restartCount"] == 1


async def test_images_that_nobody_uses_are_removed(node: AgentNode) -> None:
    await node.create("user", {"containers": [shell("sleep 1000")], "terminationGracePeriodSeconds": 1})
    await node.until_pod("user", running_status)
    clock = FakeClock()
    garbage = ImageGC(node.runtime, node.options, clock)
    await garbage.free(0)
    await clock.advance(200)
    assert await garbage.free(1 << 40) == 0
    names = {tag for image in await node.runtime.images.list() for tag in image.repo_tags}
    assert {"docker.io/library/busybox:1.36", "registry.k8s.io/pause:3.10"} <= names
