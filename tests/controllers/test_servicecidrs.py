"""Ranges of cluster IPs: they say that they are ready, and stay while an address needs them."""

from __future__ import annotations

import pytest

from pybernetes.api.object import Json, condition_of
from pybernetes.controllers.servicecidrs import (
    FINALIZER,
    IP_ADDRESSES,
    SERVICE_CIDRS,
    contains,
    is_needed,
    service_cidrs,
)
from tests.fakes.control_plane import Cluster


def _cidr(name: str, *ranges: str, deleting: bool = False) -> Json:
    metadata: Json = {"name": name}
    if deleting:
        metadata["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    return {"metadata": metadata, "spec": {"cidrs": list(ranges)}}


@pytest.mark.parametrize(
    ("address", "inside"), [("10.1.0.7", True), ("10.2.0.7", False), ("fd00::1", True), ("x", False)]
)
def test_what_a_range_contains(address: str, inside: bool) -> None:
    assert contains(_cidr("a", "10.1.0.0/24", "fd00::/64"), address) is inside


@pytest.mark.parametrize(
    ("others", "addresses", "needed"),
    [
        ([], [], False),
        ([], ["10.1.0.7"], True),
        ([], ["10.2.0.7"], False),
        ([_cidr("b", "10.0.0.0/8")], ["10.1.0.7"], False),
        ([_cidr("b", "10.0.0.0/8", deleting=True)], ["10.1.0.7"], True),
    ],
)
def test_when_a_range_is_needed(others: list[Json], addresses: list[str], needed: bool) -> None:
    cidr = _cidr("a", "10.1.0.0/24", deleting=True)
    assert is_needed(cidr, [cidr, *others], addresses) is needed


def _ready(cluster: Cluster) -> tuple[str, str]:
    cidr = cluster.api.get(SERVICE_CIDRS, "a")
    assert cidr is not None
    found = condition_of(cidr, "Ready") or {}
    return found["status"], found["reason"]


async def test_the_life_of_a_range() -> None:
    cluster = Cluster()
    async with cluster.running(service_cidrs):
        await cluster.client.create(SERVICE_CIDRS, _cidr("a", "10.1.0.0/24"))
        parent = {"resource": "services", "namespace": "default", "name": "s"}
        await cluster.client.create(IP_ADDRESSES, {"metadata": {"name": "10.1.0.7"}, "spec": {"parentRef": parent}})
        await cluster.settle()
        made = cluster.api.get(SERVICE_CIDRS, "a")
        assert made is not None and made["metadata"]["finalizers"] == [FINALIZER]
        assert _ready(cluster) == ("True", "")
        await cluster.client.delete(SERVICE_CIDRS, "a")
        await cluster.settle()
        assert _ready(cluster) == ("False", "Terminating")
        await cluster.client.delete(IP_ADDRESSES, "10.1.0.7")
        await cluster.settle()
        await cluster.advance(11)
        await cluster.settle()
        assert cluster.api.get(SERVICE_CIDRS, "a") is None
