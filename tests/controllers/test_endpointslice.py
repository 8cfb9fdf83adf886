"""Endpoint slices and endpoints, end to end over an API in memory, and the plan of slices as a table."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.api.object import Json
from pybernetes.controllers import endpoints, endpointslice
from pybernetes.controllers.endpoint_pods import find_port
from pybernetes.controllers.options import Options
from pybernetes.controllers.slice_plan import MANAGED_BY, SERVICE_NAME, SliceFrame, Wanted, plan_slices
from pybernetes.controllers.subsets import repack
from tests.fakes.control_plane import Cluster, node, service

SLICES = "endpointslices.discovery.k8s.io"


def pod(name: str, app: str = "web", **spec: Any) -> Json:
    containers = [{"name": "main", "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}]}]
    metadata = {"name": name, "namespace": "default", "labels": {"app": app}}
    return {"metadata": metadata, "spec": {"containers": containers, **spec}}


async def _with_pods(cluster: Cluster, count: int = 2, ready: bool = True) -> None:
    await cluster.client.create("nodes", node("node-1", **{"topology.kubernetes.io/zone": "a"}))
    for number in range(count):
        await cluster.client.create("pods", pod(f"web-{number}"))
    if ready:
        cluster.make_ready(*cluster.pods())
    await cluster.settle()


async def test_ready_pods_stand_behind_their_service() -> None:
    cluster = Cluster()
    async with cluster.running(endpointslice.endpoint_slices, endpoints.endpoints):
        await _with_pods(cluster)
        made = await cluster.client.create("services", service())
        await cluster.settle()
        (slice,) = cluster.api.all(SLICES)
        assert slice["metadata"]["generateName"] == "web-"
        assert slice["metadata"]["labels"] == {SERVICE_NAME: "web", MANAGED_BY: endpointslice.MANAGER}
        assert slice["metadata"]["ownerReferences"][0]["uid"] == made["metadata"]["uid"]
        assert slice["addressType"] == "IPv4"
        assert slice["ports"] == [{"name": "", "port": 8080, "protocol": "TCP"}]
        first = slice["endpoints"][0]
        assert first["addresses"] == ["10.0.0.10"]
        assert first["conditions"] == {"ready": True, "serving": True, "terminating": False}
        assert (first["nodeName"], first["zone"], first["targetRef"]["name"]) == ("node-1", "a", "web-0")
        (old_form,) = cluster.api.all("endpoints")
        (subset,) = old_form["subsets"]
        assert [address["ip"] for address in subset["addresses"]] == ["10.0.0.10", "10.0.0.11"]
        assert subset["ports"] == [{"port": 8080, "protocol": "TCP"}]
        assert old_form["metadata"]["labels"] == {"endpoints.kubernetes.io/managed-by": "endpoint-controller"}


async def test_unready_and_terminating_pods_are_marked() -> None:
    cluster = Cluster()
    async with cluster.running(endpointslice.endpoint_slices, endpoints.endpoints):
        await _with_pods(cluster)
        await cluster.client.create("services", service())

        def unready(obj: Json) -> None:
            obj["status"]["conditions"] = [cluster.ready_condition(False)]

        cluster.api.change("pods", "default/web-0", unready)
        await cluster.client.delete("pods", "web-1", "default")
        await cluster.settle()
        (slice,) = cluster.api.all(SLICES)
        conditions = {e["targetRef"]["name"]: e["conditions"] for e in slice["endpoints"]}
        assert conditions == {
            "web-0": {"ready": False, "serving": False, "terminating": False},
            "web-1": {"ready": False, "serving": True, "terminating": True},
        }
        (subset,) = cluster.api.all("endpoints")[0]["subsets"]
        assert "addresses" not in subset and [a["ip"] for a in subset["notReadyAddresses"]] == ["10.0.0.10"]


async def test_publish_not_ready_addresses() -> None:
    cluster = Cluster()
    async with cluster.running(endpointslice.endpoint_slices, endpoints.endpoints):
        await _with_pods(cluster, 1)
        cluster.api.change(
            "pods", "default/web-0", lambda obj: obj["status"].update(conditions=[cluster.ready_condition(False)])
        )
        await cluster.client.create("services", service(publishNotReadyAddresses=True))
        await cluster.settle()
        (slice,) = cluster.api.all(SLICES)
        assert slice["endpoints"][0]["conditions"] == {"ready": True, "serving": False, "terminating": False}
        assert cluster.api.all("endpoints")[0]["subsets"][0]["addresses"][0]["ip"] == "10.0.0.10"


async def test_no_pods_is_one_empty_slice() -> None:
    cluster = Cluster()
    async with cluster.running(endpointslice.endpoint_slices):
        await cluster.client.create("services", service())
        await cluster.settle()
        (slice,) = cluster.api.all(SLICES)
        assert slice["endpoints"] == [] and slice["ports"] == []
        await _with_pods(cluster, 1)
        (filled,) = cluster.api.all(SLICES)
        assert filled["metadata"]["uid"] == slice["metadata"]["uid"]
        assert len(filled["endpoints"]) == 1
        await cluster.client.delete("pods", "web-0", "default", grace_seconds=0)
        await cluster.settle()
        (empty,) = cluster.api.all(SLICES)
        assert empty["endpoints"] == []


async def test_many_pods_need_several_slices_and_changes_touch_few() -> None:
    cluster = Cluster(Options(max_endpoints_per_slice=10))
    async with cluster.running(endpointslice.endpoint_slices):
        await _with_pods(cluster, 25)
        await cluster.client.create("services", service())
        await cluster.settle()
        assert sorted(len(slice["endpoints"]) for slice in cluster.api.all(SLICES)) == [5, 10, 10]
        puts = cluster.api.count("PUT", "/endpointslices")
        await cluster.client.delete("pods", "web-3", "default", grace_seconds=0)
        await cluster.settle()
        assert cluster.api.count("PUT", "/endpointslices") == puts + 1
        assert sum(len(slice["endpoints"]) for slice in cluster.api.all(SLICES)) == 24


async def test_named_target_ports_that_differ_make_a_slice_each() -> None:
    cluster = Cluster()
    async with cluster.running(endpointslice.endpoint_slices, endpoints.endpoints):
        other = [{"name": "main", "ports": [{"name": "http", "containerPort": 9090, "protocol": "TCP"}]}]
        await cluster.client.create("pods", pod("a"))
        await cluster.client.create("pods", pod("b", containers=other))
        await cluster.client.create("nodes", node())
        cluster.make_ready(*cluster.pods())
        await cluster.client.create(
            "services", service(ports=[{"name": "web", "port": 80, "targetPort": "http", "protocol": "TCP"}])
        )
        await cluster.settle()
        assert sorted(slice["ports"][0]["port"] for slice in cluster.api.all(SLICES)) == [8080, 9090]
        assert [s["ports"][0]["port"] for s in cluster.api.all("endpoints")[0]["subsets"]] == [8080, 9090]


async def test_headless_services_carry_host_names() -> None:
    cluster = Cluster()
    async with cluster.running(endpointslice.endpoint_slices, endpoints.endpoints):
        await cluster.client.create("nodes", node())
        await cluster.client.create("pods", pod("db-0", app="web", hostname="db-0", subdomain="web"))
        cluster.make_ready(*cluster.pods())
        await cluster.client.create("services", service(clusterIP="None", clusterIPs=["None"], ports=[]))
        await cluster.settle()
        (slice,) = cluster.api.all(SLICES)
        assert slice["endpoints"][0]["hostname"] == "db-0"
        assert slice["metadata"]["labels"]["service.kubernetes.io/headless"] == ""
        (subset,) = cluster.api.all("endpoints")[0]["subsets"]
        assert subset["addresses"][0]["hostname"] == "db-0" and "ports" not in subset


async def test_dual_stack_has_slices_of_both_families() -> None:
    cluster = Cluster()
    async with cluster.running(endpointslice.endpoint_slices):
        await _with_pods(cluster, 1)
        cluster.api.change(
            "pods", "default/web-0", lambda obj: obj["status"].update(podIPs=[{"ip": "10.0.0.10"}, {"ip": "fd00::1"}])
        )
        await cluster.client.create("services", service(ipFamilies=["IPv4", "IPv6"]))
        await cluster.settle()
        found = {slice["addressType"]: slice["endpoints"][0]["addresses"] for slice in cluster.api.all(SLICES)}
        assert found == {"IPv4": ["10.0.0.10"], "IPv6": ["fd00::1"]}
        await cluster.client.patch("services", "web", {"spec": {"ipFamilies": ["IPv4"]}}, "default")
        await cluster.settle()
        assert [slice["addressType"] for slice in cluster.api.all(SLICES)] == ["IPv4"]


async def test_a_pod_on_a_node_that_is_not_there_waits_for_it() -> None:
    cluster = Cluster()
    async with cluster.running(endpointslice.endpoint_slices):
        await cluster.client.create("pods", pod("a"))
        cluster.make_ready(*cluster.pods())
        await cluster.client.create("services", service())
        await cluster.settle()
        assert cluster.api.all(SLICES)[0]["endpoints"] == []
        await cluster.client.create("nodes", node())
        await cluster.settle()
        assert len(cluster.api.all(SLICES)[0]["endpoints"]) == 1


async def test_labels_decide_and_a_deleted_slice_comes_back() -> None:
    cluster = Cluster()
    async with cluster.running(endpointslice.endpoint_slices):
        await _with_pods(cluster)
        await cluster.client.create("services", service())
        await cluster.settle()
        await cluster.client.patch("pods", "web-0", {"metadata": {"labels": {"app": "x"}}}, "default")
        await cluster.settle()
        (slice,) = cluster.api.all(SLICES)
        assert [e["targetRef"]["name"] for e in slice["endpoints"]] == ["web-1"]
        await cluster.client.delete(SLICES, slice["metadata"]["name"], "default")
        await cluster.settle()
        (again,) = cluster.api.all(SLICES)
        assert [e["targetRef"]["name"] for e in again["endpoints"]] == ["web-1"]


async def test_endpoints_go_with_their_service() -> None:
    cluster = Cluster()
    async with cluster.running(endpoints.endpoints):
        await _with_pods(cluster)
        await cluster.client.create("services", service())
        await cluster.settle()
        assert len(cluster.api.all("endpoints")) == 1
        await cluster.client.delete("services", "web", "default")
        await cluster.settle()
        assert cluster.api.all("endpoints") == []


async def test_nothing_is_written_when_nothing_changed() -> None:
    cluster = Cluster()
    async with cluster.running(endpointslice.endpoint_slices, endpoints.endpoints):
        await _with_pods(cluster)
        await cluster.client.create("services", service())
        await cluster.settle()
        before = len(cluster.api.requests)
        cluster.api.change("pods", "default/web-0", lambda obj: obj["status"].update(message="news"))
        cluster.api.change("services", "default/web", lambda obj: obj["metadata"].update(annotations={"a": "b"}))
        await cluster.settle()
        assert cluster.api.requests[before:] == []


FRAME = SliceFrame("default", "web-", "IPv4", {SERVICE_NAME: "web"}, {"uid": "svc"})
PORTS = [{"name": "", "port": 80, "protocol": "TCP"}]


def _endpoints(*numbers: int) -> list[Json]:
    return [{"addresses": [f"10.0.0.{number}"], "conditions": {"ready": True}} for number in numbers]


def _slice(name: str, *numbers: int) -> Json:
    metadata = {"name": name, "namespace": "default", "uid": name, "labels": {SERVICE_NAME: "web"}}
    metadata["ownerReferences"] = [{"uid": "svc"}]  # type: ignore[assignment]
    return {"metadata": metadata, "addressType": "IPv4", "ports": PORTS, "endpoints": _endpoints(*numbers)}


@pytest.mark.parametrize(
    ("existing", "wanted", "created", "updated", "deleted"),
    [
        pytest.param([], [1, 2], [2], {}, [], id="first"),
        pytest.param([], [1, 2, 3, 4, 5], [4, 1], {}, [], id="more than one holds"),
        pytest.param([("a", [1, 2])], [1, 2], [], {}, [], id="nothing changed"),
        pytest.param([("a", [1, 2])], [1, 2, 3], [], {"a": 3}, [], id="room in a slice"),
        pytest.param([("a", [1]), ("b", [2, 3])], [1, 2, 3, 4], [], {"b": 3}, [], id="the fullest with room"),
        pytest.param([("a", [1, 2, 3, 4])], [1, 2, 3, 4, 5], [1], {}, [], id="a full one is left alone"),
        pytest.param([("a", [1, 2, 3, 4]), ("b", [5])], [1, 2, 4, 5, 6], [], {"a": 4}, [], id="a changed one first"),
        pytest.param([("a", [1]), ("b", [2])], [1], [], {}, ["b"], id="an empty one goes"),
        pytest.param([("a", [1])], [9], [], {"a": 1}, [], id="one that would go is used again"),
    ],
)
def test_plan(
    existing: list[tuple[str, list[int]]],
    wanted: list[int],
    created: list[int],
    updated: dict[str, int],
    deleted: list[str],
) -> None:
    slices = [_slice(name, *numbers) for name, numbers in existing]
    plan = plan_slices(FRAME, [Wanted(PORTS, _endpoints(*wanted))], slices, 4)
    assert [len(slice["endpoints"]) for slice in plan.create] == created
    assert {slice["metadata"]["name"]: len(slice["endpoints"]) for slice in plan.update} == updated
    assert [slice["metadata"]["name"] for slice in plan.delete] == deleted


@pytest.mark.parametrize(
    ("service_port", "number"),
    [
        ({"port": 80}, 80),
        ({"port": 80, "targetPort": 8080}, 8080),
        ({"port": 80, "targetPort": "http"}, 8080),
        ({"port": 80, "targetPort": "http", "protocol": "UDP"}, None),
        ({"port": 80, "targetPort": "https"}, None),
    ],
)
def test_find_port(service_port: Json, number: int | None) -> None:
    assert find_port(pod("a"), service_port) == number


def test_repack_groups_addresses_by_ports() -> None:
    a, b, c = ({"ip": f"10.0.0.{n}"} for n in (1, 2, 3))
    http, metrics = {"port": 80, "protocol": "TCP"}, {"name": "m", "port": 9, "protocol": "TCP"}
    subsets = [
        {"addresses": [b], "ports": [http]},
        {"addresses": [a], "ports": [http]},
        {"addresses": [a], "ports": [metrics]},
        {"notReadyAddresses": [b], "ports": [metrics]},
        {"addresses": [c], "ports": [metrics]},
    ]
    packed = repack(subsets)
    assert packed == [
        {"addresses": [a, b], "ports": [http]},
        {"addresses": [a, c], "notReadyAddresses": [b], "ports": [metrics]},
    ]
    assert repack(packed) == packed
