"""What Go writes for an object in which nothing is set: bookmarks of a watch carry it."""

from __future__ import annotations

import pytest

from pybernetes.api.definition import definition_of
from pybernetes.api.object import Json
from pybernetes.api.protobuf.codec import decode, encode
from pybernetes.api.resources import RESOURCES, Resource, resource_for_kind

TEMPLATE: Json = {"metadata": {}, "spec": {"containers": None}}

ZERO: list[tuple[str, str, Json]] = [
    ("v1", "ConfigMap", {"metadata": {}}),
    ("v1", "Pod", {**TEMPLATE, "status": {}}),
    ("v1", "Service", {"metadata": {}, "spec": {}, "status": {"loadBalancer": {}}}),
    (
        "apps/v1",
        "Deployment",
        {"metadata": {}, "spec": {"selector": None, "strategy": {}, "template": TEMPLATE}, "status": {}},
    ),
    ("rbac.authorization.k8s.io/v1", "Role", {"metadata": {}, "rules": None}),
    ("discovery.k8s.io/v1", "EndpointSlice", {"metadata": {}, "addressType": "", "endpoints": None, "ports": None}),
    ("networking.k8s.io/v1", "IPAddress", {"metadata": {}, "spec": {}}),
]


@pytest.mark.parametrize(("api_version", "kind", "zero"), ZERO)
def test_an_object_in_which_nothing_is_set(api_version: str, kind: str, zero: Json) -> None:
    resource = resource_for_kind(api_version, kind)
    assert resource is not None
    assert definition_of(resource).zero == zero


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.qualified_name)
def test_it_has_a_form_in_protobuf(resource: Resource) -> None:
    head = {"apiVersion": resource.api_version, "kind": resource.kind}
    zero = {**definition_of(resource).zero, **head, "metadata": {"resourceVersion": "5"}}
    assert decode(encode(zero))["metadata"] == {"resourceVersion": "5"}
