"""Pods start, run and end on a real containerd."""

from __future__ import annotations

import time

from tests.kubelet.agent_node import agent_node, container_status, ready, running_status, shell


async def test_a_pod_runs_and_goes() -> None:
    async with agent_node() as node:
        began = time.monotonic()
        await node.create("web", {"containers": [shell("echo hello; sleep 1000 & trap 'exit 0' TERM; wait")]})
        pod = await node.until_pod("web", ready)
        print(f"pod ready after {time.monotonic() - began:.3f} s")
        status = pod["status"]
        assert status["phase"] == "Running"
        assert status["podIP"].startswith("10.21")
        assert container_status(pod)["started"] is True
        assert container_status(pod)["containerID"].startswith("containerd://")
        assert [each["type"] for each in status["conditions"]] == [
            "PodReadyToStartContainers",
            "Initialized",
            "Ready",
            "ContainersReady",
            "PodScheduled",
        ]
        await node.until(lambda: node.log("web") == "hello\n")
        await node.client.delete("pods", "web", "default")
        began = time.monotonic()
        await node.until_gone("web")
        print(f"pod gone after {time.monotonic() - began:.3f} s")
        assert await node.left_behind() == []
        await node.agent.recorder.flush()
        assert [reason for reason, _ in node.events("web")] == ["Pulled", "Created", "Started", "Killing"]


async def test_a_pod_that_ends_succeeds_or_fails() -> None:
    async with agent_node() as node:
        await node.create("good", {"restartPolicy": "Never", "containers": [shell("echo bye > /dev/termination-log")]})
        await node.create("bad", {"restartPolicy": "Never", "containers": [shell("exit 3")]})
        good = await node.until_pod("good", lambda status: status["phase"] == "Succeeded")
        bad = await node.until_pod("bad", lambda status: status["phase"] == "Failed")
        assert container_status(good)["state"]["terminated"]["reason"] == "Completed"
        assert container_status(good)["state"]["terminated"]["message"] == "bye\n"
        assert container_status(bad)["state"]["terminated"]["exitCode"] == 3
        assert container_status(bad)["state"]["terminated"]["reason"] == "Error"


async def test_a_crashing_container_backs_off() -> None:
    async with agent_node() as node:
        await node.create("crash", {"containers": [shell("exit 1")]})
        pod = await node.until_pod(
            "crash",
            lambda status: (
                "waiting" in status.get("containerStatuses", [{"state": {}}])[0]["state"]
                and status["containerStatuses"][0]["state"]["waiting"]["reason"] == "CrashLoopBackOff"
            ),
        )
        status = container_status(pod)
        assert status["restartCount"] == 1
        assert status["lastState"]["terminated"]["exitCode"] == 1
        assert pod["status"]["phase"] == "Running"
        uid = pod["metadata"]["uid"]
        text = f"back-off 10s restarting failed container=main pod=crash_default({uid})"
        assert status["state"]["waiting"]["message"] == text


async def test_restarting_the_agent_disturbs_nothing() -> None:
    async with agent_node() as node:
        await node.create("stay", {"containers": [shell("sleep 1000")], "terminationGracePeriodSeconds": 1})
        await node.create("leave", {"containers": [shell("sleep 1000")], "terminationGracePeriodSeconds": 1})
        before = container_status(await node.until_pod("stay", running_status))["containerID"]
        await node.until_pod("leave", running_status)
        await node.stop()
        await node.client.delete("pods", "leave", "default", grace_seconds=0)
        await node.start()
        await node.until(lambda: len(node.cgroups.pod_uids()) == 1)
        assert container_status(await node.until_pod("stay", ready))["containerID"] == before
        await node.until(lambda: node.pod("leave") is None)
