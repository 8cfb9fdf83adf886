#!/usr/bin/env python3
"""Decisions a second of the scheduler, without an API: decide, put the pod into the table, next.

    hack/bench/scheduler.py [--nodes 1000,5000] [--pods 1000] [--runs 5] [case ...]

The cases are those of kube-scheduler's own benchmark: nodes of 4 cores and 32 GB in three zones, 1,000 pods there
before, then pods that are measured. Each figure is the median of several runs, with the least and the most;
"us" is the CPU time of one decision. Preemption: all nodes full of small pods, then 500 that need half a node
each, every one of which has others leave and is decided about again once they are gone. "alike" repeats one class
of pods, "mixed" gives every tenth pod requirements of its own.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

from pybernetes.api.object import Json
from pybernetes.scheduler.decision import Decider
from pybernetes.scheduler.node import read_node
from pybernetes.scheduler.nominated import Nominations
from pybernetes.scheduler.pod_reader import PodClasses
from pybernetes.scheduler.preemption import Preemptor
from pybernetes.scheduler.table import Table

HOSTNAME, ZONE = "kubernetes.io/hostname", "topology.kubernetes.io/zone"
BEFORE = 1000
PREEMPTORS = 500


def node(number: int) -> Json:
    name = f"node-{number}"
    labels = {HOSTNAME: name, ZONE: f"zone-{number % 3}"}
    return {
        "metadata": {"name": name, "labels": labels},
        "status": {"allocatable": {"cpu": "4", "memory": "32Gi", "pods": "110"}},
    }


def pod(name: str, *, cpu: str = "100m", memory: str = "500Mi", priority: int = 0, **spec: Any) -> Json:
    container = {"name": "pause", "image": "pause:3", "resources": {"requests": {"cpu": cpu, "memory": memory}}}
    return {
        "metadata": {"name": name, "namespace": "bench", "uid": name, "labels": {"color": "blue"}},
        "spec": {"containers": [container], "priority": priority, **spec},
    }


def basic(number: int) -> Json:
    return pod(f"basic-{number}")


def mixed(number: int) -> Json:
    return pod(f"mixed-{number}", cpu=f"{100 + number // 10}m" if number % 10 == 0 else "100m")


def node_affinity(number: int) -> Json:
    expression = {"key": ZONE, "operator": "In", "values": ["zone-1", "zone-2"]}
    terms = {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}
    return pod(f"affinity-{number}", affinity=affinity)


def anti_affinity(number: int) -> Json:
    term = {"topologyKey": HOSTNAME, "labelSelector": {"matchLabels": {"color": "green"}}}
    result = pod(
        f"anti-{number}", affinity={"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    )
    result["metadata"]["labels"] = {"color": "green"}
    return result


def spread(number: int) -> Json:
    constraint = {
        "topologyKey": ZONE,
        "maxSkew": 5,
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": {"color": "blue"}},
    }
    return pod(f"spread-{number}", topologySpreadConstraints=[constraint])


def default_spread(number: int) -> Json:
    return pod(f"service-{number}")


CASES: dict[str, Callable[[int], Json]] = {
    "basic": basic,
    "mixed": mixed,
    "node affinity": node_affinity,
    "anti-affinity": anti_affinity,
    "spread": spread,
    "spread by default": default_spread,
}


def cluster(nodes: int, seed: int, *, service: bool = False) -> tuple[Decider, PodClasses]:
    table, classes = Table(), PodClasses()
    for number in range(nodes):
        table.set_node(read_node(node(number)))
    table.index.set_namespace("bench", {})
    if service:
        metadata = {"name": "blue", "namespace": "bench"}
        table.workloads.set("Service", {"metadata": metadata}, {"color": "blue"})
    return Decider(table, Nominations(), seed=seed), classes


def measure(case: str, nodes: int, pods: int, seed: int) -> float:
    """Microseconds of CPU a decision."""
    decider, classes = cluster(nodes, seed, service=case == "spread by default")
    for number in range(BEFORE):
        place(decider, classes, pod(f"before-{number}"))
    waiting = [classes.read(CASES[case](number)) for number in range(min(pods, nodes))]
    started = time.process_time()
    for one in waiting:
        decision = decider.decide(one)
        assert decision.node, decision.diagnosis and decision.diagnosis.message()
        decider.table.set_pod(one.on(decision.node))
    return (time.process_time() - started) / len(waiting) * 1e6


def place(decider: Decider, classes: PodClasses, obj: Json) -> None:
    read = classes.read(obj)
    decision = decider.decide(read)
    assert decision.node
    decider.table.set_pod(read.on(decision.node))


def measure_preemption(nodes: int, seed: int) -> float:
    """Seconds to make room for and place 500 pods on full nodes."""
    decider, classes = cluster(nodes, seed)
    preemptor = Preemptor(decider, {}, seed=seed)
    for number in range(nodes):
        for part in range(4):
            low = classes.read(pod(f"low-{number}-{part}", cpu="900m", priority=-part))
            decider.table.set_pod(low.on(f"node-{number}"))
    started = time.process_time()
    for number in range(PREEMPTORS):
        high = classes.read(pod(f"high-{number}", cpu="2", priority=1000))
        decision = decider.decide(high)
        assert decision.diagnosis is not None
        outcome = preemptor.preempt(high, decision.diagnosis)
        assert outcome.node, outcome.message
        for victim in outcome.victims:
            decider.table.remove_pod(victim.key)
        decider.nominations.set(high, outcome.node)
        again = decider.decide(high)
        assert again.node == outcome.node
        decider.nominations.remove(high.key)
        decider.table.set_pod(high.on(again.node))
    return time.process_time() - started


def report(name: str, nodes: int, figures: list[float], *, seconds: bool = False) -> None:
    middle = statistics.median(figures)
    if seconds:
        print(f"{name:18} {nodes:6,} nodes {middle:10.2f} s   ({min(figures):.2f} to {max(figures):.2f})")
        return
    print(
        f"{name:18} {nodes:6,} nodes {1e6 / middle:10,.0f} /s {middle:9.1f} us "
        f"({min(figures):.1f} to {max(figures):.1f})",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("cases", nargs="*", default=[*CASES, "preemption"])
    parser.add_argument("--nodes", default="1000,5000")
    parser.add_argument("--pods", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    for case in options.cases:
        for nodes in map(int, options.nodes.split(",")):
            if case == "preemption":
                figures = [measure_preemption(nodes, run) for run in range(options.runs)]
                report(f"preemption of {PREEMPTORS}", nodes, figures, seconds=True)
            else:
                report(case, nodes, [measure(case, nodes, options.pods, run) for run in range(options.runs)])


if __name__ == "__main__":
    main()
