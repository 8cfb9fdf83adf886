"""Whose status an object has when its client sends one with it: the server's, but for kinds that take the client's."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.api.object import Json
from tests.apiserver.conftest import Api

NODE: Json = {
    "kind": "Node",
    "metadata": {"name": "a", "labels": {"a": "b"}},
    "status": {"capacity": {"cpu": "4", "memory": "1Gi"}},
}
RANGES: Json = {"kind": "ServiceCIDR", "metadata": {"name": "a"}, "spec": {"cidrs": ["172.30.0.0/24"]}}
CONDITION = {
    "type": "Ready",
    "status": "True",
    "reason": "Used",
    "message": "",
    "lastTransitionTime": "2026-01-02T00:00:00Z",
}


async def test_a_node_is_registered_with_its_status(api: Api) -> None:
    made = await api.create("/api/v1/nodes", {"apiVersion": "v1", **NODE})
    assert made["status"]["capacity"] == made["status"]["allocatable"] == {"cpu": "4", "memory": "1Gi"}
    assert made["status"]["nodeInfo"]["kubeletVersion"] == ""
    owned = [entry["fieldsV1"] for entry in made["metadata"]["managedFields"]]
    assert all("f:status" not in fields for fields in owned), "its status belongs to its own subresource"
    made["status"]["capacity"]["cpu"] = "8"
    updated = await api.ok("PUT", "/api/v1/nodes/a", made)
    assert updated["status"]["capacity"]["cpu"] == "4", "an update keeps the old status"


async def test_a_node_without_a_status_has_an_empty_one(api: Api) -> None:
    made = await api.create("/api/v1/nodes", {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "b"}})
    assert made["status"]["daemonEndpoints"] == {"kubeletEndpoint": {"Port": 0}}


async def test_ranges_of_addresses_take_a_status_with_every_write(api: Api) -> None:
    path = "/apis/networking.k8s.io/v1/servicecidrs"
    first = {"apiVersion": "networking.k8s.io/v1", **RANGES, "status": {"conditions": [CONDITION]}}
    made = await api.create(path, first)
    assert made["status"]["conditions"] == [CONDITION]
    made["status"]["conditions"][0]["reason"] = "StillUsed"
    updated = await api.ok("PUT", f"{path}/a", made)
    assert updated["status"]["conditions"][0]["reason"] == "StillUsed"


@pytest.mark.parametrize(
    ("path", "obj"),
    [
        ("/api/v1/namespaces", {"kind": "Namespace", "status": {"phase": "Terminating"}}),
        ("/api/v1/namespaces/default/services", {"kind": "Service", "status": {"loadBalancer": {"ingress": [{}]}}}),
    ],
)
async def test_other_kinds_start_with_a_status_of_their_own(api: Api, path: str, obj: Any) -> None:
    spec = {"spec": {"ports": [{"port": 80}]}} if obj["kind"] == "Service" else {}
    made = await api.create(path, {"apiVersion": "v1", **obj, "metadata": {"name": "a"}, **spec})
    assert made["status"] != obj["status"]
