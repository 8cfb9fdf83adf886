"""ResourceQuota: what is counted, what is refused, and that concurrent creates never take more than there is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from pybernetes.api.object import Json
from pybernetes.apiserver.admission.resource_quota import missing_resources
from pybernetes.apiserver.options import Options
from tests.apiserver.conftest import Api, config_map, running

BASE = "/api/v1/namespaces/default"
PODS, QUOTAS, SERVICES = f"{BASE}/pods", f"{BASE}/resourcequotas", f"{BASE}/services"


async def quota(
    api: Api, hard: dict[str, str], *, name: str = "q", used: dict[str, str] | None = None, **spec: Any
) -> None:
    """A quota as it is once the controller has looked at it."""
    body = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": name}, "spec": {"hard": hard, **spec}}
    made = await api.create(QUOTAS, body)
    made["status"] = {"hard": hard, "used": used if used is not None else dict.fromkeys(hard, "0")}
    await api.ok("PUT", f"{QUOTAS}/{name}/status", made)


async def used(api: Api, name: str = "q") -> dict[str, str]:
    found: dict[str, str] = (await api.get(f"{QUOTAS}/{name}"))["status"]["used"]
    return found


def pod(name: str, requests: dict[str, str] | None = None, limits: dict[str, str] | None = None, **spec: Any) -> Json:
    resources = {key: value for key, value in (("requests", requests), ("limits", limits)) if value}
    container = {"name": "c1", "image": "busybox", "resources": resources}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {"containers": [container], **spec},
    }


async def refused(api: Api, path: str, body: Json) -> str:
    status, value = await api.call("POST", path, body)
    assert status == 403, value
    return str(value["message"])


async def test_pods_and_what_they_ask_for(api: Api) -> None:
    await quota(api, {"pods": "2", "requests.cpu": "1", "limits.memory": "1Gi"})
    await api.create(PODS, pod("a", {"cpu": "600m"}, {"memory": "512Mi"}))
    assert await used(api) == {"pods": "1", "requests.cpu": "600m", "limits.memory": "512Mi"}
    assert await refused(api, PODS, pod("b", {"cpu": "500m"}, {"memory": "1Gi"})) == (
        'pods "b" is forbidden: exceeded quota: q, requested: limits.memory=1Gi,requests.cpu=500m, '
        "used: limits.memory=512Mi,requests.cpu=600m, limited: limits.memory=1Gi,requests.cpu=1"
    )
    await api.create(PODS, pod("c", {"cpu": "400m"}, {"memory": "512Mi"}))
    assert await used(api) == {"pods": "2", "requests.cpu": "1", "limits.memory": "1Gi"}


async def test_the_words_of_a_refusal(api: Api) -> None:
    await quota(api, {"pods": "2"}, used={"pods": "2"})
    assert await refused(api, PODS, pod("x")) == (
        'pods "x" is forbidden: exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2'
    )


async def test_what_is_limited_must_be_said(api: Api) -> None:
    await quota(api, {"limits.cpu": "2", "memory": "1Gi"})
    assert await refused(api, PODS, pod("x")) == (
        'pods "x" is forbidden: failed quota: q: must specify limits.cpu for: c1; memory for: c1'
    )


def test_missing_resources_names_every_container() -> None:
    two = {"spec": {"containers": [{"name": "b"}, {"name": "a"}, {"name": "c", "resources": {"limits": {"cpu": "1"}}}]}}
    assert missing_resources(two, ["limits.cpu", "pods", "requests.storage"]) == "limits.cpu for: a,b"
    whole: Json = {"spec": {"containers": [{"name": "a"}], "resources": {"limits": {"cpu": "1"}}}}
    assert missing_resources(whole, ["limits.cpu"]) == ""


async def test_nothing_is_known_of_what_is_used(api: Api) -> None:
    await quota(api, {"pods": "2"}, used={})
    assert await refused(api, PODS, pod("x")) == 'pods "x" is forbidden: status unknown for quota: q, resources: pods'


async def test_a_quota_that_nobody_has_looked_at_limits_nothing(api: Api) -> None:
    body = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"}, "spec": {"hard": {"pods": "0"}}}
    await api.create(QUOTAS, body)
    await api.create(PODS, pod("x"))


@pytest.mark.parametrize(
    ("path", "body", "hard"),
    [
        (f"{BASE}/configmaps", config_map("x"), "configmaps"),
        (f"{BASE}/configmaps", config_map("x"), "count/configmaps"),
        (f"{BASE}/secrets", {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x"}}, "secrets"),
        (
            "/apis/apps/v1/namespaces/default/deployments",
            {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": {"name": "x"},
                "spec": {
                    "selector": {"matchLabels": {"a": "b"}},
                    "template": {"metadata": {"labels": {"a": "b"}}, "spec": pod("x")["spec"]},
                },
            },
            "count/deployments.apps",
        ),
        (
            f"{BASE}/persistentvolumeclaims",
            {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "metadata": {"name": "x"},
                "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1"}}},
            },
            "requests.storage",
        ),
    ],
)
async def test_everything_else_that_is_counted(api: Api, path: str, body: Json, hard: str) -> None:
    await quota(api, {hard: "1", "pods": "0"})
    await api.create(path, body)
    assert await used(api) == {hard: "1", "pods": "0"}
    again = {**body, "metadata": {"name": "y"}}
    assert await refused(api, path, again) == (
        f'{await qualified(path)} "y" is forbidden: exceeded quota: q, '
        f"requested: {hard}=1, used: {hard}=1, limited: {hard}=1"
    )


async def qualified(path: str) -> str:
    return "deployments.apps" if path.startswith("/apis/apps") else path.rpartition("/")[2]


def service(**spec: Any) -> Json:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "s"},
        "spec": {"ports": [{"port": 80}], **spec},
    }


async def test_a_service_is_charged_when_it_becomes_more(api: Api) -> None:
    await quota(api, {"services": "1", "services.nodeports": "1", "services.loadbalancers": "0"})
    await api.create(SERVICES, service())
    assert await used(api) == {"services": "1", "services.nodeports": "0", "services.loadbalancers": "0"}
    path, merge = f"{SERVICES}/s", "application/merge-patch+json"
    await api.ok("PATCH", path, {"spec": {"type": "NodePort"}}, content_type=merge)
    assert (await used(api))["services.nodeports"] == "1"
    status, answer = await api.call("PATCH", path, {"spec": {"type": "LoadBalancer"}}, content_type=merge)
    assert status == 403
    assert answer["message"] == (
        'services "s" is forbidden: exceeded quota: q, requested: services.loadbalancers=1, '
        "used: services.loadbalancers=0, limited: services.loadbalancers=0"
    )
    assert (await used(api))["services.nodeports"] == "1"


@pytest.mark.parametrize(
    ("spec", "counted", "not_counted"),
    [
        ({"scopes": ["BestEffort"]}, pod("x"), pod("y", {"cpu": "1"})),
        ({"scopes": ["NotBestEffort"]}, pod("x", {"cpu": "1"}), pod("y")),
        ({"scopes": ["Terminating"]}, pod("x", activeDeadlineSeconds=5), pod("y")),
        ({"scopes": ["NotTerminating"]}, pod("x"), pod("y", activeDeadlineSeconds=5)),
        (
            {
                "scopeSelector": {
                    "matchExpressions": [
                        {"scopeName": "PriorityClass", "operator": "In", "values": ["system-node-critical"]}
                    ]
                }
            },
            pod("x", priorityClassName="system-node-critical"),
            pod("y"),
        ),
    ],
)
async def test_scopes(api: Api, spec: Json, counted: Json, not_counted: Json) -> None:
    await quota(api, {"pods": "0"}, **spec)
    await api.create(PODS, not_counted)
    assert "exceeded quota: q" in await refused(api, PODS, counted)


async def test_a_write_that_fails_gives_back_what_it_took(api: Api) -> None:
    await quota(api, {"pods": "5"})
    await quota(api, {"pods": "1"}, name="tight")
    await api.create(PODS, pod("x"))
    await refused(api, PODS, pod("y"))
    assert (await used(api), await used(api, "tight")) == ({"pods": "1"}, {"pods": "1"})
    await api.ok("DELETE", f"{QUOTAS}/tight")
    status, _ = await api.call("POST", PODS, pod("x"))
    assert status == 409
    assert await used(api) == {"pods": "1"}


async def test_a_dry_run_is_refused_but_not_charged(api: Api) -> None:
    await quota(api, {"pods": "1"})
    await api.create(PODS, pod("x"), query={"dryRun": "All"})
    assert await used(api) == {"pods": "0"}
    await api.create(PODS, pod("x"))
    status, _ = await api.call("POST", PODS, pod("y"), query={"dryRun": "All"})
    assert status == 403


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[tuple[Api, Api]]:
    """Two servers over one store."""
    async with running(Options(tmp_path, secure_port=-1)) as one:
        from pybernetes.apiserver.server import APIServer

        other = APIServer(one.options, one.state.store, one.pki, one.state.clock)
        task = asyncio.create_task(other.state.cache.run())
        await other.state.cache.wait_loaded()
        try:
            api = Api(one)
            account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}
            await api.create(f"{BASE}/serviceaccounts", account)
            yield api, Api(other)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def test_creates_at_once_through_two_servers_take_what_there_is_and_no_more(two: tuple[Api, Api]) -> None:
    await quota(two[0], {"pods": "7"})
    await quota(two[0], {"count/pods": "7"}, name="again")
    creates = [two[index % 2].call("POST", PODS, pod(f"p{index}")) for index in range(30)]
    statuses = [status for status, _ in await asyncio.gather(*creates)]
    made = (await two[0].get(PODS))["items"]
    assert statuses.count(201) == len(made) == 7
    assert await used(two[0]) == {"pods": "7"}
    assert await used(two[0], "again") == {"count/pods": "7"}
    assert set(statuses) == {201, 403}


async def test_a_create_that_is_cut_off_leaves_the_others_alone(api: Api) -> None:
    await quota(api, {"pods": "20"})
    creates = [asyncio.create_task(api.call("POST", PODS, pod(f"p{index}"))) for index in range(12)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    creates[0].cancel()
    creates[5].cancel()
    answers = await asyncio.gather(*creates, return_exceptions=True)
    made = [answer for answer in answers if not isinstance(answer, BaseException)]
    assert [status for status, _ in made] == [201] * 10
    assert int((await used(api))["pods"]) >= len((await api.get(PODS))["items"])
