"""Who has to leave which node, as Kubernetes chooses, also against a plain reading of the rules."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest

from pybernetes.api.object import Json, labels_of, name_of, namespace_of, parse_time
from pybernetes.api.selectors import parse_label_selector, selector_from_object
from pybernetes.scheduler.decision import Decider
from pybernetes.scheduler.node import read_node
from pybernetes.scheduler.nominated import Nominations
from pybernetes.scheduler.pod import Pod
from pybernetes.scheduler.pod_reader import PodClasses
from pybernetes.scheduler.preemption import NEVER, TERMINATING, Outcome, Preemptor
from pybernetes.scheduler.table import Table
from pybernetes.scheduler.victims import Budget, split_by_budget
from tests.scheduler.cluster_objects import ZONE, a_node, a_pod
from tests.scheduler.random_clusters import random_cluster
from tests.scheduler.reference import Reference

classes = PodClasses()


class Cluster:
    def __init__(self, nodes: list[Json], pods: list[Json], budgets: dict[str, Budget] | None = None):
        self.table, self.nominations = Table(), Nominations()
        self.decider = Decider(self.table, self.nominations, seed=1)
        self.preemptor = Preemptor(self.decider, budgets or {}, seed=1)
        for node in nodes:
            self.table.set_node(read_node(node))
        for pod in pods:
            self.table.set_pod(classes.read(pod))

    def preempt(self, pod: Json | Pod) -> Outcome:
        read = pod if isinstance(pod, Pod) else classes.read(pod)
        decision = self.decider.decide(read)
        assert decision.diagnosis is not None, f"fits on {decision.node}"
        return self.preemptor.preempt(read, decision.diagnosis)


def names(outcome: Outcome) -> list[str]:
    return [pod.name for pod in outcome.victims]


def started(second: int) -> Json:
    return {"startTime": f"2026-01-01T00:00:{second:02}Z"}


def test_the_least_important_leave_and_no_more_than_needed() -> None:
    pods = [a_pod(f"p{i}", cpu="1", node="n1", priority=i) for i in range(4)]
    outcome = Cluster([a_node("n1")], pods).preempt(a_pod("big", cpu="2", priority=9))
    assert (outcome.node, names(outcome)) == ("n1", ["p1", "p0"])


def test_pods_of_the_same_priority_stay() -> None:
    outcome = Cluster([a_node("n1")], [a_pod("p", cpu="4", node="n1", priority=5)]).preempt(
        a_pod("big", cpu="2", priority=5)
    )
    assert outcome.message == "0/1 nodes are available: 1 No preemption victims found for incoming pod."


def test_who_must_not_preempt_does_not() -> None:
    cluster = Cluster([a_node("n1")], [a_pod("p", cpu="4", node="n1")])
    outcome = cluster.preempt(a_pod("big", cpu="2", priority=5, preemptionPolicy="Never"))
    assert outcome.message == NEVER and not outcome.eligible


def test_while_victims_leave_the_promised_node_nobody_else_has_to() -> None:
    leaving = a_pod(
        "p",
        cpu="4",
        node="n1",
        metadata={"deletionTimestamp": "2026-01-01T00:00:00Z"},
        status={"conditions": [{"type": "DisruptionTarget", "status": "True", "reason": "PreemptionByScheduler"}]},
    )
    cluster = Cluster([a_node("n1"), a_node("n2")], [leaving, a_pod("q", cpu="4", node="n2")])
    outcome = cluster.preempt(a_pod("big", cpu="2", priority=5, status={"nominatedNodeName": "n1"}))
    assert outcome.message == TERMINATING and not outcome.eligible


def test_nodes_where_removing_pods_is_no_help_are_counted() -> None:
    nodes = [a_node("n1", cpu="1"), a_node("n2", taints=[{"key": "k", "effect": "NoSchedule"}]), a_node("n3")]
    pods = [a_pod("p", cpu="4", node="n3", priority=9)]
    assert Cluster(nodes, pods).preempt(a_pod("big", cpu="2", priority=5)).message == (
        "0/3 nodes are available: 1 No preemption victims found for incoming pod, "
        "2 Preemption is not helpful for scheduling."
    )


def test_when_all_leaving_is_not_enough_the_message_says_what_is_missing() -> None:
    pods = [a_pod("low", cpu="1", node="n1"), a_pod("high", cpu="3", node="n1", priority=9)]
    outcome = Cluster([a_node("n1")], pods).preempt(a_pod("big", cpu="2", priority=5))
    assert outcome.message == "0/1 nodes are available: 1 Insufficient cpu."


_FULL = {"cpu": "4", "memory": "1Gi"}


@pytest.mark.parametrize(
    ("on_one", "on_two", "wanted"),
    [
        ([{"priority": 1}], [{"priority": 2}], "n1"),
        ([{"priority": 2}], [{"priority": 1}], "n2"),
        ([{"priority": 2, "cpu": "2"}, {"priority": 1, "cpu": "2"}], [{"priority": 2}], "n2"),
        ([{"priority": 2, "cpu": "2"}, {"priority": 2, "cpu": "2"}], [{"priority": 2}], "n2"),
        ([{"priority": 1, "status": started(10)}], [{"priority": 1, "status": started(20)}], "n2"),
        ([{"priority": 1, "status": started(30)}], [{"priority": 1, "status": started(20)}], "n1"),
        ([{"priority": 1}], [{"priority": 1, "status": started(20)}], "n1"),
        ([{"priority": -5, "labels": {"app": "kept"}}], [{"priority": 3}], "n2"),
    ],
    ids=[
        "lowest highest priority",
        "the same the other way round",
        "lowest sum of priorities",
        "fewest victims",
        "latest start",
        "latest start the other way round",
        "not started yet is latest",
        "budgets come first",
    ],
)
def test_the_node_it_hurts_least(on_one: list[dict[str, Any]], on_two: list[dict[str, Any]], wanted: str) -> None:
    pods = [a_pod(f"one{i}", node="n1", **{**_FULL, **parts}) for i, parts in enumerate(on_one)]
    pods += [a_pod(f"two{i}", node="n2", **{**_FULL, **parts}) for i, parts in enumerate(on_two)]
    budgets = {"b": Budget("default", parse_label_selector("app=kept"), 0, frozenset())}
    outcome = Cluster([a_node("n1"), a_node("n2")], pods, budgets).preempt(a_pod("big", cpu="4", priority=9))
    assert outcome.node == wanted


def test_what_a_budget_protects_stays_if_another_can_leave() -> None:
    pods = [
        a_pod("kept", cpu="2", node="n1", labels={"app": "kept"}),
        a_pod("other", cpu="2", node="n1", priority=3),
    ]
    budgets = {"b": Budget("default", parse_label_selector("app=kept"), 0, frozenset())}
    assert names(Cluster([a_node("n1")], pods, budgets).preempt(a_pod("big", cpu="2", priority=9))) == ["other"]
    assert names(Cluster([a_node("n1")], pods).preempt(a_pod("big", cpu="2", priority=9))) == ["kept"]


@pytest.mark.parametrize(
    ("allowed", "disrupted", "protected"),
    [(0, (), ["a", "b"]), (1, (), ["b"]), (2, (), []), (0, ("a",), ["b"]), (1, ("a",), [])],
)
def test_which_pods_a_budget_protects(allowed: int, disrupted: tuple[str, ...], protected: list[str]) -> None:
    pods = [classes.read(a_pod(name, labels={"app": "x"}, node="n")) for name in "ab"]
    pods += [classes.read(a_pod("elsewhere", namespace="team", labels={"app": "x"}, node="n"))]
    pods += [classes.read(a_pod("bare", node="n"))]
    budget = Budget("default", parse_label_selector("app=x"), allowed, frozenset(disrupted))
    everyone = Budget("default", selector_from_object({}), 0, frozenset())
    found, free = split_by_budget(pods, [budget, everyone])
    assert [pod.name for pod in found] == protected
    assert len(found) + len(free) == len(pods)


def test_the_promise_to_one_preemptor_sends_the_next_elsewhere() -> None:
    nodes = [a_node(f"n{i}") for i in range(3)]
    pods = [a_pod(f"p{i}", cpu="3", node=f"n{i}") for i in range(3)]
    cluster = Cluster(nodes, pods)
    chosen = []
    for number in range(3):
        big = classes.read(a_pod(f"big{number}", cpu="3", priority=9))
        outcome = cluster.preempt(big)
        chosen.append(outcome.node)
        cluster.nominations.set(big, outcome.node)
        cluster.table.touch(cluster.table.rows[outcome.node])
    assert sorted(chosen) == ["n0", "n1", "n2"]
    last = cluster.preempt(a_pod("big3", cpu="3", priority=9))
    assert last.message == "0/3 nodes are available: 3 Insufficient cpu."


def test_a_promised_node_is_not_taken_by_less_important_pods() -> None:
    cluster = Cluster([a_node("n1"), a_node("n2", cpu="1")], [])
    promised = classes.read(a_pod("promised", cpu="3", priority=9))
    cluster.nominations.set(promised, "n1")
    low, high = a_pod("low", cpu="2"), a_pod("high", cpu="2", priority=10)
    decision = cluster.decider.decide(classes.read(low))
    assert decision.diagnosis is not None
    assert decision.diagnosis.message() == "0/2 nodes are available: 2 Insufficient cpu."
    assert cluster.decider.decide(classes.read(high)).node == "n1"
    assert cluster.decider.decide(promised).node == "n1"
    assert cluster.table.pod_total == 0


def test_removing_a_pod_that_keeps_others_away_makes_room() -> None:
    term = {"topologyKey": ZONE, "labelSelector": {"matchLabels": {"app": "web"}}}
    away = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    cluster = Cluster(
        [a_node("n1", zone="z"), a_node("n2", zone="z")],
        [a_pod("hostile", node="n1", affinity=away), a_pod("filler", cpu="1", node="n1")],
    )
    outcome = cluster.preempt(a_pod("web", labels={"app": "web"}, priority=9))
    assert (outcome.node, names(outcome)) == ("n1", ["hostile"])
    assert cluster.table.pod_total == 2, "nothing was really removed"


# Against a plain reading


def plain_victims(
    reference: Reference, pod: Json, node: Json, budgets: list[Budget]
) -> tuple[list[Json], int] | list[str]:
    """The victims on one node and how many of them a budget protects, or why the pod cannot go there."""
    own = list(reference.on(node))
    lower = [p for p in own if p["spec"]["priority"] < pod["spec"]["priority"]]
    if not lower:
        return ["No preemption victims found for incoming pod"]

    def misfit(gone: list[Json]) -> list[str]:
        left = [p for p in reference.placed if not any(p is g for g in gone)]
        found = Reference(reference.nodes, left, [], reference.services)
        found.namespaces = reference.namespaces
        why = found.filter(pod, node)
        return why[1] if why else []

    if misfit(lower):
        return misfit(lower)
    lower.sort(key=lambda p: (-p["spec"]["priority"], _start(p)))
    left = [budget.allowed for budget in budgets]
    protected: list[Json] = []
    for p in lower:
        covering = [
            i
            for i, budget in enumerate(budgets)
            if budget.namespace == namespace_of(p) and budget.selector.matches(labels_of(p))
        ]
        for i in covering:
            left[i] -= 1
        if any(left[i] < 0 for i in covering):
            protected.append(p)
    gone, violations = list(lower), 0
    for p in protected + [p for p in lower if not any(p is q for q in protected)]:
        without = [q for q in gone if q is not p]
        if not misfit(without):
            gone = without
        elif any(p is q for q in protected):
            violations += 1
    return gone, violations


def _start(pod: Json) -> float:
    text = pod["status"].get("startTime")
    return parse_time(text).timestamp() if text else float("inf")


def plain_cost(gone: list[Json], violations: int) -> tuple[float, ...]:
    priorities = [p["spec"]["priority"] for p in gone]
    first = min((_start(p) for p in gone if p["spec"]["priority"] == max(priorities)), default=float("inf"))
    highest = max(priorities, default=-(1 << 31))
    return violations, highest, sum(p + (1 << 31) for p in priorities), len(gone), -first


@pytest.mark.parametrize("seed", range(200))
def test_a_random_cluster(seed: int) -> None:
    r = random.Random(seed)
    nodes, pods, namespaces, services = random_cluster(r)
    budgets = [
        Budget("default", parse_label_selector(f"app={app}"), r.randrange(2), frozenset())
        for app in ("web", "db")
        if r.random() < 0.5
    ]
    cluster = Cluster(nodes, [], {str(i): budget for i, budget in enumerate(budgets)})
    for namespace in namespaces:
        cluster.table.index.set_namespace(name_of(namespace), labels_of(namespace))
    for pod in pods:
        if pod["spec"].get("nodeName"):
            cluster.table.set_pod(classes.read(pod))
    reference = Reference(nodes, pods, namespaces, services)
    for pod in pods:
        pod["spec"]["priority"] += 0 if pod["spec"].get("nodeName") else 50
        if pod["spec"].get("nodeName") or reference.feasible(pod):
            continue
        outcome = cluster.preempt(pod)
        reasons: Counter[str] = Counter()
        costs: dict[str, tuple[tuple[float, ...], list[str]]] = {}
        for node in nodes:
            turned_down = reference.filter(pod, node)
            assert turned_down is not None
            result = ["Preemption is not helpful for scheduling"] if turned_down[2] else None
            found = result or plain_victims(reference, pod, node, budgets)
            if isinstance(found, list):
                reasons.update(found)
            else:
                costs[name_of(node)] = plain_cost(*found), sorted(name_of(p) for p in found[0])
        if not costs:
            counted = ", ".join(sorted(f"{count} {reason}" for reason, count in reasons.items()))
            assert outcome.message == f"0/{len(nodes)} nodes are available: {counted}."
        else:
            assert costs[outcome.node][0] == min(cost for cost, _ in costs.values())
            assert sorted(names(outcome)) == costs[outcome.node][1]
