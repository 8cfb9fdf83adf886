"""Resizing pods and adding ephemeral containers, through the server."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.api.object import Json
from tests.apiserver.conftest import Api

PODS = "/api/v1/namespaces/default/pods"
PATH = f"{PODS}/x"
STRATEGIC = "application/strategic-merge-patch+json"


def pod(**resources: dict[str, str]) -> Json:
    spec = {"containers": [{"name": "c", "image": "busybox", "resources": resources}]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": spec}


def sizes(**resources: dict[str, str] | None) -> Json:
    return {"spec": {"containers": [{"name": "c", "resources": resources}]}}


async def resize(api: Api, **resources: Any) -> tuple[int, Json]:
    return await api.call("PATCH", f"{PATH}/resize", sizes(**resources), content_type=STRATEGIC)


async def test_a_resize_changes_sizes_and_nothing_else(api: Api) -> None:
    made = await api.create(PODS, pod(requests={"cpu": "1"}, limits={"cpu": "2"}))
    described = await api.get(f"{PATH}/resize")
    described["spec"]["containers"][0] |= {
        "image": "other",
        "resources": {"requests": {"cpu": "1500m"}, "limits": {"cpu": "3"}},
    }
    described["metadata"]["labels"] = {"a": "b"}
    resized = await api.ok("PUT", f"{PATH}/resize", described)
    wanted = made["spec"]["containers"][0] | {"resources": {"requests": {"cpu": "1500m"}, "limits": {"cpu": "3"}}}
    assert resized["spec"]["containers"] == [wanted]
    assert "labels" not in resized["metadata"]
    assert resized["metadata"]["generation"] == made["metadata"]["generation"] + 1


@pytest.mark.parametrize(
    ("resources", "message"),
    [
        (
            {"limits": {"cpu": None}},
            "spec.containers[0].resources.limits: Forbidden: resource limits cannot be removed",
        ),
        ({"requests": {"cpu": "2"}}, "Pod QOS Class may not change as a result of resizing"),
        ({"requests": {"cpu": "5"}}, "must be less than or equal to cpu limit of 2"),
        ({"requests": {"ephemeral-storage": "1Gi"}}, "only cpu and memory resources are mutable"),
    ],
)
async def test_what_a_resize_may_not_do(api: Api, resources: Json, message: str) -> None:
    await api.create(PODS, pod(requests={"cpu": "1", "memory": "1Gi"}, limits={"cpu": "2", "memory": "1Gi"}))
    status, answer = await resize(api, **resources)
    assert status == 422, answer
    assert message in answer["message"]


async def test_a_resize_is_held_to_ranges_and_quotas(api: Api) -> None:
    await api.create(PODS, pod(requests={"cpu": "1"}))
    hard = {"requests.cpu": "3"}
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"}, "spec": {"hard": hard}}
    made = await api.create("/api/v1/namespaces/default/resourcequotas", quota)
    made["status"] = {"hard": hard, "used": {"requests.cpu": "1"}}
    await api.ok("PUT", "/api/v1/namespaces/default/resourcequotas/q/status", made)
    assert (await resize(api, requests={"cpu": "2500m"}))[0] == 200
    found = await api.get("/api/v1/namespaces/default/resourcequotas/q")
    assert found["status"]["used"] == {"requests.cpu": "2500m"}
    status, answer = await resize(api, requests={"cpu": "4"})
    assert status == 403
    assert answer["message"] == (
        'pods "x" is forbidden: exceeded quota: q, requested: requests.cpu=1500m, used: requests.cpu=2500m, '
        "limited: requests.cpu=3"
    )
    item = {"type": "Container", "max": {"cpu": "2"}}
    limits = {"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "l"}, "spec": {"limits": [item]}}
    await api.create("/api/v1/namespaces/default/limitranges", limits)
    status, answer = await resize(api, requests={"cpu": "2600m"}, limits={"cpu": "3"})
    assert status == 403
    assert "maximum cpu usage per Container is 2, but limit is 3" in answer["message"]


async def debug(api: Api, *containers: Json) -> tuple[int, Json]:
    body = {"spec": {"ephemeralContainers": list(containers)}}
    return await api.call("PATCH", f"{PATH}/ephemeralcontainers", body, content_type=STRATEGIC)


async def test_ephemeral_containers_join(api: Api) -> None:
    made = await api.create(PODS, pod())
    status, answer = await debug(api, {"name": "d", "image": "busybox", "targetContainerName": "c"})
    assert status == 200
    assert [one["name"] for one in answer["spec"]["ephemeralContainers"]] == ["d"]
    assert answer["metadata"]["generation"] == made["metadata"]["generation"] + 1
    status, answer = await debug(api, {"name": "e", "image": "busybox"})
    assert {one["name"] for one in answer["spec"]["ephemeralContainers"]} == {"d", "e"}


@pytest.mark.parametrize(
    ("container", "message"),
    [
        ({"name": "d", "image": "other"}, 'existing ephemeral containers "d" may not be changed'),
        ({"name": "c", "image": "busybox"}, "Duplicate value"),
        ({"name": "e"}, "image: Required value"),
        ({"name": "e", "image": "busybox", "targetContainerName": "none"}, "targetContainerName: Not found"),
    ],
)
async def test_what_ephemeral_containers_may_not_do(api: Api, container: Json, message: str) -> None:
    await api.create(PODS, pod())
    await debug(api, {"name": "d", "image": "busybox"})
    status, answer = await debug(api, container)
    assert status == 422, answer
    assert message in answer["message"]


async def test_a_gated_pod_says_why_it_waits(api: Api) -> None:
    body = pod()
    body["spec"]["schedulingGates"] = [{"name": "example.com/wait"}]
    made = await api.create(PODS, body)
    assert [one["reason"] for one in made["status"]["conditions"]] == ["SchedulingGated"]
