"""A pod that has no node yet: nothing to read of it, and nothing to run in it."""

from __future__ import annotations

import pytest

from pybernetes.apiserver.http import Response
from tests.apiserver.conftest import Api

PODS = "/api/v1/namespaces/default/pods"
POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "p"},
    "spec": {"containers": [{"name": "c", "image": "i"}]},
}


async def test_its_log_is_empty(api: Api) -> None:
    await api.create(PODS, POD)
    answer = await api.answer("GET", f"{PODS}/p/log")
    assert isinstance(answer, Response)
    assert (answer.status, answer.body) == (204, b"")


@pytest.mark.parametrize("subresource", ["exec", "attach", "portforward"])
async def test_nothing_runs_in_it(api: Api, subresource: str) -> None:
    await api.create(PODS, POD)
    query = {"command": "ls", "stdout": "true", "ports": "80"}
    status, answer = await api.call("POST", f"{PODS}/p/{subresource}", query=query)
    assert (status, answer["reason"]) == (400, "BadRequest")
    assert answer["message"] == "pod p does not have a host assigned"


async def test_an_update_that_leaves_out_what_admission_set_keeps_it(api: Api) -> None:
    made = await api.create(PODS, POD)
    for field in ("priority", "preemptionPolicy"):
        assert field in made["spec"]
        del made["spec"][field]
    made["metadata"]["labels"] = {"a": "b"}
    updated = await api.ok("PUT", f"{PODS}/p", made)
    assert (updated["spec"]["priority"], updated["spec"]["preemptionPolicy"]) == (0, "PreemptLowerPriority")
