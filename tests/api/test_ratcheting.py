"""Rules that became stricter over time: a new object must keep them, an old one may stay as it is."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.api.object import Json

_META = {"name": "a", "namespace": "default"}
_CONTAINERS = [{"name": "c", "image": "i"}]
_TEMPLATE = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": _CONTAINERS}}
_DEPLOYMENT = {"metadata": _META, "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": _TEMPLATE}}
_SERVICE: Json = {
    "metadata": _META,
    "spec": {"ports": [{"port": 80}], "clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.1"], "ipFamilies": ["IPv4"]},
}
_LOAD_BALANCER: Json = {"metadata": _META, "spec": {**_SERVICE["spec"], "type": "LoadBalancer"}}
_POLICY: Json = {"metadata": _META, "spec": {"podSelector": {}, "ingress": [{"from": [{}]}]}}
_ENDPOINTS: Json = {"metadata": _META, "subsets": [{"addresses": [{}], "ports": [{"port": 80}]}]}
_SLICE: Json = {"metadata": _META, "addressType": "IPv4", "endpoints": [{}]}
_ZEROS = "must not have leading 0s"
_BITS = "must not have bits set beyond the prefix length"

# the kind, an object, where the value goes, a value that old objects may have, where that is told, and what is
ROWS: list[tuple[str, Json, str, Any, str, str]] = [
    ("services", _SERVICE, "spec/externalIPs", ["010.0.0.9"], "spec.externalIPs[0]", _ZEROS),
    (
        "services",
        _LOAD_BALANCER,
        "spec/loadBalancerSourceRanges",
        ["10.0.0.1/8"],
        "spec.LoadBalancerSourceRanges[0]",
        _BITS,
    ),
    (
        "networkpolicies.networking.k8s.io",
        _POLICY,
        "spec/ingress/0/from/0/ipBlock",
        {"cidr": "10.0.0.1/8"},
        "spec.ingress[0].from[0].ipBlock.cidr",
        _BITS,
    ),
    (
        "networkpolicies.networking.k8s.io",
        _POLICY,
        "spec/ingress/0/from/0/ipBlock",
        {"cidr": "10.0.0.0/8", "except": ["10.1.0.1/16"]},
        "spec.ingress[0].from[0].ipBlock.except[0]",
        _BITS,
    ),
    ("nodes", {"metadata": {"name": "n"}, "spec": {}}, "spec/podCIDRs", ["10.0.0.1/24"], "spec.podCIDRs[0]", _BITS),
    (
        "deployments.apps",
        _DEPLOYMENT,
        "spec/template/spec/hostAliases",
        [{"ip": "010.0.0.1"}],
        "spec.template.spec.hostAliases[0].ip",
        _ZEROS,
    ),
    (
        "deployments.apps",
        _DEPLOYMENT,
        "spec/template/spec/dnsConfig",
        {"nameservers": ["010.0.0.1"]},
        "spec.template.spec.dnsConfig.nameservers[0]",
        _ZEROS,
    ),
    (
        "endpoints",
        _ENDPOINTS,
        "subsets/0/addresses/0/ip",
        "010.0.0.1",
        "subsets[0].addresses[0].ip",
        _ZEROS,
    ),
    (
        "endpointslices.discovery.k8s.io",
        _SLICE,
        "endpoints/0/addresses",
        ["010.0.0.1"],
        "endpoints[0].addresses[0]",
        _ZEROS,
    ),
]


@pytest.mark.parametrize(("kind", "minimal", "path", "value", "field", "detail"), ROWS)
def test_what_new_objects_may_not_have(
    server: Any, changed: Any, kind: str, minimal: Json, path: str, value: Any, field: str, detail: str
) -> None:
    causes = server.create(kind, changed(minimal, path, value))[1]
    assert [(where, reason) for where, reason, _ in causes if where == field] == [(field, "FieldValueInvalid")]
    assert any(message.endswith(f": {detail}") for _, _, message in causes)


@pytest.mark.parametrize(("kind", "minimal", "path", "value", "field", "detail"), ROWS)
def test_what_old_objects_may_keep(
    server: Any, changed: Any, kind: str, minimal: Json, path: str, value: Any, field: str, detail: str
) -> None:
    old = server.create(kind, changed(minimal, path, value))[0]
    assert not [
        cause for cause in server.update(kind, old, changed(old, "metadata/labels", {"l": "v"})) if detail in cause[2]
    ]


def test_old_addresses_move_but_do_not_become_others(server: Any, changed: Any) -> None:
    old = server.create("services", changed(_SERVICE, "spec/externalIPs", ["010.0.0.9"]))[0]
    assert server.update("services", old, changed(old, "spec/externalIPs", ["10.0.0.8", "010.0.0.9"])) == []
    causes = server.update("services", old, changed(old, "spec/externalIPs", ["010.0.0.8", "010.0.0.9"]))
    assert [field for field, _, _ in causes] == ["spec.externalIPs[0]"]


def test_the_form_of_all_endpoints_is_checked_when_one_changes(server: Any, changed: Any) -> None:
    kind = "endpointslices.discovery.k8s.io"
    old = server.create(kind, changed(_SLICE, "endpoints/0/addresses", ["010.0.0.1"]))[0]
    new = changed(old, "endpoints", [*old["endpoints"], {"addresses": ["10.0.0.2"], "conditions": {}}])
    assert [field for field, _, _ in server.update(kind, old, new)] == ["endpoints[0].addresses[0]"]


def test_an_ingress_keeps_its_addresses(server: Any, changed: Any) -> None:
    kind, backend = "ingresses.networking.k8s.io", {"service": {"name": "1s", "port": {"number": 80}}}
    made = server.create(kind, {"metadata": _META, "spec": {"defaultBackend": backend}})[0]
    new = changed(made, "status/loadBalancer/ingress", [{"ip": "010.0.0.1"}])
    assert [cause[0] for cause in server.update(kind, made, new, status=True)] == ["status.loadBalancer.ingress[0].ip"]
    assert server.update(kind, new, new, status=True) == []


@pytest.mark.parametrize(("name", "is_valid"), [("1-test", True), ("a", True), ("A", False), ("a.b", False)])
def test_names_of_services(server: Any, changed: Any, name: str, is_valid: bool) -> None:
    causes = server.create("services", changed(_SERVICE, "metadata/name", name))[1]
    assert ("metadata.name" in [field for field, _, _ in causes]) is not is_valid
