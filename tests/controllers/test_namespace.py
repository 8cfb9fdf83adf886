"""Namespaces: their default account and certificate, and their end."""

from __future__ import annotations

from pybernetes.api.object import Json
from pybernetes.controllers import namespace, rootca, serviceaccount
from pybernetes.controllers.options import Options
from tests.fakes.control_plane import Cluster
from tests.fakes.control_plane import namespace as make_namespace


def _conditions(cluster: Cluster, name: str) -> dict[str, Json]:
    found = cluster.api.get("namespaces", name)
    assert found is not None
    return {condition["type"]: condition for condition in found["status"]["conditions"]}


async def test_each_namespace_has_an_account_and_the_certificate() -> None:
    cluster = Cluster(Options(root_ca="PEM"))
    async with cluster.running(serviceaccount.service_accounts, rootca.root_ca):
        for name in ("default", "team"):
            await cluster.client.create("namespaces", make_namespace(name))
        await cluster.settle()
        for name in ("default", "team"):
            assert cluster.api.get("serviceaccounts", f"{name}/default") is not None
            config_map = cluster.api.get("configmaps", f"{name}/kube-root-ca.crt")
            assert config_map is not None and config_map["data"] == {"ca.crt": "PEM"}
        await cluster.client.delete("serviceaccounts", "default", "team")
        await cluster.client.patch("configmaps", "kube-root-ca.crt", {"data": {"ca.crt": "forged"}}, "team")
        await cluster.settle()
        assert cluster.api.get("serviceaccounts", "team/default") is not None
        config_map = cluster.api.get("configmaps", "team/kube-root-ca.crt")
        assert config_map is not None and config_map["data"] == {"ca.crt": "PEM"}


async def test_a_deleted_namespace_takes_everything_with_it() -> None:
    cluster = Cluster(Options(root_ca="PEM"))
    async with cluster.running(namespace.namespaces, serviceaccount.service_accounts, rootca.root_ca):
        await cluster.client.create("namespaces", make_namespace("team"))
        await cluster.client.create("secrets", {"metadata": {"name": "s", "namespace": "team"}})
        await cluster.client.create("services", {"metadata": {"name": "s", "namespace": "team"}, "spec": {}})
        await cluster.client.create("configmaps", {"metadata": {"name": "c", "namespace": "other"}})
        await cluster.settle()
        await cluster.client.delete("namespaces", "team")
        await cluster.settle()
        assert cluster.api.get("namespaces", "team") is None
        left = {kind: cluster.api.all(kind, "team") for kind in cluster.api.objects}
        assert not any(left.values())
        assert cluster.api.get("configmaps", "other/c") is not None


async def test_it_waits_for_pods_and_then_takes_the_rest() -> None:
    cluster = Cluster()
    async with cluster.running(namespace.namespaces):
        await cluster.client.create("namespaces", make_namespace("team"))
        await cluster.client.create("secrets", {"metadata": {"name": "s", "namespace": "team"}})
        pod = {"metadata": {"name": "p", "namespace": "team"}, "spec": {"nodeName": "node-1"}}
        await cluster.client.create("pods", pod)
        await cluster.client.delete("namespaces", "team")
        await cluster.settle()
        assert cluster.api.get("secrets", "team/s") is not None
        remaining = _conditions(cluster, "team")["NamespaceContentRemaining"]
        assert (remaining["status"], remaining["message"]) == (
            "True",
            "Some resources are remaining: pods. has 1 resource instances",
        )
        await cluster.client.delete("pods", "p", "team", grace_seconds=0)
        await cluster.settle()
        assert cluster.api.get("namespaces", "team") is None


async def test_finalizers_that_remain_are_told() -> None:
    cluster = Cluster()
    async with cluster.running(namespace.namespaces):
        await cluster.client.create("namespaces", make_namespace("team"))
        held = {"metadata": {"name": "c", "namespace": "team", "finalizers": ["example.com/hold"]}}
        await cluster.client.create("configmaps", held)
        await cluster.client.delete("namespaces", "team")
        await cluster.settle()
        told = _conditions(cluster, "team")["NamespaceFinalizersRemaining"]
        assert told["message"] == (
            "Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances"
        )
        await cluster.client.patch("configmaps", "c", {"metadata": {"finalizers": None}}, "team")
        await cluster.advance(20)
        assert cluster.api.get("namespaces", "team") is None


async def test_a_group_that_cannot_be_discovered_is_told_and_waited_for() -> None:
    cluster = Cluster()
    cluster.api.refuse_discovery.add("batch")
    async with cluster.running(namespace.namespaces):
        await cluster.client.create("namespaces", make_namespace("team"))
        await cluster.client.create("secrets", {"metadata": {"name": "s", "namespace": "team"}})
        await cluster.client.delete("namespaces", "team")
        await cluster.settle()
        told = _conditions(cluster, "team")
        assert told["NamespaceDeletionDiscoveryFailure"]["status"] == "True"
        assert told["NamespaceContentRemaining"]["status"] == "False"
        assert cluster.api.get("secrets", "team/s") is None
        cluster.api.refuse_discovery.clear()
        await cluster.advance(60)
        assert cluster.api.get("namespaces", "team") is None
