"""Several nodes: pods reach each other across them, services too, and what was on a node that is lost moves."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest

from tests.e2e.launched import Cluster, ask, left_of, run_to_end, served_by, until
from tests.e2e.test_walk import controller, service, shell, template

# The controller waits 50 s before it calls a silent node lost; the pods here tolerate that for 2 s more.
LOST_SECONDS = 120.0


def spread(name: str, replicas: int, **spec: Any) -> Any:
    """A replication controller whose pods go to different nodes as far as there are some."""
    made = controller(name, replicas)
    made["spec"]["template"] = template(name)
    made["spec"]["template"]["spec"] |= {
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": "kubernetes.io/hostname",
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": {"app": name}},
            }
        ],
        **spec,
    }
    return made


def nodes_of(cluster: Cluster, app: str) -> set[str]:
    return {pod["spec"]["nodeName"] for pod in cluster.items("pods", "--selector", f"app={app}")}


def test_pods_on_all_nodes_serve_behind_every_node(three_nodes: Cluster) -> None:
    cluster = three_nodes
    cluster.apply(spread("wide", 3), service("wide", "NodePort"))
    pods = cluster.until_ready("app=wide", 3)
    assert nodes_of(cluster, "wide") == {"node-1", "node-2", "node-3"}
    port = cluster.get("service", "wide")["spec"]["ports"][0]["nodePort"]
    for node in cluster.plan.nodes:
        url = f"http://{node.address}:{port}/"
        until(f"{node.name} passes on to all", lambda url=url: served_by(url, 30) == pods)
    addresses = {
        pod["spec"]["nodeName"]: pod["status"]["podIP"] for pod in cluster.items("pods", "--selector", "app=wide")
    }
    for node in cluster.plan.nodes:
        client = shell(f"client-{node.number}", "while true; do sleep 1; done")
        client["spec"]["nodeName"] = node.name
        cluster.apply(client)
    for node in cluster.plan.nodes:
        cluster.until_ready(f"app=client-{node.number}", 1)
        for address in addresses.values():
            fetched = cluster.pyctl(
                "exec", f"client-{node.number}", "--", "timeout", "3", "wget", "-q", "-O", "-", f"http://{address}/"
            )
            assert "nginx" in fetched
        by_name = cluster.pyctl(
            "exec", f"client-{node.number}", "--", "timeout", "3", "wget", "-q", "-O", "-", "http://wide:8000/"
        )
        assert "nginx" in by_name
    cluster.pyctl("delete", "rc,service,pod", "--all", "--wait=false", check=False)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_what_ran_on_a_node_that_is_cut_off_moves(three_nodes: Cluster) -> None:
    cluster = three_nodes
    tolerations = [
        {"key": f"node.kubernetes.io/{what}", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 2}
        for what in ("unreachable", "not-ready")
    ]
    cluster.apply(spread("moves", 3, tolerations=tolerations), service("moves", "NodePort"))
    cluster.until_ready("app=moves", 3)
    assert "node-3" in nodes_of(cluster, "moves")
    port = cluster.get("service", "moves")["spec"]["ports"][0]["nodePort"]
    url = f"http://{cluster.plan.node(1).address}:{port}/"
    interface = cluster.plan.node(3).interface
    _link(interface, "down")
    try:
        until("node-3 is not ready", lambda: _ready(cluster, "node-3") != "True", LOST_SECONDS)

        def moved() -> bool:
            pods = cluster.items("pods", "--selector", "app=moves")
            living = [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]
            return len(living) == 3 and all(pod["spec"]["nodeName"] != "node-3" for pod in living)

        until("the pods are elsewhere", moved, LOST_SECONDS)
        until("nobody asks the lost node", lambda: "nobody" not in served_by(url, 30), LOST_SECONDS)
    finally:
        _link(interface, "up")
    until("node-3 is back", lambda: _ready(cluster, "node-3") == "True", LOST_SECONDS)
    until("its old pod is gone", lambda: len(cluster.items("pods", "--selector", "app=moves")) == 3, LOST_SECONDS)


def test_a_node_that_dies_comes_back_with_its_pods(three_nodes: Cluster) -> None:
    cluster = three_nodes
    pod = shell("stays", "while true; do sleep 1; done")
    pod["spec"]["nodeName"] = "node-2"
    cluster.apply(pod)
    cluster.until_ready("app=stays", 1)
    node = cluster.processes()["node-2"]
    os.kill(node.pid, signal.SIGKILL)
    until("node-2 has started anew", lambda: cluster.processes().get("node-2", node) != node)

    def again() -> bool:
        found = cluster.get("pod", "stays")["status"]["containerStatuses"][0]
        return bool(found["ready"] and found["restartCount"] >= 1)

    until("its pod runs again", again, 90.0)
    assert left_of(cluster.plan), "it is all still there"
    assert ask(f"http://{cluster.plan.node(2).address}:10256/healthz")[0] == 200


def _link(interface: str, state: str) -> None:
    run_to_end(["ip", "link", "set", interface, state])


def _ready(cluster: Cluster, node: str) -> str:
    conditions = cluster.get("node", node)["status"]["conditions"]
    return str(next(each["status"] for each in conditions if each["type"] == "Ready"))
