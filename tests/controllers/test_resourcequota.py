"""Resource quotas and aggregated cluster roles, end to end over an API in memory."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.api.core.quota_usage import is_about
from pybernetes.api.object import Json
from pybernetes.controllers import clusterroleaggregation, resourcequota
from tests.fakes.control_plane import Cluster, service


def _quota(hard: dict[str, str], **spec: Any) -> Json:
    return {"metadata": {"name": "q", "namespace": "default"}, "spec": {"hard": hard, **spec}}


def _pod(name: str, cpu: str = "250m", memory: str = "64Mi", **spec: Any) -> Json:
    resources = {"requests": {"cpu": cpu, "memory": memory}, "limits": {"cpu": "1"}}
    containers = [{"name": "c", "resources": resources}]
    return {"metadata": {"name": name, "namespace": "default"}, "spec": {"containers": containers, **spec}}


def _used(cluster: Cluster) -> dict[str, str]:
    used: dict[str, str] = (cluster.api.get("resourcequotas", "default/q") or {})["status"]["used"]
    return used


async def test_usage_follows_objects() -> None:
    cluster = Cluster()
    hard = {
        "pods": "10",
        "requests.cpu": "2",
        "cpu": "2",
        "requests.memory": "1Gi",
        "limits.cpu": "4",
        "services.nodeports": "2",
        "configmaps": "5",
        "count/deployments.apps": "3",
    }
    async with cluster.running(resourcequota.resource_quota):
        await cluster.client.create("pods", _pod("a"))
        await cluster.client.create("pods", _pod("b", cpu="1"))
        await cluster.client.create("pods", {**_pod("done"), "status": {"phase": "Succeeded"}})
        await cluster.client.create("services", service(type="NodePort"))
        await cluster.client.create("configmaps", {"metadata": {"name": "c", "namespace": "default"}})
        await cluster.client.create("configmaps", {"metadata": {"name": "c", "namespace": "other"}})
        await cluster.client.create("resourcequotas", _quota(hard))
        await cluster.settle()
        assert _used(cluster) == {
            "pods": "2",
            "requests.cpu": "1250m",
            "cpu": "1250m",
            "requests.memory": "128Mi",
            "limits.cpu": "2",
            "services.nodeports": "1",
            "configmaps": "1",
            "count/deployments.apps": "0",
        }
        await cluster.client.delete("pods", "b", "default", grace_seconds=0)
        await cluster.client.delete("configmaps", "c", "default")
        await cluster.settle()
        used = _used(cluster)
        assert (used["pods"], used["requests.cpu"], used["configmaps"]) == ("1", "250m", "0")


async def test_scopes_say_which_pods_count() -> None:
    cluster = Cluster()
    async with cluster.running(resourcequota.resource_quota):
        await cluster.client.create("pods", _pod("a", activeDeadlineSeconds=5))
        await cluster.client.create("pods", _pod("b"))
        await cluster.client.create("resourcequotas", _quota({"pods": "5"}, scopes=["Terminating"]))
        await cluster.settle()
        assert _used(cluster) == {"pods": "1"}


@pytest.mark.parametrize(
    ("requirement", "spec", "matches"),
    [
        ({"scopeName": "PriorityClass", "operator": "In", "values": ["high"]}, {"priorityClassName": "high"}, True),
        ({"scopeName": "PriorityClass", "operator": "In", "values": ["high"]}, {}, False),
        ({"scopeName": "PriorityClass", "operator": "DoesNotExist"}, {}, True),
        ({"scopeName": "BestEffort", "operator": "Exists"}, {"containers": [{}]}, True),
        ({"scopeName": "NotBestEffort", "operator": "Exists"}, {"containers": [{}]}, False),
        ({"scopeName": "CrossNamespacePodAffinity", "operator": "Exists"}, {}, False),
        (
            {"scopeName": "CrossNamespacePodAffinity", "operator": "Exists"},
            {
                "affinity": {
                    "podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"namespaces": ["other"]}]}
                }
            },
            True,
        ),
    ],
)
def test_scope(requirement: Json, spec: Json, matches: bool) -> None:
    quota = _quota({"pods": "1"}, scopeSelector={"matchExpressions": [requirement]})
    assert is_about(quota, "pods", {"metadata": {}, "spec": spec}) is matches
    assert not is_about(quota, "configmaps", {"metadata": {}})


async def test_aggregated_roles_have_the_rules_of_those_they_select() -> None:
    cluster = Cluster()
    roles = clusterroleaggregation.CLUSTER_ROLES
    selector = {"matchLabels": {"to-admin": "true"}}
    async with cluster.running(clusterroleaggregation.cluster_role_aggregation):
        admin = {"metadata": {"name": "admin"}, "aggregationRule": {"clusterRoleSelectors": [selector]}, "rules": []}
        await cluster.client.create(roles, admin)
        for name, resources in (("z", ["pods"]), ("a", ["secrets"])):
            rules = [{"apiGroups": [""], "resources": resources, "verbs": ["get"]}]
            await cluster.client.create(
                roles, {"metadata": {"name": name, "labels": {"to-admin": "true"}}, "rules": rules}
            )
        await cluster.settle()
        found = (cluster.api.get(roles, "admin") or {})["rules"]
        assert [rule["resources"] for rule in found] == [["secrets"], ["pods"]]
        await cluster.client.delete(roles, "a")
        await cluster.settle()
        found = (cluster.api.get(roles, "admin") or {})["rules"]
        assert [rule["resources"] for rule in found] == [["pods"]]
