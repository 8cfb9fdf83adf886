"""The overlay's plan: nodes and kernel state in, changes out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pybernetes.network.vxlan import (
    Change,
    Device,
    Kernel,
    Member,
    Overlay,
    member,
    members,
    plan,
    pod_mtu,
    teardown,
    tunnel_mac,
)

OWN = Member("a", "192.168.0.1", ("10.1.1.0/24",))
B = Member("b", "192.168.0.2", ("10.1.2.0/24",))
C = Member("c", "192.168.0.3", ("10.1.3.0/24",))
READY = Kernel(
    Device(1, 8472, "192.168.0.1", False, "4a:70:0a:01:01:00", 1450, True),
    frozenset({"10.1.1.0/32"}),
    frozenset({("10.1.2.0/24", "10.1.2.0")}),
    frozenset({("10.1.2.0", "4a:70:0a:01:02:00")}),
    frozenset({("4a:70:0a:01:02:00", "192.168.0.2")}),
)


def node(name: str, address: str, *cidrs: str, **more: Any) -> dict[str, Any]:
    addresses = [{"type": "Hostname", "address": name}, {"type": "InternalIP", "address": address}]
    return {
        "metadata": {"name": name},
        "spec": {"podCIDR": cidrs[0], "podCIDRs": list(cidrs)} if cidrs else {},
        "status": {"addresses": addresses, **more},
    }


def lines(*others: Member, kernel: Kernel, own: Member = OWN) -> list[str]:
    return [f"{change.tool} {change.line}" for change in plan(Overlay(own, others, 1500), kernel)]


def test_members_are_read_from_nodes() -> None:
    nodes = [
        node("b", "192.168.0.2", "10.1.2.0/24"),
        node("a", "192.168.0.1", "10.1.1.0/24"),
        node("new", "192.168.0.9"),
        node("six", "fd00::9", "10.1.9.0/24"),
        node("broken", "192.168.0.10", "10.1.9.1/24"),
        node("named", "machine-7", "10.1.8.0/24"),
    ]
    found = members(nodes, "a")
    assert found.own == OWN
    assert found.others == (B,)
    assert members(nodes, "new").own is None
    assert members(nodes, "nobody").own is None
    assert member({"metadata": {"name": "x"}}) is None


def test_tunnel_addresses_follow_from_the_pod_cidr() -> None:
    assert OWN.mac == tunnel_mac("10.1.1.0/24") == "4a:70:0a:01:01:00"
    assert OWN.tunnel_ends == ("10.1.1.0",)
    macs = {tunnel_mac(f"fd00:0:0:{index:x}::/64") for index in range(1000)}
    assert len(macs) == 1000


@pytest.mark.parametrize(
    ("underlay", "address", "mtu"),
    [(1500, "10.0.0.1", 1450), (9000, "10.0.0.1", 8950), (1500, "fd00::1", 1430), (1300, "10.0.0.1", 1280)],
)
def test_pod_mtu(underlay: int, address: str, mtu: int) -> None:
    assert pod_mtu(underlay, address) == mtu


def test_a_new_node_makes_everything_from_the_bottom_up() -> None:
    assert lines(B, kernel=Kernel()) == [
        "ip link add pyb-vxlan address 4a:70:0a:01:01:00 mtu 1450 type vxlan id 1 dstport 8472"
        " local 192.168.0.1 nolearning",
        "ip link set pyb-vxlan up",
        "ip addr replace 10.1.1.0/32 dev pyb-vxlan",
        "bridge fdb append 4a:70:0a:01:02:00 dev pyb-vxlan dst 192.168.0.2 self permanent",
        "ip neigh replace 10.1.2.0 lladdr 4a:70:0a:01:02:00 dev pyb-vxlan nud permanent",
        "ip route replace 10.1.2.0/24 via 10.1.2.0 dev pyb-vxlan onlink",
    ]


def test_what_agrees_is_left_alone() -> None:
    assert lines(B, kernel=READY) == []


def test_a_node_that_joins_adds_three_entries() -> None:
    assert lines(B, C, kernel=READY) == [
        "bridge fdb append 4a:70:0a:01:03:00 dev pyb-vxlan dst 192.168.0.3 self permanent",
        "ip neigh replace 10.1.3.0 lladdr 4a:70:0a:01:03:00 dev pyb-vxlan nud permanent",
        "ip route replace 10.1.3.0/24 via 10.1.3.0 dev pyb-vxlan onlink",
    ]


def test_a_node_that_leaves_takes_its_entries_along() -> None:
    assert lines(kernel=READY) == [
        "ip route del 10.1.2.0/24 dev pyb-vxlan",
        "ip neigh del 10.1.2.0 dev pyb-vxlan",
        "bridge fdb del 4a:70:0a:01:02:00 dev pyb-vxlan dst 192.168.0.2",
    ]


def test_a_node_that_moves_keeps_its_route() -> None:
    moved = replace(B, address="192.168.0.7")
    assert lines(moved, kernel=READY) == [
        "bridge fdb del 4a:70:0a:01:02:00 dev pyb-vxlan dst 192.168.0.2",
        "bridge fdb append 4a:70:0a:01:02:00 dev pyb-vxlan dst 192.168.0.7 self permanent",
    ]


def test_entries_of_the_same_key_are_replaced_not_removed() -> None:
    wrong = replace(
        READY,
        routes=frozenset({("10.1.2.0/24", "10.1.2.9")}),
        neighbours=frozenset({("10.1.2.0", "4a:70:00:00:00:00")}),
    )
    assert lines(B, kernel=wrong) == [
        "ip neigh replace 10.1.2.0 lladdr 4a:70:0a:01:02:00 dev pyb-vxlan nud permanent",
        "ip route replace 10.1.2.0/24 via 10.1.2.0 dev pyb-vxlan onlink",
    ]


def test_a_device_made_otherwise_is_made_anew_with_all_entries() -> None:
    assert READY.device is not None
    other = replace(READY, device=replace(READY.device, vni=7))
    changes = lines(B, kernel=other)
    assert changes[0] == "ip link del pyb-vxlan"
    assert changes[1:] == lines(B, kernel=Kernel())


def test_what_can_change_on_a_device_is_changed() -> None:
    assert READY.device is not None
    drifted = replace(READY, device=replace(READY.device, mac="00:00:00:00:00:01", mtu=1400, up=False))
    assert lines(B, kernel=drifted) == [
        "ip link set pyb-vxlan address 4a:70:0a:01:01:00",
        "ip link set pyb-vxlan mtu 1450",
        "ip link set pyb-vxlan up",
    ]


def test_two_families_share_the_device() -> None:
    own = Member("a", "192.168.0.1", ("10.1.1.0/24", "fd00:1::/64"))
    other = Member("b", "192.168.0.2", ("10.1.2.0/24", "fd00:2::/64"))
    changes = lines(other, kernel=Kernel(), own=own)
    assert "ip addr replace fd00:1::/128 dev pyb-vxlan nodad" in changes
    assert "ip neigh replace fd00:2:: lladdr 4a:70:0a:01:02:00 dev pyb-vxlan nud permanent" in changes
    assert "ip route replace fd00:2::/64 via fd00:2:: dev pyb-vxlan onlink" in changes
    assert sum("fdb append" in change for change in changes) == 1


def test_teardown() -> None:
    assert teardown("pyb-vxlan", READY) == [Change("ip", "link del pyb-vxlan")]
    assert teardown("pyb-vxlan", Kernel()) == []
