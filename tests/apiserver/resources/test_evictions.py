"""Evictions: what a disruption budget lets go, what it keeps, and what it is told."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.api.errors import APIError
from pybernetes.api.object import Json
from pybernetes.apiserver.http import Response
from pybernetes.apiserver.resources.evictions import less_one
from tests.apiserver.conftest import Api, pod

PODS = "/api/v1/namespaces/default/pods"
BUDGETS = "/apis/policy/v1/namespaces/default/poddisruptionbudgets"
MERGE = "application/merge-patch+json"
KEPT = "Cannot evict pod as it would violate the pod's disruption budget."


def eviction(name: str, **options: Any) -> Json:
    body: Json = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}}
    return {**body, "deleteOptions": options} if options else body


async def evict(api: Api, name: str, **options: Any) -> tuple[int, Json]:
    return await api.call("POST", f"{PODS}/{name}/eviction", eviction(name, **options))


async def runs(api: Api, name: str, *, ready: bool = True) -> Json:
    await api.create(PODS, pod(name, labels={"app": name}))
    status = {"phase": "Running", "conditions": [{"type": "Ready", "status": str(ready)}]}
    return await api.ok("PATCH", f"{PODS}/{name}/status", {"status": status}, content_type=MERGE)


async def guarded(api: Api, app: str, name: str = "", **status: Any) -> None:
    spec = {"minAvailable": 1, "selector": {"matchLabels": {"app": app}}}
    name = name or app
    await api.create(BUDGETS, {"kind": "PodDisruptionBudget", "metadata": {"name": name}, "spec": spec})
    counts = {"observedGeneration": 1, "desiredHealthy": 1, "expectedPods": 1, **status}
    await api.ok("PATCH", f"{BUDGETS}/{name}/status", {"status": counts}, content_type=MERGE)


async def is_there(api: Api, name: str) -> bool:
    return (await api.call("GET", f"{PODS}/{name}"))[0] == 200


async def test_a_budget_gives_what_it_allows_and_no_more(api: Api) -> None:
    await runs(api, "a")
    await guarded(api, "a", currentHealthy=2, disruptionsAllowed=1)
    assert await evict(api, "a") == (
        201,
        {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201},
    )
    assert not await is_there(api, "a")
    status = (await api.get(f"{BUDGETS}/a"))["status"]
    assert (status["disruptionsAllowed"], list(status["disruptedPods"])) == (0, ["a"])
    (condition,) = status["conditions"]
    assert (condition["type"], condition["status"], condition["reason"]) == (
        "DisruptionAllowed",
        "False",
        "InsufficientPods",
    )
    await runs(api, "a")
    answer = await api.answer("POST", f"{PODS}/a/eviction", eviction("a"))
    assert isinstance(answer, Response)
    assert "retry-after" not in (answer.headers or {})
    status_code, refused = await evict(api, "a")
    assert (status_code, refused["message"]) == (429, KEPT)
    why = "The disruption budget a needs 1 healthy pods and has 2 currently"
    assert refused["details"] == {"causes": [{"reason": "DisruptionBudget", "message": why}]}


async def test_a_dry_run_takes_nothing_from_the_budget(api: Api) -> None:
    await runs(api, "a")
    await guarded(api, "a", currentHealthy=2, disruptionsAllowed=1)
    before = await api.get(f"{BUDGETS}/a")
    assert (await evict(api, "a", dryRun=["All"]))[0] == 201
    assert await is_there(api, "a")
    assert await api.get(f"{BUDGETS}/a") == before


async def test_a_budget_that_nobody_has_counted_for(api: Api) -> None:
    await runs(api, "a")
    await guarded(api, "a", currentHealthy=2, disruptionsAllowed=1)
    await api.ok("PATCH", f"{BUDGETS}/a", {"spec": {"minAvailable": 0}}, content_type=MERGE)
    status, refused = await evict(api, "a")
    assert (status, refused["details"]["retryAfterSeconds"]) == (429, 10)
    assert refused["details"]["causes"][0]["message"] == (
        "The disruption budget a is still being processed by the server."
    )


async def test_two_budgets_for_one_pod(api: Api) -> None:
    await runs(api, "a")
    await guarded(api, "a")
    await guarded(api, "a", "b")
    status, answer = await evict(api, "a")
    assert (status, answer["status"], answer["code"]) == (201, "Failure", 500)
    assert await is_there(api, "a")


@pytest.mark.parametrize(
    ("healthy", "policy", "goes"),
    [(0, None, False), (1, None, True), (0, "IfHealthyBudget", False), (0, "AlwaysAllow", True)],
)
async def test_a_pod_that_is_not_ready(api: Api, healthy: int, policy: str | None, goes: bool) -> None:
    await runs(api, "a", ready=False)
    await guarded(api, "a", currentHealthy=healthy, disruptionsAllowed=0)
    if policy:
        await api.ok("PATCH", f"{BUDGETS}/a", {"spec": {"unhealthyPodEvictionPolicy": policy}}, content_type=MERGE)
    assert (await evict(api, "a"))[0] == (201 if goes else 429)
    assert await is_there(api, "a") != goes


async def test_what_has_ended_or_never_ran_needs_no_budget(api: Api) -> None:
    await guarded(api, "a")
    await api.create(PODS, pod("a", labels={"app": "a"}))
    assert (await evict(api, "a"))[0] == 201
    await runs(api, "a")
    await api.ok("PATCH", f"{PODS}/a/status", {"status": {"phase": "Succeeded"}}, content_type=MERGE)
    assert (await evict(api, "a"))[0] == 201


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (eviction("b"), 400, "name in URL does not match name in Eviction object"),
        ({"kind": "Eviction"}, 400, "name in URL does not match name in Eviction object"),
        (
            {**eviction("a"), "kind": "Wish"},
            400,
            'Wish in version "v1" cannot be handled as a Eviction: no kind "Wish" is registered for version '
            '"policy/v1" in scheme "pkg/api/legacyscheme/scheme.go:30"',
        ),
        ({**eviction("a"), "apiVersion": "policy/v1beta1"}, 201, None),
    ],
)
async def test_what_is_asked(api: Api, body: Json, status: int, message: str | None) -> None:
    await api.create(PODS, pod("a"))
    answer = await api.call("POST", f"{PODS}/a/eviction", body)
    assert (answer[0], answer[1].get("message")) == (status, message)


async def test_preconditions(api: Api) -> None:
    there = (await runs(api, "a"))["metadata"]
    for wrong in ({"uid": "other"}, {"resourceVersion": "1"}):
        assert (await evict(api, "a", preconditions=wrong))[0] == 409
    right = {"uid": there["uid"], "resourceVersion": there["resourceVersion"]}
    assert (await evict(api, "a", preconditions=right))[0] == 201


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (
            {"disruptedPods": {f"p{number}": "" for number in range(2001)}, "disruptionsAllowed": 1},
            403,
            'poddisruptionbudget.policy "b" is forbidden: DisruptedPods map too big - too many evictions not '
            "confirmed by PDB controller",
        ),
        (
            {"disruptionsAllowed": -1},
            403,
            'poddisruptionbudget.policy "b" is forbidden: pdb disruptions allowed is negative',
        ),
        ({"conditions": [{"type": "DisruptionAllowed", "reason": "SyncFailed", "message": "no scale"}]}, 429, KEPT),
    ],
)
def test_what_a_budget_does_not_give(status: Json, code: int, message: str) -> None:
    with pytest.raises(APIError) as refused:
        less_one({"metadata": {"name": "b"}, "status": status}, "p", "2026-01-01T00:00:00Z")
    assert (refused.value.code, refused.value.message) == (code, message)
    if refused.value.causes:
        assert refused.value.causes[0]["message"] == (
            "The disruption budget b does not allow evicting pods currently because it failed sync: no scale"
        )
