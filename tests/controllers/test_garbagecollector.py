"""The garbage collector, end to end over an API in memory, and its graph."""

from __future__ import annotations

from typing import Any

from pybernetes.api.object import Json
from pybernetes.api.resources import Resource, resource
from pybernetes.controllers import garbagecollector
from pybernetes.controllers.owner_graph import OwnerGraph
from tests.fakes.control_plane import Cluster, replica_set


def owner_reference(owner: Json, block: bool = True, **changed: Any) -> Json:
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": block,
        **changed,
    }


def config_map(name: str, *owners: Json, namespace: str = "default", **metadata: Any) -> Json:
    return {"metadata": {"name": name, "namespace": namespace, "ownerReferences": list(owners), **metadata}}


async def _set(cluster: Cluster, name: str = "web") -> Json:
    return await cluster.client.create("replicasets.apps", replica_set(name, 0))


async def test_dependents_go_after_their_owner() -> None:
    cluster = Cluster()
    async with cluster.running(garbagecollector.garbage_collector):
        owner = await _set(cluster)
        middle = await cluster.client.create(
            "configmaps", {**config_map("a", owner_reference(owner)), "kind": "ConfigMap"}
        )
        await cluster.client.create("secrets", config_map("b", owner_reference({**middle, "apiVersion": "v1"})))
        await cluster.client.create("secrets", config_map("free"))
        await cluster.settle()
        await cluster.client.delete("replicasets.apps", "web", "default", propagation="Background")
        await cluster.settle()
        assert cluster.api.all("configmaps") == []
        assert [secret["metadata"]["name"] for secret in cluster.api.all("secrets")] == ["free"]


async def test_an_object_whose_owner_never_was_goes() -> None:
    cluster = Cluster()
    ghost = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "ghost", "uid": "ghost"}}
    await cluster.client.create("configmaps", config_map("a", owner_reference(ghost)))
    async with cluster.running(garbagecollector.garbage_collector):
        assert cluster.api.all("configmaps") == []


async def test_a_namesake_of_the_owner_is_not_the_owner() -> None:
    cluster = Cluster()
    async with cluster.running(garbagecollector.garbage_collector):
        owner = await _set(cluster)
        await cluster.client.create("configmaps", config_map("a", owner_reference(owner, uid="earlier")))
        await cluster.client.create("configmaps", config_map("b", owner_reference(owner)))
        await cluster.settle()
        assert [found["metadata"]["name"] for found in cluster.api.all("configmaps")] == ["b"]


async def test_one_owner_that_is_left_is_enough() -> None:
    cluster = Cluster()
    async with cluster.running(garbagecollector.garbage_collector):
        first, second = await _set(cluster, "one"), await _set(cluster, "two")
        references = owner_reference(first), owner_reference(second, controller=False)
        await cluster.client.create("configmaps", config_map("a", *references))
        await cluster.settle()
        await cluster.client.delete("replicasets.apps", "one", "default")
        await cluster.settle()
        (kept,) = cluster.api.all("configmaps")
        assert [reference["name"] for reference in kept["metadata"]["ownerReferences"]] == ["two"]
        await cluster.client.delete("replicasets.apps", "two", "default")
        await cluster.settle()
        assert cluster.api.all("configmaps") == []


async def test_foreground_waits_for_dependents_that_block() -> None:
    cluster = Cluster()
    async with cluster.running(garbagecollector.garbage_collector):
        owner = await _set(cluster)
        held = config_map("blocks", owner_reference(owner), finalizers=["example.com/hold"])
        await cluster.client.create("configmaps", held)
        loose = config_map("loose", owner_reference(owner, block=False), finalizers=["example.com/hold"])
        await cluster.client.create("configmaps", loose)
        await cluster.settle()
        await cluster.client.delete("replicasets.apps", "web", "default", propagation="Foreground")
        await cluster.settle()
        assert len(cluster.api.all("replicasets.apps")) == 1
        assert all(found["metadata"].get("deletionTimestamp") for found in cluster.api.all("configmaps"))
        await cluster.client.patch("configmaps", "blocks", {"metadata": {"finalizers": None}}, "default")
        await cluster.settle()
        assert cluster.api.all("replicasets.apps") == []
        assert [found["metadata"]["name"] for found in cluster.api.all("configmaps")] == ["loose"]


async def test_foreground_goes_down_the_whole_tree() -> None:
    cluster = Cluster()
    async with cluster.running(garbagecollector.garbage_collector):
        top = await _set(cluster, "top")
        middle = replica_set("middle", 0)
        middle["metadata"]["ownerReferences"] = [owner_reference(top)]
        middle = await cluster.client.create("replicasets.apps", middle)
        held = config_map("leaf", owner_reference(middle), finalizers=["example.com/hold"])
        await cluster.client.create("configmaps", held)
        await cluster.settle()
        await cluster.client.delete("replicasets.apps", "top", "default", propagation="Foreground")
        await cluster.settle()
        assert len(cluster.api.all("replicasets.apps")) == 2
        await cluster.client.patch("configmaps", "leaf", {"metadata": {"finalizers": None}}, "default")
        await cluster.settle()
        assert cluster.api.all("replicasets.apps") == [] and cluster.api.all("configmaps") == []


async def test_orphans_stay_without_an_owner() -> None:
    cluster = Cluster()
    async with cluster.running(garbagecollector.garbage_collector):
        owner = await _set(cluster)
        await cluster.client.create("configmaps", config_map("a", owner_reference(owner)))
        await cluster.settle()
        await cluster.client.delete("replicasets.apps", "web", "default", propagation="Orphan")
        await cluster.settle()
        assert cluster.api.all("replicasets.apps") == []
        (kept,) = cluster.api.all("configmaps")
        assert not kept["metadata"].get("ownerReferences")


async def test_an_owner_in_another_namespace_does_not_count() -> None:
    cluster = Cluster()
    async with cluster.running(garbagecollector.garbage_collector):
        owner = await _set(cluster)
        await cluster.client.create("configmaps", config_map("a", owner_reference(owner), namespace="other"))
        await cluster.settle()
        assert cluster.api.all("configmaps") == []
        assert len(cluster.api.all("replicasets.apps")) == 1
        (event,) = cluster.events("OwnerRefInvalidNamespace")
        assert event.endswith('does not exist in namespace "other"')


async def test_a_cluster_wide_owner_counts_everywhere_but_not_the_reverse() -> None:
    cluster = Cluster()
    async with cluster.running(garbagecollector.garbage_collector):
        node = await cluster.client.create("nodes", {"metadata": {"name": "node-1"}})
        await cluster.client.create("leases.coordination.k8s.io", config_map("a", owner_reference(node)))
        inside = await _set(cluster)
        odd = {"metadata": {"name": "odd", "ownerReferences": [owner_reference(inside)]}}
        await cluster.client.create("clusterroles.rbac.authorization.k8s.io", odd)
        await cluster.settle()
        await cluster.client.delete("replicasets.apps", "web", "default")
        await cluster.settle()
        assert len(cluster.api.all("leases.coordination.k8s.io")) == 1
        assert len(cluster.api.all("clusterroles.rbac.authorization.k8s.io")) == 1
        await cluster.client.delete("nodes", "node-1")
        await cluster.settle()
        assert cluster.api.all("leases.coordination.k8s.io") == []


async def test_custom_resources_are_followed_as_they_come() -> None:
    cluster = Cluster()
    async with cluster.running(garbagecollector.garbage_collector):
        cluster.api.resources.append(Resource("example.com", "v1", "widgets", "Widget"))
        await cluster.client.create(
            "customresourcedefinitions.apiextensions.k8s.io", {"metadata": {"name": "widgets.example.com"}}
        )
        await cluster.settle()
        await cluster.advance(1)
        widgets = Resource("example.com", "v1", "widgets", "Widget")
        widget = await cluster.client.create(widgets, {"metadata": {"name": "w", "namespace": "default"}})
        await cluster.client.create("configmaps", config_map("a", owner_reference(widget)))
        await cluster.settle()
        assert len(cluster.api.all("configmaps")) == 1
        await cluster.client.delete(widgets, "w", "default")
        await cluster.settle()
        assert cluster.api.all("configmaps") == []


async def test_what_nobody_owns_costs_nothing() -> None:
    cluster = Cluster()
    async with cluster.running(garbagecollector.garbage_collector):
        before = len(cluster.api.requests)
        for number in range(20):
            await cluster.client.create("configmaps", {"metadata": {"name": f"c-{number}", "namespace": "default"}})
        await cluster.settle()
        assert len(cluster.api.requests) == before + 20


def test_the_graph_keeps_dependents_in_step_with_owners() -> None:
    graph, pods = OwnerGraph(), resource("pods")

    def pod(uid: str, *owners: str) -> Json:
        references = [{"kind": "Pod", "apiVersion": "v1", "name": owner, "uid": owner} for owner in owners]
        return {"metadata": {"name": uid, "namespace": "n", "uid": uid, "ownerReferences": references}}

    assert list(graph.observe(pod("b", "a"), pods).examine) == ["a"]  # never seen: look whether it is there
    assert graph.nodes["a"].virtual
    assert not graph.observe(pod("a"), pods).examine
    assert not graph.nodes["a"].virtual and set(graph.nodes["a"].dependents) == {"b"}
    graph.observe(pod("b", "c"), pods)
    assert not graph.nodes["a"].dependents and set(graph.nodes["c"].dependents) == {"b"}
    graph.observe(pod("b"), pods)
    assert "c" not in graph.nodes  # nothing speaks of it any more
    graph.observe(pod("b", "a"), pods)
    assert list(graph.remove("a").examine) == ["b"]
    assert not graph.remove("never seen").examine
