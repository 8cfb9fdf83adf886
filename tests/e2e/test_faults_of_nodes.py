"""A node that is cut off for a while: its pods move, and when it is back nothing is there twice."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.faults import deployment, faulty_cluster
from tests.e2e.launched import Cluster, require, run_to_end, until
from tests.e2e.leftovers import until_tidy
from tests.e2e.load import Remote, running_load

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(400)]
# A silent node counts as lost after 50 s, looked at every 5 s; the pods here tolerate that for 5 s.
LOST_SECONDS = 90.0
BACK_SECONDS = 60.0
TOLERATED_SECONDS = 5
REPLICAS = 6
FRUGAL = [
    {
        "key": f"node.kubernetes.io/{what}",
        "operator": "Exists",
        "effect": "NoExecute",
        "tolerationSeconds": TOLERATED_SECONDS,
    }
    for what in ("unreachable", "not-ready")
]
SPREAD = {
    "maxSkew": 1,
    "topologyKey": "kubernetes.io/hostname",
    "whenUnsatisfiable": "ScheduleAnyway",
    "labelSelector": {"matchLabels": {"app": "moves"}},
}


def test_a_node_cut_off_for_a_minute() -> None:
    require("containerd", "runc", "ip")
    with faulty_cluster("--nodes", "3") as (cluster, remote):
        cluster.apply(deployment("moves", REPLICAS, tolerations=FRUGAL, topologySpreadConstraints=[SPREAD]))
        cluster.until_ready("app=moves", REPLICAS)
        until_tidy(cluster, remote)
        with running_load(remote, "default", []) as load:
            _cut_off(cluster, remote, 3)
            load.goes_on()
            load.stop()
            print(load)
            differences = load.differences()
            assert not differences, "\n".join(differences)
        _is_as_before(cluster, remote, "node-3")


def _cut_off(cluster: Cluster, remote: Remote, number: int) -> None:
    """Take a node's link down until its pods have moved, and up again; containers there must not have noticed."""
    node = cluster.plan.node(number)
    before = _pods(remote)
    there = {name for name, pod in before.items() if pod["spec"]["nodeName"] == node.name}
    assert len(there) == REPLICAS // 3, f"pods are not spread: {there}"
    run_to_end(["ip", "link", "set", node.interface, "down"])
    try:
        until(f"{node.name} is tainted", lambda: "NoExecute" in _taints(remote, node.name), LOST_SECONDS)

        def moved() -> bool:
            living = [each for each in _pods(remote).values() if "deletionTimestamp" not in each["metadata"]]
            elsewhere = [each for each in living if each["spec"].get("nodeName") != node.name]
            return len(living) == len(elsewhere) == REPLICAS and all(_is_ready(each) for each in elsewhere)

        until("its pods are elsewhere", moved, LOST_SECONDS)
        assert there <= _pods(remote).keys(), "only the node itself can say that its pods have ended"
        stayed = {name for name in before if name not in there}
        assert {name: _pods(remote)[name]["status"]["containerStatuses"] for name in stayed} == {
            name: before[name]["status"]["containerStatuses"] for name in stayed
        }
    finally:
        run_to_end(["ip", "link", "set", node.interface, "up"])


def _is_as_before(cluster: Cluster, remote: Remote, node: str) -> None:
    """The node is ready and free of taints, its old containers are gone, and it takes pods again."""
    until(f"{node} has no taints", lambda: not _taints(remote, node), BACK_SECONDS)
    until(f"{node} is ready", lambda: _is_ready(remote.get("nodes", node)), BACK_SECONDS)
    until("the old pods are gone", lambda: len(_pods(remote)) == REPLICAS, BACK_SECONDS)
    until_tidy(cluster, remote)
    assert all(pod["spec"]["nodeName"] != node for pod in _pods(remote).values())
    cluster.pyctl("scale", "deployment", "moves", f"--replicas={REPLICAS + 2}")
    cluster.until_ready("app=moves", REPLICAS + 2)
    until_tidy(cluster, remote)
    assert any(pod["spec"]["nodeName"] == node for pod in _pods(remote).values())


def _pods(remote: Remote) -> dict[str, Any]:
    return {each["metadata"]["name"]: each for each in remote.list("pods", "default", label_selector="app=moves")}


def _taints(remote: Remote, node: str) -> list[str]:
    return [each["effect"] for each in remote.get("nodes", node)["spec"].get("taints") or ()]


def _is_ready(obj: Any) -> bool:
    conditions = obj["status"].get("conditions") or ()
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
