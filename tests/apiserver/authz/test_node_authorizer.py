"""The Node authorizer: what the agent of a node reads and writes, as its pods come and go."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.api.object import Json, deep_copy
from pybernetes.apiserver.attributes import Attributes
from pybernetes.apiserver.authz.node import NodeAuthorizer
from pybernetes.apiserver.user import User
from tests.fakes.reader import MemoryReader

NODE = User("system:node:n1", ("system:nodes", "system:authenticated"))
NO_RELATION = "no relationship found between node 'n1' and this object"


def pod(name: str, node: str, **spec: Any) -> Json:
    return {"metadata": {"name": name, "namespace": "shop", "uid": f"{name}-uid"}, "spec": {"nodeName": node, **spec}}


REFERENCES: dict[str, Any] = {
    "serviceAccountName": "web",
    "imagePullSecrets": [{"name": "pull"}],
    "initContainers": [{"envFrom": [{"secretRef": {"name": "init-env"}}]}],
    "containers": [
        {
            "env": [
                {"name": "A", "valueFrom": {"secretKeyRef": {"name": "env-secret", "key": "k"}}},
                {"name": "B", "valueFrom": {"configMapKeyRef": {"name": "env-config", "key": "k"}}},
                {"name": "C", "value": "plain"},
            ],
            "envFrom": [{"configMapRef": {"name": "all-config"}}],
        }
    ],
    "volumes": [
        {"name": "s", "secret": {"secretName": "volume-secret"}},
        {"name": "c", "configMap": {"name": "volume-config"}},
        {
            "name": "p",
            "projected": {
                "sources": [
                    {"secret": {"name": "projected-secret"}},
                    {"configMap": {"name": "kube-root-ca.crt"}},
                    {"serviceAccountToken": {"path": "token"}},
                ]
            },
        },
        {"name": "d", "persistentVolumeClaim": {"claimName": "data"}},
        {"name": "scratch", "ephemeral": {"volumeClaimTemplate": {}}},
        {"name": "csi", "csi": {"driver": "d", "nodePublishSecretRef": {"name": "csi-secret"}}},
    ],
    "resourceClaims": [{"name": "gpu", "resourceClaimName": "gpu-claim"}],
}


@pytest.fixture
def reader() -> MemoryReader:
    reader = MemoryReader()
    reader.put("pods", pod("web-1", "n1", **REFERENCES))
    reader.put("pods", pod("other", "n2", volumes=[{"name": "s", "secret": {"secretName": "others-secret"}}]))
    csi = {"nodeStageSecretRef": {"name": "stage", "namespace": "vault"}}
    csi["controllerPublishSecretRef"] = {"name": "controller", "namespace": "vault"}
    spec = {"claimRef": {"namespace": "shop", "name": "data"}, "csi": csi}
    reader.put("persistentvolumes", {"metadata": {"name": "pv-1"}, "spec": spec})
    reader.put("persistentvolumes", {"metadata": {"name": "pv-2"}, "spec": {}})
    reader.put("volumeattachments.storage.k8s.io", {"metadata": {"name": "va-1"}, "spec": {"nodeName": "n1"}})
    reader.put("volumeattachments.storage.k8s.io", {"metadata": {"name": "va-2"}, "spec": {"nodeName": "n2"}})
    reader.put("resourceslices.resource.k8s.io", {"metadata": {"name": "sl-1"}, "spec": {"nodeName": "n1"}})
    return reader


def get(resource: str, name: str, namespace: str = "shop", **more: Any) -> Attributes:
    return Attributes(NODE, **{"verb": "get", "resource": resource, "namespace": namespace, "name": name, **more})


@pytest.mark.parametrize(
    "name",
    ["pull", "init-env", "env-secret", "volume-secret", "projected-secret", "csi-secret"],
)
def test_secrets_of_its_pods(reader: MemoryReader, name: str) -> None:
    authorizer = NodeAuthorizer(reader)
    for verb in ("get", "list", "watch"):
        assert authorizer.authorize(get("secrets", name, verb=verb)).allowed


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (get("configmaps", "env-config"), None),
        (get("configmaps", "all-config"), None),
        (get("configmaps", "volume-config"), None),
        (get("configmaps", "kube-root-ca.crt"), None),
        (get("configmaps", "kube-root-ca.crt", "other"), NO_RELATION),
        (get("secrets", "others-secret"), NO_RELATION),
        (get("secrets", "unknown"), NO_RELATION),
        (get("secrets", "pull", verb="update"), "can only read resources of this type"),
        (get("secrets", "", verb="list"), "No Object name found"),
        (get("secrets", "", "", verb="list"), "can only read namespaced object of this type"),
        (get("secrets", "pull", subresource="x"), "cannot read subresource"),
        (get("persistentvolumeclaims", "data"), None),
        (get("persistentvolumeclaims", "web-1-scratch"), None),
        (get("persistentvolumeclaims", "data", verb="list"), "can only get individual resources of this type"),
        (get("persistentvolumeclaims", "data", verb="patch", subresource="status"), None),
        (get("persistentvolumeclaims", "x", verb="patch", subresource="status"), NO_RELATION),
        (get("persistentvolumes", "pv-1", ""), None),
        (get("persistentvolumes", "pv-2", ""), NO_RELATION),
        (get("secrets", "stage", "vault"), None),
        (get("secrets", "controller", "vault"), NO_RELATION),
        (get("volumeattachments", "va-1", "", group="storage.k8s.io"), None),
        (get("volumeattachments", "va-2", "", group="storage.k8s.io"), NO_RELATION),
        (get("resourceclaims", "gpu-claim", group="resource.k8s.io"), None),
        (get("resourceclaims", "x", group="resource.k8s.io"), NO_RELATION),
        (get("resourceslices", "sl-1", "", group="resource.k8s.io"), None),
        (get("resourceslices", "sl-2", "", group="resource.k8s.io"), NO_RELATION),
        (
            get("resourceslices", "", "", group="resource.k8s.io", verb="list"),
            "can only list/watch/deletecollection resourceslices with nodeName field selector",
        ),
        (
            get("resourceslices", "", "", group="resource.k8s.io", verb="list", field_selector="spec.nodeName=n1"),
            None,
        ),
        (get("serviceaccounts", "web", verb="create", subresource="token"), None),
        (get("serviceaccounts", "other", verb="create", subresource="token"), NO_RELATION),
        (
            get("serviceaccounts", "web", verb="create"),
            "can only create token subresource of serviceaccount",
        ),
        (get("serviceaccounts", "web"), "can only create tokens for individual service accounts"),
        (get("leases", "n1", "kube-node-lease", group="coordination.k8s.io", verb="update"), None),
        (get("leases", "", "kube-node-lease", group="coordination.k8s.io", verb="create"), None),
        (
            get("leases", "n2", "kube-node-lease", group="coordination.k8s.io", verb="update"),
            "can only access node lease with the same name as the requesting node",
        ),
        (
            get("leases", "n1", "kube-system", group="coordination.k8s.io"),
            'can only access leases in the "kube-node-lease" system namespace',
        ),
        (
            get("leases", "", "kube-node-lease", group="coordination.k8s.io", verb="list"),
            "can only get, create, update, patch, or delete a node lease",
        ),
        (get("csinodes", "n1", "", group="storage.k8s.io"), None),
        (
            get("csinodes", "n2", "", group="storage.k8s.io"),
            "can only access CSINode with the same name as the requesting node",
        ),
        (get("nodes", "n1", ""), None),
        (get("nodes", "n1", "", verb="watch"), None),
        (get("nodes", "n2", ""), "node 'n1' cannot read 'n2', only its own Node object"),
        (get("nodes", "", "", verb="list"), "node 'n1' cannot read all nodes, only its own Node object"),
        (get("nodes", "n1", "", verb="patch", subresource="status"), None),
        (get("nodes", "n1", "", verb="delete"), ""),
        (get("pods", "web-1"), None),
        (get("pods", "other"), NO_RELATION),
        (get("pods", "", "", verb="list", field_selector="spec.nodeName=n1"), None),
        (get("pods", "", "", verb="watch", field_selector="status.phase!=Failed,spec.nodeName=n1"), None),
        (
            get("pods", "", "", verb="list", field_selector="spec.nodeName=n2"),
            "can only list/watch pods with spec.nodeName field selector",
        ),
        (
            get("pods", "", "", verb="list", field_selector="spec.nodeName!=n1"),
            "can only list/watch pods with spec.nodeName field selector",
        ),
        (get("pods", "", "", verb="list"), "can only list/watch pods with spec.nodeName field selector"),
        (get("pods", "web-1", verb="patch", subresource="status"), None),
        (get("pods", "web-1", verb="create", subresource="eviction"), None),
        (get("pods", "web-1", verb="update"), ""),
        (get("pods", "web-1", verb="get", subresource="log"), ""),
        (get("services", "", "", verb="list"), None),
        (get("events", "", verb="create"), None),
        (get("runtimeclasses", "", "", group="node.k8s.io", verb="watch"), None),
        (get("deployments", "", group="apps", verb="list"), ""),
        (Attributes(NODE, "get", path="/metrics"), ""),
    ],
)
def test_requests(reader: MemoryReader, asked: Attributes, reason: str | None) -> None:
    decision = NodeAuthorizer(reader).authorize(asked)
    assert (decision.allowed, decision.reason) == (reason is None, reason or "")


@pytest.mark.parametrize(
    ("user", "reason"),
    [
        (User("alice", ("system:nodes",)), ""),
        (User("system:node:n1", ("team",)), ""),
        (User("system:node:", ("system:nodes",)), 'unknown node for user "system:node:"'),
    ],
)
def test_who_is_no_node(reader: MemoryReader, user: User, reason: str) -> None:
    decision = NodeAuthorizer(reader).authorize(Attributes(user, "get", resource="nodes", name="n1"))
    assert (decision.allowed, decision.denied, decision.reason) == (False, False, reason)


def test_rights_follow_the_pods(reader: MemoryReader) -> None:
    authorizer = NodeAuthorizer(reader)
    secret = get("secrets", "late")

    def allowed() -> bool:
        return authorizer.authorize(secret).allowed

    made = pod("late", "", volumes=[{"name": "s", "secret": {"secretName": "late"}}])
    reader.put("pods", made)
    assert not allowed(), "not bound to a node yet"
    bound = deep_copy(made)
    bound["spec"]["nodeName"] = "n1"
    reader.put("pods", bound)
    assert allowed()
    reader.put("pods", {**bound, "status": {"phase": "Running"}})
    second = deep_copy(bound)
    second["metadata"]["name"] = "late-2"
    reader.put("pods", second)
    reader.delete("pods", "late", "shop")
    assert allowed(), "another pod uses it still"
    reader.delete("pods", "late-2", "shop")
    assert not allowed()


def test_ephemeral_containers_bring_their_references(reader: MemoryReader) -> None:
    authorizer = NodeAuthorizer(reader)
    changed = pod("web-1", "n1", **REFERENCES)
    changed["spec"]["ephemeralContainers"] = [{"envFrom": [{"secretRef": {"name": "debug"}}]}]
    reader.put("pods", changed)
    assert authorizer.authorize(get("secrets", "debug")).allowed
    assert authorizer.authorize(get("secrets", "pull")).allowed


def test_mirror_pods_give_nothing_but_themselves(reader: MemoryReader) -> None:
    mirror = pod(
        "static", "n1", volumes=[{"name": "s", "secret": {"secretName": "stolen"}}], serviceAccountName="admin"
    )
    mirror["metadata"]["annotations"] = {"kubernetes.io/config.mirror": "hash"}
    reader.put("pods", mirror)
    authorizer = NodeAuthorizer(reader)
    assert authorizer.authorize(get("pods", "static")).allowed
    assert not authorizer.authorize(get("secrets", "stolen")).allowed
    assert not authorizer.authorize(get("serviceaccounts", "admin", verb="create", subresource="token")).allowed


def test_nothing_is_left_when_everything_is_gone(reader: MemoryReader) -> None:
    graph = NodeAuthorizer(reader).graph
    for resource, name, namespace in (
        ("pods", "web-1", "shop"),
        ("pods", "other", "shop"),
        ("persistentvolumes", "pv-1", ""),
        ("persistentvolumes", "pv-2", ""),
        ("volumeattachments.storage.k8s.io", "va-1", ""),
        ("volumeattachments.storage.k8s.io", "va-2", ""),
        ("resourceslices.resource.k8s.io", "sl-1", ""),
    ):
        reader.delete(resource, name, namespace)
    assert (graph._users, graph._claim_of_volume, graph._volumes_with_secret) == ({}, {}, {})


def test_rules_cannot_be_listed(reader: MemoryReader) -> None:
    rules = NodeAuthorizer(reader).rules_for(NODE, "shop")
    assert (rules.incomplete, rules.errors) == (True, ("node authorizer does not support user rule resolution",))
