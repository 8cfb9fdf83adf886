"""Objects that two versions or two groups show: what one writes, the other reads and watches."""

from __future__ import annotations

from pybernetes.api.object import Json
from tests.apiserver.conftest import Api

V1, V2 = (f"/apis/autoscaling/{version}/namespaces/default/horizontalpodautoscalers" for version in ("v1", "v2"))
CORE, EVENTS = "/api/v1/namespaces/default/events", "/apis/events.k8s.io/v1/namespaces/default/events"
_TARGET = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}


def autoscaler(version: str, **spec: object) -> Json:
    return {
        "apiVersion": f"autoscaling/{version}",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web"},
        "spec": {"maxReplicas": 3, "scaleTargetRef": _TARGET, **spec},
    }


def event() -> Json:
    return {
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": {"name": "e"},
        "eventTime": "2026-01-01T00:00:00.000000Z",
        "regarding": {"kind": "Pod", "name": "p", "namespace": "default"},
        "reason": "Started",
        "action": "Start",
        "note": "it runs",
        "type": "Normal",
        "reportingController": "example.com/agent",
        "reportingInstance": "agent-1",
    }


async def test_an_autoscaler_in_both_versions(api: Api) -> None:
    before = (await api.get(V1))["metadata"]["resourceVersion"]
    async with api.watch(V1, resourceVersion=before) as watched:
        made = await api.create(V2, autoscaler("v2"))
        assert made["spec"]["metrics"][0]["resource"]["target"]["averageUtilization"] == 80
        seen = await watched.next()
    shown = await api.get(f"{V1}/web")
    assert (seen["type"], seen["object"]) == ("ADDED", shown)
    assert shown["spec"]["targetCPUUtilizationPercentage"] == 80
    assert shown["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"]
    shown["spec"]["targetCPUUtilizationPercentage"] = 50
    changed = await api.ok("PUT", f"{V1}/web", shown)
    other = await api.get(f"{V2}/web")
    assert other["spec"]["metrics"][0]["resource"]["target"]["averageUtilization"] == 50
    assert other["metadata"]["resourceVersion"] == changed["metadata"]["resourceVersion"]
    assert (await api.get(V2))["items"][0]["spec"] == other["spec"]


async def test_an_old_autoscaler_without_a_measure_gets_the_default(api: Api) -> None:
    made = await api.create(V1, autoscaler("v1"))
    assert made["spec"]["targetCPUUtilizationPercentage"] == 80
    status, answer = await api.call("POST", V1, {**autoscaler("v1", minReplicas=9), "metadata": {"name": "x"}})
    assert (status, answer["details"]["causes"][0]["field"]) == (422, "spec.maxReplicas")


async def test_an_event_in_both_groups(api: Api) -> None:
    made = await api.create(EVENTS, event())
    shown = await api.get(f"{CORE}/e")
    assert (shown["involvedObject"], shown["message"]) == (made["regarding"], "it runs")
    assert shown["reportingComponent"] == "example.com/agent"
    found = await api.get(CORE, query={"fieldSelector": "involvedObject.name=p,reportingComponent=example.com/agent"})
    assert [one["metadata"]["name"] for one in found["items"]] == ["e"]
    found = await api.get(EVENTS, query={"fieldSelector": "regarding.name=p,reportingController=example.com/agent"})
    assert [one["metadata"]["name"] for one in found["items"]] == ["e"]
    await api.create(CORE, {"metadata": {"name": "old"}, "involvedObject": {"namespace": "default"}, "count": 2})
    assert (await api.get(f"{EVENTS}/old"))["deprecatedCount"] == 2
    await api.ok("DELETE", f"{EVENTS}/e")
    assert (await api.call("GET", f"{CORE}/e"))[0] == 404


async def test_a_new_event_says_all_that_the_new_group_asks(api: Api) -> None:
    wrong = {**event(), "eventTime": None, "type": "Odd"}
    status, answer = await api.call("POST", EVENTS, wrong)
    assert status == 422
    assert [cause["field"] for cause in answer["details"]["causes"]] == ["eventTime", "type"]
