"""What a write is asked for besides its object, what its body may be, and what a strict reader minds of it."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.apiserver.http import Response
from tests.apiserver.conftest import Api, config_map, pod

CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"
PODS = "/api/v1/namespaces/default/pods"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
MERGE, APPLY = "application/merge-patch+json", "application/apply-patch+yaml"

OPTIONS = [
    (
        "POST",
        {"dryRun": "Some"},
        'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: "All"',
    ),
    (
        "PUT",
        {"fieldValidation": "Loose"},
        'UpdateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: "Loose": supported values: "", '
        '"Ignore", "Strict", "Warn"',
    ),
    (
        "POST",
        {"fieldManager": "x" * 129},
        'CreateOptions.meta.k8s.io "" is invalid: fieldManager: Too long: may not be more than 128 bytes',
    ),
    (
        "PATCH",
        {"fieldManager": "é\n"},
        'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Invalid value: "é\\n": invalid character U+000A '
        "(at position 2)",
    ),
    (
        "PATCH",
        {"force": "true"},
        'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
    ),
]


@pytest.mark.parametrize(("method", "query", "message"), OPTIONS)
async def test_options_that_make_no_sense(api: Api, method: str, query: dict[str, str], message: str) -> None:
    path = CONFIG_MAPS if method == "POST" else f"{CONFIG_MAPS}/x"
    content_type = MERGE if method == "PATCH" else "application/json"
    status, answer = await api.call(method, path, config_map("x"), query=query, content_type=content_type)
    assert (status, answer["message"]) == (422, message)


async def test_an_apply_names_its_manager(api: Api) -> None:
    status, answer = await api.call("PATCH", f"{CONFIG_MAPS}/x", config_map("x"), content_type=APPLY)
    assert (status, answer["message"]) == (
        422,
        'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    )


DELETE_OPTIONS = [
    (
        {"propagationPolicy": "Later"},
        {},
        422,
        'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Later": supported values: '
        '"Foreground", "Background", "Orphan", "nil"',
    ),
    (
        {"propagationPolicy": "Orphan", "orphanDependents": True},
        {},
        422,
        'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Invalid value: "Orphan": orphanDependents and '
        "deletionPropagation cannot be both set",
    ),
    (None, {"gracePeriodSeconds": "soon"}, 400, 'strconv.ParseInt: parsing "soon": invalid syntax'),
    (
        None,
        {"dryRun": "Some"},
        422,
        'DeleteOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: "All"',
    ),
    (
        {"preconditions": {"uid": "other"}},
        {},
        409,
        'Operation cannot be fulfilled on ConfigMap "x": the UID in the precondition (other) does not match the UID in '
        "record (UID). The object might have been deleted and then recreated",
    ),
    (
        {"preconditions": {"resourceVersion": "1"}},
        {},
        409,
        'Operation cannot be fulfilled on ConfigMap "x": the ResourceVersion in the precondition (1) does not match '
        "the ResourceVersion in record (VERSION). The object might have been modified",
    ),
]


@pytest.mark.parametrize(("body", "query", "code", "message"), DELETE_OPTIONS)
async def test_deletes_that_make_no_sense(
    api: Api, body: dict[str, Any] | None, query: dict[str, str], code: int, message: str
) -> None:
    made = (await api.create(CONFIG_MAPS, config_map("x")))["metadata"]
    status, answer = await api.call("DELETE", f"{CONFIG_MAPS}/x", body, query=query)
    expected = message.replace("VERSION", made["resourceVersion"]).replace("(UID)", f"({made['uid']})")
    assert (status, answer["message"]) == (code, expected)


async def test_options_in_the_body_of_a_delete_hide_those_of_the_query(api: Api) -> None:
    await api.create(CONFIG_MAPS, config_map("x"))
    await api.ok("DELETE", f"{CONFIG_MAPS}/x", {"propagationPolicy": "Background"}, query={"dryRun": "All"})
    assert (await api.call("GET", f"{CONFIG_MAPS}/x"))[0] == 404


async def test_a_delete_that_has_to_wait_and_keeps_no_dependents_is_accepted(api: Api) -> None:
    body = {**config_map("x"), "metadata": {"name": "x", "finalizers": ["example.com/hold"]}}
    await api.create(CONFIG_MAPS, body)
    assert (await api.call("DELETE", f"{CONFIG_MAPS}/x", {"orphanDependents": False}))[0] == 202


async def test_watchers_see_that_a_pod_is_being_deleted_before_it_is_gone(api: Api) -> None:
    made = await api.create(PODS, pod("x"))
    async with api.watch(PODS, resourceVersion=made["metadata"]["resourceVersion"]) as watched:
        gone = await api.ok("DELETE", f"{PODS}/x")
        marked, deleted = await watched.next(), await watched.next()
    assert (marked["type"], deleted["type"]) == ("MODIFIED", "DELETED")
    for event in (marked, deleted):
        metadata = event["object"]["metadata"]
        assert metadata["deletionTimestamp"]
        assert (metadata["deletionGracePeriodSeconds"], metadata["generation"]) == (0, 2)
    assert gone == deleted["object"]


async def test_a_second_delete_of_a_pod_only_shortens_the_wait(api: Api) -> None:
    await api.create(PODS, pod("x"))
    target = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": "x"}, "target": {"kind": "Node", "name": "n"}}
    await api.create(f"{PODS}/x/binding", target)
    first = await api.ok("DELETE", f"{PODS}/x")
    assert first["metadata"]["deletionGracePeriodSeconds"] == 30
    for seconds in ("40", "30"):
        assert await api.ok("DELETE", f"{PODS}/x", query={"gracePeriodSeconds": seconds}) == first
    shorter = await api.ok("DELETE", f"{PODS}/x", query={"gracePeriodSeconds": "10"})
    assert shorter["metadata"]["deletionGracePeriodSeconds"] == 10
    assert shorter["metadata"]["deletionTimestamp"] < first["metadata"]["deletionTimestamp"]


def unrecognized(why: str, shown: str) -> str:
    return (
        f"the object provided is unrecognized (must be of type Pod): couldn't get version/kind; json parse error: "
        f"{why} ({shown})"
    )


BODIES = [
    (b"", unrecognized("unexpected end of JSON input", "<empty>")),
    (b"{", unrecognized("unexpected end of JSON input", "{")),
    (b"{'a': 1}", unrecognized("invalid character '\\'' looking for beginning of object key string", "{'a': 1}")),
    (
        b'{"metadata": {"name": "x"},}, "and": "much more"',
        unrecognized(
            "invalid character '}' looking for beginning of object key string", '{"metadata": {"name": "x"},},  ...'
        ),
    ),
    (b"nothing", unrecognized("invalid character 'o' in literal null (expecting 'u')", "6e6f7468696e67")),
    (
        b"[]",
        unrecognized(
            "json: cannot unmarshal array into Go value of type struct { APIVersion string "
            '"json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }',
            "5b5d",
        ),
    ),
    (
        b'{"kind":"Service","apiVersion":"v1"}',
        'Service in version "v1" cannot be handled as a Pod: converting (v1.Service) to (core.Pod): unknown conversion',
    ),
    (
        b'{"kind":"Cat","apiVersion":"v1"}',
        'Cat in version "v1" cannot be handled as a Pod: no kind "Cat" is registered for version "v1" in scheme '
        '"pkg/api/legacyscheme/scheme.go:30"',
    ),
    (
        b'{"kind":"Pod","apiVersion":"v2"}',
        'Pod in version "v2" cannot be handled as a Pod: no kind "Pod" is registered for version "v2" in scheme '
        '"pkg/api/legacyscheme/scheme.go:30"',
    ),
]


@pytest.mark.parametrize(("body", "message"), BODIES)
async def test_bodies_that_are_no_pods(api: Api, body: bytes, message: str) -> None:
    status, answer = await api.call("POST", PODS, body)
    assert (status, answer["message"]) == (400, message)


async def test_text_that_is_no_utf8_is_mended(api: Api) -> None:
    made = await api.create(CONFIG_MAPS, b'{"metadata":{"name":"x"},"data":{"a":"\xff","b":"\\ud800!"}}')
    assert made["data"] == {"a": "\ufffd", "b": "\ufffd!"}


REPEATED = b"""{"metadata": {"name": "x", "labels": {"a": "1", "a": "2"}},
"data": {"k": "1"}, "other": {"x": 1, "x": 2}, "data": {"k": "2"}}"""
PROBLEMS = ['duplicate field "metadata.labels.a"', 'unknown field "other"', 'duplicate field "data"']


async def test_keys_that_are_given_twice(api: Api) -> None:
    status, answer = await api.call("POST", CONFIG_MAPS, REPEATED, query={"fieldValidation": "Strict"})
    joined = ", ".join(PROBLEMS)
    assert (status, answer["message"]) == (
        400,
        f'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: {joined}',
    )
    warned = await api.answer("POST", CONFIG_MAPS, REPEATED)
    assert isinstance(warned, Response)
    shown = [problem.replace('"', '\\"') for problem in PROBLEMS]
    assert dict(warned.headers or {})["warning"] == "\n".join(f'299 - "{text}"' for text in shown)
    await api.ok("DELETE", f"{CONFIG_MAPS}/x")
    quiet = await api.answer("POST", CONFIG_MAPS, REPEATED, query={"fieldValidation": "Ignore"})
    assert isinstance(quiet, Response)
    assert "warning" not in (quiet.headers or {})


async def test_keys_that_are_given_twice_in_yaml(api: Api) -> None:
    body = b"metadata:\n  name: x\ndata:\n  k: '1'\n  k: '2'\n"
    yaml = {"content_type": "application/yaml"}
    status, answer = await api.call("POST", CONFIG_MAPS, body, query={"fieldValidation": "Strict"}, **yaml)
    assert (status, answer["message"]) == (
        400,
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: yaml: unmarshal errors:\n'
        '  line 5: key "k" already set in map',
    )
    warned = await api.answer("POST", CONFIG_MAPS, body, **yaml)
    assert isinstance(warned, Response)
    assert dict(warned.headers or {})["warning"] == '299 - "line 5: key \\"k\\" already set in map"'


async def test_yaml_aliases_stand_for_copies(api: Api) -> None:
    body = b"metadata: {name: x, labels: &l {a: b}, annotations: *l}\ndata: {2: two, true: yes please}\n"
    made = await api.create(CONFIG_MAPS, body, content_type="application/yaml")
    assert made["metadata"]["labels"] == made["metadata"]["annotations"] == {"a": "b"}
    assert made["data"] == {"2": "two", "true": "yes please"}


async def test_an_update_names_its_object(api: Api) -> None:
    made = await api.create(CONFIG_MAPS, config_map("x"))
    status, answer = await api.call("PUT", f"{CONFIG_MAPS}/x", {"metadata": {}})
    assert (status, answer["message"]) == (
        400,
        "the name of the object (x based on URL) was undeterminable: name must be provided",
    )
    other = {**made, "metadata": {**made["metadata"], "uid": "other"}}
    status, answer = await api.call("PUT", f"{CONFIG_MAPS}/x", other)
    assert (status, answer["message"]) == (
        409,
        'Operation cannot be fulfilled on configmaps "x": StorageError: invalid object, Code: 4, Key: '
        "/registry/configmaps/default/x, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in "
        f"precondition: other, UID in object meta: {made['metadata']['uid']}",
    )


async def test_nobody_marks_an_object_as_deleted_by_an_update(api: Api) -> None:
    made = await api.create(CONFIG_MAPS, config_map("x"))
    made["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    status, answer = await api.call("PUT", f"{CONFIG_MAPS}/x", made)
    assert (status, [cause["field"] for cause in answer["details"]["causes"]]) == (422, ["metadata.deletionTimestamp"])
