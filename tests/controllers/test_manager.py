"""All controllers together over an API in memory: one deployment from nothing to nothing."""

from __future__ import annotations

import asyncio

import pytest

from pybernetes.controllers import manager
from pybernetes.controllers.options import Options
from tests.fakes.control_plane import Cluster, deployment, namespace, node, service

OPTIONS = Options(root_ca="PEM", allocate_node_cidrs=True, cluster_cidr="10.244.0.0/16", leader_elect=True)


async def test_a_deployment_comes_and_goes() -> None:
    cluster = Cluster()
    task = asyncio.create_task(manager.run(cluster.client, OPTIONS, clock=cluster.clock))
    await cluster.client.create("namespaces", namespace("default"))
    await cluster.client.create("nodes", node())
    await cluster.client.create("deployments.apps", deployment(replicas=2))
    await cluster.client.create("services", service())
    await cluster.settle()
    await cluster.ready_all()
    (slice,) = cluster.api.all("endpointslices.discovery.k8s.io")
    assert [endpoint["conditions"]["ready"] for endpoint in slice["endpoints"]] == [True, True]
    assert (cluster.api.get("nodes", "node-1") or {})["spec"]["podCIDR"] == "10.244.0.0/24"
    assert cluster.api.get("serviceaccounts", "default/default") is not None

    await cluster.client.delete("deployments.apps", "web", "default", propagation="Background")
    await cluster.client.delete("services", "web", "default")
    await cluster.settle()
    assert cluster.api.all("replicasets.apps") == [] and cluster.pods() == []
    assert cluster.api.all("endpointslices.discovery.k8s.io") == [] and cluster.api.all("endpoints") == []

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    lease = cluster.api.get("leases.coordination.k8s.io", "kube-system/kube-controller-manager")
    assert lease is not None and not lease["spec"].get("holderIdentity")


async def test_controllers_can_be_chosen() -> None:
    cluster = Cluster()
    chosen = Options(controllers=("serviceaccount-controller",))
    task = asyncio.create_task(manager.run(cluster.client, chosen, clock=cluster.clock))
    await cluster.client.create("namespaces", namespace("default"))
    await cluster.client.create("deployments.apps", deployment(replicas=2))
    await cluster.settle()
    assert cluster.api.get("serviceaccounts", "default/default") is not None
    assert cluster.api.all("replicasets.apps") == []
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_names_are_those_of_kube_controller_manager() -> None:
    assert len({entry.name for entry in manager.CONTROLLERS}) == len(manager.CONTROLLERS)
    assert all(entry.name.endswith("-controller") for entry in manager.CONTROLLERS)
