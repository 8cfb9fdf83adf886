"""Binding a pod to a node, and what the pod is told of where it then is."""

from __future__ import annotations

import pytest

from pybernetes.api.object import Json
from tests.apiserver.conftest import Api, pod

PODS = "/api/v1/namespaces/default/pods"
ZONE, REGION = "topology.kubernetes.io/zone", "topology.kubernetes.io/region"


async def test_a_pod_gets_its_node_and_the_labels_of_its_place(api: Api) -> None:
    labels = {ZONE: "z1", REGION: "r1", "other": "x"}
    await api.create("/api/v1/nodes", {"metadata": {"name": "n", "labels": labels}})
    await api.create(PODS, pod("a", labels={"own": "yes"}))
    await api.create(f"{PODS}/a/binding", {"metadata": {"name": "a"}, "target": {"kind": "Node", "name": "n"}})
    bound = await api.get(f"{PODS}/a")
    assert bound["spec"]["nodeName"] == "n"
    assert bound["metadata"]["labels"] == {"own": "yes", ZONE: "z1", REGION: "r1"}


async def test_a_binding_may_be_posted_by_itself(api: Api) -> None:
    await api.create(PODS, pod("a"))
    body = {"metadata": {"name": "a"}, "target": {"kind": "Node", "name": "n"}}
    assert (await api.create("/api/v1/namespaces/default/bindings", body))["status"] == "Success"
    assert (await api.get(f"{PODS}/a"))["spec"]["nodeName"] == "n"


async def test_a_binding_of_no_pod(api: Api) -> None:
    body = {"metadata": {"name": "none"}, "target": {"kind": "Node", "name": "n"}}
    status, refused = await api.call("POST", "/api/v1/namespaces/default/bindings", body)
    assert (status, refused["message"]) == (404, 'pods "none" not found')


@pytest.mark.parametrize(
    ("binding", "status", "message"),
    [
        ({"target": {"name": "n"}}, 400, "name in URL does not match name in Binding object"),
        ({"metadata": {"name": "a"}, "target": {}}, 500, "target.name: Required value"),
        (
            {"metadata": {"name": "a"}, "target": {"kind": "Pod"}},
            500,
            '[target.kind: Unsupported value: "Pod": supported values: "Node", "<empty>", target.name: Required value]',
        ),
        (
            {"metadata": {"name": "a", "uid": "other"}, "target": {"name": "n"}},
            409,
            'Operation cannot be fulfilled on pods "a": StorageError: invalid object, Code: 4, Key: '
            "/registry/pods/default/a, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in "
            "precondition: other, UID in object meta: {uid}",
        ),
        (
            {"metadata": {"name": "a", "resourceVersion": "1"}, "target": {"name": "n"}},
            409,
            'Operation cannot be fulfilled on pods "a": StorageError: invalid object, Code: 4, Key: '
            "/registry/pods/default/a, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: ResourceVersion in "
            "precondition: 1, ResourceVersion in object meta: {resourceVersion}",
        ),
    ],
)
async def test_what_is_no_binding(api: Api, binding: Json, status: int, message: str) -> None:
    made = await api.create(PODS, pod("a"))
    refused = await api.call("POST", f"{PODS}/a/binding", binding)
    assert (refused[0], refused[1]["message"]) == (status, message.format(**made["metadata"]))
    assert "nodeName" not in (await api.get(f"{PODS}/a"))["spec"]
