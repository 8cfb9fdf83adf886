"""Silent nodes and their pods, end to end over an API in memory; and the pure parts as tables."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.api.object import Json, condition_of, format_micro_time, format_time
from pybernetes.controllers import nodeipam, nodelifecycle, podgc, tainteviction
from pybernetes.controllers.cidr_set import CIDRSet, CIDRSetError
from pybernetes.controllers.node_taints import no_schedule_keys
from pybernetes.controllers.options import Options
from pybernetes.controllers.tainteviction import seconds_tolerated
from pybernetes.controllers.zone_disruption import TokenBucket, ZoneState, evictions_per_second, zone_state
from tests.fakes.control_plane import Cluster

ZONE = "topology.kubernetes.io/zone"
NOT_READY, UNREACHABLE = "node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"


async def _add_node(cluster: Cluster, name: str = "node-1", zone: str = "", ready: str = "True") -> None:
    moment = format_time(cluster.clock.now())
    condition = {"type": "Ready", "status": ready, "lastHeartbeatTime": moment, "lastTransitionTime": moment}
    node = {"metadata": {"name": name, "labels": {ZONE: zone} if zone else {}}, "spec": {}}
    await cluster.client.create("nodes", {**node, "status": {"conditions": [condition]}})
    lease = {"metadata": {"name": name, "namespace": "kube-node-lease"}, "spec": {"holderIdentity": name}}
    await cluster.client.create("leases.coordination.k8s.io", lease)
    _renew(cluster, name)


def _renew(cluster: Cluster, *names: str) -> None:
    moment = format_micro_time(cluster.clock.now())
    for name in names:
        cluster.api.change(
            "leases.coordination.k8s.io",
            f"kube-node-lease/{name}",
            lambda lease: lease["spec"].update(renewTime=moment),
        )


async def _pass_time(cluster: Cluster, seconds: int, *alive: str) -> None:
    for _ in range(seconds // 5):
        _renew(cluster, *alive)
        await cluster.advance(5)


def _taints(cluster: Cluster, name: str = "node-1") -> set[tuple[str, str]]:
    node = cluster.api.get("nodes", name)
    assert node is not None
    return {(taint["key"], taint["effect"]) for taint in node["spec"].get("taints") or ()}


def _ready(cluster: Cluster, name: str = "node-1") -> Json:
    node = cluster.api.get("nodes", name)
    assert node is not None
    condition = condition_of(node, "Ready")
    assert condition is not None
    return condition


def _pod(name: str, node: str = "node-1", **spec: Any) -> Json:
    metadata = {"name": name, "namespace": "default", "labels": {"app": "web"}}
    return {"metadata": metadata, "spec": {"nodeName": node, **spec}}


async def test_a_silent_node_becomes_unknown_and_its_pods_not_ready() -> None:
    cluster = Cluster()
    async with cluster.running(nodelifecycle.node_lifecycle):
        await _add_node(cluster)
        await _add_node(cluster, "node-2")
        await cluster.client.create("pods", _pod("p"))
        cluster.make_ready(*cluster.pods())
        await _pass_time(cluster, 60, "node-1", "node-2")
        assert _ready(cluster)["status"] == "True"
        await _pass_time(cluster, 45, "node-2")
        assert _ready(cluster)["status"] == "True"
        await _pass_time(cluster, 15, "node-2")
        ready = _ready(cluster)
        assert (ready["status"], ready["reason"], ready["message"]) == (
            "Unknown",
            "NodeStatusUnknown",
            "Kubelet stopped posting node status.",
        )
        memory = condition_of(cluster.api.get("nodes", "node-1") or {}, "MemoryPressure")
        assert memory is not None and memory["reason"] == "NodeStatusNeverUpdated"
        assert _taints(cluster) == {(UNREACHABLE, "NoSchedule"), (UNREACHABLE, "NoExecute")}
        pod = cluster.api.get("pods", "default/p")
        assert pod is not None and pod["status"]["conditions"][0]["status"] == "False"
        assert cluster.events("NodeNotReady")[0] == "NodeNotReady: Node node-1 status is now: NodeNotReady"


async def test_a_node_that_speaks_again_loses_its_taints() -> None:
    cluster = Cluster()
    async with cluster.running(nodelifecycle.node_lifecycle):
        await _add_node(cluster)
        await _add_node(cluster, "node-2")
        await _pass_time(cluster, 70, "node-2")
        assert _taints(cluster)

        def recover(node: Json) -> None:
            for condition in node["status"]["conditions"]:
                healthy = "True" if condition["type"] == "Ready" else "False"
                condition.update(status=healthy, lastHeartbeatTime=format_time(cluster.clock.now()))

        cluster.api.change("nodes", "node-1", recover)
        await _pass_time(cluster, 10, "node-1", "node-2")
        assert _taints(cluster) == set()
        assert _ready(cluster)["status"] == "True"


async def test_when_all_nodes_are_silent_none_is_emptied() -> None:
    cluster = Cluster()
    async with cluster.running(nodelifecycle.node_lifecycle):
        await _add_node(cluster)
        await _add_node(cluster, "node-2")
        await _pass_time(cluster, 120)
        assert _ready(cluster)["status"] == "Unknown"
        assert _taints(cluster) == {(UNREACHABLE, "NoSchedule")}


async def test_a_node_that_says_not_ready_is_tainted_so() -> None:
    cluster = Cluster()
    async with cluster.running(nodelifecycle.node_lifecycle):
        await _add_node(cluster, ready="False")
        await _add_node(cluster, "node-2")
        await _pass_time(cluster, 10, "node-1", "node-2")
        assert _taints(cluster) == {(NOT_READY, "NoSchedule"), (NOT_READY, "NoExecute")}


async def test_nodes_of_a_zone_are_given_up_slowly() -> None:
    cluster = Cluster()
    async with cluster.running(nodelifecycle.node_lifecycle):
        for number in range(6):
            await _add_node(cluster, f"node-{number}", ready="False" if number < 3 else "True")
        alive = [f"node-{number}" for number in range(6)]

        def emptied() -> int:
            return sum(any(effect == "NoExecute" for _, effect in _taints(cluster, name)) for name in alive)

        await cluster.advance(1)
        assert emptied() <= 1
        await _pass_time(cluster, 15, *alive)
        assert emptied() == 2
        await _pass_time(cluster, 15, *alive)
        assert emptied() == 3


async def test_a_node_that_never_spoke_has_time_to_start() -> None:
    cluster = Cluster()
    async with cluster.running(nodelifecycle.node_lifecycle):
        await cluster.client.create("nodes", {"metadata": {"name": "node-1"}, "spec": {}, "status": {}})
        await cluster.settle()
        await _pass_time(cluster, 55)
        assert condition_of(cluster.api.get("nodes", "node-1") or {}, "Ready") is None
        await _pass_time(cluster, 20)
        assert _ready(cluster)["reason"] == "NodeStatusNeverUpdated"


async def test_pods_leave_a_tainted_node_when_their_time_is_up() -> None:
    cluster = Cluster()
    taint = {"key": UNREACHABLE, "effect": "NoExecute"}
    for_a_time = [{"key": UNREACHABLE, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}]
    for_ever = [{"operator": "Exists"}]
    async with cluster.running(tainteviction.taint_eviction):
        await cluster.client.create("nodes", {"metadata": {"name": "node-1"}, "spec": {}})
        await cluster.client.create("pods", _pod("none"))
        await cluster.client.create("pods", _pod("some", tolerations=for_a_time))
        await cluster.client.create("pods", _pod("all", tolerations=for_ever))
        await cluster.client.patch("nodes", "node-1", {"spec": {"taints": [taint]}})
        await cluster.settle()
        assert {pod["metadata"]["name"] for pod in cluster.pods()} == {"some", "all"}
        gone = cluster.api.get("pods", "default/none")
        assert gone is not None
        (condition,) = gone["status"]["conditions"]
        assert (condition["type"], condition["reason"]) == ("DisruptionTarget", "DeletionByTaintManager")
        await cluster.advance(299)
        assert len(cluster.pods()) == 2
        await cluster.advance(2)
        assert {pod["metadata"]["name"] for pod in cluster.pods()} == {"all"}


async def test_a_taint_that_goes_spares_the_pods() -> None:
    cluster = Cluster()
    taint = {"key": UNREACHABLE, "effect": "NoExecute"}
    tolerations = [{"operator": "Exists", "tolerationSeconds": 10}]
    async with cluster.running(tainteviction.taint_eviction):
        await cluster.client.create("nodes", {"metadata": {"name": "node-1"}, "spec": {"taints": [taint]}})
        await cluster.client.create("pods", _pod("p", tolerations=tolerations))
        await cluster.advance(8)
        await cluster.client.patch("nodes", "node-1", {"spec": {"taints": None}})
        await cluster.advance(60)
        assert len(cluster.pods()) == 1
        assert cluster.events() == ["TaintManagerEviction: Cancelling deletion of Pod default/p"]


async def test_pods_of_a_node_that_is_gone_are_removed_after_a_while() -> None:
    cluster = Cluster()
    async with cluster.running(podgc.pod_garbage_collector):
        await cluster.client.create("nodes", {"metadata": {"name": "node-1"}})
        await cluster.client.create("pods", _pod("p"))
        await cluster.settle()
        await cluster.client.delete("nodes", "node-1")
        await cluster.settle()
        await cluster.advance(39)
        assert len(cluster.pods()) == 1
        await cluster.advance(2)
        assert cluster.api.all("pods") == []


async def test_a_pod_asked_to_go_before_it_was_bound_goes() -> None:
    cluster = Cluster()
    async with cluster.running(podgc.pod_garbage_collector):
        held = {"metadata": {"name": "p", "namespace": "default"}, "spec": {}}
        await cluster.client.create("pods", held)
        cluster.api.change(
            "pods",
            "default/p",
            lambda pod: pod["metadata"].update(deletionTimestamp="x", deletionGracePeriodSeconds=30),
        )
        await cluster.settle()
        assert cluster.api.all("pods") == []


async def test_ended_pods_beyond_the_threshold_go_oldest_first() -> None:
    cluster = Cluster(Options(terminated_pod_gc_threshold=3))
    await cluster.client.create("nodes", {"metadata": {"name": "node-1"}})
    async with cluster.running(podgc.pod_garbage_collector):
        for number in range(5):
            await cluster.client.create("pods", {**_pod(f"p-{number}"), "status": {"phase": "Succeeded"}})
            await cluster.advance(1)
        assert [pod["metadata"]["name"] for pod in cluster.api.all("pods")] == ["p-2", "p-3", "p-4"]


async def test_each_node_gets_addresses_of_its_own() -> None:
    cluster = Cluster(Options(cluster_cidr="10.244.0.0/22,fd00::/62"))
    await cluster.client.create("nodes", {"metadata": {"name": "old"}, "spec": {"podCIDR": "10.244.0.0/24"}})
    async with cluster.running(nodeipam.node_ipam):
        for name in ("a", "b"):
            await cluster.client.create("nodes", {"metadata": {"name": name}, "spec": {}})
        await cluster.settle()
        spec = (cluster.api.get("nodes", "a") or {})["spec"]
        assert spec == {"podCIDR": "10.244.1.0/24", "podCIDRs": ["10.244.1.0/24", "fd00::/64"]}
        await cluster.client.delete("nodes", "a")
        for name in ("c", "d", "e"):
            await cluster.client.create("nodes", {"metadata": {"name": name}, "spec": {}})
        await cluster.settle()
        parts = [node["spec"].get("podCIDR", "") for node in cluster.api.all("nodes")]
        assert sorted(parts) == ["", "10.244.0.0/24", "10.244.1.0/24", "10.244.2.0/24", "10.244.3.0/24"]
        assert len(cluster.events("CIDRNotAvailable")) == 1
        await cluster.client.delete("nodes", "old")
        await cluster.advance(31)
        assert "" not in [node["spec"].get("podCIDR", "") for node in cluster.api.all("nodes")]


def test_cidr_set() -> None:
    parts = CIDRSet("10.0.0.0/16", 24)
    parts.occupy("10.0.0.0/23")
    assert parts.take() == "10.0.2.0/24"
    parts.give_back("10.0.0.0/24")
    assert parts.take() == "10.0.3.0/24"  # what was given back comes last
    assert len(parts) == 3
    with pytest.raises(CIDRSetError):
        parts.occupy("192.168.0.0/24")
    with pytest.raises(CIDRSetError):
        CIDRSet("10.0.0.0/24", 16)


@pytest.mark.parametrize(
    ("conditions", "spec", "keys"),
    [
        ({"Ready": "True", "MemoryPressure": "False"}, {}, set()),
        ({"Ready": "False"}, {}, {"not-ready"}),
        ({"Ready": "Unknown"}, {}, {"unreachable"}),
        ({"Ready": "True", "DiskPressure": "True", "PIDPressure": "True"}, {}, {"disk-pressure", "pid-pressure"}),
        ({"NetworkUnavailable": "True"}, {"unschedulable": True}, {"network-unavailable", "unschedulable"}),
        ({"MemoryPressure": "True"}, {}, {"memory-pressure"}),
    ],
)
def test_conditions_ask_for_taints(conditions: dict[str, str], spec: Json, keys: set[str]) -> None:
    listed = [{"type": type, "status": status} for type, status in conditions.items()]
    node = {"spec": spec, "status": {"conditions": listed}}
    assert no_schedule_keys(node) == {f"node.kubernetes.io/{key}" for key in keys}


@pytest.mark.parametrize(
    ("ready", "ill", "state"),
    [
        (0, 0, ZoneState.NORMAL),
        (3, 0, ZoneState.NORMAL),
        (0, 1, ZoneState.FULL),
        (1, 2, ZoneState.NORMAL),
        (2, 3, ZoneState.PARTIAL),
        (3, 3, ZoneState.NORMAL),
    ],
)
def test_zone_state(ready: int, ill: int, state: ZoneState) -> None:
    def node(status: str) -> Json:
        return {"status": {"conditions": [{"type": "Ready", "status": status}]}}

    assert zone_state([node("True")] * ready + [node("Unknown")] * ill, 0.55) is state


def test_eviction_rates() -> None:
    options = Options()
    assert evictions_per_second(ZoneState.NORMAL, 10, options) == 0.1
    assert evictions_per_second(ZoneState.PARTIAL, 10, options) == 0.0
    assert evictions_per_second(ZoneState.PARTIAL, 51, options) == 0.01
    assert evictions_per_second(ZoneState.FULL, 10, options) == 0.1


def test_token_bucket() -> None:
    bucket = TokenBucket(0.0)
    assert bucket.take(0.1, 0.0)
    assert not bucket.take(0.1, 5.0)
    assert bucket.take(0.1, 10.0)
    assert not bucket.take(0.0, 1000.0)


@pytest.mark.parametrize(
    ("tolerations", "seconds"),
    [
        ([], 0.0),
        ([{"key": "a", "operator": "Exists"}], None),
        ([{"key": "a", "operator": "Exists", "tolerationSeconds": 30}], 30.0),
        ([{"key": "a", "operator": "Exists", "tolerationSeconds": -1}], 0.0),
        ([{"key": "b", "operator": "Exists"}], 0.0),
    ],
)
def test_seconds_tolerated(tolerations: list[Json], seconds: float | None) -> None:
    assert seconds_tolerated([{"key": "a", "effect": "NoExecute"}], tolerations) == seconds
    assert seconds_tolerated([], tolerations) is None
