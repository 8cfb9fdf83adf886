"""The runtime package against a real containerd: pods run, are limited, die, and leave nothing behind."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pybernetes.kubelet.runtime import errors, labels
from pybernetes.kubelet.runtime.client import Runtime
from pybernetes.kubelet.runtime.resources import CgroupLimits, QOSClass
from pybernetes.kubelet.runtime.types import (
    ContainerConfig,
    ContainerState,
    ContainerStatus,
    DNSConfig,
    NamespaceMode,
    Namespaces,
    Resources,
    SandboxConfig,
    SandboxSecurity,
    SandboxState,
)
from pybernetes.launcher.containerd import start_containerd

if TYPE_CHECKING:
    from tests.kubelet.conftest import Node

BUSYBOX = "docker.io/library/busybox:1.36"
MIB = 1 << 20


def sandbox_of(node: Node, uid: str = "u-1", name: str = "web") -> SandboxConfig:
    pod = {"metadata": {"name": name, "namespace": "default", "uid": uid, "labels": {"app": name}}}
    return SandboxConfig(
        name=name,
        uid=uid,
        namespace="default",
        hostname=name,
        log_directory=str(node.directory / "logs" / uid),
        dns=DNSConfig(("10.96.0.10",), ("default.svc.cluster.local",), ("ndots:5",)),
        labels=labels.sandbox_labels(pod),
        cgroup_parent=node.cgroups.create_pod(uid, QOSClass.BURSTABLE, CgroupLimits(512)),
    )


def container_of(name: str, script: str, uid: str = "u-1", **limits: int) -> ContainerConfig:
    pod = {"metadata": {"name": "web", "namespace": "default", "uid": uid}}
    return ContainerConfig(
        name=name,
        image=BUSYBOX,
        command=("sh", "-c", script),
        envs=(("COLOUR", "blue"),),
        labels=labels.container_labels(pod, name),
        annotations=labels.container_annotations(pod, {"name": name}, "abc", 0),
        log_path=f"{name}/0.log",
        resources=Resources(**limits),  # type: ignore[arg-type]
    )


async def run(node: Node, sandbox_id: str, sandbox: SandboxConfig, config: ContainerConfig) -> str:
    container_id = await node.runtime.create_container(sandbox_id, config, sandbox)
    await node.runtime.start_container(container_id)
    return container_id


async def exited(runtime: Runtime, container_id: str) -> ContainerStatus:
    """The status once the container has ended; a test fails by its own time limit if it never does."""
    while (status := await runtime.container_status(container_id)).state is not ContainerState.EXITED:
        await asyncio.sleep(0.01)
    return status


async def remove_pod(node: Node, sandbox_id: str, uid: str) -> None:
    await node.runtime.stop_pod_sandbox(sandbox_id)
    await node.runtime.remove_pod_sandbox(sandbox_id)
    await node.cgroups.remove_pod(uid)


async def assert_nothing_is_left(node: Node) -> None:
    runtime = node.runtime
    assert await runtime.list_pod_sandboxes() == []
    assert await runtime.list_containers() == []
    assert node.processes() == []
    assert node.mounts() == []
    assert node.interfaces() == set()
    assert node.cgroups.pod_uids() == {}
    assert not list((node.directory / "ipam").rglob("10.*")), "an address is still taken"


async def test_a_pod_with_two_containers_lives_and_leaves_nothing(node: Node) -> None:
    runtime = node.runtime
    assert (await runtime.version()).name == "containerd"
    ready = await runtime.status(verbose=True)
    assert {each.type: each.status for each in ready.conditions} == {"RuntimeReady": True, "NetworkReady": True}
    assert "config" in ready.info

    sandbox = sandbox_of(node)
    sandbox_id = await runtime.run_pod_sandbox(sandbox)
    server = container_of(
        "server",
        "echo started; echo wrong >&2; exec httpd -f -p 8080 -h /etc",
        cpu_shares=128,
        cpu_period=100_000,
        cpu_quota=50_000,
        memory_limit_in_bytes=32 * MIB,
    )
    server_id = await run(node, sandbox_id, sandbox, server)
    other_id = await run(
        node,
        sandbox_id,
        sandbox,
        container_of("other", "trap 'exit 3' TERM; sleep 600 & wait", memory_limit_in_bytes=16 * MIB),
    )

    status = await runtime.pod_sandbox_status(sandbox_id)
    assert status.sandbox.state is SandboxState.READY
    assert re.fullmatch(r"10\.213\.7\.\d+", status.ips[0])
    answer = await runtime.exec_sync(other_id, ["wget", "-qO-", "http://127.0.0.1:8080/hostname"])
    assert (answer.stdout, answer.exit_code) == (b"web\n", 0)  # one network namespace, the pod's host name
    resolv = (await runtime.exec_sync(other_id, ["cat", "/etc/resolv.conf"])).stdout.decode()
    assert resolv == "search default.svc.cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n"
    failed = await runtime.exec_sync(other_id, ["sh", "-c", "echo $COLOUR; echo no >&2; exit 7"])
    assert (failed.stdout, failed.stderr, failed.exit_code) == (b"blue\n", b"no\n", 7)

    # Two pipes: the order between them is nobody's promise.
    lines = (Path(sandbox.log_directory) / "server/0.log").read_text().splitlines()
    entries = [line.split(" ", 1) for line in lines]
    assert sorted(entry for _, entry in entries) == ["stderr F wrong", "stdout F started"]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(Z|[+-]\d\d:\d\d)", when) for when, _ in entries)

    limited = node.cgroups.usage(f"{sandbox.cgroup_parent}/{server_id}")
    assert limited is not None
    assert limited.memory_limit_bytes == 32 * MIB
    usage = node.cgroups.usage(sandbox.cgroup_parent)
    assert usage is not None
    assert usage.pids >= 4  # pause, httpd, sh, sleep
    assert usage.memory_working_set_bytes > 0
    stats = {each.name: each for each in await runtime.list_container_stats(sandbox_id=sandbox_id)}
    assert set(stats) == {"server", "other"}
    memory = (await runtime.container_stats(server_id)).memory
    assert memory is not None
    assert memory.working_set_bytes < 32 * MIB
    network = (await runtime.pod_sandbox_stats(sandbox_id)).default_interface
    assert network is not None
    assert network.name == "eth0"

    found = await runtime.list_containers(labels={labels.POD_UID: "u-1"}, state=ContainerState.RUNNING)
    assert {each.name for each in found} == {"server", "other"}
    assert labels.remembered(found[0].annotations).hash == "abc"
    assert await runtime.list_containers(labels={labels.POD_UID: "u-2"}) == []
    assert [each.id for each in await runtime.list_pod_sandboxes(labels={"app": "web"})] == [sandbox_id]
    assert await runtime.list_pod_sandboxes(state=SandboxState.NOT_READY) == []

    await runtime.stop_container(other_id, grace_seconds=10)
    ended = await runtime.container_status(other_id)
    assert (ended.state, ended.exit_code, ended.reason) == (ContainerState.EXITED, 3, "Error")
    assert ended.finished_at_ns >= ended.started_at_ns >= ended.created_at_ns > 0

    await remove_pod(node, sandbox_id, "u-1")
    await remove_pod(node, sandbox_id, "u-1")  # again: nothing to do, no error
    await assert_nothing_is_left(node)


async def test_a_container_over_its_memory_limit_is_reported_as_oom_killed(node: Node) -> None:
    sandbox = sandbox_of(node)
    sandbox_id = await node.runtime.run_pod_sandbox(sandbox)
    hungry = container_of("hungry", "x=a; while :; do x=$x$x; done", memory_limit_in_bytes=16 * MIB)
    status = await exited(node.runtime, await run(node, sandbox_id, sandbox, hungry))
    assert (status.exit_code, status.reason) == (137, "OOMKilled")
    await remove_pod(node, sandbox_id, "u-1")
    await assert_nothing_is_left(node)


async def test_limits_of_a_running_container_change_in_place(node: Node) -> None:
    sandbox = sandbox_of(node)
    sandbox_id = await node.runtime.run_pod_sandbox(sandbox)
    config = container_of("c", "sleep 600", cpu_shares=128, memory_limit_in_bytes=32 * MIB)
    container_id = await run(node, sandbox_id, sandbox, config)
    path = f"{sandbox.cgroup_parent}/{container_id}"
    before = node.cgroups.usage(path)
    await node.runtime.update_container_resources(container_id, Resources(memory_limit_in_bytes=64 * MIB))
    after = node.cgroups.usage(path)
    assert before is not None
    assert after is not None
    assert (before.memory_limit_bytes, after.memory_limit_bytes) == (32 * MIB, 64 * MIB)


async def test_a_renamed_log_is_reopened(node: Node) -> None:
    sandbox = sandbox_of(node)
    sandbox_id = await node.runtime.run_pod_sandbox(sandbox)
    container_id = await run(
        node, sandbox_id, sandbox, container_of("c", "trap 'echo again' USR1; while :; do sleep 0.05; done")
    )
    log = Path(sandbox.log_directory) / "c/0.log"
    log.rename(log.with_suffix(".old"))
    await node.runtime.reopen_container_log(container_id)
    await node.runtime.exec_sync(container_id, ["kill", "-USR1", "1"])
    while "stdout F again" not in (log.read_text() if log.exists() else ""):
        await asyncio.sleep(0.01)
    assert "again" not in log.with_suffix(".old").read_text()


async def test_a_pod_on_the_hosts_network_has_no_address(node: Node) -> None:
    shared = SandboxSecurity(namespaces=Namespaces(network=NamespaceMode.NODE))
    config = SandboxConfig("host", "u-h", "default", security=shared, cgroup_parent=f"/{node.netns}/kubepods/podu-h")
    sandbox_id = await node.runtime.run_pod_sandbox(config)
    status = await node.runtime.pod_sandbox_status(sandbox_id)
    assert status.ips == ()
    assert status.namespaces.network is NamespaceMode.NODE
    await remove_pod(node, sandbox_id, "u-h")
    await assert_nothing_is_left(node)


async def test_failures_are_exceptions_of_their_kind(node: Node) -> None:
    runtime = node.runtime
    for missing in (runtime.container_status("nope"), runtime.pod_sandbox_status("nope"), runtime.start_container("x")):
        with pytest.raises(errors.NotFound):
            await missing
    await runtime.stop_container("nope", 0)
    await runtime.remove_container("nope")
    await runtime.stop_pod_sandbox("nope")
    await runtime.remove_pod_sandbox("nope")

    sandbox = sandbox_of(node)
    sandbox_id = await runtime.run_pod_sandbox(sandbox)
    with pytest.raises(errors.RuntimeFailure, match="reserved for"):
        await runtime.run_pod_sandbox(sandbox)
    broken = ContainerConfig("broken", BUSYBOX, command=("/no/such/program",), log_path="broken/0.log")
    container_id = await runtime.create_container(sandbox_id, broken, sandbox)
    with pytest.raises(errors.RuntimeFailure, match="no such file or directory"):
        await runtime.start_container(container_id)
    status = await runtime.container_status(container_id)
    assert (status.state, status.exit_code, status.reason) == (ContainerState.EXITED, 128, "StartError")

    sleeper = await run(node, sandbox_id, sandbox, container_of("c", "sleep 600"))
    with pytest.raises(errors.DeadlineExceeded):
        await runtime.exec_sync(sleeper, ["sleep", "600"], timeout_seconds=1)
    with pytest.raises(errors.RuntimeFailure, match="no such file or directory"):
        await runtime.exec_sync(sleeper, ["/no/such/program"])
    if (await runtime.version()).version.startswith("1.6."):
        with pytest.raises(errors.Unimplemented):
            await anext(runtime.container_events())


async def test_containers_outlive_containerd(node: Node) -> None:
    """Killing and restarting the runtime disturbs no container; calls meanwhile fail as Unavailable."""
    sandbox = sandbox_of(node)
    sandbox_id = await node.runtime.run_pod_sandbox(sandbox)
    container_id = await run(node, sandbox_id, sandbox, container_of("c", "sleep 600"))
    before = (await node.runtime.container_status(container_id, verbose=True)).info["info"]["pid"]
    node.containerd.process.kill()
    await node.containerd.process.wait()
    with pytest.raises(errors.Unavailable):
        await node.runtime.version()

    # The new one must share the mount namespace of the containers: it is entered by the pause process's parent.
    shim = node.processes()[0]
    again = await start_containerd(node.settings, ["nsenter", f"--target={shim}", "--net", "--mount"])
    try:
        async with Runtime(again.address) as runtime:
            status = await runtime.container_status(container_id, verbose=True)
            assert (status.state, status.info["info"]["pid"]) == (ContainerState.RUNNING, before)
            assert (await runtime.exec_sync(container_id, ["true"])).exit_code == 0
            await runtime.stop_pod_sandbox(sandbox_id)
            await runtime.remove_pod_sandbox(sandbox_id)
    finally:
        await again.stop()
