"""Whatever is wrong with a request, the answer is the Status that Kubernetes gives, and nothing changes."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.apiserver.http import Response
from tests.apiserver.conftest import Api, config_map, pod

CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"
PODS = "/api/v1/namespaces/default/pods"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"


def deployment(**spec: Any) -> dict[str, Any]:
    template = {"metadata": {"labels": {"app": "x"}}, "spec": {"containers": [{"name": "c", "image": "busybox"}]}}
    full = {"selector": {"matchLabels": {"app": "x"}}, "template": template, **spec}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "x"}, "spec": full}


BOMB = b"a0: &a0 [x]\n" + b"".join(
    f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]\n".encode() for level in range(1, 12)
)

MALFORMED = [
    ("no JSON", PODS, b"{", "application/json", 400, "BadRequest"),
    ("a list", PODS, b"[]", "application/json", 400, "BadRequest"),
    ("bad UTF-8", PODS, b'{"kind":"\xff"}', "application/json", 400, "BadRequest"),
    ("deep nesting", PODS, b'{"a":' * 5000 + b"1" + b"}" * 5000, "application/json", 400, "BadRequest"),
    ("another kind", PODS, b'{"kind":"Service","apiVersion":"v1"}', "application/json", 400, "BadRequest"),
    ("another version", PODS, b'{"kind":"Pod","apiVersion":"v2"}', "application/json", 400, "BadRequest"),
    ("another media type", PODS, b"x", "text/csv", 415, "UnsupportedMediaType"),
    ("bad YAML", PODS, b"a: [", "application/yaml", 400, "BadRequest"),
    ("a YAML bomb", PODS, BOMB, "application/yaml", 400, "BadRequest"),
]


@pytest.mark.parametrize(("what", "path", "body", "content_type", "code", "reason"), MALFORMED)
async def test_a_body_that_cannot_be_read(
    api: Api, what: str, path: str, body: bytes, content_type: str, code: int, reason: str
) -> None:
    status, answer = await api.call("POST", path, body, content_type=content_type)
    assert (status, answer["reason"], answer["status"], answer["code"]) == (code, reason, "Failure", code), what
    assert (await api.get(PODS))["items"] == []


WRONG_TYPES = [
    (
        {"replicas": "three"},
        "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32",
    ),
    ({"paused": 1}, "json: cannot unmarshal number into Go struct field DeploymentSpec.spec.paused of type bool"),
    (
        {"selector": []},
        "json: cannot unmarshal array into Go struct field DeploymentSpec.spec.selector of type v1.LabelSelector",
    ),
]


@pytest.mark.parametrize(("spec", "message"), WRONG_TYPES)
async def test_a_wrong_type_names_the_field(api: Api, spec: dict[str, Any], message: str) -> None:
    status, answer = await api.call("POST", DEPLOYMENTS, deployment(**spec))
    assert status == 400
    assert answer["message"] == f'Deployment in version "v1" cannot be handled as a Deployment: {message}'


async def test_unknown_fields_warn_fail_or_are_ignored(api: Api) -> None:
    body = deployment(replcas=3)
    strict = await api.call("POST", DEPLOYMENTS, body, query={"fieldValidation": "Strict"})
    assert strict[0] == 400
    assert strict[1]["message"].endswith('strict decoding error: unknown field "spec.replcas"')
    answer = await api.answer("POST", DEPLOYMENTS, deployment(replcas=3), query={"fieldValidation": "Warn"})
    assert dict(answer.headers or {})["warning"] == '299 - "unknown field \\"spec.replcas\\""'
    await api.ok("DELETE", f"{DEPLOYMENTS}/x")
    quiet = await api.answer("POST", DEPLOYMENTS, deployment(replcas=3), query={"fieldValidation": "Ignore"})
    assert quiet.status == 201
    assert "warning" not in (quiet.headers or {})


INVALID = [
    ({"metadata": {"name": "Not_A_Name"}}, "metadata.name", "FieldValueInvalid"),
    ({"metadata": {}}, "metadata.name", "FieldValueRequired"),
    ({"metadata": {"name": "x", "labels": {"a b": "c"}}}, "metadata.labels", "FieldValueInvalid"),
    ({"spec": {"containers": []}}, "spec.containers", "FieldValueRequired"),
    ({"spec": {"containers": [{"name": "c"}]}}, "spec.containers[0].image", "FieldValueRequired"),
    (
        {"spec": {"containers": [{"name": "c", "image": "x"}], "restartPolicy": "Sometimes"}},
        "spec.restartPolicy",
        "FieldValueNotSupported",
    ),
]


@pytest.mark.parametrize(("change", "field", "reason"), INVALID)
async def test_an_invalid_object_gives_every_cause(api: Api, change: dict[str, Any], field: str, reason: str) -> None:
    status, answer = await api.call("POST", PODS, {**pod("x"), **change})
    assert (status, answer["reason"]) == (422, "Invalid")
    assert (field, reason) in [(cause["field"], cause["reason"]) for cause in answer["details"]["causes"]]
    assert answer["message"].startswith('Pod "')
    assert (await api.get(PODS))["items"] == []


NOWHERE = [
    ("GET", "/api/v1/namespaces/default/nothings", 404, "NotFound"),
    ("GET", "/api/v2/pods", 404, "NotFound"),
    ("GET", f"{PODS}/none", 404, "NotFound"),
    ("DELETE", f"{PODS}/none", 404, "NotFound"),
    ("PUT", PODS, 405, "MethodNotAllowed"),
    ("TRACE", PODS, 405, "MethodNotAllowed"),
    ("POST", f"{PODS}/x", 405, "MethodNotAllowed"),
    ("GET", f"{PODS}?limit=x", 404, "NotFound"),
]


@pytest.mark.parametrize(("method", "path", "code", "reason"), NOWHERE)
async def test_a_path_or_method_that_is_not_there(api: Api, method: str, path: str, code: int, reason: str) -> None:
    status, answer = await api.call(method, path)
    assert (status, answer["reason"], answer["code"]) == (code, reason, code)


@pytest.mark.parametrize("path", ["/nothing", "/apis/nobody.example.com", "/apis/nobody.example.com/v1/things"])
async def test_a_path_of_no_api_at_all(api: Api, path: str) -> None:
    answer = await api.answer("GET", path)
    assert isinstance(answer, Response)
    assert (answer.status, answer.body, answer.content_type) == (
        404,
        b"404 page not found\n",
        "text/plain; charset=utf-8",
    )


async def test_the_message_of_a_missing_object(api: Api) -> None:
    _, answer = await api.call("GET", f"{DEPLOYMENTS}/web")
    assert answer["message"] == 'deployments.apps "web" not found'
    assert answer["details"] == {"name": "web", "group": "apps", "kind": "deployments"}


async def test_creating_what_is_there(api: Api) -> None:
    await api.create(CONFIG_MAPS, config_map("x"))
    status, answer = await api.call("POST", CONFIG_MAPS, config_map("x"))
    assert (status, answer["reason"], answer["message"]) == (409, "AlreadyExists", 'configmaps "x" already exists')


async def test_a_stale_version_is_a_conflict(api: Api) -> None:
    first = await api.create(CONFIG_MAPS, config_map("x", a="1"))
    await api.ok("PUT", f"{CONFIG_MAPS}/x", {**first, "data": {"a": "2"}})
    status, answer = await api.call("PUT", f"{CONFIG_MAPS}/x", {**first, "data": {"a": "3"}})
    assert (status, answer["reason"]) == (409, "Conflict")
    assert answer["message"] == (
        'Operation cannot be fulfilled on configmaps "x": the object has been modified; please apply your changes '
        "to the latest version and try again"
    )
    assert (await api.get(f"{CONFIG_MAPS}/x"))["data"] == {"a": "2"}


async def test_an_immutable_field_cannot_change(api: Api) -> None:
    made = await api.create(DEPLOYMENTS, deployment())
    changed = {**made["spec"], "selector": {"matchLabels": {"app": "y"}}}
    changed["template"] = {**changed["template"], "metadata": {"labels": {"app": "y"}}}
    status, answer = await api.call("PUT", f"{DEPLOYMENTS}/x", {**made, "spec": changed})
    assert status == 422
    assert answer["details"]["causes"][0]["field"] == "spec.selector"
    assert "field is immutable" in answer["message"]


async def test_who_may_not_is_told_what(api: Api) -> None:
    bob = api.as_user("bob")
    status, answer = await bob.call("GET", PODS)
    assert (status, answer["reason"]) == (403, "Forbidden")
    assert answer["message"] == (
        'pods is forbidden: User "bob" cannot list resource "pods" in API group "" in the namespace "default"'
    )


async def test_a_namespace_that_is_not_there(api: Api) -> None:
    status, answer = await api.call("POST", "/api/v1/namespaces/nowhere/configmaps", config_map("x"))
    assert (status, answer["message"]) == (404, 'namespaces "nowhere" not found')


async def test_the_name_in_the_body_must_be_that_of_the_path(api: Api) -> None:
    await api.create(CONFIG_MAPS, config_map("x"))
    status, answer = await api.call("PUT", f"{CONFIG_MAPS}/x", config_map("y"))
    assert status == 400
    assert answer["message"] == "the name of the object (y) does not match the name on the URL (x)"
    other = {**config_map("z"), "metadata": {"name": "z", "namespace": "kube-system"}}
    status, answer = await api.call("POST", CONFIG_MAPS, other)
    assert status == 400
    assert answer["message"] == "the namespace of the provided object does not match the namespace sent on the request"


SELECTORS = [
    {"labelSelector": "a in"},
    {"labelSelector": "a==b==c"},
    {"fieldSelector": "nonsense"},
    {"fieldSelector": "spec.nothing=x"},
    {"limit": "many"},
    {"continue": "garbage"},
    {"resourceVersion": "x"},
]


@pytest.mark.parametrize("query", SELECTORS)
async def test_a_query_that_makes_no_sense(api: Api, query: dict[str, str]) -> None:
    status, answer = await api.call("GET", PODS, query=query)
    assert (status, answer["reason"]) == (400, "BadRequest"), answer


async def test_a_patch_of_another_media_type(api: Api) -> None:
    await api.create(CONFIG_MAPS, config_map("x"))
    status, answer = await api.call("PATCH", f"{CONFIG_MAPS}/x", {}, content_type="application/json")
    assert (status, answer["reason"]) == (415, "UnsupportedMediaType")


async def test_the_type_of_a_body_is_understood_from_the_path(api: Api) -> None:
    made = await api.create(CONFIG_MAPS, {"metadata": {"name": "x"}, "data": {"a": "b"}})
    assert (made["kind"], made["apiVersion"]) == ("ConfigMap", "v1")


async def test_a_refusal_is_not_to_be_taken_for_anything_else(api: Api) -> None:
    jane = api.as_user("jane<x>")
    answer = await jane.answer("GET", CONFIG_MAPS)
    assert (answer.status, dict(answer.headers or {})["x-content-type-options"]) == (403, "nosniff")
    assert isinstance(answer, Response)
    assert b'User \\"jane\\u0026lt;x\\u0026gt;\\" cannot list' in answer.body
    missing = await api.answer("GET", f"{CONFIG_MAPS}/missing")
    assert "x-content-type-options" not in dict(missing.headers or {})
