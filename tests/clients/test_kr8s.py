"""kr8s, unmodified: objects that refresh, patch, scale and wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import kr8s
import pytest
from kr8s.asyncio import Api
from kr8s.asyncio.objects import ConfigMap, Deployment, Namespace

# It says that it has not been tried with this version of Kubernetes yet.
pytestmark = pytest.mark.filterwarnings("ignore:Kubernetes version:UserWarning")

NAMESPACE = "kr8s"


@pytest.fixture
async def api(kubeconfig: Path) -> AsyncIterator[Api]:
    found = await kr8s.asyncio.api(kubeconfig=str(kubeconfig), namespace=NAMESPACE)
    namespace = await Namespace({"metadata": {"name": NAMESPACE}}, api=found)
    if not await namespace.exists():
        await namespace.create()
    yield found
    await found._session.aclose()  # kr8s leaves that to the end of the process


async def test_objects_round_trip(api: Api) -> None:
    settings = await ConfigMap({"metadata": {"name": "settings"}, "data": {"x": "1"}}, api=api, namespace=NAMESPACE)
    await settings.create()
    await settings.patch({"data": {"y": "2"}})
    await settings.refresh()
    assert dict(settings.raw["data"]) == {"x": "1", "y": "2"}
    await settings.label(tier="back")
    found = [each async for each in api.get("configmaps", namespace=NAMESPACE, label_selector="tier=back")]
    assert [each.name for each in found] == ["settings"]
    await settings.delete()
    await settings.wait("delete", timeout=10)
    assert not await settings.exists()


async def test_a_deployment_is_scaled_and_its_pods_found(api: Api) -> None:
    spec = {
        "replicas": 1,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "web", "image": "nginx:1.25"}]},
        },
    }
    deployment = await Deployment({"metadata": {"name": "web"}, "spec": spec}, api=api, namespace=NAMESPACE)
    await deployment.create()
    assert len(await pods_seen(api, 1)) == 1
    await deployment.scale(2)
    assert len(await pods_seen(api, 2)) == 2
    assert {pod.labels["app"] for pod in await deployment.pods()} == {"web"}


async def pods_seen(api: Api, count: int) -> set[str]:
    """Watch until so many pods have been seen; their names."""
    names: set[str] = set()
    async with asyncio.timeout(20):
        async for _, pod in api.watch("pods", namespace=NAMESPACE, label_selector="app=web"):
            names.add(pod.name)
            if len(names) == count:
                break
    return names


async def test_what_the_server_is(api: Api) -> None:
    assert (await api.version())["major"] == "1"
    resources = {each["name"] for each in await api.api_resources()}
    assert {"pods", "deployments", "customresourcedefinitions"} <= resources
    whoami = await api.whoami()
    assert whoami == "kubernetes-admin"
