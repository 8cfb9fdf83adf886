"""NodeRestriction: what the agent of a node may write, through the whole server."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.api.object import Json
from pybernetes.apiserver.admission.node_restriction import forbidden_labels
from tests.apiserver.conftest import Api

PODS = "/api/v1/namespaces/default/pods"
NODES = "/api/v1/nodes"
LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
MERGE = "application/merge-patch+json"


def agent(api: Api, node: str = "n1") -> Api:
    return api.as_user(f"system:node:{node}", "system:nodes")


def node(name: str, **labels: str) -> Json:
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}}


def pod(name: str, node_name: str = "", **metadata: Any) -> Json:
    spec: Json = {"containers": [{"name": "c", "image": "busybox"}]}
    if node_name:
        spec["nodeName"] = node_name
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, **metadata}, "spec": spec}


def mirror(node_uid: str, **owner: Any) -> Json:
    reference = {"apiVersion": "v1", "kind": "Node", "name": "n1", "uid": node_uid, "controller": True, **owner}
    return pod("m", "n1", annotations={"kubernetes.io/config.mirror": "x"}, ownerReferences=[reference])


async def refused(api: Api, method: str, path: str, body: Any = None, **more: Any) -> str:
    status, value = await api.call(method, path, body, **more)
    assert status == 403, value
    return str(value["message"])


@pytest.mark.parametrize(
    ("changed", "forbidden"),
    [
        ({"app": "web", "example.com/rack": "1"}, []),
        ({"kubernetes.io/hostname": "n1", "topology.kubernetes.io/zone": "a"}, []),
        ({"node.kubernetes.io/anything": "1", "sub.kubelet.kubernetes.io/x": "1"}, []),
        ({"node-restriction.kubernetes.io/tier": "1"}, ["node-restriction.kubernetes.io/tier"]),
        ({"a.node-restriction.kubernetes.io/b": "1"}, ["a.node-restriction.kubernetes.io/b"]),
        ({"node-role.kubernetes.io/control-plane": ""}, ["node-role.kubernetes.io/control-plane"]),
        ({"k8s.io/x": "", "foo.k8s.io/y": ""}, ["foo.k8s.io/y", "k8s.io/x"]),
    ],
)
def test_labels(changed: dict[str, str], forbidden: list[str]) -> None:
    assert forbidden_labels(changed, {}) == forbidden
    assert forbidden_labels({}, changed) == forbidden
    assert forbidden_labels(changed, changed) == []


async def test_its_own_node_and_no_other(api: Api) -> None:
    kubelet = agent(api)
    await kubelet.create(NODES, node("n1", **{"kubernetes.io/os": "linux"}))
    await api.create(NODES, node("n2"))
    assert await refused(kubelet, "POST", NODES, node("n3")) == (
        'nodes "n3" is forbidden: node "n1" is not allowed to modify node "n3"'
    )
    ready = {"status": {"conditions": [{"type": "Ready", "status": "True"}]}}
    await kubelet.ok("PATCH", f"{NODES}/n1/status", ready, content_type=MERGE)
    assert await refused(kubelet, "PATCH", f"{NODES}/n2/status", ready, content_type=MERGE) == (
        'nodes "n2" is forbidden: node "n1" is not allowed to modify node "n2"'
    )


async def test_what_of_its_node_it_may_not_change(api: Api) -> None:
    kubelet = agent(api)
    roles = node("n1", **{"node-role.kubernetes.io/control-plane": "", "ok": "1"})
    assert await refused(kubelet, "POST", NODES, roles) == (
        'nodes "n1" is forbidden: node "n1" is not allowed to set the following labels: '
        "node-role.kubernetes.io/control-plane"
    )
    await kubelet.create(NODES, node("n1"))
    assert await refused(kubelet, "PATCH", f"{NODES}/n1", {"spec": {"taints": None}}, content_type=MERGE) == (
        'nodes "n1" is forbidden: node "n1" is not allowed to modify taints'
    )
    labels = {"metadata": {"labels": {"node-restriction.kubernetes.io/x": "1"}}}
    assert await refused(kubelet, "PATCH", f"{NODES}/n1", labels, content_type=MERGE) == (
        'nodes "n1" is forbidden: is not allowed to modify labels: node-restriction.kubernetes.io/x'
    )
    await kubelet.ok("PATCH", f"{NODES}/n1", {"metadata": {"labels": {"mine": "1"}}}, content_type=MERGE)
    await api.ok("PATCH", f"{NODES}/n1", labels, content_type=MERGE)


async def test_pods(api: Api) -> None:
    kubelet = agent(api)
    await kubelet.create(NODES, node("n1"))
    await api.create(PODS, pod("own", "n1"))
    await api.create(PODS, pod("other", "n2"))
    running = {"status": {"phase": "Running"}}
    await kubelet.ok("PATCH", f"{PODS}/own/status", running, content_type=MERGE)
    assert await refused(kubelet, "PATCH", f"{PODS}/other/status", running, content_type=MERGE) == (
        'pods "other" is forbidden: node "n1" can only update pod status for pods with spec.nodeName set to itself'
    )
    labels = {"metadata": {"labels": {"app": "web"}}}
    assert await refused(kubelet, "PATCH", f"{PODS}/own/status", labels, content_type=MERGE) == (
        'pods "own" is forbidden: node "n1" cannot update labels through pod status'
    )
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "other"}}
    assert await refused(kubelet, "POST", f"{PODS}/other/eviction", eviction) == (
        'pods "other" is forbidden: node "n1" can only evict pods with spec.nodeName set to itself'
    )
    assert await refused(kubelet, "DELETE", f"{PODS}/other") == (
        'pods "other" is forbidden: node "n1" can only delete pods with spec.nodeName set to itself'
    )
    await kubelet.ok("POST", f"{PODS}/own/eviction", {**eviction, "metadata": {"name": "own"}})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, ""),
        (
            {"annotations": {}},
            'does not have "kubernetes.io/config.mirror" annotation, node "n1" can only create mirror',
        ),
        ({"nodeName": "n2"}, 'node "n1" can only create pods with spec.nodeName set to itself'),
        ({"ownerReferences": []}, 'node "n1" can only create pods with an owner reference set to itself'),
        ({"uid": "0"}, "node n1 UID mismatch: expected 0 got"),
        ({"controller": False}, 'node "n1" can only create pods with a controller owner reference set to itself'),
        ({"blockOwnerDeletion": True}, 'node "n1" must not set blockOwnerDeletion on an owner reference'),
        (
            {"volumes": [{"name": "v", "secret": {"secretName": "s"}}]},
            'node "n1" can not create pods that reference secrets',
        ),
        (
            {"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "s"}}]},
            'node "n1" can not create pods that reference persistentvolumeclaims',
        ),
    ],
)
async def test_mirror_pods(api: Api, changes: Json, message: str) -> None:
    kubelet = agent(api)
    uid = (await kubelet.create(NODES, node("n1")))["metadata"]["uid"]
    owner = {key: value for key, value in changes.items() if key in ("uid", "controller", "blockOwnerDeletion")}
    body = mirror(uid, **owner)
    body["metadata"] |= {key: changes[key] for key in ("annotations", "ownerReferences") if key in changes}
    body["spec"] |= {key: changes[key] for key in ("nodeName", "volumes") if key in changes}
    if not message:
        await kubelet.create(PODS, body)
        return
    # With the ServiceAccount plugin before it, a mirror that refers to secrets is refused in other words.
    found = await refused(kubelet, "POST", PODS, body)
    assert message in found or "a mirror pod may not reference secrets" in found


async def test_tokens_only_for_its_own_pods(api: Api) -> None:
    made = {name: await api.create(PODS, pod(name, where)) for name, where in (("own", "n1"), ("other", "n2"))}
    path = "/api/v1/namespaces/default/serviceaccounts/default/token"
    kubelet = agent(api)

    def request(name: str, **spec: Any) -> Json:
        reference = {"apiVersion": "v1", "kind": "Pod", "name": name, "uid": made[name]["metadata"]["uid"]}
        body = {"boundObjectRef": reference, **spec}
        return {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": body}

    assert (await kubelet.create(path, request("own")))["status"]["token"]
    prefix = 'serviceaccounts "default" is forbidden: '
    assert await refused(kubelet, "POST", path, request("other")) == (
        f"{prefix}node requested token bound to a pod scheduled on a different node"
    )
    assert await refused(kubelet, "POST", path, request("own", boundObjectRef=None)) == (
        f"{prefix}node requested token not bound to a pod"
    )
    assert await refused(kubelet, "POST", path, request("own", audiences=["vault"])) == (
        f'{prefix}audience "vault" not found in pod spec volume, system:node:n1 is not authorized to request tokens '
        "for this audience"
    )
    assert (await api.create(path, request("other", audiences=["vault"])))["status"]["token"]


async def test_leases_and_csi_nodes(api: Api) -> None:
    kubelet = agent(api)
    lease: Json = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "n1"}}
    await kubelet.create(LEASES, lease)
    assert "same name as the requesting node" in await refused(
        kubelet, "POST", LEASES, {**lease, "metadata": {"name": "n2"}}
    )
    csi_node = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "CSINode",
        "metadata": {"name": "n2"},
        "spec": {"drivers": []},
    }
    assert await refused(kubelet, "POST", "/apis/storage.k8s.io/v1/csinodes", csi_node) == (
        'csinodes.storage.k8s.io "n2" is forbidden: can only access CSINode with the same name as the requesting node'
    )


async def test_an_agent_without_a_node_writes_nothing(api: Api) -> None:
    nameless = api.as_user("system:node:", "system:nodes")
    status, _ = await nameless.call("POST", NODES, node("n1"))
    assert status == 403
