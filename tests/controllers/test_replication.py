"""Replica sets and replication controllers, end to end over an API in memory."""

from __future__ import annotations

from pybernetes.api import errors
from pybernetes.api.object import Json
from pybernetes.controllers import replication
from tests.fakes.control_plane import Cluster, replica_set, template


def _owner(kind: str = "ReplicaSet", name: str = "web", uid: str = "x") -> Json:
    return {"apiVersion": "apps/v1", "kind": kind, "name": name, "uid": uid, "controller": True}


async def test_creates_the_pods_that_are_missing() -> None:
    cluster = Cluster()
    async with cluster.running(replication.replica_sets):
        made = await cluster.client.create("replicasets.apps", replica_set(replicas=5))
        await cluster.settle()
        pods = cluster.pods()
        assert len(pods) == 5
        assert all(pod["metadata"]["generateName"] == "web-" for pod in pods)
        reference = pods[0]["metadata"]["ownerReferences"][0]
        assert (reference["uid"], reference["controller"], reference["blockOwnerDeletion"]) == (
            made["metadata"]["uid"],
            True,
            True,
        )
        stored = cluster.api.get("replicasets.apps", "default/web")
        assert stored is not None
        status = stored["status"]
        assert (status["replicas"], status["fullyLabeledReplicas"], status["readyReplicas"]) == (5, 5, 0)
        assert len(cluster.events("SuccessfulCreate")) == 5


async def test_keeps_the_number_when_pods_go_or_end() -> None:
    cluster = Cluster()
    async with cluster.running(replication.replica_sets):
        await cluster.client.create("replicasets.apps", replica_set(replicas=3))
        await cluster.settle()
        first, second, _ = cluster.pods()
        await cluster.client.delete("pods", first["metadata"]["name"], "default")
        cluster.api.change(
            "pods", f"default/{second['metadata']['name']}", lambda pod: pod["status"].update(phase="Failed")
        )
        await cluster.settle()
        assert len([pod for pod in cluster.pods() if pod["status"]["phase"] != "Failed"]) == 3


async def test_scales_down_not_ready_pods_first() -> None:
    cluster = Cluster()
    async with cluster.running(replication.replica_sets):
        await cluster.client.create("replicasets.apps", replica_set(replicas=4))
        await cluster.settle()
        ready = cluster.pods()[1:3]
        cluster.make_ready(*ready)
        await cluster.client.patch("replicasets.apps", "web", {"spec": {"replicas": 2}}, "default")
        await cluster.settle()
        assert {pod["metadata"]["name"] for pod in cluster.pods()} == {pod["metadata"]["name"] for pod in ready}
        assert len(cluster.events("SuccessfulDelete")) == 2


async def test_creates_none_twice_while_the_cache_is_stale() -> None:
    cluster = Cluster()
    controller = None

    def make(context: replication.Context) -> replication.ReplicationController:
        nonlocal controller
        controller = replication.replica_sets(context)
        return controller

    async with cluster.running(make):
        await cluster.client.create("replicasets.apps", replica_set(replicas=3))
        await cluster.settle()
        assert controller is not None
        posts = cluster.api.count("POST", "/pods")
        controller._expectations.expect_creations("default/web", 2)  # as if two had just been made
        for pod in cluster.pods()[:2]:
            await cluster.client.delete("pods", pod["metadata"]["name"], "default")
        await cluster.settle()
        assert cluster.api.count("POST", "/pods") == posts
        await cluster.advance(302)  # what was expected never came
        assert len(cluster.pods()) == 3


async def test_a_refused_pod_is_told_and_stops_the_batch() -> None:
    cluster = Cluster()

    def refuse(method: str, path: str, body: Json) -> None:
        if method == "POST" and path.endswith("/pods"):
            raise errors.forbidden("pods", "", "exceeded quota: q")

    cluster.api.hooks.append(refuse)
    async with cluster.running(replication.replica_sets):
        await cluster.client.create("replicasets.apps", replica_set(replicas=100))
        await cluster.settle()
        assert cluster.api.count("POST", "/pods") <= 2  # the status that it wrote brings it back once
        stored = cluster.api.get("replicasets.apps", "default/web")
        assert stored is not None
        (condition,) = stored["status"]["conditions"]
        assert (condition["type"], condition["status"], condition["reason"]) == (
            "ReplicaFailure",
            "True",
            "FailedCreate",
        )
        assert cluster.events("FailedCreate") == ["FailedCreate: Error creating: pods is forbidden: exceeded quota: q"]
        cluster.api.hooks.clear()
        await cluster.advance(1)
        assert len(cluster.pods()) == 100
        stored = cluster.api.get("replicasets.apps", "default/web")
        assert stored is not None and not stored["status"].get("conditions")


async def test_adopts_orphans_and_releases_what_matches_no_more() -> None:
    cluster = Cluster()
    async with cluster.running(replication.replica_sets):
        orphan = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "orphan", "namespace": "default"}}
        orphan |= template()
        orphan["metadata"] = {"name": "orphan", "namespace": "default", "labels": {"app": "web"}}
        await cluster.client.create("pods", orphan)
        made = await cluster.client.create("replicasets.apps", replica_set(replicas=2))
        await cluster.settle()
        adopted = cluster.api.get("pods", "default/orphan")
        assert adopted is not None
        assert adopted["metadata"]["ownerReferences"][0]["uid"] == made["metadata"]["uid"]
        assert len(cluster.pods(app="web")) == 2

        await cluster.client.patch("pods", "orphan", {"metadata": {"labels": {"app": "debug"}}}, "default")
        await cluster.settle()
        released = cluster.api.get("pods", "default/orphan")
        assert released is not None and not released["metadata"].get("ownerReferences")
        assert len(cluster.pods(app="web")) == 2


async def test_a_namesake_of_a_deleted_owner_does_not_adopt_its_pods() -> None:
    cluster = Cluster()
    pod = {"metadata": {"name": "p", "namespace": "default", "labels": {"app": "web"}}, "spec": {}}
    pod["metadata"]["ownerReferences"] = [_owner(uid="old")]
    await cluster.client.create("pods", pod)
    async with cluster.running(replication.replica_sets):
        await cluster.client.create("replicasets.apps", replica_set(replicas=1))
        await cluster.settle()
        assert len(cluster.pods()) == 2


async def test_available_only_after_min_ready_seconds() -> None:
    cluster = Cluster()
    async with cluster.running(replication.replica_sets):
        await cluster.client.create("replicasets.apps", replica_set(replicas=2, minReadySeconds=10))
        await cluster.settle()
        await cluster.ready_all()

        def counts() -> tuple[int, int]:
            status = (cluster.api.get("replicasets.apps", "default/web") or {})["status"]
            return status["readyReplicas"], status["availableReplicas"]

        assert counts() == (2, 0)
        await cluster.advance(11)
        assert counts() == (2, 2)


async def test_terminating_pods_are_counted_and_replaced() -> None:
    cluster = Cluster()
    async with cluster.running(replication.replica_sets):
        await cluster.client.create("replicasets.apps", replica_set(replicas=2))
        await cluster.settle()
        await cluster.ready_all()
        await cluster.client.delete("pods", cluster.pods()[0]["metadata"]["name"], "default")
        await cluster.settle()
        status = (cluster.api.get("replicasets.apps", "default/web") or {})["status"]
        assert (status["replicas"], status["terminatingReplicas"]) == (2, 1)


async def test_a_deleted_set_makes_no_more_pods() -> None:
    cluster = Cluster()
    async with cluster.running(replication.replica_sets):
        await cluster.client.create("replicasets.apps", replica_set(replicas=2))
        await cluster.settle()
        await cluster.client.delete("replicasets.apps", "web", "default", propagation="Foreground")
        await cluster.client.delete("pods", cluster.pods()[0]["metadata"]["name"], "default")
        await cluster.settle()
        assert len(cluster.pods()) == 1


async def test_a_replication_controller_works_alike() -> None:
    cluster = Cluster()
    controller = {
        "apiVersion": "v1",
        "kind": "ReplicationController",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {"replicas": 2, "selector": {"app": "web"}, "template": template()},
    }
    async with cluster.running(replication.replication_controllers):
        await cluster.client.create("replicationcontrollers", controller)
        await cluster.settle()
        assert len(cluster.pods()) == 2
        assert cluster.pods()[0]["metadata"]["ownerReferences"][0]["kind"] == "ReplicationController"
        status = (cluster.api.get("replicationcontrollers", "default/web") or {})["status"]
        assert status["replicas"] == 2 and "terminatingReplicas" not in status


async def test_a_conflict_on_the_status_is_retried() -> None:
    cluster = Cluster()
    failed = []

    def conflict_once(method: str, path: str, body: Json) -> None:
        if method == "PUT" and path.endswith("/status") and not failed:
            failed.append(path)
            raise errors.conflict("replicasets", "web", errors.OBJECT_MODIFIED, "apps")

    cluster.api.hooks.append(conflict_once)
    async with cluster.running(replication.replica_sets):
        await cluster.client.create("replicasets.apps", replica_set(replicas=1))
        await cluster.settle()
        assert failed
        assert (cluster.api.get("replicasets.apps", "default/web") or {})["status"]["replicas"] == 1
