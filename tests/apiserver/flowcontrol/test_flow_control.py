"""Flow control of a whole server: its objects, what it tells clients, and whom it refuses."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from pybernetes.apiserver.flowcontrol.upkeep import Upkeep, wanted_write
from pybernetes.apiserver.http import Response
from pybernetes.apiserver.options import Options
from pybernetes.apiserver.server import APIServer
from tests.apiserver.conftest import Api, config_map, running

GROUP = "/apis/flowcontrol.apiserver.k8s.io/v1"
SCHEMAS, LEVELS = f"{GROUP}/flowschemas", f"{GROUP}/prioritylevelconfigurations"
CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"


def level(kind: str, shares: int = 1) -> Any:
    response: Any = {"type": kind}
    if kind == "Queue":
        response["queuing"] = {"queues": 4, "handSize": 2, "queueLengthLimit": 50}
    limited = {"nominalConcurrencyShares": shares, "borrowingLimitPercent": 0, "limitResponse": response}
    return {
        "apiVersion": "flowcontrol.apiserver.k8s.io/v1",
        "kind": "PriorityLevelConfiguration",
        "metadata": {"name": "narrow"},
        "spec": {"type": "Limited", "limited": limited},
    }


def schema(level_name: str = "narrow") -> Any:
    rule = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "namespaces": ["*"]}
    subjects = [{"kind": "User", "user": {"name": "alice"}}]
    return {
        "apiVersion": "flowcontrol.apiserver.k8s.io/v1",
        "kind": "FlowSchema",
        "metadata": {"name": "of-alice"},
        "spec": {
            "matchingPrecedence": 10,
            "priorityLevelConfiguration": {"name": level_name},
            "rules": [{"subjects": subjects, "resourceRules": [rule]}],
        },
    }


async def until_told(api: Api, name: str) -> Any:
    """The condition of a flow schema, once it has one."""
    async with asyncio.timeout(5):
        while True:
            found = await api.get(f"{SCHEMAS}/{name}")
            if conditions := found.get("status", {}).get("conditions"):
                return conditions[0]
            await asyncio.sleep(0)


async def test_every_cluster_has_its_levels_and_schemas(api: Api) -> None:
    levels = {each["metadata"]["name"] for each in (await api.get(LEVELS))["items"]}
    assert levels == {
        *("catch-all", "exempt", "global-default", "leader-election", "node-high", "system"),
        *("workload-high", "workload-low"),
    }
    schemas = (await api.get(SCHEMAS))["items"]
    assert len(schemas) == 13
    condition = await until_told(api, "system-nodes")
    assert (condition["type"], condition["status"], condition["reason"]) == ("Dangling", "False", "Found")
    assert condition["message"] == (
        'This FlowSchema references the PriorityLevelConfiguration object named "system" and it exists'
    )


async def test_looking_after_them_twice_writes_nothing(server: APIServer, api: Api) -> None:
    await until_told(api, "catch-all")
    upkeep = Upkeep(server.state.cache, server.submit, server.state.timestamp)
    await upkeep.step()
    before = (await api.get(SCHEMAS))["metadata"]["resourceVersion"]
    await upkeep.step()
    assert (await api.get(SCHEMAS))["metadata"]["resourceVersion"] == before


async def test_a_schema_without_its_level_says_so(api: Api) -> None:
    await api.create(SCHEMAS, schema("nowhere"))
    condition = await until_told(api, "of-alice")
    assert (condition["status"], condition["reason"]) == ("True", "NotFound")
    assert condition["message"].endswith('named "nowhere" but there is no such object')


@pytest.mark.parametrize(
    ("annotation", "generation", "mandatory", "writes"),
    [
        ("true", 4, False, True),
        ("false", 1, False, False),
        (None, 1, False, True),
        (None, 2, False, False),
        ("false", 4, True, True),
    ],
)
def test_what_may_be_brought_back(annotation: str | None, generation: int, mandatory: bool, writes: bool) -> None:
    annotations = {"apf.kubernetes.io/autoupdate-spec": annotation} if annotation else {}
    existing = {"metadata": {"name": "x", "generation": generation, "annotations": annotations}, "spec": {"a": 1}}
    write = wanted_write(existing, {"metadata": {"name": "x"}, "spec": {"a": 2}}, mandatory=mandatory)
    assert (write is not None) is writes
    assert write is None or (write["spec"], write["metadata"]["generation"]) == ({"a": 2}, generation)


async def test_an_answer_names_its_schema_and_level(api: Api) -> None:
    answer = await api.answer("GET", CONFIG_MAPS)
    assert isinstance(answer, Response) and answer.headers is not None
    exempt = [await api.get(f"{resource}/exempt") for resource in (SCHEMAS, LEVELS)]
    assert answer.headers["X-Kubernetes-Pf-Flowschema-Uid"] == exempt[0]["metadata"]["uid"]
    assert answer.headers["X-Kubernetes-Pf-Prioritylevel-Uid"] == exempt[1]["metadata"]["uid"]


async def together(api: Api, count: int) -> list[Response]:
    bodies = [config_map(f"cm-{number}") for number in range(count)]
    answers = await asyncio.gather(*(api.answer("POST", CONFIG_MAPS, body) for body in bodies))
    return [answer for answer in answers if isinstance(answer, Response)]


async def may_write(api: Api, user: str) -> None:
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": user},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": user}],
    }
    await api.create("/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings", binding)


async def test_a_full_level_refuses_with_429(api: Api) -> None:
    await may_write(api, "alice")
    await api.create(LEVELS, level("Reject"))
    await api.create(SCHEMAS, schema())
    narrow = api.server.flow_control
    assert narrow is not None
    seats = narrow.level("narrow").seats
    answers = await together(api.as_user("alice"), seats + 5)
    assert sorted(answer.status for answer in answers) == [201] * seats + [429] * 5
    refused = next(answer for answer in answers if answer.status == 429)
    assert refused.body == b"Too many requests, please try again later.\n"
    assert refused.headers is not None and refused.headers["retry-after"] == "1"
    assert len((await api.get(CONFIG_MAPS))["items"]) == seats
    assert narrow.level("narrow").in_use == 0
    others = await together(api, 30)
    assert {answer.status for answer in others} <= {201, 409}


async def test_a_level_with_queues_lets_them_wait(api: Api) -> None:
    await may_write(api, "alice")
    await api.create(LEVELS, level("Queue"))
    await api.create(SCHEMAS, schema())
    answers = await together(api.as_user("alice"), 40)
    assert {answer.status for answer in answers} == {201}
    narrow = api.server.flow_control
    assert narrow is not None and (narrow.level("narrow").in_use, narrow.level("narrow").waiting) == (0, 0)


async def test_it_can_be_turned_off(tmp_path: Path) -> None:
    async with running(Options(tmp_path, secure_port=-1, priority_and_fairness=False)) as server:
        answer = await Api(server).answer("GET", CONFIG_MAPS)
        assert isinstance(answer, Response)
        assert answer.headers is None or "X-Kubernetes-Pf-Flowschema-Uid" not in answer.headers
