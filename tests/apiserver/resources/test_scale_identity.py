"""A scale that says of which object it is."""

from __future__ import annotations

import pytest

from pybernetes.api.object import Json
from tests.apiserver.conftest import Api, pod
from tests.apiserver.customresources.definitions import WIDGETS, crd, established, version, widget

MERGE = "application/merge-patch+json"
SETS = "/apis/apps/v1/namespaces/default/replicasets"
SCALED = {"scale": {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"}}


async def made(api: Api, custom: bool) -> tuple[str, Json]:
    if custom:
        await established(api, crd(version(subresources=SCALED)))
        return f"{WIDGETS}/w/scale", await api.create(WIDGETS, widget(replicas=1))
    template = {"metadata": {"labels": {"a": "b"}}, "spec": pod("x")["spec"]}
    spec = {"selector": {"matchLabels": {"a": "b"}}, "template": template}
    return f"{SETS}/x/scale", await api.create(SETS, {"metadata": {"name": "x"}, "spec": spec})


@pytest.mark.parametrize("custom", [False, True])
async def test_another_object_is_not_scaled(api: Api, custom: bool) -> None:
    path, scaled = await made(api, custom)
    scale = await api.get(path)
    assert scale["metadata"]["uid"] == scaled["metadata"]["uid"]
    refused = f"Precondition failed: UID in precondition: other, UID in object meta: {scaled['metadata']['uid']}"
    other = {**scale, "metadata": {**scale["metadata"], "uid": "other"}, "spec": {"replicas": 3}}
    status, answer = await api.call("PUT", path, other)
    assert (status, answer["message"].rpartition("AdditionalErrorMsg: ")[2]) == (409, refused)
    patch = {"metadata": {"uid": "other"}, "spec": {"replicas": 3}}
    status, answer = await api.call("PATCH", path, patch, content_type=MERGE)
    resource = "widgets.example.com" if custom else "replicasets/scale.apps"
    name = scaled["metadata"]["name"]
    assert (status, answer["message"]) == (409, f'Operation cannot be fulfilled on {resource} "{name}": {refused}')
    assert (await api.get(path))["spec"] == {"replicas": 1}
    assert (await api.ok("PUT", path, {**scale, "spec": {"replicas": 3}}))["spec"] == {"replicas": 3}
