"""Applying to a part of an object through its subresource: scale, resize, ephemeral containers."""

from __future__ import annotations

from typing import Any

from pybernetes.api.object import Json
from tests.apiserver.conftest import Api, pod
from tests.apiserver.customresources.definitions import WIDGETS, crd, established, version, widget
from tests.apiserver.test_bad_input import deployment

DEPLOYMENT = "/apis/apps/v1/namespaces/default/deployments/x"
POD = "/api/v1/namespaces/default/pods/x"
APPLY = "application/apply-patch+yaml"


async def applied(api: Api, path: str, config: Json, manager: str, **query: str) -> tuple[int, Json]:
    return await api.call("PATCH", path, config, content_type=APPLY, query={"fieldManager": manager, **query})


def scale(replicas: int | None) -> Json:
    spec = {} if replicas is None else {"replicas": replicas}
    return {"apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": {"name": "x"}, "spec": spec}


def owned(obj: Json, manager: str) -> list[tuple[Any, ...]]:
    return [
        (entry["operation"], entry["apiVersion"], entry.get("subresource"), entry["fieldsV1"])
        for entry in obj["metadata"]["managedFields"]
        if entry["manager"] == manager
    ]


async def test_a_scale_that_is_applied_owns_the_replicas(api: Api) -> None:
    await api.create(DEPLOYMENT.rpartition("/")[0], deployment(), query={"fieldManager": "creator"})
    status, answer = await applied(api, f"{DEPLOYMENT}/scale", scale(3), "scaler", force="true")
    assert (status, answer["kind"], answer["spec"]) == (200, "Scale", {"replicas": 3})
    found = await api.get(DEPLOYMENT)
    assert found["spec"]["replicas"] == 3
    assert owned(found, "scaler") == [("Apply", "apps/v1", "scale", {"f:spec": {"f:replicas": {}}})]
    status, answer = await applied(api, f"{DEPLOYMENT}/scale", scale(5), "another")
    assert (status, answer["reason"]) == (409, "Conflict")
    assert answer["details"]["causes"] == [
        {
            "reason": "FieldManagerConflict",
            "message": 'conflict with "scaler" with subresource "scale"',
            "field": ".spec.replicas",
        }
    ]
    assert (await applied(api, f"{DEPLOYMENT}/scale", scale(5), "another", force="true"))[0] == 200
    assert owned(await api.get(DEPLOYMENT), "scaler") == []
    assert (await applied(api, f"{DEPLOYMENT}/scale", scale(-1), "another"))[0] == 422
    assert (await applied(api, f"{DEPLOYMENT}/scale", scale(7), "another", dryRun="All"))[1]["spec"] == {"replicas": 7}
    assert (await api.get(f"{DEPLOYMENT}/scale"))["spec"] == {"replicas": 5}
    assert (await applied(api, f"{DEPLOYMENT}y/scale", {**scale(1), "metadata": {}}, "another"))[0] == 404


async def test_the_scale_of_a_custom_resource(api: Api) -> None:
    parts = {"scale": {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"}}
    await established(api, crd(version(subresources=parts)))
    await api.create(WIDGETS, widget("x"))
    assert (await applied(api, f"{WIDGETS}/x/scale", scale(4), "scaler", force="true"))[0] == 200
    found = await api.get(f"{WIDGETS}/x")
    assert found["spec"]["replicas"] == 4
    assert owned(found, "scaler") == [("Apply", "example.com/v1", "scale", {"f:spec": {"f:replicas": {}}})]


async def test_sizes_and_ephemeral_containers(api: Api) -> None:
    body = pod("x")
    body["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "100m"}}
    await api.create(POD.rpartition("/")[0], body)
    debugger = {"name": "debug", "image": "busybox"}
    config: Json = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}}
    config["spec"] = {"ephemeralContainers": [debugger]}
    status, answer = await applied(api, f"{POD}/ephemeralcontainers", config, "debugger")
    assert status == 200, answer
    assert [one["name"] for one in answer["spec"]["ephemeralContainers"]] == ["debug"]
    (entry,) = owned(answer, "debugger")
    assert entry[:3] == ("Apply", "v1", "ephemeralcontainers")
    sized = {"name": "main", "resources": {"requests": {"cpu": "1"}}}
    status, answer = await applied(
        api, f"{POD}/resize", {**config, "spec": {"containers": [sized]}}, "sizer", force="true"
    )
    assert status == 200, answer
    assert answer["spec"]["containers"][0]["resources"] == {"requests": {"cpu": "1"}}
    assert [entry[:3] for entry in owned(answer, "sizer")] == [("Apply", "v1", "resize")]
    missing = POD.replace("/x", "/none")
    config["metadata"] = {}
    assert (await applied(api, f"{missing}/ephemeralcontainers", config, "debugger"))[0] == 404
