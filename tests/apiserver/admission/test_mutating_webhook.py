"""Webhooks that change objects: what they are shown, and what becomes of what they answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from pybernetes.api.object import Json
from pybernetes.apiserver.http import Response
from tests.apiserver.admission.webhooks import configure, rule, webhook
from tests.apiserver.conftest import Api, config_map, pod
from tests.fakes.webhook_server import patch, webhook_server

MAPS = "/api/v1/namespaces/default/configmaps"
PODS = "/api/v1/namespaces/default/pods"


def add(path: str, value: Any) -> Json:
    return {"op": "add", "path": path, "value": value}


def label(name: str) -> Json:
    return patch(add("/metadata/labels", {name: "yes"}))


async def test_a_review_says_all_about_the_request(api: Api, tmp_path: Path) -> None:
    async with webhook_server(tmp_path) as server:
        await configure(api, "mutating", webhook(server.client_config, rule(), timeoutSeconds=7))
        query = {"fieldManager": "me", "fieldValidation": "Strict"}
        created = await api.create(MAPS, config_map("a", color="red"), query=query)
        await api.ok("PUT", f"{MAPS}/a", {**created, "data": {"color": "blue"}})
        await api.ok("DELETE", f"{MAPS}/a", {"kind": "DeleteOptions", "apiVersion": "v1", "gracePeriodSeconds": 3})
    create, update, delete = server.requests
    assert server.reviews[0]["apiVersion"] == "admission.k8s.io/v1" and server.reviews[0]["kind"] == "AdmissionReview"
    assert server.paths[0] == "/hook?timeout=7s"
    uid, shown = create.pop("uid"), create.pop("object")
    assert len(uid) == 36
    kind, resource = {"group": "", "version": "v1"}, {"group": "", "version": "v1", "resource": "configmaps"}
    assert create == {
        "kind": {**kind, "kind": "ConfigMap"},
        "resource": resource,
        "requestKind": {**kind, "kind": "ConfigMap"},
        "requestResource": resource,
        "name": "a",
        "namespace": "default",
        "operation": "CREATE",
        "userInfo": {"username": "admin", "groups": ["system:masters", "system:authenticated"]},
        "oldObject": None,
        "dryRun": False,
        "options": {
            "kind": "CreateOptions",
            "apiVersion": "meta.k8s.io/v1",
            "fieldManager": "me",
            "fieldValidation": "Strict",
        },
    }
    assert shown["data"] == {"color": "red"} and "uid" not in shown["metadata"]
    assert shown["metadata"]["managedFields"][0]["manager"] == "me"
    assert update["operation"] == "UPDATE" and update["options"]["kind"] == "UpdateOptions"
    assert (update["oldObject"]["data"], update["object"]["data"]) == ({"color": "red"}, {"color": "blue"})
    assert delete["operation"] == "DELETE" and delete["object"] is None
    assert delete["oldObject"]["data"] == {"color": "blue"}
    assert delete["options"] == {
        "kind": "DeleteOptions",
        "apiVersion": "meta.k8s.io/v1",
        "gracePeriodSeconds": 3,
    }


async def test_what_a_webhook_adds_gets_defaults_and_is_validated(api: Api, tmp_path: Path) -> None:
    answers = [patch(add("/spec/containers/-", {"name": "side", "image": "side"})), patch(add("/spec/nonsense", 1))]
    answers.append(patch(add("/spec/containers/-", {"name": "Not A Name", "image": "side"})))
    async with webhook_server(tmp_path, lambda request: answers.pop(0)) as server:
        await configure(api, "mutating", webhook(server.client_config, rule("CREATE", resources="pods")))
        created = await api.create(PODS, pod("a"))
        side = created["spec"]["containers"][1]
        assert side["imagePullPolicy"] == "Always" and side["terminationMessagePath"] == "/dev/termination-log"
        assert "nonsense" not in (await api.create(PODS, pod("b")))["spec"]
        status, refused = await api.call("POST", PODS, pod("c"))
    assert status == 422 and 'spec.containers[1].name: Invalid value: "Not A Name"' in refused["message"]


async def test_webhooks_run_in_order_and_see_each_others_changes(api: Api, tmp_path: Path) -> None:
    async with webhook_server(tmp_path, lambda request: {"allowed": True}) as server:
        seen: list[tuple[str, list[str]]] = []

        def answer(request: Json) -> Json:
            path = server.paths[-1].split("?")[0]
            seen.append((path, sorted(request["object"].get("data") or {})))
            return patch(add(f"/data/{path.strip('/')}", "x"))

        server.answer = answer
        at = {name: {**server.client_config, "url": f"https://127.0.0.1:{server.port}/{name}"} for name in "abc"}
        hooks = [webhook(at[name], name=f"{name}.example.com") for name in "cb"]
        await configure(api, "mutating", *hooks, name="second")
        await configure(api, "mutating", webhook(at["a"], name="a.example.com"), name="first")
        created = await api.create(MAPS, config_map("m", own="x"))
    assert seen == [("/a", ["own"]), ("/c", ["a", "own"]), ("/b", ["a", "c", "own"])]
    assert sorted(created["data"]) == ["a", "b", "c", "own"]


async def test_who_asks_for_it_is_called_again_when_another_changed_the_object(api: Api, tmp_path: Path) -> None:
    async with webhook_server(tmp_path) as server:

        def answer(request: Json) -> Json:
            path = server.paths[-1].split("?")[0].strip("/")
            return patch(add("/data/late", "x")) if path == "late" else {"allowed": True}

        server.answer = answer
        at = {n: {**server.client_config, "url": f"https://127.0.0.1:{server.port}/{n}"} for n in ("early", "late")}
        early = webhook(at["early"], name="early.example.com", reinvocationPolicy="IfNeeded")
        never = webhook(at["early"], name="never.example.com")
        await configure(api, "mutating", early, never, webhook(at["late"], name="late.example.com"))
        await api.create(MAPS, config_map("m", own="x"))
        rounds = [(path.split("?")[0], sorted(request["object"]["data"])) for path, request in _asked(server)]
    assert rounds == [("/early", ["own"]), ("/early", ["own"]), ("/late", ["own"]), ("/early", ["late", "own"])]


def _asked(server: Any) -> list[tuple[str, Json]]:
    return list(zip(server.paths, server.requests, strict=True))


@pytest.mark.parametrize(
    ("response", "text"),
    [
        ({"allowed": True, "patch": "W10="}, "webhook returned response.patch but not response.patchType"),
        ({"allowed": True, "patchType": "JSONPatch"}, "webhook returned response.patchType but not response.patch"),
        ({"uid": "other", "allowed": True}, 'expected response.uid="'),
        ({"response": None}, "webhook response was absent"),
        (
            {"response": {"uid": "", "allowed": True}, "apiVersion": "admission.k8s.io/v2", "kind": "AdmissionReview"},
            'expected response.uid="',
        ),
    ],
)
async def test_answers_that_are_none(api: Api, tmp_path: Path, response: Json, text: str) -> None:
    async with webhook_server(tmp_path, lambda request: response) as server:
        await configure(api, "mutating", webhook(server.client_config))
        status, refused = await api.call("POST", MAPS, config_map("a"))
    start = 'Internal error occurred: failed calling webhook "hook.example.com": received invalid webhook response: '
    assert status == 500 and refused["reason"] == "InternalError" and refused["message"].startswith(start + text)


async def test_a_patch_of_what_is_not_there_is_an_error_of_the_server(api: Api, tmp_path: Path) -> None:
    async with webhook_server(tmp_path, lambda request: patch({"op": "remove", "path": "/data/none"})) as server:
        await configure(api, "mutating", webhook(server.client_config, failurePolicy="Ignore"))
        status, refused = await api.call("POST", MAPS, config_map("a", own="x"))
    assert status == 500 and refused["message"].startswith("Internal error occurred: ")


async def test_a_delete_cannot_be_changed(api: Api, tmp_path: Path) -> None:
    async with webhook_server(tmp_path, lambda request: label("x")) as server:
        await api.create(MAPS, config_map("a"))
        await configure(api, "mutating", webhook(server.client_config, rule("DELETE")))
        status, refused = await api.call("DELETE", f"{MAPS}/a")
    assert status == 500
    assert refused["message"] == (
        'Internal error occurred: admission webhook "hook.example.com" attempted to modify the object, which is not '
        "supported for this operation"
    )


async def test_generated_names_are_given_after_webhooks(api: Api, tmp_path: Path) -> None:
    async with webhook_server(tmp_path) as server:
        await configure(api, "mutating", webhook(server.client_config, rule("CREATE")))
        await configure(api, "validating", webhook(server.client_config, rule("CREATE")))
        created = await api.create(MAPS, {"metadata": {"generateName": "some-"}})
    mutating, validating = server.requests
    assert "name" not in mutating and validating["name"] == created["metadata"]["name"]
    assert validating["object"]["metadata"]["uid"] == created["metadata"]["uid"]


async def test_nobody_is_asked_about_webhooks_themselves(api: Api, tmp_path: Path) -> None:
    async with webhook_server(tmp_path, lambda request: {"allowed": False}) as server:
        everything = rule(groups="admissionregistration.k8s.io", resources="*/*")
        await configure(api, "mutating", webhook(server.client_config, everything), name="a")
        await configure(api, "validating", webhook(server.client_config, everything), name="b")
        await configure(api, "validating", webhook(server.client_config, everything), name="c")
    assert not server.reviews


async def test_webhooks_are_forgotten_with_their_configuration(api: Api, tmp_path: Path) -> None:
    async with webhook_server(tmp_path, lambda request: {"allowed": False}) as server:
        await configure(api, "mutating", webhook(server.client_config))
        assert (await api.call("POST", MAPS, config_map("a")))[0] == 400
        path = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/hooks"
        await api.ok("DELETE", path)
        await api.create(MAPS, config_map("a"))


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ({"manager": "x"}, "operation must be `Apply` or `Update`"),
        ({"operation": "Update"}, "apiVersion must not be empty"),
        ({"operation": "Update", "apiVersion": "v1"}, "missing fieldsType in managed fields entry 0"),
        (
            {"operation": "Update", "apiVersion": "v1", "fieldsType": "Odd"},
            'invalid fieldsType "Odd" in managed fields entry 0',
        ),
    ],
)
async def test_owners_of_fields_that_are_none_are_put_back(api: Api, tmp_path: Path, entry: Json, why: str) -> None:
    async with webhook_server(tmp_path, lambda request: patch(add("/metadata/managedFields", [entry]))) as server:
        await configure(api, "mutating", webhook(server.client_config, rule("CREATE")))
        answer = await api.answer("POST", MAPS, config_map("a", color="red"), query={"fieldManager": "me"})
    assert isinstance(answer, Response) and answer.status == 201
    owners = orjson.loads(answer.body)["metadata"]["managedFields"]
    assert [owner["manager"] for owner in owners] == ["me"]
    told = answer.headers["warning"] if answer.headers else ""
    assert told.startswith('299 - ".metadata.managedFields was in an invalid state after admission; ')
    assert told.replace("\\", "").endswith(f'please fix your requests: {why}"')
