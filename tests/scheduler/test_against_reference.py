"""Decisions over columns agree with a plain reading of the rules, on random clusters, also as they change."""

from __future__ import annotations

import random

import pytest

from pybernetes.api.object import Json, key_of
from pybernetes.scheduler.decision import Decider
from pybernetes.scheduler.explain import COLUMNS, explain
from pybernetes.scheduler.node import read_node
from pybernetes.scheduler.nominated import Nominations
from pybernetes.scheduler.pod_reader import PodClasses
from pybernetes.scheduler.table import Table
from tests.scheduler.random_clusters import random_cluster
from tests.scheduler.reference import Reference

_CLUSTERS = 150


def agree(reference: Reference, decider: Decider, classes: PodClasses, pod: Json) -> None:
    """The scheduler and the reference say the same of the pod."""
    read = classes.read(pod)
    explanation = explain(decider, read)
    expected = reference.scores(pod)
    found = {one.node: dict(zip(COLUMNS, one.scores, strict=True)) for one in explanation.nodes}
    wanted = {
        node["metadata"]["name"]: {plugin: expected[plugin][node["metadata"]["name"]] for plugin in COLUMNS}
        for node in reference.feasible(pod)
    }
    assert found == wanted
    reasons = {reason: count for _, reason, count in explanation.turned_down}
    assert reasons == dict(reference.reasons(pod))
    totals = reference.totals(pod)
    decision = decider.decide(read)
    if totals:
        assert totals[decision.node] == max(totals.values())
        assert decision.feasible == len(totals)
    else:
        assert decision.node == ""


@pytest.mark.parametrize("seed", range(_CLUSTERS))
def test_a_random_cluster(seed: int) -> None:
    r = random.Random(seed)
    nodes, pods, namespaces, services = random_cluster(r)
    table, classes = Table(), PodClasses()
    decider = Decider(table, Nominations(), seed=seed)
    for namespace in namespaces:
        table.index.set_namespace(namespace["metadata"]["name"], namespace["metadata"]["labels"])
    for service in services:
        table.workloads.set("Service", service, service["spec"]["selector"])
    for node in nodes:
        table.set_node(read_node(node))
    for pod in pods:
        if pod["spec"].get("nodeName"):
            table.set_pod(classes.read(pod))
    waiting = [pod for pod in pods if not pod["spec"].get("nodeName")]
    for pod in waiting:
        agree(Reference(nodes, pods, namespaces, services), decider, classes, pod)
        decision = decider.decide(classes.read(pod))
        if decision.node:
            pod["spec"]["nodeName"] = decision.node
            table.set_pod(classes.read(pod))
        _something_happens(r, nodes, pods, table)
        for other in r.sample(waiting, min(3, len(waiting))):  # kept state is asked again
            agree(Reference(nodes, pods, namespaces, services), decider, classes, other)


def _something_happens(r: random.Random, nodes: list[Json], pods: list[Json], table: Table) -> None:
    """A pod leaves, or a node changes: what is kept has to follow."""
    chance = r.random()
    placed = [pod for pod in pods if pod["spec"].get("nodeName")]
    if chance < 0.3 and placed:
        gone = r.choice(placed)
        pods.remove(gone)
        table.remove_pod(key_of(gone))
    elif chance < 0.5:
        node = r.choice(nodes)
        node["metadata"]["labels"]["rack"] = r.choice("123")
        node["spec"]["unschedulable"] = r.random() < 0.3
        table.set_node(read_node(node))
