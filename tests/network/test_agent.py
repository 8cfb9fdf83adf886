"""Three nodes in network namespaces of their own, joined by a bridge: real tunnels, real rules, real packets.

A "pod" is a namespace that the real CNI bridge plugin attached with the conflist that the agent wrote.

    pod -- cni0 [node a] eth0 --+-- bridge "lan" --+-- eth0 [node b] cni0 -- pod
                                +-- outside        +-- eth0 [node c]
"""

from __future__ import annotations

import asyncio
import ctypes
import itertools
import json
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from pybernetes.client.client import Client
from pybernetes.client.transport import Response
from pybernetes.component.clock import FakeClock
from pybernetes.network import agent, masquerade
from pybernetes.network.agent import Settings
from pybernetes.network.cni import FILE_NAME
from pybernetes.network.links import Links, NetworkCommandError, run_command
from pybernetes.network.vxlan import DEVICE, Change, Kernel

CLONE_NEWNET = 0x40000000
CNI_BIN = "/usr/lib/cni"
CLUSTER = ("10.88.0.0/16", "fd88::/48")
OUTSIDE = "192.168.188.200"
_numbers = itertools.count()


def ip(*words: str) -> str:
    return subprocess.run(["ip", *words], check=True, capture_output=True, text=True).stdout


def socket_in(namespace: str, family: socket.AddressFamily) -> socket.socket:
    """A TCP socket of another network namespace, made by a thread that enters it and ends."""
    made: list[socket.socket] = []

    def make() -> None:
        with open(f"/run/netns/{namespace}") as handle:  # noqa: PTH123
            if ctypes.CDLL(None).setns(handle.fileno(), CLONE_NEWNET) == 0:
                made.append(socket.socket(family))

    thread = threading.Thread(target=make)
    thread.start()
    thread.join()
    assert made, f"cannot enter the namespace {namespace}"
    return made[0]


def seen_from(client: str, server: str, address: str) -> str:
    """Connect from one namespace to an address in another; the client's address as the server sees it.

    Raises TimeoutError or OSError if there is no way. The server answers, so both ways are tried.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket_in(server, family) as listener, socket_in(client, family) as caller:
        listener.bind((address, 0))
        listener.listen()
        listener.settimeout(2)
        caller.settimeout(2)
        caller.connect((address, listener.getsockname()[1]))
        accepted, peer = listener.accept()
        with accepted:
            accepted.sendall(b"x" * 5000)  # more than one packet of the tunnel
            received = 0
            while received < 5000:
                received += len(caller.recv(5000))
        return str(peer[0])


@dataclass
class TestNode:
    """A node: its namespace, and the Node object that the API would have."""

    __test__ = False
    name: str
    namespace: str
    settings: Settings
    obj: dict[str, Any]

    def pod(self, number: int) -> tuple[str, str, str]:
        """Attach a pod with the CNI bridge plugin; its namespace, IPv4 and IPv6 address."""
        config = json.loads((self.settings.cni_conf_dir / FILE_NAME).read_text())
        namespace = f"{self.namespace}-p{number}"
        ip("netns", "add", namespace)
        plugin = {**config["plugins"][0], "cniVersion": config["cniVersion"], "name": config["name"]}
        done = subprocess.run(
            ["nsenter", f"--net=/run/netns/{self.namespace}", f"{CNI_BIN}/bridge"],
            input=json.dumps(plugin),
            env={
                "CNI_COMMAND": "ADD",
                "CNI_CONTAINERID": namespace,
                "CNI_NETNS": f"/run/netns/{namespace}",
                "CNI_IFNAME": "eth0",
                "CNI_PATH": CNI_BIN,
                "PATH": os.environ["PATH"],
            },
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout
        # The kernel looks for a second owner of a new IPv6 address, the bridge's, for a second or two.
        while "tentative" in ip("-n", self.namespace, "-6", "addr", "show", "scope", "global"):
            time.sleep(0.05)
        addresses = [each["address"].partition("/")[0] for each in json.loads(done.stdout)["ips"]]
        return namespace, addresses[0], addresses[1]


class Lan:
    """The machines' common network."""

    def __init__(self, directory: Path) -> None:
        self._name = f"pyb-l{os.getpid()}-{next(_numbers)}"
        self._directory = directory
        self._made: list[str] = []
        self._add_namespace(self._name)
        ip("-n", self._name, "link", "add", "lan", "type", "bridge")
        ip("-n", self._name, "link", "set", "lan", "up")
        self.outside = self._machine("out", OUTSIDE)

    def _add_namespace(self, name: str) -> None:
        ip("netns", "add", name)
        self._made.append(name)
        ip("-n", name, "link", "set", "lo", "up")

    def _machine(self, name: str, address: str) -> str:
        namespace = f"{self._name}-{name}"
        self._add_namespace(namespace)
        port = f"port-{name}"
        ip("-n", self._name, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", namespace)
        ip("-n", self._name, "link", "set", port, "master", "lan", "up")
        ip("-n", namespace, "link", "set", "eth0", "up")
        ip("-n", namespace, "addr", "add", f"{address}/24", "dev", "eth0")
        return namespace

    def node(self, name: str, number: int) -> TestNode:
        address = f"192.168.188.{number}"
        namespace = self._machine(name, address)
        cidrs = [f"10.88.{number}.0/24", f"fd88:0:0:{number}::/64"]
        directory = self._directory / namespace
        settings = Settings(
            CLUSTER,
            directory / "net.d",
            str(directory / "ipam"),
            prefix=("nsenter", f"--net=/run/netns/{namespace}"),
        )
        obj = {
            "metadata": {"name": name, "uid": name, "resourceVersion": "1"},
            "spec": {"podCIDR": cidrs[0], "podCIDRs": cidrs},
            "status": {"addresses": [{"type": "InternalIP", "address": address}]},
        }
        return TestNode(name, namespace, settings, obj)

    def remove(self) -> None:
        for namespace in [line.split()[0] for line in ip("netns", "list").splitlines()]:
            if namespace.startswith(self._name):
                ip("netns", "del", namespace)


@pytest.fixture
def lan(tmp_path: Path) -> Iterator[Lan]:
    missing = [tool for tool in ("ip", "bridge", "nsenter", "iptables", "ip6tables") if shutil.which(tool) is None]
    assert not missing, f"this test needs {', '.join(missing)} installed"
    assert Path(CNI_BIN, "bridge").exists(), "this test needs the package containernetworking-plugins"
    assert os.geteuid() == 0, "this test needs root"
    made = Lan(tmp_path)
    yield made
    made.remove()


async def reconcile(*nodes: TestNode, of: list[TestNode] | None = None) -> None:
    """One round of every node's agent, over the Nodes that are (or `of`)."""
    objects = [node.obj for node in of if of] if of is not None else [node.obj for node in nodes]
    for node in nodes:
        assert await agent.reconcile(objects, node.name, node.settings)


async def kernel_of(node: TestNode) -> Kernel:
    return await Links(node.settings.prefix).read(DEVICE)


async def test_pods_of_three_nodes_reach_each_other_and_the_world(lan: Lan) -> None:
    a, b, c = lan.node("a", 1), lan.node("b", 2), lan.node("c", 3)
    await reconcile(a, b, c)
    pods = {node.name: node.pod(1) for node in (a, b, c)}
    for one, other in itertools.permutations("abc", 2):
        here, there = pods[one], pods[other]
        assert seen_from(here[0], there[0], there[1]) == here[1]  # its own address: no masquerading
        assert seen_from(here[0], there[0], there[2]) == here[2]
    # A node reaches pods elsewhere from its tunnel end, and a pod on itself from the bridge.
    assert seen_from(a.namespace, pods["b"][0], pods["b"][1]) == "10.88.1.0"
    assert seen_from(a.namespace, pods["a"][0], pods["a"][1]) == "10.88.1.1"
    # What leaves the cluster has the node's address.
    assert seen_from(pods["a"][0], lan.outside, OUTSIDE) == "192.168.188.1"


async def test_a_node_that_leaves_is_forgotten_and_the_others_go_on(lan: Lan) -> None:
    a, b, c = lan.node("a", 1), lan.node("b", 2), lan.node("c", 3)
    await reconcile(a, b, c)
    pod_a, pod_b, pod_c = a.pod(1), b.pod(1), c.pod(1)
    await reconcile(a, b, of=[a, b])
    kernel = await kernel_of(a)
    assert {cidr for cidr, _ in kernel.routes} == {"10.88.2.0/24", "fd88:0:0:2::/64"}
    assert {address for _, address in kernel.forwarding} == {"192.168.188.2"}
    assert len(kernel.neighbours) == 2
    assert seen_from(pod_a[0], pod_b[0], pod_b[1]) == pod_a[1]
    with pytest.raises(OSError, match=r"timed out|unreachable|No route"):
        seen_from(pod_a[0], pod_c[0], pod_c[1])
    await reconcile(a, b, of=[a, b, c])  # it comes back
    assert seen_from(pod_a[0], pod_c[0], pod_c[1]) == pod_a[1]


async def test_another_round_changes_nothing_and_damage_is_mended(lan: Lan) -> None:
    a, b = lan.node("a", 1), lan.node("b", 2)
    await reconcile(a, b)
    before = await kernel_of(a)
    rules = [ip("netns", "exec", a.namespace, "iptables-save"), ip("netns", "exec", a.namespace, "ip6tables-save")]
    counters = [line for text in rules for line in text.splitlines() if not line.startswith(("#", ":"))]
    await reconcile(a, b)
    assert await kernel_of(a) == before
    rules = [ip("netns", "exec", a.namespace, "iptables-save"), ip("netns", "exec", a.namespace, "ip6tables-save")]
    assert [line for text in rules for line in text.splitlines() if not line.startswith(("#", ":"))] == counters

    ip("-n", a.namespace, "route", "del", "10.88.2.0/24")
    ip("-n", a.namespace, "link", "set", DEVICE, "down")
    ip("netns", "exec", a.namespace, "iptables", "-t", "nat", "-F")
    assert await kernel_of(a) != before
    await reconcile(a, b)
    assert await kernel_of(a) == before
    rules = [ip("netns", "exec", a.namespace, "iptables-save"), ip("netns", "exec", a.namespace, "ip6tables-save")]
    assert [line for text in rules for line in text.splitlines() if not line.startswith(("#", ":"))] == counters


async def test_removing_leaves_only_what_others_made(lan: Lan) -> None:
    a, b = lan.node("a", 1), lan.node("b", 2)
    ip("netns", "exec", a.namespace, "iptables", "-t", "nat", "-A", "POSTROUTING", "-s", "1.2.3.4", "-j", "RETURN")
    await reconcile(a, b)
    a.pod(1)
    await agent.remove(a.settings)
    await agent.remove(a.settings)
    links = {link["ifname"] for link in json.loads(ip("-n", a.namespace, "-j", "link"))}
    assert DEVICE not in links
    assert "cni0" not in links
    saved = ip("netns", "exec", a.namespace, "iptables-save") + ip("netns", "exec", a.namespace, "ip6tables-save")
    assert "PYB-" not in saved
    assert "1.2.3.4" in saved


async def test_one_change_that_fails_does_not_hold_up_the_others(lan: Lan) -> None:
    a = lan.node("a", 1)
    await reconcile(a)
    links = Links(a.settings.prefix)
    changes = [
        Change("ip", f"route del 10.77.0.0/24 dev {DEVICE}"),
        Change("ip", f"route add 10.88.9.0/24 dev {DEVICE}"),
    ]
    with pytest.raises(NetworkCommandError, match=r"10\.77\.0\.0"):
        await links.apply(changes)
    assert "10.88.9.0/24" in ip("-n", a.namespace, "route")


async def test_a_tool_does_not_outlive_its_caller(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    command = ["sh", "-c", f"echo $$ > {note}.new && mv {note}.new {note} && exec sleep 600"]
    task = asyncio.create_task(run_command(command))
    while not note.exists():
        await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert not Path(f"/proc/{note.read_text().strip()}").exists()


async def test_masquerade_rules_are_whole_sets(lan: Lan) -> None:
    a = lan.node("a", 1)
    prefix = a.settings.prefix
    await masquerade.apply(4, ["10.88.0.0/16"], ["10.88.1.0/24"], prefix)
    await masquerade.apply(4, ["10.99.0.0/16"], ["10.99.1.0/24"], prefix)
    saved = (await run_command([*prefix, "iptables-save"])).stdout
    assert "10.88." not in saved
    assert saved.count("-j PYB-POSTROUTING") == 1
    assert saved.count("-j PYB-FORWARD") == 1


class NodesTransport:
    """An API server that has Nodes and nothing else: one list, and a watch that the test feeds."""

    def __init__(self, nodes: list[dict[str, Any]]) -> None:
        self._nodes = nodes
        self._events: asyncio.Queue[bytes] = asyncio.Queue()

    def send(self, kind: str, node: dict[str, Any]) -> None:
        self._events.put_nowait(json.dumps({"type": kind, "object": node}).encode() + b"\n")

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        assert (method, path) == ("GET", "/api/v1/nodes")
        answer = {"kind": "NodeList", "apiVersion": "v1", "metadata": {"resourceVersion": "5"}, "items": self._nodes}
        return Response(200, json.dumps(answer).encode())

    @asynccontextmanager
    async def stream(
        self, path: str, *, query: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        async def events() -> AsyncIterator[bytes]:
            while True:
                yield await self._events.get()

        yield events()

    async def close(self) -> None:
        return


async def test_the_agent_follows_the_nodes(lan: Lan) -> None:
    """Nodes appear, get their pod CIDR and go; the agent follows without any time passing on its clock."""
    a, b = lan.node("a", 1), lan.node("b", 2)
    unassigned = {**a.obj, "spec": {}}
    transport = NodesTransport([unassigned])
    running = asyncio.create_task(agent.run(Client(transport), "a", a.settings, FakeClock()))

    async def until_routes(*cidrs: str) -> None:
        while {cidr for cidr, _ in (await kernel_of(a)).routes if "." in cidr} != set(cidrs):
            assert not running.done(), running.exception()
            await asyncio.sleep(0.01)

    transport.send("MODIFIED", {**a.obj, "metadata": {**a.obj["metadata"], "resourceVersion": "6"}})
    while not (a.settings.cni_conf_dir / FILE_NAME).exists():
        assert not running.done(), running.exception()
        await asyncio.sleep(0.01)
    transport.send("ADDED", b.obj)
    await until_routes("10.88.2.0/24")
    transport.send("DELETED", b.obj)
    await until_routes()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert (await kernel_of(a)).device is not None  # what it made stays


async def test_a_node_without_pod_cidr_has_no_network_yet(lan: Lan) -> None:
    a = lan.node("a", 1)
    assert not await agent.reconcile([{**a.obj, "spec": {}}], "a", a.settings)
    assert not await agent.reconcile([], "a", replace(a.settings))
    assert not a.settings.cni_conf_dir.exists()
