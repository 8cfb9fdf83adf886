"""Slices in, routes out."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.proxy.endpoints import Place, endpoints_of, routes_of, slice_of
from pybernetes.proxy.services import service_ports
from tests.proxy.objects import endpoint, endpoint_slice, service

HERE = Place("n1", "z1")
(PORT,) = service_ports(service(), 4)


def routed(*slices: dict[str, Any], place: Place = HERE) -> tuple[list[str], list[str]]:
    """(addresses for cluster-wide traffic, addresses for node-local traffic)."""
    parsed = [found for found in (slice_of(obj, 4) for obj in slices) if found is not None]
    routes = routes_of(endpoints_of(PORT, parsed), place)
    return [e.address for e in routes.cluster], [e.address for e in routes.local]


LEAVING = {"ready": False, "serving": True, "terminating": True}
ZONE_1 = {"forZones": [{"name": "z1"}]}
ZONE_2 = {"forZones": [{"name": "z2"}]}
NODE_1 = {"forNodes": [{"name": "n1"}], **ZONE_1}
NODE_2 = {"forNodes": [{"name": "n2"}], **ZONE_1}


@pytest.mark.parametrize(
    ("endpoints", "cluster", "local"),
    [
        pytest.param([], "", "", id="none"),
        pytest.param([endpoint("10.0.0.1", "n1"), endpoint("10.0.0.2", "n2")], "1 2", "1", id="ready"),
        pytest.param([endpoint("10.0.0.1", ready=None)], "1", "", id="unknown counts as ready"),
        pytest.param([endpoint("10.0.0.1", ready=False)], "", "", id="not ready"),
        pytest.param([endpoint("10.0.0.1"), endpoint("10.0.0.2", **LEAVING)], "1", "", id="leaving is not used"),
        pytest.param([endpoint("10.0.0.2", "n1", **LEAVING)], "2", "2", id="leaving, but the only one"),
        pytest.param(
            [endpoint("10.0.0.1", "n2"), endpoint("10.0.0.2", "n1", **LEAVING)], "1", "2", id="the only one here"
        ),
        pytest.param(
            [endpoint("10.0.0.1", ready=False, serving=False, terminating=True)], "", "", id="leaving, does not serve"
        ),
        pytest.param(
            [endpoint("10.0.0.1", hints=ZONE_1), endpoint("10.0.0.2", hints=ZONE_2)], "1", "", id="hints by zone"
        ),
        pytest.param([endpoint("10.0.0.1", hints=ZONE_1), endpoint("10.0.0.2")], "1 2", "", id="hints must be on all"),
        pytest.param(
            [endpoint("10.0.0.1", hints=ZONE_2), endpoint("10.0.0.2", hints=ZONE_2)], "1 2", "", id="none for here"
        ),
        pytest.param(
            [endpoint("10.0.0.1", hints=ZONE_1), endpoint("10.0.0.2", hints=ZONE_2), endpoint("10.0.0.3", ready=False)],
            "1",
            "",
            id="hints are asked of ready ones only",
        ),
        pytest.param(
            [endpoint("10.0.0.1", hints=NODE_1), endpoint("10.0.0.2", hints=NODE_2)], "1", "", id="hints by node"
        ),
        pytest.param(
            [endpoint("10.0.0.2", "n1", hints=ZONE_2), endpoint("10.0.0.1", hints=ZONE_1)],
            "1",
            "2",
            id="local traffic knows no hints",
        ),
    ],
)
def test_routes(endpoints: list[dict[str, Any]], cluster: str, local: str) -> None:
    def addresses(text: str) -> list[str]:
        return [f"10.0.0.{number}:8080" for number in text.split()]

    assert routed(endpoint_slice(*endpoints)) == (addresses(cluster), addresses(local))


def test_hints_by_zone_mean_nothing_where_the_zone_is_unknown() -> None:
    slices = endpoint_slice(endpoint("10.0.0.1", hints=ZONE_1), endpoint("10.0.0.2", hints=ZONE_2))
    assert len(routed(slices, place=Place("n1"))[0]) == 2


def test_several_slices_are_one_set() -> None:
    first = endpoint_slice("10.0.0.1", endpoint("10.0.0.2", ready=False), name="a")
    second = endpoint_slice("10.0.0.2", "10.0.0.1", "10.0.0.3", name="b")
    assert routed(first, second)[0] == ["10.0.0.1:8080", "10.0.0.2:8080", "10.0.0.3:8080"]
    assert routed(second, first) == routed(first, second)


@pytest.mark.parametrize(
    "obj",
    [
        endpoint_slice("10.0.0.1", addressType="IPv6"),
        endpoint_slice("example.com", addressType="FQDN"),
        endpoint_slice("10.0.0.1", labels={"service.kubernetes.io/headless": ""}),
        endpoint_slice("10.0.0.1", labels={"service.kubernetes.io/service-proxy-name": "x"}),
        endpoint_slice("10.0.0.1", labels={"kubernetes.io/service-name": ""}),
    ],
)
def test_slices_of_no_concern(obj: dict[str, Any]) -> None:
    assert slice_of(obj, 4) is None


@pytest.mark.parametrize(
    "ports",
    [
        [],
        [{"name": "http", "port": None}],
        [{"name": "other", "port": 1}],
        [{"name": "http", "port": 1, "protocol": "UDP"}],
    ],
)
def test_ports_that_do_not_fit(ports: list[dict[str, Any]]) -> None:
    assert routed(endpoint_slice("10.0.0.1", ports=ports)) == ([], [])


def test_an_address_that_is_none_is_left_out() -> None:
    assert routed(endpoint_slice("10.0.0.1", "10.0.0.1;x", "fd00::1"))[0] == ["10.0.0.1:8080"]
