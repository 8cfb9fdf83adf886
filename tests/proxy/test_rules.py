"""Targets in, rules out; and what must hold of any rules."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pybernetes.proxy.endpoints import Place
from pybernetes.proxy.iptables import names, restore
from pybernetes.proxy.iptables.rules import ServiceRules, Settings, probability, service_rules
from pybernetes.proxy.iptables.shared import SHARED_CHAINS, anchors, last_rules
from pybernetes.proxy.tracker import Tracker
from tests.proxy.objects import endpoint, endpoint_slice, service

SETTINGS = Settings(cluster_cidr="10.244.0.0/16")
VERDICTS = {"DROP", "REJECT", "ACCEPT", "RETURN", "MARK", "MASQUERADE", "DNAT"}
SVC = "KUBE-SVC-" + names.service_hash("ns/web:http", "tcp")
SVL = SVC.replace("SVC", "SVL")
EXT = SVC.replace("SVC", "EXT")
FW = SVC.replace("SVC", "FW")


def rules_of(
    obj: dict[str, Any], *slices: dict[str, Any], settings: Settings = SETTINGS, node: str = "n1"
) -> ServiceRules:
    tracker = Tracker(settings.family, Place(node))
    tracker.replace_services([obj])
    tracker.replace_slices(list(slices))
    tracker.take()
    (target,) = tracker.targets.values()
    return service_rules(target, settings)


def shared(rules: ServiceRules) -> list[str]:
    """The rules in shared chains, without their comments."""
    return [f"{table} {chain} {bare(rule)}" for table, chain, rule in rules.shared]


def bare(rule: str) -> str:
    return re.sub(r'-m comment --comment "[^"]*" ', "", rule)


def sep(address: str) -> str:
    return names.endpoint_chain("ns/web:http", "tcp", address)


def test_names_are_those_of_kube_proxy() -> None:
    assert names.service_hash("default/kubernetes:https", "tcp") == "NPX46M4PTMTKRN6Y"
    assert names.service_hash("kube-system/kube-dns:dns", "udp") == "TCOU7JCQXEZGVUNU"
    assert names.service_hash("kube-system/kube-dns:dns-tcp", "tcp") == "ERIFXISQEP7F7OF4"


def test_cluster_ip_over_two_endpoints() -> None:
    rules = rules_of(service(), endpoint_slice("10.244.0.1", "10.244.0.2"))
    assert shared(rules) == [f"nat KUBE-SERVICES -d 10.96.0.10/32 -p tcp -m tcp --dport 80 -j {SVC}"]
    one, two = sep("10.244.0.1:8080"), sep("10.244.0.2:8080")
    assert {chain: [bare(rule) for rule in held] for chain, held in rules.chains.items()} == {
        SVC: [
            "! -s 10.244.0.0/16 -d 10.96.0.10/32 -p tcp -m tcp --dport 80 -j KUBE-MARK-MASQ",
            f"-m statistic --mode random --probability 0.5000000000 -j {one}",
            f"-j {two}",
        ],
        one: ["-s 10.244.0.1/32 -j KUBE-MARK-MASQ", "-p tcp -m tcp -j DNAT --to-destination 10.244.0.1:8080"],
        two: ["-s 10.244.0.2/32 -j KUBE-MARK-MASQ", "-p tcp -m tcp -j DNAT --to-destination 10.244.0.2:8080"],
    }


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (Settings(), []),
        (Settings(masquerade_all=True), ["-d 10.96.0.10/32 -p tcp -m tcp --dport 80 -j KUBE-MARK-MASQ"]),
    ],
)
def test_masquerading_of_cluster_ip(settings: Settings, expected: list[str]) -> None:
    rules = rules_of(service(), endpoint_slice("10.244.0.1"), settings=settings)
    assert [bare(rule) for rule in rules.chains[SVC]][:-1] == expected


NODE_PORT = {"type": "NodePort", "ports": [{"name": "http", "port": 80, "nodePort": 30080}]}
BALANCER = {**NODE_PORT, "type": "LoadBalancer", "ingress": [{"ip": "9.9.9.9"}]}
FAR, NEAR = endpoint("10.244.0.1", "n2"), endpoint("10.244.0.2", "n1")


@pytest.mark.parametrize(
    ("spec", "endpoints", "expected"),
    [
        pytest.param(
            {},
            [],
            ["filter KUBE-SERVICES -d 10.96.0.10/32 -p tcp -m tcp --dport 80 -j REJECT"],
            id="nothing serves",
        ),
        pytest.param(
            {"internalTrafficPolicy": "Local"},
            [FAR],
            ["filter KUBE-SERVICES -d 10.96.0.10/32 -p tcp -m tcp --dport 80 -j DROP"],
            id="nothing serves here",
        ),
        pytest.param(
            {"internalTrafficPolicy": "Local"},
            [FAR, NEAR],
            [f"nat KUBE-SERVICES -d 10.96.0.10/32 -p tcp -m tcp --dport 80 -j {SVL}"],
            id="local",
        ),
        pytest.param(
            NODE_PORT,
            [],
            [
                "filter KUBE-SERVICES -d 10.96.0.10/32 -p tcp -m tcp --dport 80 -j REJECT",
                "filter KUBE-EXTERNAL-SERVICES -m addrtype --dst-type LOCAL -p tcp -m tcp --dport 30080 -j REJECT",
            ],
            id="node port, nothing serves",
        ),
        pytest.param(
            {**NODE_PORT, "externalTrafficPolicy": "Local"},
            [FAR],
            [
                f"nat KUBE-SERVICES -d 10.96.0.10/32 -p tcp -m tcp --dport 80 -j {SVC}",
                f"nat KUBE-NODEPORTS -p tcp -m tcp --dport 30080 -j {EXT}",
                "filter KUBE-EXTERNAL-SERVICES -m addrtype --dst-type LOCAL -p tcp -m tcp --dport 30080 -j DROP",
            ],
            id="node port, nothing serves here",
        ),
        pytest.param(
            {"externalIPs": ["1.2.3.4"]},
            [FAR],
            [
                f"nat KUBE-SERVICES -d 10.96.0.10/32 -p tcp -m tcp --dport 80 -j {SVC}",
                f"nat KUBE-SERVICES -d 1.2.3.4/32 -p tcp -m tcp --dport 80 -j {EXT}",
            ],
            id="external IP",
        ),
        pytest.param(
            {**BALANCER, "loadBalancerSourceRanges": ["10.1.0.0/16"]},
            [FAR],
            [
                f"nat KUBE-SERVICES -d 10.96.0.10/32 -p tcp -m tcp --dport 80 -j {SVC}",
                f"nat KUBE-SERVICES -d 9.9.9.9/32 -p tcp -m tcp --dport 80 -j {FW}",
                "filter KUBE-PROXY-FIREWALL -d 9.9.9.9/32 -p tcp -m tcp --dport 80 -j DROP",
                f"nat KUBE-NODEPORTS -p tcp -m tcp --dport 30080 -j {EXT}",
            ],
            id="balancer with source ranges",
        ),
        pytest.param(
            {**BALANCER, "externalTrafficPolicy": "Local", "healthCheckNodePort": 31000},
            [NEAR],
            [
                f"nat KUBE-SERVICES -d 10.96.0.10/32 -p tcp -m tcp --dport 80 -j {SVC}",
                f"nat KUBE-SERVICES -d 9.9.9.9/32 -p tcp -m tcp --dport 80 -j {EXT}",
                f"nat KUBE-NODEPORTS -p tcp -m tcp --dport 30080 -j {EXT}",
                "filter KUBE-NODEPORTS -p tcp -m tcp --dport 31000 -j ACCEPT",
            ],
            id="balancer that keeps to the node",
        ),
    ],
)
def test_shared_rules(spec: dict[str, Any], endpoints: list[dict[str, Any]], expected: list[str]) -> None:
    found = shared(rules_of(service(**spec), endpoint_slice(*endpoints)))
    assert [rule.removesuffix(" --reject-with icmp-port-unreachable") for rule in found] == expected


def test_external_traffic_is_masqueraded_unless_it_keeps_to_the_node() -> None:
    rules = rules_of(service(**NODE_PORT), endpoint_slice(NEAR))
    assert [bare(rule) for rule in rules.chains[EXT]] == ["-j KUBE-MARK-MASQ", f"-j {SVC}"]
    local = rules_of(service(**NODE_PORT, externalTrafficPolicy="Local"), endpoint_slice(NEAR, FAR))
    assert [bare(rule) for rule in local.chains[EXT]] == [
        f"-s 10.244.0.0/16 -j {SVC}",
        "-m addrtype --src-type LOCAL -j KUBE-MARK-MASQ",
        f"-m addrtype --src-type LOCAL -j {SVC}",
        f"-j {SVL}",
    ]
    assert [bare(rule) for rule in local.chains[SVL]] == [f"-j {sep('10.244.0.2:8080')}"]


def test_source_ranges_let_the_node_itself_in_where_the_balancers_address_is_its_own() -> None:
    spec = {**BALANCER, "loadBalancerSourceRanges": ["10.1.0.0/16", "10.2.0.0/16"]}
    rules = rules_of(service(**spec), endpoint_slice(NEAR))
    assert [bare(rule) for rule in rules.chains[FW]] == [f"-s 10.1.0.0/16 -j {EXT}", f"-s 10.2.0.0/16 -j {EXT}"]
    inside = Settings(node_ips=("10.2.0.7",))
    rules = rules_of(service(**spec), endpoint_slice(NEAR), settings=inside)
    assert bare(rules.chains[FW][-1]) == f"-s 9.9.9.9/32 -j {EXT}"


def test_affinity_remembers_clients() -> None:
    spec = {"sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 60}}}
    rules = rules_of(service(**spec), endpoint_slice("10.244.0.1", "10.244.0.2"))
    one, two = sep("10.244.0.1:8080"), sep("10.244.0.2:8080")
    assert [bare(rule) for rule in rules.chains[SVC]][1:3] == [
        f"-m recent --name {one} --rcheck --seconds 60 --reap -j {one}",
        f"-m recent --name {two} --rcheck --seconds 60 --reap -j {two}",
    ]
    assert f"-m recent --name {one} --set -p tcp" in rules.chains[one][1]


def test_ipv6() -> None:
    settings = Settings(family=6, cluster_cidr="fd00:244::/64")
    obj, piece = service(ip="fd00::10"), endpoint_slice("fd00:244::1", addressType="IPv6")
    rules = rules_of(obj, piece, settings=settings)
    (chain,) = (chain for chain in rules.chains if chain.startswith("KUBE-SEP"))
    assert bare(rules.chains[chain][1]).endswith("--to-destination [fd00:244::1]:8080")
    assert "-d fd00::10/128" in shared(rules)[0]
    assert "icmp6-port-unreachable" in shared(rules_of(obj, settings=settings))[0]


@pytest.mark.parametrize("endpoints", range(1, 60))
def test_every_endpoint_gets_its_share(endpoints: int) -> None:
    rules = rules_of(service(), endpoint_slice(*(f"10.244.0.{number}" for number in range(1, endpoints + 1))))
    left, shares = 1.0, []
    for rule in rules.chains[SVC][1:]:
        match = re.search(r"--probability (\S+)", rule)
        share = left * (float(match[1]) if match else 1.0)
        left -= share
        shares.append(share)
    assert len(shares) == endpoints
    assert all(abs(share - 1 / endpoints) < 1e-8 for share in shares)
    assert probability(3).endswith("0.3333333333")


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (Settings(), ["-m addrtype --dst-type LOCAL -j KUBE-NODEPORTS"]),
        (Settings(localhost_nodeports=False), ["! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS"]),
        (Settings(nodeport_ips=()), []),
        (Settings(family=6), ["! -d ::1/128 -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS"]),
        (
            Settings(nodeport_ips=("10.0.0.5", "127.0.0.1")),
            ["-d 10.0.0.5/32 -j KUBE-NODEPORTS", "-d 127.0.0.1/32 -j KUBE-NODEPORTS"],
        ),
    ],
)
def test_where_node_ports_are_served(settings: Settings, expected: list[str]) -> None:
    assert [bare(rule) for rule in last_rules(settings)["nat", "KUBE-SERVICES"]] == expected


POLICY = st.sampled_from(["Cluster", "Local"])
LEAVING = {"ready": False, "serving": True, "terminating": True}
CONDITIONS = st.sampled_from([{}, {"ready": False}, LEAVING, {"hints": {"forZones": [{"name": "z"}]}}])
ENDPOINTS = st.lists(
    st.tuples(st.integers(1, 9), st.sampled_from(["n1", "n2", ""]), CONDITIONS), max_size=6, unique_by=lambda e: e[0]
)
SPECS = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["ClusterIP", "NodePort", "LoadBalancer"]),
        "internalTrafficPolicy": POLICY,
        "externalTrafficPolicy": POLICY,
        "externalIPs": st.sampled_from([[], ["1.2.3.4"], ["1.2.3.4", "1.2.3.5"]]),
        "sessionAffinity": st.sampled_from(["None", "ClientIP"]),
        "loadBalancerSourceRanges": st.sampled_from([[], ["10.1.0.0/16"]]),
        "healthCheckNodePort": st.sampled_from([0, 31000]),
        "ports": st.sampled_from(
            [[{"name": "http", "port": 80}], [{"name": "http", "port": 80, "nodePort": 30080, "protocol": "TCP"}]]
        ),
        "ingress": st.sampled_from([None, [{"ip": "9.9.9.9"}]]),
    }
)
SITUATIONS = st.tuples(SPECS, ENDPOINTS)


def situation_rules(situation: tuple[dict[str, Any], list[tuple[int, str, dict[str, Any]]]]) -> ServiceRules:
    spec, endpoints = situation
    made = [endpoint(f"10.244.0.{number}", node, **conditions) for number, node, conditions in endpoints]
    return rules_of(service(**spec), endpoint_slice(*made))


def jumps(rules: ServiceRules) -> dict[str, set[str]]:
    """Where each chain of the nat table leads."""
    lead = {chain: {t for rule in held for t in targets(rule)} for chain, held in rules.chains.items()}
    for table, chain, rule in rules.shared:
        if table == "nat":
            lead.setdefault(chain, set()).update(targets(rule))
    return lead


def targets(rule: str) -> list[str]:
    return re.findall(r"-j (\S+)", rule)


@given(SITUATIONS)
def test_no_jump_dangles_and_no_chain_is_an_orphan(situation: Any) -> None:
    rules = situation_rules(situation)
    lead = jumps(rules)
    reached, queue = set(), ["KUBE-SERVICES", "KUBE-NODEPORTS"]
    while queue:
        chain = queue.pop()
        for target in lead.get(chain, ()):
            if target not in reached and target not in VERDICTS:
                reached.add(target)
                queue.append(target)
    known = rules.chains.keys() | set(SHARED_CHAINS["nat"])
    assert reached <= known
    assert rules.chains.keys() <= reached
    assert all(rules.chains.values())


@given(SITUATIONS)
def test_every_ready_endpoint_is_reached_through_the_cluster_ip(situation: Any) -> None:
    spec, endpoints = situation
    rules = situation_rules(situation)
    lead = jumps(rules)
    entries = [
        t for table, chain, rule in rules.shared if table == "nat" and "cluster IP" in rule for t in targets(rule)
    ]
    local_only = spec["internalTrafficPolicy"] == "Local"
    wanted = {n for n, node, c in endpoints if c.get("ready", True) and (not local_only or node == "n1")}
    reached = {chain for entry in entries for chain in lead[entry] if chain.startswith("KUBE-SEP-")}
    assert {sep(f"10.244.0.{number}:8080") for number in wanted} <= reached


@given(SITUATIONS)
def test_what_is_not_translated_is_refused(situation: Any) -> None:
    """Every address of a service has at least one rule: it is served, refused or dropped, never passed on."""
    found = shared(situation_rules(situation))
    assert any("10.96.0.10/32" in rule for rule in found)
    for address in situation[0]["externalIPs"]:
        assert any(f"-d {address}/32" in rule for rule in found)


@given(SITUATIONS, SITUATIONS)
def test_a_difference_names_only_what_differs(before: Any, after: Any) -> None:
    old, new = situation_rules(before), situation_rules(after)
    text = restore.difference({"x": old}, {"x": new}, SETTINGS)
    assert bool(text) == (old != new)
    for chain, held in new.chains.items():
        assert (f":{chain} " in text) == (old.chains.get(chain) != held)
    for chain in old.chains.keys() - new.chains.keys():
        assert f"-X {chain}\n" in text


def test_much_change_rewrites_shared_chains_with_node_ports_last() -> None:
    before = {}
    for number in range(150):
        obj = service(f"s{number}", f"10.96.1.{number}")
        before[f"ns/s{number}:http"] = rules_of(obj, endpoint_slice("10.244.0.1", service=f"s{number}"))
    text = restore.difference(before, dict.fromkeys(list(before)[:120]), SETTINGS)
    assert ":KUBE-SERVICES - [0:0]" in text
    assert "-D " not in text
    kept = [line for line in text.splitlines() if line.startswith("-A KUBE-SERVICES")]
    assert len(kept) == 31
    assert kept[-1].endswith("-j KUBE-NODEPORTS")


def test_anchors_guard_loopback_only_where_it_is_opened() -> None:
    assert any(anchor.chain == "KUBE-FIREWALL" for anchor in anchors(Settings()))
    assert not any(anchor.chain == "KUBE-FIREWALL" for anchor in anchors(Settings(localhost_nodeports=False)))
    assert not any(anchor.chain == "KUBE-FIREWALL" for anchor in anchors(Settings(nodeport_ips=("10.0.0.5",))))
    assert not any(anchor.chain == "KUBE-FIREWALL" for anchor in anchors(Settings(family=6)))


@pytest.mark.parametrize("batch", [0, 1, 2, 5, 100])
def test_writing_in_batches_leads_nowhere_that_is_not_there_yet(batch: int) -> None:
    services = []
    for number in range(7):
        obj = service(f"s{number}", f"10.96.1.{number}", **NODE_PORT)
        services.append(rules_of(obj, endpoint_slice("10.244.0.1", service=f"s{number}")))
    stale = {"nat": frozenset({"KUBE-SVC-STALE", *services[0].chains})}
    missing = anchors(SETTINGS)
    texts = restore.whole(services, SETTINGS, present=stale, missing=missing, batch=batch)
    assert len(texts) == {0: 1, 1: 9, 2: 6, 5: 4, 100: 1}[batch]
    there: set[str] = set()
    for text in texts:
        lines = text.splitlines()
        there |= {f"{_table_at(lines, at)} {line[1:].split()[0]}" for at, line in enumerate(lines) if line[0] == ":"}
        for at, line in enumerate(lines):
            for target in targets(line):
                assert target in VERDICTS | {"KUBE-FIREWALL"} or f"{_table_at(lines, at)} {target}" in there
    assert [line for line in texts[-1].splitlines() if line.startswith("-X")] == ["-X KUBE-SVC-STALE"]
    assert sum(text.count("-I ") for text in texts) == len(missing)


def _table_at(lines: list[str], at: int) -> str:
    return next(line[1:] for line in reversed(lines[: at + 1]) if line.startswith("*"))
