"""Versions that a webhook converts: reads and writes in each, what is stored, and what its failures look like."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from prometheus_client import REGISTRY

from pybernetes.api.object import Json
from pybernetes.apiserver.server import APIServer
from tests.apiserver.admission.webhooks import configure, rule, webhook
from tests.apiserver.conftest import Api
from tests.apiserver.customresources.definitions import CRDS, crd, established
from tests.fakes.webhook_server import WebhookServer, webhook_server

V1 = "/apis/example.com/v1/namespaces/default/widgets"
V2 = "/apis/example.com/v2/namespaces/default/widgets"
KEY = "/registry/widgets.example.com/default/"


def schema_of(*fields: str, **more: Json) -> Json:
    properties = {**{field: {"type": "string"} for field in fields}, **more}
    return {"openAPIV3Schema": {"type": "object", "properties": properties}}


def definition(config: Json, *, storage: str = "v1", versions: tuple[str, ...] = ("v1", "v1beta1")) -> Json:
    """Version v1 has `address`, version v2 `host` and `port`."""
    body = crd(
        {"name": "v1", "served": True, "storage": storage == "v1", "schema": schema_of("address")},
        {"name": "v2", "served": True, "storage": storage == "v2", "schema": schema_of("host", "port")},
    )
    webhook = {"clientConfig": config, "conversionReviewVersions": list(versions)}
    body["spec"]["conversion"] = {"strategy": "Webhook", "webhook": webhook}
    return body


def converted(obj: Json, version: str) -> Json:
    result = {key: value for key, value in obj.items() if key not in ("address", "host", "port")}
    if version.endswith("v2"):
        host, _, port = (obj.get("address") or "").partition(":")
        result |= {"host": host, "port": port, "unknown": "goes"}
    else:
        result["address"] = f"{obj.get('host')}:{obj.get('port')}"
    return {**result, "apiVersion": version}


def respond(request: Json, version: str = "v1", **more: Any) -> Json:
    objects = [converted(obj, request["desiredAPIVersion"]) for obj in request["objects"]]
    response = {"uid": request["uid"], "result": {"status": "Success"}, "convertedObjects": objects, **more}
    return {"apiVersion": f"apiextensions.k8s.io/{version}", "kind": "ConversionReview", "response": response}


@pytest.fixture
async def hook(tmp_path: Path) -> AsyncIterator[WebhookServer]:
    async with webhook_server(tmp_path, respond) as server:
        yield server


def one(name: str = "a", **fields: Any) -> Json:
    version = "v1" if "address" in fields else "v2"
    return {"apiVersion": f"example.com/{version}", "kind": "Widget", "metadata": {"name": name}, **fields}


async def test_an_object_is_read_and_written_in_either_version(
    api: Api, server: APIServer, hook: WebhookServer
) -> None:
    await established(api, definition(hook.client_config))
    await api.create(V1, one(address="here:80"))
    seen = await api.get(f"{V2}/a")
    assert (seen["host"], seen["port"], seen["apiVersion"]) == ("here", "80", "example.com/v2")
    assert "unknown" not in seen
    assert "address" not in seen
    made = await api.create(V2, one("b", host="there", port="81"))
    assert (made["host"], made["port"]) == ("there", "81")
    stored = await server.state.store.get(f"{KEY}b")
    assert stored is not None
    assert orjson.loads(stored.value)["address"] == "there:81"
    await api.call("PUT", f"{V2}/a", {**seen, "port": "82"})
    assert (await api.get(f"{V1}/a"))["address"] == "here:82"
    status, patched = await api.call("PATCH", f"{V2}/a", {"host": "moved"}, content_type="application/merge-patch+json")
    assert (status, patched["host"], patched["port"]) == (200, "moved", "82")
    assert [item["port"] for item in (await api.get(V2))["items"]] == ["82", "81"]
    assert (await api.call("DELETE", f"{V2}/b"))[0] == 200
    assert [item["metadata"]["name"] for item in (await api.get(V2))["items"]] == ["a"]


async def test_the_question(api: Api, hook: WebhookServer) -> None:
    await established(api, definition(hook.client_config))
    await api.create(V1, one(address="here:80"))
    await api.get(f"{V2}/a")
    review = hook.reviews[0]
    assert (review["apiVersion"], review["kind"]) == ("apiextensions.k8s.io/v1", "ConversionReview")
    assert sorted(review["request"]) == ["desiredAPIVersion", "objects", "uid"]
    assert review["request"]["desiredAPIVersion"] == "example.com/v2"
    assert [obj["address"] for obj in review["request"]["objects"]] == ["here:80"]
    assert hook.paths[0] == "/hook?timeout=30s"


async def test_an_older_form_of_the_question(api: Api, hook: WebhookServer) -> None:
    hook.answer = lambda request: respond(request, "v1beta1", uid="of no matter")
    await established(api, definition(hook.client_config, versions=("v9", "v1beta1")))
    await api.create(V1, one(address="here:80"))
    assert (await api.get(f"{V2}/a"))["host"] == "here"
    assert hook.reviews[0]["apiVersion"] == "apiextensions.k8s.io/v1beta1"


async def test_a_watch_shows_every_object_in_its_version(api: Api, hook: WebhookServer) -> None:
    await established(api, definition(hook.client_config))
    await api.create(V1, one(address="here:80"))
    async with api.watch(V2) as watched:
        first = await watched.next()
        await api.create(V2, one("b", host="there", port="81"))
        await api.create(V1, one("c", address="where:82"))
        await api.call("DELETE", f"{V1}/a")
        events = [first, *[await watched.next() for _ in range(3)]]
    assert [(event["type"], event["object"]["port"]) for event in events] == [
        ("ADDED", "80"),
        ("ADDED", "81"),
        ("ADDED", "82"),
        ("DELETED", "80"),
    ]


async def test_a_write_that_changes_nothing_moves_an_object_to_the_new_storage_version(
    api: Api, server: APIServer, hook: WebhookServer
) -> None:
    await established(api, definition(hook.client_config))
    await api.create(V1, one(address="here:80"))
    now = await api.get(f"{CRDS}/widgets.example.com")
    for version in now["spec"]["versions"]:
        version["storage"] = version["name"] == "v2"
    _, changed = await api.call("PUT", f"{CRDS}/widgets.example.com", now)
    assert changed["status"]["storedVersions"] == ["v1", "v2"]

    async def stored_in() -> str:
        seen = await api.get(f"{V1}/a")
        await api.call("PUT", f"{V1}/a", seen)
        stored = await server.state.store.get(f"{KEY}a")
        assert stored is not None
        return str(orjson.loads(stored.value)["apiVersion"])

    async with asyncio.timeout(10):
        while await stored_in() != "example.com/v2":
            await asyncio.sleep(0)
    assert (await api.get(f"{V1}/a"))["address"] == "here:80"


def with_object(**changes: Any) -> Any:
    def answer(request: Json) -> Json:
        review = respond(request)
        objects = review["response"]["convertedObjects"]
        objects[0] = {**objects[0], **changes}
        return review

    return answer


def with_metadata(**changes: Any) -> Any:
    def answer(request: Json) -> Json:
        return with_object(metadata={**request["objects"][0]["metadata"], **changes})(request)

    return answer


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (lambda request: respond(request, result={"status": "Failure", "message": "not today"}), "failed: not today"),
        (lambda request: respond(request, result={}), "failed: response.result.status was '', not 'Success'"),
        (
            lambda request: respond(request, "v1beta1"),
            "failed: expected webhook response of apiextensions.k8s.io/v1, Kind=ConversionReview, got "
            "apiextensions.k8s.io/v1beta1, Kind=ConversionReview",
        ),
        (lambda request: respond(request, convertedObjects=[]), "returned 0 objects, expected 1"),
        (lambda request: {**respond(request), "response": None}, "failed: no response provided"),
        (
            with_object(apiVersion="example.com/v3"),
            "returned invalid object at index 0: invalid groupVersion (expected example.com/v2, received "
            "example.com/v3)",
        ),
        (
            with_object(kind="Gadget"),
            "returned invalid object at index 0: invalid kind (expected Widget, received Gadget)",
        ),
        (with_metadata(name="b"), "returned invalid object: must have the same name: a != b"),
        (
            with_metadata(labels={"a": 1}),
            "returned invalid metadata: metadata.labels[a] must be a string, but is int64 in converted object",
        ),
    ],
)
async def test_answers_that_convert_nothing(api: Api, hook: WebhookServer, answer: Any, text: str) -> None:
    await established(api, definition(hook.client_config))
    await api.create(V1, one(address="here:80"))
    hook.answer = answer
    message = f"conversion webhook for example.com/v1, Kind=Widget {text}"
    for path, query in ((f"{V2}/a", {}), (V2, {}), (V2, {"watch": "true"})):
        status, refused = await api.call("GET", path, query=query)
        assert (status, refused["code"], refused["message"], refused.get("reason")) == (500, 500, message, None)
    assert (await api.get(f"{V1}/a"))["address"] == "here:80"
    hook.answer = respond
    assert (await api.get(f"{V2}/a"))["host"] == "here"


async def test_labels_and_annotations_may_change_and_nothing_else_of_the_metadata(
    api: Api, hook: WebhookServer
) -> None:
    await established(api, definition(hook.client_config))
    made = await api.create(V1, one(address="here:80"))
    hook.answer = with_metadata(labels={"new": "yes"}, finalizers=["example.com/other"], generation=7)
    seen = await api.get(f"{V2}/a")
    assert seen["metadata"] == {**made["metadata"], "labels": {"new": "yes"}}


async def test_a_write_whose_conversion_fails_is_not_stored(api: Api, hook: WebhookServer) -> None:
    await established(api, definition(hook.client_config))
    hook.answer = lambda request: respond(request, result={"status": "Failure", "message": "not today"})
    status, refused = await api.call("POST", V2, one(host="here", port="80"))
    assert (status, refused["message"]) == (
        500,
        "conversion webhook for example.com/v2, Kind=Widget failed: not today",
    )
    assert (await api.get(V1))["items"] == []


@pytest.mark.parametrize(
    ("conversion", "causes"),
    [
        (
            {"strategy": "Webhook"},
            [
                ("spec.conversion.webhookClientConfig", "Required value: required when strategy is set to Webhook"),
                ("spec.conversion.conversionReviewVersions", "Required value"),
            ],
        ),
        (
            {"strategy": "Webhook", "webhook": {"clientConfig": {}, "conversionReviewVersions": ["v2", "v2"]}},
            [
                ("spec.conversion.webhookClientConfig", "Required value: exactly one of url or service is required"),
                ("spec.conversion.conversionReviewVersions[1]", 'Invalid value: "v2": duplicate version'),
                (
                    "spec.conversion.conversionReviewVersions",
                    'Invalid value: ["v2","v2"]: must include at least one of v1, v1beta1',
                ),
            ],
        ),
        (
            {"strategy": "None", "webhook": {"clientConfig": {"url": "https://a"}, "conversionReviewVersions": ["v1"]}},
            [
                (
                    "spec.conversion.webhookClientConfig",
                    "Forbidden: should not be set when strategy is not set to Webhook",
                ),
                (
                    "spec.conversion.conversionReviewVersions",
                    "Forbidden: should not be set when strategy is not set to Webhook",
                ),
            ],
        ),
    ],
)
async def test_what_a_definition_may_say(api: Api, conversion: Json, causes: list[tuple[str, str]]) -> None:
    body = crd()
    body["spec"]["conversion"] = conversion
    status, refused = await api.call("POST", CRDS, body)
    assert status == 422
    assert [(cause["field"], cause["message"]) for cause in refused["details"]["causes"]] == causes


async def test_an_admission_webhook_sees_objects_in_the_version_that_it_asks_for(
    api: Api, hook: WebhookServer, tmp_path: Path
) -> None:
    await established(api, definition(hook.client_config))
    async with webhook_server(tmp_path) as admission:
        rules = rule(groups="example.com", resources="widgets", apiVersions=["v1"])
        await configure(api, "validating", webhook(admission.client_config, rules))
        await api.create(V2, one(host="here", port="80"))
        assert admission.requests[0]["object"]["address"] == "here:80"
        assert admission.requests[0]["kind"]["version"] == "v1"


async def test_conversions_are_counted(api: Api, hook: WebhookServer) -> None:
    def counted(failure_type: str) -> float:
        labels = {"result": "failure" if failure_type else "success", "failure_type": failure_type}
        return REGISTRY.get_sample_value("apiserver_conversion_webhook_request_total", labels) or 0.0

    def lasted(succeeded: str) -> float:
        versions = {"from_version": "v1", "to_version": "v2"}
        labels = {"crd_name": "widgets.example.com", "succeeded": succeeded, **versions}
        return REGISTRY.get_sample_value("apiserver_crd_conversion_webhook_duration_seconds_count", labels) or 0.0

    answers: list[tuple[Any, str]] = [
        (respond, ""),
        (lambda request: {}, "conversion_webhook_malformed_response_failure"),
        (lambda request: respond(request, convertedObjects=[]), "conversion_webhook_partial_response_failure"),
        (
            lambda request: respond(request, convertedObjects=[{"kind": "Other"}]),
            "conversion_webhook_invalid_converted_object_failure",
        ),
    ]
    before = {failure: counted(failure) for _, failure in answers}
    seen = lasted("true"), lasted("false")
    await established(api, definition(hook.client_config))
    for place, (answer, failure) in enumerate(answers):
        hook.answer = answer
        await api.create(V1, one(f"w{place}", address="here:80"))
        await api.call("GET", f"{V2}/w{place}")
        assert counted(failure) > before[failure]
    assert lasted("true") > seen[0] and lasted("false") > seen[1]
