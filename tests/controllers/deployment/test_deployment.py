"""Deployments with their replica sets, end to end over an API in memory."""

from __future__ import annotations

from pybernetes.api import errors
from pybernetes.api.object import Json, condition_of
from pybernetes.controllers import replication
from pybernetes.controllers.deployment import controller
from tests.fakes.control_plane import Cluster, deployment, template

REVISION = "deployment.kubernetes.io/revision"


def _get(cluster: Cluster, name: str = "web") -> Json:
    found = cluster.api.get("deployments.apps", f"default/{name}")
    assert found is not None
    return found


def _sets(cluster: Cluster) -> dict[str, Json]:
    """The replica sets by revision."""
    return {rs["metadata"]["annotations"][REVISION]: rs for rs in cluster.api.all("replicasets.apps")}


def _sizes(cluster: Cluster) -> dict[str, int]:
    return {revision: rs["spec"]["replicas"] for revision, rs in _sets(cluster).items()}


async def _patch(cluster: Cluster, spec: Json) -> None:
    await cluster.client.patch("deployments.apps", "web", {"spec": spec}, "default")
    await cluster.settle()


async def _roll_out(cluster: Cluster, check_at_most: int = 10**6, check_at_least: int = 0) -> None:
    """Let pods become ready as they come, checking the bounds at each step."""
    for _ in range(200):
        pods = cluster.pods()
        assert len(pods) <= check_at_most
        ready = [pod for pod in pods if pod["status"].get("conditions")]
        assert len(ready) >= check_at_least
        waiting = [pod for pod in pods if not pod["status"].get("conditions")]
        if not waiting:
            return
        cluster.make_ready(waiting[0])
        await cluster.settle()
        _finish_terminating(cluster)
        await cluster.settle()
    raise AssertionError("the rollout does not end")


def _finish_terminating(cluster: Cluster) -> None:
    """As a kubelet would: pods that were asked to go are gone."""
    for pod in cluster.api.all("pods"):
        if pod["metadata"].get("deletionTimestamp"):
            resource = cluster.api._resource_named("pods")
            cluster.api._store(resource, pod, "DELETED")


BOTH = (replication.replica_sets, controller.deployments)


async def test_first_rollout() -> None:
    cluster = Cluster()
    async with cluster.running(*BOTH):
        await cluster.client.create("deployments.apps", deployment(replicas=3))
        await cluster.settle()
        (made,) = cluster.api.all("replicasets.apps")
        digest = made["metadata"]["labels"]["pod-template-hash"]
        assert made["metadata"]["name"] == f"web-{digest}"
        assert made["spec"]["selector"]["matchLabels"] == {"app": "web", "pod-template-hash": digest}
        assert made["metadata"]["annotations"] == {
            REVISION: "1",
            "deployment.kubernetes.io/desired-replicas": "3",
            "deployment.kubernetes.io/max-replicas": "4",
        }
        assert _get(cluster)["metadata"]["annotations"][REVISION] == "1"
        progressing = condition_of(_get(cluster), "Progressing")
        assert progressing is not None and progressing["status"] == "True"
        available = condition_of(_get(cluster), "Available")
        assert available is not None and available["status"] == "False"

        await cluster.ready_all()
        status = _get(cluster)["status"]
        assert (status["replicas"], status["updatedReplicas"], status["availableReplicas"]) == (3, 3, 3)
        assert not status.get("unavailableReplicas")
        progressing = condition_of(_get(cluster), "Progressing")
        assert progressing is not None and progressing["reason"] == "NewReplicaSetAvailable"
        assert progressing["message"] == f'ReplicaSet "web-{digest}" has successfully progressed.'
        assert cluster.events("ScalingReplicaSet") == [
            f"ScalingReplicaSet: Scaled up replica set web-{digest} from 0 to 3"
        ]


async def test_rolling_update_keeps_its_bounds() -> None:
    cluster = Cluster()
    async with cluster.running(*BOTH):
        await cluster.client.create("deployments.apps", deployment(replicas=10))
        await cluster.settle()
        await _roll_out(cluster)
        await _patch(cluster, {"template": template(image="nginx:2")})
        assert _sizes(cluster) == {"1": 8, "2": 5}  # surge 3, unavailable 2
        await _roll_out(cluster, check_at_most=13, check_at_least=8)
        assert _sizes(cluster) == {"1": 0, "2": 10}
        assert condition_of(_get(cluster), "Progressing")["reason"] == "NewReplicaSetAvailable"  # type: ignore[index]


async def test_roll_back_reuses_the_old_set_with_a_new_revision() -> None:
    cluster = Cluster()
    async with cluster.running(*BOTH):
        await cluster.client.create("deployments.apps", deployment(replicas=2))
        await cluster.settle()
        await _roll_out(cluster)
        first = _sets(cluster)["1"]["metadata"]["name"]
        await _patch(cluster, {"template": template(image="nginx:2")})
        await _roll_out(cluster)
        await _patch(cluster, {"template": template(image="nginx:1")})
        await _roll_out(cluster)
        sets = _sets(cluster)
        assert _sizes(cluster) == {"2": 0, "3": 2}
        assert sets["3"]["metadata"]["name"] == first
        assert sets["3"]["metadata"]["annotations"]["deployment.kubernetes.io/revision-history"] == "1"
        assert _get(cluster)["metadata"]["annotations"][REVISION] == "3"


async def test_recreate_waits_for_the_last_old_pod() -> None:
    cluster = Cluster()
    async with cluster.running(*BOTH):
        await cluster.client.create("deployments.apps", deployment(replicas=2, strategy={"type": "Recreate"}))
        await cluster.settle()
        await _roll_out(cluster)
        await _patch(cluster, {"template": template(image="nginx:2")})
        assert cluster.pods() == [] and len(cluster.api.all("pods")) == 2
        assert _sizes(cluster) == {"1": 0}
        _finish_terminating(cluster)
        await cluster.settle()
        assert _sizes(cluster) == {"1": 0, "2": 2}
        assert len(cluster.pods()) == 2


async def test_pause_makes_no_new_set_but_scales() -> None:
    cluster = Cluster()
    async with cluster.running(*BOTH):
        await cluster.client.create("deployments.apps", deployment(replicas=2))
        await cluster.settle()
        await _roll_out(cluster)
        await _patch(cluster, {"paused": True, "template": template(image="nginx:2")})
        assert _sizes(cluster) == {"1": 2}
        assert condition_of(_get(cluster), "Progressing")["reason"] == "DeploymentPaused"  # type: ignore[index]
        await _patch(cluster, {"replicas": 5})
        assert _sizes(cluster) == {"1": 5}
        await _patch(cluster, {"paused": False})
        await _roll_out(cluster)
        assert _sizes(cluster) == {"1": 0, "2": 5}


async def test_scaling_in_the_middle_of_a_rollout_is_proportional() -> None:
    cluster = Cluster()
    async with cluster.running(*BOTH):
        strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 3, "maxUnavailable": 2}}
        await cluster.client.create("deployments.apps", deployment(replicas=10, strategy=strategy))
        await cluster.settle()
        await _roll_out(cluster)
        await _patch(cluster, {"template": template(image="broken")})
        assert _sizes(cluster) == {"1": 8, "2": 5}
        await _patch(cluster, {"replicas": 15})
        assert _sizes(cluster) == {"1": 11, "2": 7}


async def test_history_is_cleaned_up() -> None:
    cluster = Cluster()
    async with cluster.running(*BOTH):
        await cluster.client.create("deployments.apps", deployment(replicas=1, revisionHistoryLimit=1))
        await cluster.settle()
        for number in range(2, 5):
            await _roll_out(cluster)
            await _patch(cluster, {"template": template(image=f"nginx:{number}")})
        await _roll_out(cluster)
        assert sorted(_sizes(cluster)) == ["3", "4"]


async def test_a_stuck_rollout_misses_its_deadline() -> None:
    cluster = Cluster()
    async with cluster.running(*BOTH):
        await cluster.client.create("deployments.apps", deployment(replicas=1, progressDeadlineSeconds=60))
        await cluster.settle()
        await cluster.advance(50)
        progressing = condition_of(_get(cluster), "Progressing")
        assert progressing is not None and progressing["status"] == "True"
        await cluster.advance(15)
        progressing = condition_of(_get(cluster), "Progressing")
        assert progressing is not None
        assert (progressing["status"], progressing["reason"]) == ("False", "ProgressDeadlineExceeded")
        await _roll_out(cluster)
        progressing = condition_of(_get(cluster), "Progressing")
        assert progressing is not None
        assert (progressing["status"], progressing["reason"]) == ("True", "NewReplicaSetAvailable")


async def test_a_hash_collision_makes_another_name() -> None:
    cluster = Cluster()
    async with cluster.running(*BOTH):
        await cluster.client.create("deployments.apps", deployment(replicas=1))
        await cluster.settle()
        name = cluster.api.all("replicasets.apps")[0]["metadata"]["name"]
    other = Cluster()
    squatter = {"metadata": {"name": name, "namespace": "default"}, "spec": {"template": template("other")}}
    squatter["spec"] |= {"replicas": 0, "selector": {"matchLabels": {"app": "other"}}}
    await other.client.create("replicasets.apps", squatter)
    async with other.running(*BOTH):
        await other.client.create("deployments.apps", deployment(replicas=1))
        await other.settle()
        await other.advance(1)
        assert _get(other)["status"]["collisionCount"] == 1
        assert len(other.api.all("replicasets.apps")) == 2
        assert len(other.pods(app="web")) == 1


async def test_the_sets_failure_is_the_deployments() -> None:
    cluster = Cluster()

    def refuse(method: str, path: str, body: Json) -> None:
        if method == "POST" and path.endswith("/pods"):
            raise errors.forbidden("pods", "", "exceeded quota: q")

    cluster.api.hooks.append(refuse)
    async with cluster.running(*BOTH):
        await cluster.client.create("deployments.apps", deployment(replicas=1))
        await cluster.settle()
        failure = condition_of(_get(cluster), "ReplicaFailure")
        assert failure is not None and failure["reason"] == "FailedCreate"
        cluster.api.hooks.clear()
        await cluster.advance(2)
        assert condition_of(_get(cluster), "ReplicaFailure") is None


async def test_a_settled_deployment_is_left_alone() -> None:
    cluster = Cluster()
    async with cluster.running(*BOTH):
        await cluster.client.create("deployments.apps", deployment(replicas=2))
        await cluster.settle()
        await _roll_out(cluster)
        asked = len(cluster.api.requests)
        await cluster.advance(3600)
        new = [request for request in cluster.api.requests[asked:] if request[0] != "WATCH"]
        assert new == []


async def test_orphaned_sets_are_adopted() -> None:
    cluster = Cluster()
    async with cluster.running(*BOTH):
        await cluster.client.create("deployments.apps", deployment(replicas=1))
        await cluster.settle()
        name = cluster.api.all("replicasets.apps")[0]["metadata"]["name"]
        await cluster.client.delete("deployments.apps", "web", "default")
        cluster.api.change(
            "replicasets.apps", f"default/{name}", lambda rs: rs["metadata"].__setitem__("ownerReferences", [])
        )
        made = await cluster.client.create("deployments.apps", deployment(replicas=1))
        await cluster.settle()
        (adopted,) = cluster.api.all("replicasets.apps")
        assert adopted["metadata"]["ownerReferences"][0]["uid"] == made["metadata"]["uid"]
