"""What is on a node and belongs to no pod, and pods that are there twice.

    CRI, cgroups, the node's mounts, interfaces, addresses and shims -> NodeView -> left_behind(view, pods) -> lines

The view is read from outside the kubelet, from the kernel and from containerd, so that it cannot share a mistake
with the kubelet's own books.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pybernetes.kubelet.runtime.cgroups import Cgroups
from pybernetes.kubelet.runtime.client import Runtime
from pybernetes.kubelet.runtime.types import Container, ContainerState, Sandbox, SandboxState
from pybernetes.launcher.plan import Node
from pybernetes.launcher.processes import children
from tests.e2e.launched import Cluster, until
from tests.e2e.load import Remote

# The kubelet tidies up every few seconds; a killed one starts with that anew.
TIDY_SECONDS = 60.0
_ID = r"([0-9a-f]{64})"
_UID = r"/pods/([0-9a-f-]{36})/"


@dataclass(frozen=True)
class NodeView:
    """What a node holds; ids are containers' and sandboxes', uids are pods'."""

    sandboxes: Collection[Sandbox]
    containers: Collection[Container]
    cgroup_uids: Collection[str]
    directory_uids: Collection[str]
    mounted_ids: Collection[str]
    mounted_uids: Collection[str]
    shim_ids: Collection[str]
    address_ids: Collection[str]
    veths: int


def left_behind(view: NodeView, pods: Mapping[str, Any]) -> list[str]:
    """What should not be on a node that is to run just these pods (uid to Pod), each of them running. Pure."""
    lines = []
    ready = [each for each in view.sandboxes if each.state is SandboxState.READY]
    running = [each for each in view.containers if each.state is ContainerState.RUNNING]
    known_ids = {each.id for each in view.sandboxes} | {each.id for each in view.containers}
    for sandbox in view.sandboxes:
        if sandbox.uid not in pods:
            lines.append(f"sandbox {sandbox.id[:12]} of {sandbox.namespace}/{sandbox.name}, which is gone")
    owners = {each.id: each.uid for each in view.sandboxes}
    for container in view.containers:
        if owners.get(container.sandbox_id) not in pods:
            lines.append(f"container {container.id[:12]} {container.name}, whose pod is gone")
    for uid, pod in pods.items():
        name = pod["metadata"]["name"]
        count = sum(each.uid == uid for each in ready)
        if count != 1:
            lines.append(f"{count} running sandboxes of pod {name}")
        for wanted in pod["spec"]["containers"]:
            count = sum(owners.get(each.sandbox_id) == uid and each.name == wanted["name"] for each in running)
            if count != 1:
                lines.append(f"{count} running containers {wanted['name']} of pod {name}")
    for what, uids in (
        ("cgroup", view.cgroup_uids),
        ("directory", view.directory_uids),
        ("volume", view.mounted_uids),
    ):
        lines += [f"{what} of pod {uid}, which is gone" for uid in sorted(set(uids) - set(pods))]
    for what, ids in (("mount", view.mounted_ids), ("shim", view.shim_ids), ("address", view.address_ids)):
        lines += [f"{what} of container {each[:12]}, which is gone" for each in sorted(set(ids) - known_ids)]
    if view.veths != len(ready):
        lines.append(f"{view.veths} interfaces of pods for {len(ready)} running sandboxes")
    return lines


def look(cluster: Cluster, remote: Remote, number: int) -> NodeView:
    """What a node holds now."""
    node = cluster.plan.node(number)
    sandboxes, containers = remote.run(_from_runtime(node))
    (init,) = children(cluster.processes()[node.name].pid)
    mounts = [line for line in Path(f"/proc/{init}/mounts").read_text().splitlines() if str(node.directory) in line]
    lines = [_command_line(pid) for pid in children(init)]
    pods = node.directory / "kubelet" / "pods"
    veths = cluster.in_node(number, "ip", "-brief", "link", "show", "type", "veth").splitlines()
    return NodeView(
        sandboxes=sandboxes,
        containers=containers,
        cgroup_uids=Cgroups(node.cgroup).pod_uids(),
        directory_uids=[each.name for each in pods.iterdir()] if pods.exists() else [],
        mounted_ids=re.findall(rf"/{_ID}/(?:rootfs|shm) ", "\n".join(mounts)),
        mounted_uids=re.findall(_UID, "\n".join(mounts)),
        shim_ids=[found[1] for line in lines if (found := re.search(rf"-id\0{_ID}", line))],
        address_ids=_addresses(node),
        veths=sum(not line.startswith("eth0") for line in veths),
    )


async def _from_runtime(node: Node) -> tuple[list[Sandbox], list[Container]]:
    async with Runtime(str(node.containerd_directory / "containerd.sock")) as runtime:
        return await runtime.list_pod_sandboxes(), await runtime.list_containers()


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _addresses(node: Node) -> list[str]:
    """The sandboxes that host-local has given addresses to: a file an address, which starts with the id."""
    directory = node.directory / "cni" / "ipam" / "pybernetes"
    if not directory.exists():
        return []
    found = [re.match(_ID, each.read_text()) for each in directory.iterdir() if each.name[0].isdigit()]
    return [each[1] for each in found if each]


def until_tidy(cluster: Cluster, remote: Remote, seconds: float = TIDY_SECONDS) -> None:
    """Wait until every node holds exactly what its pods need."""
    found: list[str] = []

    def tidy() -> bool:
        pods = remote.list("pods")
        found.clear()
        for node in cluster.plan.nodes:
            here = {each["metadata"]["uid"]: each for each in pods if each["spec"].get("nodeName") == node.name}
            found.extend(f"{node.name}: {line}" for line in left_behind(look(cluster, remote, node.number), here))
        return not found

    try:
        until("nothing is left behind", tidy, seconds)
    except AssertionError as error:
        raise AssertionError("\n".join([str(error), *found])) from None
