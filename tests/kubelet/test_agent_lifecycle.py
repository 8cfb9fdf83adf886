"""Init containers, sidecars, probes, hooks and ends of pods on a real containerd."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from pybernetes.api.object import Json
from pybernetes.kubelet.runtime.types import SandboxState
from tests.kubelet.agent_node import AgentNode, agent_node, container_status, ready, running_status, shell


@pytest.fixture
async def node() -> AsyncIterator[AgentNode]:
    async with agent_node() as made:
        yield made


def named(name: str, script: str, **more: object) -> Json:
    return {**shell(script, **more), "name": name}


SHARED = {"name": "v", "emptyDir": {}}
MOUNT = [{"name": "v", "mountPath": "/v"}]


async def test_init_containers_run_in_order_and_sidecars_stay(node: AgentNode) -> None:
    init = [
        named("one", "echo one >> /v/log", volumeMounts=MOUNT),
        named("side", "trap 'echo side-end >> /v/log; exit 0' TERM; echo side >> /v/log; sleep 1000 & wait",
              volumeMounts=MOUNT, restartPolicy="Always"),
        named("two", "echo two >> /v/log", volumeMounts=MOUNT),
    ]  # fmt: skip
    script = "trap 'echo main-end >> /v/log; exit 0' TERM; cat /v/log; sleep 1000 & wait"
    spec = {"initContainers": init, "containers": [named("main", script, volumeMounts=MOUNT)], "volumes": [SHARED]}
    await node.create("ordered", spec)
    pod = await node.until_pod("ordered", ready)
    assert container_status(pod, "one")["state"]["terminated"]["exitCode"] == 0
    assert container_status(pod, "side")["started"] is True
    await node.until(lambda: node.log("ordered") in ("one\nside\ntwo\n", "one\ntwo\nside\n"))
    (log,) = node.options.paths.pods.glob("*/volumes/*/v/log")
    held = log.open()
    await node.client.delete("pods", "ordered", "default", grace_seconds=20)
    await node.until_gone("ordered")
    assert held.read().splitlines()[-2:] == ["main-end", "side-end"]
    held.close()


async def test_a_failed_init_container_fails_a_pod_that_never_restarts(node: AgentNode) -> None:
    spec = {"initContainers": [named("bad", "exit 4")], "containers": [shell("true")], "restartPolicy": "Never"}
    await node.create("doomed", spec)
    pod = await node.until_pod("doomed", lambda status: status["phase"] == "Failed")
    assert container_status(pod, "bad")["state"]["terminated"]["exitCode"] == 4
    assert container_status(pod)["state"]["waiting"]["reason"] == "PodInitializing"


async def test_a_job_with_a_sidecar_ends(node: AgentNode) -> None:
    side = named("side", "trap 'exit 0' TERM; sleep 1000 & wait", restartPolicy="Always")
    spec = {"initContainers": [side], "containers": [shell("echo done")], "restartPolicy": "Never"}
    await node.create("job", spec)
    await node.until_pod("job", lambda status: status["phase"] == "Succeeded")


async def test_a_failed_liveness_probe_restarts_the_container(node: AgentNode) -> None:
    probe = {"exec": {"command": ["cat", "/tmp/ok"]}, "periodSeconds": 1, "failureThreshold": 1}
    script = "touch /tmp/ok; sleep 2; rm /tmp/ok; sleep 1000"
    spec = {"containers": [shell(script, livenessProbe=probe)], "terminationGracePeriodSeconds": 1}
    await node.create("sick", spec)
    pod = await node.until_pod("sick", lambda status: running_status(status) and
                               status["containerStatuses"][0]["restartCount"] == 1, 30)  # fmt: skip
    assert container_status(pod)["lastState"]["terminated"]["exitCode"] == 137
    reasons = dict(node.events("sick"))
    assert reasons["Unhealthy"].startswith("Liveness probe failed: cat: can't open")
    assert reasons["Killing"] == "Container main failed liveness probe, will be restarted"


async def test_readiness_and_startup_probes_over_the_network(node: AgentNode) -> None:
    script = "mkdir /www; echo hi > /www/index.html; httpd -f -p 8080 -h /www"
    http = {"httpGet": {"path": "/", "port": "web"}, "periodSeconds": 1}
    container = shell(
        script,
        ports=[{"name": "web", "containerPort": 8080}],
        startupProbe={"tcpSocket": {"port": 8080}, "periodSeconds": 1},
        readinessProbe=http,
    )
    await node.create("served", {"containers": [container], "terminationGracePeriodSeconds": 1})
    pod = await node.until_pod("served", ready)
    assert container_status(pod)["started"] is True
    pod_ip = pod["status"]["podIP"]
    found = await node.runtime.list_containers(labels={"io.kubernetes.pod.uid": pod["metadata"]["uid"]})
    await node.runtime.exec_sync(found[0].id, ["rm", "/www/index.html"], 5)
    await node.until_pod("served", lambda status: not ready(status))
    assert ("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 404") in node.events("served")
    assert pod_ip


async def test_hooks_run_and_pre_stop_has_its_time(node: AgentNode) -> None:
    lifecycle = {
        "postStart": {"exec": {"command": ["sh", "-c", "echo started >> /v/log"]}},
        "preStop": {"exec": {"command": ["sh", "-c", "echo stopping >> /v/log; sleep 1"]}},
    }
    script = "trap 'echo term >> /v/log; exit 0' TERM; sleep 1000 & wait"
    spec = {"containers": [shell(script, lifecycle=lifecycle, volumeMounts=MOUNT)], "volumes": [SHARED]}
    await node.create("hooked", spec)
    await node.until_pod("hooked", running_status)
    (log,) = node.options.paths.pods.glob("*/volumes/*/v/log")
    held = log.open()
    began = time.monotonic()
    await node.client.delete("pods", "hooked", "default", grace_seconds=10)
    await node.until_gone("hooked")
    assert 0.9 < time.monotonic() - began < 5
    assert held.read() == "started\nstopping\nterm\n"
    held.close()


async def test_a_process_that_ignores_the_signal_is_killed_after_the_grace_period(node: AgentNode) -> None:
    await node.create("deaf", {"containers": [shell("trap '' TERM; while true; do sleep 1; done")]})
    await node.until_pod("deaf", running_status)
    began = time.monotonic()
    await node.client.delete("pods", "deaf", "default", grace_seconds=30)
    await node.until(lambda: any(reason == "Killing" for reason, _ in node.events("deaf")))
    await node.client.delete("pods", "deaf", "default", grace_seconds=1)
    node.api.change("pods", "default/deaf", lambda pod: pod["metadata"].update(deletionGracePeriodSeconds=1))
    await node.until_gone("deaf")
    assert time.monotonic() - began < 10
    assert await node.left_behind() == []


async def test_a_deadline_ends_a_pod(node: AgentNode) -> None:
    spec = {"containers": [shell("sleep 1000")], "activeDeadlineSeconds": 1, "terminationGracePeriodSeconds": 1}
    await node.create("late", spec)
    pod = await node.until_pod("late", lambda status: status["phase"] == "Failed")
    assert pod["status"]["reason"] == "DeadlineExceeded"
    assert pod["status"]["message"] == "Pod was active on the node longer than the specified deadline"


async def test_images_that_cannot_be_had(node: AgentNode) -> None:
    never = {**shell("true"), "image": "nowhere.invalid/none:1", "imagePullPolicy": "Never"}
    await node.create("never", {"containers": [never]})
    await node.create("wrong", {"containers": [{**never, "image": "Not A Name"}]})
    await node.create("pull", {"containers": [{**never, "imagePullPolicy": "IfNotPresent"}]})
    for name, reason in (("never", "ErrImageNeverPull"), ("wrong", "InvalidImageName"), ("pull", "ImagePullBackOff")):
        await node.until_pod(
            name,
            lambda status, reason=reason: reason in str(status.get("containerStatuses")),
            40,
        )
    assert ("Failed", "Error: ErrImagePull") in node.events("pull")


async def test_pods_that_the_node_cannot_take_are_turned_away(node: AgentNode) -> None:
    greedy = shell("true", resources={"requests": {"cpu": "1000"}})
    await node.create("greedy", {"containers": [greedy]})
    pod = await node.until_pod("greedy", lambda status: status["phase"] == "Failed")
    assert pod["status"]["reason"] == "OutOfcpu"
    assert pod["status"]["message"].startswith(
        "Pod was rejected: Node didn't have enough resource: cpu, requested: 1000000"
    )
    await node.create("picky", {"containers": [shell("true")], "nodeSelector": {"disk": "ssd"}})
    pod = await node.until_pod("picky", lambda status: status["phase"] == "Failed")
    assert pod["status"]["reason"] == "NodeAffinity"


@pytest.mark.parametrize("turns", [1, 3, 9, 27])
async def test_the_agent_may_be_killed_while_a_pod_is_starting_and_ending(node: AgentNode, turns: int) -> None:
    """Cut off after so many steps of twenty milliseconds of a start, and of an end."""
    await node.create("cut", {"containers": [shell("sleep 1000")], "terminationGracePeriodSeconds": 1})
    await pause(turns)
    await node.stop()
    await node.start()
    await node.until_pod("cut", running_status)
    sandboxes = await node.runtime.list_pod_sandboxes(state=SandboxState.READY)
    assert len(sandboxes) == 1
    await node.client.delete("pods", "cut", "default")
    await pause(turns)
    await node.stop()
    await node.start()
    await node.until_gone("cut")
    await node.until(lambda: not node.cgroups.pod_uids())
    assert await node.left_behind() == []


async def pause(turns: int) -> None:
    for _ in range(turns):
        await asyncio.sleep(0.02)
