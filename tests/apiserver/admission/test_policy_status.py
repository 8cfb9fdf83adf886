"""What a policy's status says of its expressions."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from pybernetes.api.object import Json
from tests.apiserver.admission.test_policies import policy
from tests.apiserver.admission.webhooks import PATH
from tests.apiserver.conftest import Api


async def status_of(api: Api, **spec: Any) -> Json:
    body = policy("Validating", **spec)
    created = await api.create(f"{PATH}/validatingadmissionpolicies", body)
    async with asyncio.timeout(10):
        while True:
            status: Json = (await api.get(f"{PATH}/validatingadmissionpolicies/p")).get("status") or {}
            if status.get("observedGeneration") == created["metadata"]["generation"]:
                return status
            await asyncio.sleep(0)


async def test_a_field_that_a_kind_does_not_have(api: Api) -> None:
    rules = [{"apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["*"], "resources": ["deployments"]}]
    expressions = ["object.replicas > 1", "object.spec.replicas > 1", "object.spec.template.spec.hostPID == 1"]
    status = await status_of(
        api,
        matchConstraints={"resourceRules": rules},
        validations=[{"expression": text} for text in expressions],
    )
    first, second = status["typeChecking"]["expressionWarnings"]
    assert first == {
        "fieldRef": "spec.validations[0].expression",
        "warning": "apps/v1, Kind=Deployment: ERROR: <input>:1:7: undefined field 'replicas'\n"
        " | object.replicas > 1\n | ......^\n",
    }
    assert second["fieldRef"] == "spec.validations[2].expression"
    assert "found no matching overload for '_==_' applied to '(bool, int)'" in second["warning"]


@pytest.mark.parametrize("resources", ["*", "configmaps"])
async def test_nothing_is_found(api: Api, resources: str) -> None:
    status = await status_of(api, resources=resources, validations=[{"expression": "object.metadata.name == 'x'"}])
    assert not (status.get("typeChecking") or {}).get("expressionWarnings")
