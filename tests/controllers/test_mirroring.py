"""Slices for Endpoints that were written by hand, end to end over an API in memory."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.api.object import Json
from pybernetes.controllers import endpointslicemirroring as mirroring
from tests.fakes.control_plane import Cluster, service

SLICES = "endpointslices.discovery.k8s.io"


def _endpoints(*subsets: Json, **metadata: Any) -> Json:
    return {"metadata": {"name": "db", "namespace": "default", **metadata}, "subsets": list(subsets)}


SUBSET = {
    "addresses": [{"ip": "192.0.2.1"}, {"ip": "2001:db8::1"}],
    "notReadyAddresses": [{"ip": "192.0.2.2", "nodeName": "n"}],
    "ports": [{"name": "sql", "port": 5432, "protocol": "TCP"}],
}


async def test_handmade_endpoints_have_slices() -> None:
    cluster = Cluster()
    async with cluster.running(mirroring.endpoint_slice_mirroring):
        await cluster.client.create("services", service("db", selector=None))
        made = await cluster.client.create("endpoints", _endpoints(SUBSET, labels={"team": "a"}))
        await cluster.settle()
        slices = {slice["addressType"]: slice for slice in cluster.api.all(SLICES)}
        four = slices["IPv4"]
        assert four["metadata"]["labels"] == {
            "team": "a",
            "kubernetes.io/service-name": "db",
            "endpointslice.kubernetes.io/managed-by": mirroring.MANAGER,
        }
        assert four["metadata"]["ownerReferences"][0]["uid"] == made["metadata"]["uid"]
        assert four["ports"] == SUBSET["ports"]
        assert [(e["addresses"], e["conditions"]["ready"]) for e in four["endpoints"]] == [
            (["192.0.2.1"], True),
            (["192.0.2.2"], False),
        ]
        assert [e["addresses"] for e in slices["IPv6"]["endpoints"]] == [["2001:db8::1"]]

        changed = {**SUBSET, "addresses": [{"ip": "192.0.2.9"}]}
        await cluster.client.patch("endpoints", "db", {"subsets": [changed]}, "default")
        await cluster.settle()
        (slice,) = cluster.api.all(SLICES)
        assert [e["addresses"] for e in slice["endpoints"]] == [["192.0.2.2"], ["192.0.2.9"]]


async def test_slices_go_when_the_service_gets_a_selector() -> None:
    cluster = Cluster()
    async with cluster.running(mirroring.endpoint_slice_mirroring):
        await cluster.client.create("services", service("db", selector=None))
        await cluster.client.create("endpoints", _endpoints(SUBSET))
        await cluster.settle()
        assert len(cluster.api.all(SLICES)) == 2
        await cluster.client.patch("services", "db", {"spec": {"selector": {"app": "db"}}}, "default")
        await cluster.settle()
        assert cluster.api.all(SLICES) == []


@pytest.mark.parametrize(
    ("metadata", "has_service", "selector", "mirrored"),
    [
        ({}, True, None, True),
        ({}, False, None, False),
        ({}, True, {"app": "db"}, False),
        ({"labels": {mirroring.SKIP_LABEL: "true"}}, True, None, False),
        ({"annotations": {"control-plane.alpha.kubernetes.io/leader": "{}"}}, True, None, False),
        ({"deletionTimestamp": "x"}, True, None, False),
    ],
)
def test_should_mirror(metadata: Json, has_service: bool, selector: Json | None, mirrored: bool) -> None:
    owner = service("db", selector=selector) if has_service else None
    assert mirroring.should_mirror(_endpoints(SUBSET, **metadata), owner) is mirrored


def test_no_more_than_the_most_of_a_subset() -> None:
    subset = {"addresses": [{"ip": f"10.0.{n // 256}.{n % 256}"} for n in range(1500)], "ports": []}
    (group,) = mirroring.mirrored_endpoints(_endpoints(subset), "IPv4", 1000)
    assert len(group.endpoints) == 1000
