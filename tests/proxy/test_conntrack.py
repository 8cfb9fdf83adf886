"""Flows and targets in, flows to forget out."""

from __future__ import annotations

import pytest

from pybernetes.proxy.conntrack import Flow, answers_by_front, parse_flows, stale_flows
from pybernetes.proxy.endpoints import Place
from pybernetes.proxy.tracker import Tracker
from tests.proxy.objects import endpoint_slice, service

LISTED = """\
udp      17 29 src=10.1.0.1 dst=10.96.0.10 sport=4000 dport=53 src=10.1.0.5 dst=10.1.0.1 sport=53 dport=4000 mark=0 use=1
udp      17 29 src=10.1.0.2 dst=10.96.0.10 sport=4001 dport=53 src=10.1.0.5 dst=10.1.0.2 sport=53 dport=4001 mark=0 use=1
udp      17 9 src=10.1.0.1 dst=192.0.2.1 sport=1 dport=30053 [UNREPLIED] src=192.0.2.1 dst=10.1.0.1 sport=30053 dport=1 use=1
nonsense
"""  # noqa: E501
VIP = ("10.96.0.10", 53)
NODE, WORLD = ("192.0.2.1", 30053), ("198.51.100.1", 30053)
LIVE, DEAD = ("10.1.0.5", 53), ("10.1.0.6", 53)
ANSWERS = {VIP: frozenset({LIVE}), ("", 30053): frozenset({LIVE})}


def test_what_conntrack_prints() -> None:
    assert parse_flows(LISTED) == [Flow(VIP, LIVE), Flow(NODE, NODE)]


@pytest.mark.parametrize(
    ("flow", "stale"),
    [
        (Flow(VIP, LIVE), False),
        (Flow(VIP, DEAD), True),
        (Flow(VIP, VIP), True),
        (Flow(NODE, DEAD), True),
        (Flow(NODE, NODE), True),
        (Flow(WORLD, WORLD), False),
        (Flow(("10.96.0.10", 54), DEAD), False),
        (Flow(("8.8.8.8", 53), ("8.8.8.8", 53)), False),
    ],
)
def test_what_is_stale(flow: Flow, stale: bool) -> None:
    assert bool(stale_flows([flow], ANSWERS, frozenset({"192.0.2.1"}))) is stale


def test_without_endpoints_only_translated_flows_are_stale() -> None:
    nobody = {VIP: frozenset[tuple[str, int]]()}
    assert stale_flows([Flow(VIP, DEAD), Flow(VIP, VIP)], nobody, frozenset()) == [Flow(VIP, DEAD)]


def test_who_may_answer() -> None:
    tracker = Tracker(4, Place("n1"))
    ports = [{"name": "dns", "port": 53, "protocol": "UDP", "nodePort": 30053}, {"name": "tcp", "port": 53}]
    tracker.replace_services([service(type="NodePort", externalIPs=["1.2.3.4"], ports=ports)])
    tracker.replace_slices([endpoint_slice("10.1.0.5", ports=[{"name": "dns", "port": 53, "protocol": "UDP"}])])
    tracker.take()
    answers = answers_by_front(tracker.targets.values())
    assert answers == {place: frozenset({LIVE}) for place in (VIP, ("1.2.3.4", 53), ("", 30053))}
