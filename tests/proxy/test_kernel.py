"""The rules in a real kernel: a node, two pods and a client outside, each a network namespace."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from pybernetes.proxy.commands import Commands
from pybernetes.proxy.conntrack import FlowKeeper
from pybernetes.proxy.endpoints import Place
from pybernetes.proxy.iptables.apply import IptablesBackend
from pybernetes.proxy.iptables.rules import Settings
from pybernetes.proxy.tracker import Tracker
from tests.proxy.machine import Machine, check_machine
from tests.proxy.objects import endpoint, endpoint_slice, service

POD_1, POD_2 = endpoint("10.244.1.1", "n1"), endpoint("10.244.1.2", "n1")
AWAY = endpoint("10.244.1.2", "n2")
VIP, OUTSIDE, NODE = "10.96.0.10", "192.168.77.2", "192.168.77.1"
NODE_PORT = {"type": "NodePort", "ports": [{"name": "http", "port": 80, "nodePort": 30080}]}


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    check_machine()
    made = Machine(f"pbx{os.getpid()}")
    try:
        made.build()
        yield made
    finally:
        made.tear_down()


class Node:
    """The proxy's parts on the machine's node."""

    def __init__(self, machine: Machine):
        self.machine = machine
        self.commands = Commands(machine.prefix)
        self.tracker = Tracker(4, Place("n1"))
        self.backend = IptablesBackend(Settings(cluster_cidr="10.244.0.0/16"), self.commands)
        self.flows = FlowKeeper(4, self.commands)

    async def serve(self, obj: dict[str, Any], *endpoints: dict[str, Any], **more: Any) -> None:
        """Write all rules for one service, with these endpoints."""
        self.tracker.replace_services([obj])
        self.tracker.replace_slices([endpoint_slice(*endpoints, **more)])
        self.tracker.take()
        await self.backend.replace(self.tracker.targets)

    async def endpoints_are(self, *endpoints: dict[str, Any], **more: Any) -> None:
        """Write the change of endpoints alone."""
        self.tracker.replace_slices([endpoint_slice(*endpoints, **more)])
        await self.backend.update(self.tracker.take())


@pytest.fixture
async def node(machine: Machine) -> AsyncIterator[Node]:
    made = Node(machine)
    yield made
    await made.backend.cleanup()
    machine.run("node", "conntrack", "-F")


async def test_cluster_ip_spreads_over_endpoints(node: Node) -> None:
    await node.serve(service(), POD_1, POD_2)
    for part in ("node", "pod-1", "out"):
        answers = node.machine.ask(part, VIP, 80, times=40)
        assert {answer.split()[0] for answer in answers} == {"pod-1", "pod-2"}, part


async def test_pods_are_seen_as_themselves_and_others_as_the_node(node: Node) -> None:
    await node.serve(service(), POD_2)
    assert node.machine.ask("pod-1", VIP, 80) == ["pod-2 10.244.1.1"]
    (answer,) = node.machine.ask("out", VIP, 80)
    assert answer.split()[1] != OUTSIDE


async def test_an_endpoint_that_comes_or_goes(node: Node) -> None:
    await node.serve(service(), POD_1)
    assert set(node.machine.ask("node", VIP, 80, times=10)) == {"pod-1 10.244.1.254"}
    await node.endpoints_are(POD_1, POD_2)
    assert len(set(node.machine.ask("node", VIP, 80, times=40))) == 2
    await node.endpoints_are(POD_2)
    assert set(node.machine.ask("node", VIP, 80, times=10)) == {"pod-2 10.244.1.254"}


async def test_node_port(node: Node) -> None:
    await node.serve(service(**NODE_PORT), POD_1, POD_2)
    answers = node.machine.ask("out", NODE, 30080, times=40)
    assert {answer.split()[0] for answer in answers} == {"pod-1", "pod-2"}
    assert all(answer.split()[1] != OUTSIDE for answer in answers)
    assert node.machine.ask("node", "127.0.0.1", 30080)[0].startswith("pod-")


async def test_session_affinity_sticks(node: Node) -> None:
    await node.serve(service(sessionAffinity="ClientIP"), POD_1, POD_2)
    for part in ("pod-1", "pod-2", "node", "out"):
        assert len(set(node.machine.ask(part, VIP, 80, times=20))) == 1


@pytest.mark.parametrize("part", ["node", "pod-1", "out"])
async def test_no_endpoints_is_refused_at_once(node: Node, part: str) -> None:
    await node.serve(service(**NODE_PORT))
    found = node.machine.ask_timed(part, VIP, 80, times=1, timeout=5)
    assert found["answers"] == ["ConnectionRefusedError"]
    assert found["seconds"] < 2  # the kernel may lose the refusal while connect() holds the socket, and try after 1 s
    if part == "out":
        assert node.machine.ask(part, NODE, 30080) == ["ConnectionRefusedError"]


async def test_a_pod_reaches_itself_through_its_service(node: Node) -> None:
    await node.serve(service(), POD_1)
    assert node.machine.ask("pod-1", VIP, 80) == ["pod-1 10.244.1.254"]


async def test_traffic_that_keeps_to_the_node_keeps_its_source(node: Node) -> None:
    await node.serve(service(**NODE_PORT, externalTrafficPolicy="Local"), POD_1, AWAY)
    assert set(node.machine.ask("out", NODE, 30080, times=10)) == {f"pod-1 {OUTSIDE}"}
    await node.endpoints_are(AWAY)
    assert node.machine.ask("out", NODE, 30080, timeout=0.3) == ["TimeoutError"]
    assert node.machine.ask("pod-1", NODE, 30080) == ["pod-2 10.244.1.1"]


async def test_internal_traffic_policy_local(node: Node) -> None:
    await node.serve(service(internalTrafficPolicy="Local"), POD_1, AWAY)
    assert {answer.split()[0] for answer in node.machine.ask("node", VIP, 80, times=10)} == {"pod-1"}
    await node.endpoints_are(AWAY)
    assert node.machine.ask("node", VIP, 80, timeout=0.3) == ["TimeoutError"]


async def test_external_ip_and_balancer_with_source_ranges(node: Node) -> None:
    spec = {
        "type": "LoadBalancer",
        "externalIPs": ["10.111.0.1"],
        "ingress": [{"ip": "10.111.0.2"}],
        "loadBalancerSourceRanges": ["192.168.99.0/24"],
    }
    await node.serve(service(**spec), POD_1)
    assert node.machine.ask("out", "10.111.0.1", 80)[0].startswith("pod-1")
    assert node.machine.ask("out", "10.111.0.2", 80, timeout=0.3) == ["TimeoutError"]
    await node.serve(service(**{**spec, "loadBalancerSourceRanges": ["192.168.77.0/24"]}), POD_1)
    assert node.machine.ask("out", "10.111.0.2", 80)[0].startswith("pod-1")


async def test_an_established_connection_outlives_restart_and_rewrites(node: Node) -> None:
    await node.serve(service(**NODE_PORT), POD_1, POD_2)
    talkers = [node.machine.talk("out", "tcp", *place) for place in ((VIP, 80), (NODE, 30080))]
    assert [talker.say("one") for talker in talkers] == ["one", "one"]
    successor = Node(node.machine)
    await successor.serve(service(**NODE_PORT), POD_1, POD_2)
    assert [talker.say("two") for talker in talkers] == ["two", "two"]
    await successor.endpoints_are()
    await successor.flows.forget_stale(successor.tracker.targets.values(), frozenset({NODE}))
    assert [talker.say("three") for talker in talkers] == ["three", "three"]


UDP = {"ports": [{"name": "dns", "port": 53, "protocol": "UDP", "nodePort": 30053}], "type": "NodePort"}
UDP_PORTS: list[dict[str, Any]] = [{"name": "dns", "port": 8080, "protocol": "UDP"}]


@pytest.mark.parametrize(("address", "port"), [(VIP, 53), (NODE, 30053)])
async def test_udp_clients_are_not_left_with_a_pod_that_is_gone(node: Node, address: str, port: int) -> None:
    await node.serve(service(**UDP), POD_1, ports=UDP_PORTS)
    talker = node.machine.talk("out", "udp", address, port)
    assert talker.say("x").startswith("pod-1")
    await node.endpoints_are(POD_2, ports=UDP_PORTS)
    assert talker.say("x").startswith("pod-1")
    assert await node.flows.forget_stale(node.tracker.targets.values(), frozenset({NODE})) == 1
    assert talker.say("x").startswith("pod-2")


async def test_udp_clients_that_came_before_the_service_are_served(node: Node) -> None:
    await node.backend.replace({})
    talker = node.machine.talk("out", "udp", NODE, 30053)
    assert talker.say("x") in ("ConnectionRefusedError", "TimeoutError")
    await node.serve(service(**UDP), POD_1, ports=UDP_PORTS)
    assert await node.flows.forget_stale(node.tracker.targets.values(), frozenset({NODE})) == 1
    assert talker.say("x").startswith("pod-1")


async def test_a_service_that_is_gone_takes_its_udp_flows_along(node: Node) -> None:
    await node.serve(service(**UDP), POD_1, ports=UDP_PORTS)
    await node.flows.forget_stale(node.tracker.targets.values(), frozenset({NODE}))
    talker = node.machine.talk("out", "udp", VIP, 53)
    assert talker.say("x").startswith("pod-1")
    node.tracker.replace_services([])
    await node.backend.update(node.tracker.take())
    assert await node.flows.forget_stale([], frozenset({NODE})) == 1


async def test_rules_that_were_taken_away_are_missed_and_written_again(node: Node) -> None:
    await node.serve(service(), POD_1)
    assert await node.backend.intact()
    for command in (
        ("iptables", "-t", "nat", "-F"),
        ("iptables", "-t", "nat", "-F", "PREROUTING"),
        ("iptables", "-F", "FORWARD"),
        ("iptables", "-t", "nat", "-F", "KUBE-PROXY-CANARY"),
    ):
        node.machine.run("node", *command)
        assert not await node.backend.intact(), command
        await node.backend.replace(node.tracker.targets)
        assert await node.backend.intact()
    assert node.machine.ask("out", VIP, 80)[0].startswith("pod-1")


async def test_a_successor_finds_and_drops_what_is_not_needed_any_more(node: Node) -> None:
    await node.serve(service("old", "10.96.0.99"), POD_1, service="old")
    successor = Node(node.machine)
    await successor.serve(service(), POD_1)
    saved = node.machine.run("node", "iptables-save")
    assert "ns/old" not in saved
    assert saved.count(":KUBE-SVC-") == 1
    assert saved.count("-A PREROUTING") == 1


async def test_rules_of_others_are_left_alone_and_cleanup_leaves_nothing(node: Node) -> None:
    node.machine.run("node", "iptables", "-A", "FORWARD", "-s", "10.9.9.9", "-j", "DROP")
    before = _saved(node)
    await node.serve(service(**NODE_PORT), POD_1)
    await Node(node.machine).serve(service(**NODE_PORT), POD_2)
    await node.backend.cleanup()
    assert _saved(node) == before
    node.machine.run("node", "iptables", "-D", "FORWARD", "-s", "10.9.9.9", "-j", "DROP")


def _saved(node: Node) -> list[str]:
    lines = node.machine.run("node", "iptables-save").splitlines()
    return [line.split(" [")[0] for line in lines if line.startswith(("-A", ":KUBE"))]


async def test_many_services_are_written_in_batches_and_all_work(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pybernetes.proxy.iptables.apply._NFT_BATCH", 10)
    for _ in range(2):
        node.tracker.replace_services([service(f"s{n}", f"10.96.2.{n}") for n in range(1, 36)])
        node.tracker.replace_slices([endpoint_slice(POD_1, service=f"s{n}") for n in range(1, 36)])
        node.tracker.take()
        await node.backend.replace(node.tracker.targets)
        for number in (1, 17, 35):
            assert node.machine.ask("out", f"10.96.2.{number}", 80)[0].startswith("pod-1")


EVERYTHING: dict[str, Any] = {
    "type": "LoadBalancer",
    "sessionAffinity": "ClientIP",
    "externalTrafficPolicy": "Local",
    "healthCheckNodePort": 31000,
}


@pytest.mark.parametrize(
    ("family", "vip", "pods", "ranges", "address_type"),
    [
        (4, "10.96.3.1", ("10.244.1.1", "10.244.1.2"), "10.1.0.0/16", "IPv4"),
        (6, "fd00::3:1", ("fd00:244::1", "fd00:244::2"), "fd00:1::/64", "IPv6"),
    ],
)
async def test_the_kernel_takes_every_kind_of_rule(
    machine: Machine, family: Any, vip: str, pods: tuple[str, str], ranges: str, address_type: str
) -> None:
    """Reachability over IPv6 is not part of this, only that its rules are taken, found again and taken out."""
    tracker = Tracker(family, Place("n1"))
    for number, protocol in enumerate(("TCP", "UDP", "SCTP")):
        name = f"all-{protocol.lower()}"
        ports = [{"name": "http", "port": 80, "protocol": protocol, "nodePort": 30100 + number}]
        more = {"externalIPs": [vip], "ingress": [{"ip": vip}], "loadBalancerSourceRanges": [ranges]}
        for suffix, ends in (("", pods), ("-none", ()), ("-away", pods[:1])):
            made = service(name + suffix, vip, ports=ports, **EVERYTHING, **more)
            tracker.service_is(f"ns/{name}{suffix}", made)
            endpoints = [endpoint(address, "n2" if suffix else "n1") for address in ends]
            piece = endpoint_slice(*endpoints, service=name + suffix, ports=ports, addressType=address_type)
            tracker.slice_is(f"ns/{name}{suffix}-1", piece)
    tracker.take()
    cidr = "10.244.0.0/16" if family == 4 else "fd00:244::/48"
    settings = Settings(family=family, cluster_cidr=cidr, node_ips=(ranges.replace("0/", "1/").split("/")[0],))
    backend = IptablesBackend(settings, Commands(machine.prefix))
    program = "iptables-save" if family == 4 else "ip6tables-save"
    await backend.replace(tracker.targets)
    assert await backend.intact()
    rules = machine.run("node", program)
    counted = sum(backend.rule_counts().values())
    assert (
        len([line for line in rules.splitlines() if line.startswith("-A KUBE") and "FIREWALL !" not in line]) == counted
    )
    await backend.update(dict.fromkeys(tracker.targets))
    assert "KUBE-S" not in machine.run("node", program).replace("KUBE-SERVICES", "")
    await backend.cleanup()
    assert "KUBE" not in machine.run("node", program)
