"""What is wrong with a value, said as Go's decoders say it, to the letter; and what they take that looks wrong."""

from __future__ import annotations

from typing import Any

import pytest

from tests.apiserver.conftest import Api, config_map
from tests.apiserver.customresources.definitions import WIDGETS, crd, established

CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"
PODS = "/api/v1/namespaces/default/pods"
SECRETS = "/api/v1/namespaces/default/secrets"
YAML = "application/yaml"
MERGE, STRATEGIC, JSON_PATCH, APPLY = (
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
    "application/json-patch+json",
    "application/apply-patch+yaml",
)
QUANTITY = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
TIME = 'as "2006-01-02T15:04:05Z07:00"'


def pod_text(container: str = "", spec: str = "", metadata: str = "") -> bytes:
    more = f",{container}" if container else ""
    text = f'{{"metadata":{{"name":"x"{metadata}}},"spec":{{"containers":[{{"name":"c","image":"i"{more}}}]{spec}}}}}'
    return text.encode()


WRONG = [
    (
        pod_text(spec=',"priority":1e3'),
        "json: cannot unmarshal number 1e3 into Go struct field PodSpec.spec.priority of type int32",
    ),
    (
        pod_text(spec=',"priority":1.0'),
        "json: cannot unmarshal number 1.0 into Go struct field PodSpec.spec.priority of type int32",
    ),
    (
        pod_text(spec=',"priority":99999999999999999999'),
        "json: cannot unmarshal number 99999999999999999999 into Go struct field PodSpec.spec.priority of type int32",
    ),
    (
        pod_text(spec=',"nodeSelector":{"a":1}'),
        "json: cannot unmarshal number into Go struct field PodSpec.spec.nodeSelector of type string",
    ),
    (
        pod_text(metadata=',"labels":{"a":true}'),
        "json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.labels of type string",
    ),
    (
        pod_text('"livenessProbe":{"httpGet":{"port":true}}'),
        "json: cannot unmarshal bool into Go struct field "
        "HTTPGetAction.spec.containers.livenessProbe.httpGet.port of type int32",
    ),
    (
        pod_text('"livenessProbe":{"httpGet":{"port":1.5}}'),
        "json: cannot unmarshal number 1.5 into Go struct field "
        "HTTPGetAction.spec.containers.livenessProbe.httpGet.port of type int32",
    ),
    (pod_text('"resources":{"limits":{"cpu":"abc"}}'), QUANTITY),
    (pod_text('"resources":{"limits":{"cpu":"1.5Ki3"}}'), "unable to parse quantity's suffix"),
    (pod_text('"resources":{"limits":{"cpu":"1K"}}'), "unable to parse quantity's suffix"),
    (pod_text(metadata=',"creationTimestamp":"foo"'), f'parsing time "foo" {TIME}: cannot parse "foo" as "2006"'),
    (
        pod_text(metadata=',"creationTimestamp":"2026-01-01"'),
        f'parsing time "2026-01-01" {TIME}: cannot parse "" as "T"',
    ),
    (
        pod_text(metadata=',"creationTimestamp":"2026-13-01T00:00:00Z"'),
        'parsing time "2026-13-01T00:00:00Z": month out of range',
    ),
    (
        pod_text(metadata=',"creationTimestamp":"2026-02-30T00:00:00Z"'),
        'parsing time "2026-02-30T00:00:00Z": day out of range',
    ),
    (
        pod_text(metadata=',"creationTimestamp":5'),
        "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.creationTimestamp of type string",
    ),
]


@pytest.mark.parametrize(("body", "message"), WRONG)
async def test_a_pod_that_go_cannot_read(api: Api, body: bytes, message: str) -> None:
    status, answer = await api.call("POST", PODS, body)
    assert (status, answer["message"]) == (400, f'Pod in version "v1" cannot be handled as a Pod: {message}')


BASE64 = [
    ("***", 0), ("YQ", 0), ("YWJjZ", 4), ("YQ=", 3), ("YQ==YQ==", 4), ("Y===", 1), ("YW=x", 2), ("YW*=", 2),
]  # fmt: skip


@pytest.mark.parametrize(("text", "place"), BASE64)
async def test_bytes_that_are_no_base64(api: Api, text: str, place: int) -> None:
    status, answer = await api.call("POST", SECRETS, {"metadata": {"name": "s"}, "data": {"a": text}})
    expected = f'Secret in version "v1" cannot be handled as a Secret: illegal base64 data at input byte {place}'
    assert (status, answer["message"]) == (400, expected)


async def test_bytes_are_written_in_one_way(api: Api) -> None:
    sent = {"a": "YQ==\n", "b": "YR==", "c": "Y\nQ==", "d": None, "e": ""}
    made = await api.create(SECRETS, {"metadata": {"name": "s"}, "data": sent})
    assert made["data"] == {"a": "YQ==", "b": "YQ==", "c": "YQ==", "d": "", "e": ""}


TIMES = [
    ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
    ("2026-01-31T23:59:59.987654321Z", "2026-01-31T23:59:59Z"),
    ("2026-01-01T01:30:00+02:00", "2025-12-31T23:30:00Z"),
    ("2026-02-28T23:30:00-01:00", "2026-03-01T00:30:00Z"),
]


@pytest.mark.parametrize(("sent", "written"), TIMES)
async def test_a_time_is_written_in_utc_and_seconds(api: Api, sent: str, written: str) -> None:
    event = {
        "metadata": {"name": "e"}, "involvedObject": {"namespace": "default"},
        "firstTimestamp": sent, "reason": "r",
    }  # fmt: skip
    assert (await api.create("/api/v1/namespaces/default/events", event))["firstTimestamp"] == written


LEASES = "/apis/coordination.k8s.io/v1/namespaces/default/leases"


async def test_a_micro_time_has_six_digits(api: Api) -> None:
    lease = {"metadata": {"name": "l"}, "spec": {"renewTime": "2026-01-01T02:00:00.120000+02:00"}}
    assert (await api.create(LEASES, lease))["spec"]["renewTime"] == "2026-01-01T00:00:00.120000Z"
    lease["spec"] = {"renewTime": "2026-01-01T00:00:00Z"}
    _, answer = await api.call("POST", LEASES, lease)
    assert answer["message"].endswith(
        'parsing time "2026-01-01T00:00:00Z" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "Z" as ".000000"'
    )


async def test_a_null_in_a_list_or_a_map_is_the_zero_of_its_type(api: Api) -> None:
    made = await api.create(
        PODS, pod_text('"args":["a",null],"env":[]', ',"nodeSelector":{"a":null}', ',"labels":{"b":null}')
    )
    assert made["spec"]["containers"][0]["args"] == ["a", ""]
    assert (made["spec"]["nodeSelector"], made["metadata"]["labels"]) == ({"a": ""}, {"b": ""})
    status, answer = await api.call("POST", PODS, b'{"metadata":{"name":"y"},"spec":{"containers":[null]}}')
    assert status == 422
    assert [cause["field"] for cause in answer["details"]["causes"]] == [
        "spec.containers[0].name",
        "spec.containers[0].image",
    ]


UNRECOGNIZED = "the object provided is unrecognized (must be of type ConfigMap): "
BODIES = [
    (b'{"kind":1}', "", "couldn't get version/kind; json parse error: json: cannot unmarshal number into Go struct "
     'field .kind of type string ({"kind":1})'),
    (b'{"apiVersion":{}}', "", "couldn't get version/kind; json parse error: json: cannot unmarshal object into Go "
     'struct field .apiVersion of type string ({"apiVersion":{}})'),
    (b"a: *x", YAML, "yaml: unknown anchor 'x' referenced (613a202a78)"),
    (b"a: b: c", YAML, "yaml: mapping values are not allowed in this context (613a20623a2063)"),
    (b"a:\n  b: 1\n c: 2\n", YAML, "yaml: line 2: did not find expected key (613a0a2020623a20310a20633a20320a)"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "content_type", "message"), BODIES)
async def test_a_body_without_a_type(api: Api, body: bytes, content_type: str, message: str) -> None:
    status, answer = await api.call("POST", CONFIG_MAPS, body, content_type=content_type or "application/json")
    assert (status, answer["message"]) == (400, UNRECOGNIZED + message)


async def test_a_new_object_has_no_version(api: Api) -> None:
    body = config_map("a")
    body["metadata"]["resourceVersion"] = "5"
    status, answer = await api.call("POST", CONFIG_MAPS, body)
    assert status == 500
    assert answer == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": "resourceVersion should not be set on objects to be created",
        "code": 500,
    }
    await api.create(CONFIG_MAPS, body, query={"dryRun": "All"})
    for ignored in ("0", "x"):
        body["metadata"] = {"name": f"ignored-{ignored}", "resourceVersion": ignored}
        await api.create(CONFIG_MAPS, body)


async def test_an_update_names_a_version_that_is_a_number(api: Api) -> None:
    await api.create(CONFIG_MAPS, config_map("a"))
    body = config_map("a")
    body["metadata"]["resourceVersion"] = "x"
    status, answer = await api.call("PUT", f"{CONFIG_MAPS}/a", body)
    assert (status, answer["message"]) == (500, 'strconv.ParseUint: parsing "x": invalid syntax')
    assert "reason" not in answer


async def test_some_kinds_are_updated_with_their_version_only(api: Api) -> None:
    lease: dict[str, Any] = {"metadata": {"name": "l"}}
    assert (await api.call("PUT", f"{LEASES}/missing", {"metadata": {"name": "missing"}}))[0] in (201, 404)
    await api.create(LEASES, lease)
    status, answer = await api.call("PUT", f"{LEASES}/l", lease)
    assert status == 422
    assert answer["message"].startswith('leases.coordination.k8s.io "l" is invalid: metadata.resourceVersion: Invalid ')
    assert answer["message"].endswith(": must be specified for an update")


UID_PATCHES = [
    (MERGE, {"metadata": {"uid": "zz"}}),
    (STRATEGIC, {"metadata": {"uid": "zz"}}),
    (JSON_PATCH, [{"op": "replace", "path": "/metadata/uid", "value": "zz"}]),
]


@pytest.mark.parametrize(("content_type", "patch"), UID_PATCHES)
async def test_a_patch_gives_no_object_another_uid(api: Api, content_type: str, patch: Any) -> None:
    await api.create(CONFIG_MAPS, config_map("a"))
    status, answer = await api.call("PATCH", f"{CONFIG_MAPS}/a", patch, content_type=content_type)
    assert status == 422
    assert answer["message"] == 'ConfigMap "a" is invalid: metadata.uid: Invalid value: "zz": field is immutable'


async def test_an_update_with_another_uid_is_told_where_the_object_is_kept(api: Api) -> None:
    created = await api.create(CONFIG_MAPS, config_map("a"))
    body = config_map("a")
    body["metadata"]["uid"] = "zz"
    status, answer = await api.call("PUT", f"{CONFIG_MAPS}/a", body)
    assert status == 409
    assert answer["message"] == (
        'Operation cannot be fulfilled on configmaps "a": StorageError: invalid object, Code: 4, '
        "Key: /registry/configmaps/default/a, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: "
        f"UID in precondition: zz, UID in object meta: {created['metadata']['uid']}"
    )
    service = {"metadata": {"name": "kubernetes", "uid": "zz"}, "spec": {"ports": [{"port": 1}]}}
    _, answer = await api.call("PUT", "/api/v1/namespaces/default/services/kubernetes", service)
    assert "Key: /registry/services/specs/default/kubernetes, " in answer["message"]


async def test_a_patch_of_the_type(api: Api) -> None:
    await api.create(CONFIG_MAPS, config_map("a"))
    to_another = {"kind": "Foo", "data": {"k": "1"}}
    status, answer = await api.call("PATCH", f"{CONFIG_MAPS}/a", to_another, content_type=MERGE)
    assert status == 422
    assert answer["message"].startswith(' "" is invalid: patch: Invalid value: "{')
    assert answer["message"].endswith(
        ': no kind "Foo" is registered for version "v1" in scheme "pkg/api/legacyscheme/scheme.go:30"'
    )
    patched = await api.ok("PATCH", f"{CONFIG_MAPS}/a", to_another, content_type=STRATEGIC)
    assert (patched["kind"], patched["data"]["k"]) == ("ConfigMap", "1")


async def test_a_patch_of_the_type_of_a_custom_resource(api: Api) -> None:
    await established(api, crd())
    await api.create(WIDGETS, {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}})
    status, answer = await api.call("PATCH", f"{WIDGETS}/w", {"kind": "Foo"}, content_type=MERGE)
    assert status == 422
    assert answer["message"] == 'Foo.example.com "w" is invalid: kind: Invalid value: "Foo": must be Widget'


APPLIED = [
    ({}, b"a: b: c",
     "error decoding YAML: error converting YAML to JSON: yaml: mapping values are not allowed in this context"),
    ({}, b"- a", "error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into "
     "Go value of type map[string]interface {}"),
    ({}, b"kind: ConfigMap", "Incorrect version specified in apply patch. Specified patch version: , expected: v1"),
    ({"fieldValidation": "Strict"}, b"apiVersion: v1\nkind: ConfigMap\ndata:\n  a: b\n  a: c\n",
     "error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n"
     '  line 5: key "a" already set in map'),
]  # fmt: skip


@pytest.mark.parametrize(("query", "body", "message"), APPLIED)
async def test_a_configuration_that_cannot_be_applied(
    api: Api, query: dict[str, str], body: bytes, message: str
) -> None:
    query = {"fieldManager": "me", **query}
    status, answer = await api.call("PATCH", f"{CONFIG_MAPS}/a", body, query=query, content_type=APPLY)
    assert (status, answer["message"]) == (400, message)


async def test_a_key_that_is_applied_twice_is_warned_of(api: Api) -> None:
    body = b'{"apiVersion":"v1","kind":"ConfigMap","data":{"a":"b","a":"c"}}'
    answer = await api.answer("PATCH", f"{CONFIG_MAPS}/a", body, query={"fieldManager": "me"}, content_type=APPLY)
    assert dict(answer.headers or {})["warning"] == '299 - "line 1: key \\"a\\" already set in map"'


TOKENS = [
    ("!!", "illegal base64 data at input byte 0"),
    ("garbage", "invalid character '\\u0081' looking for beginning of value"),
    ("W10", "json: cannot unmarshal array into Go value of type storage.continueToken"),
]


@pytest.mark.parametrize(("token", "why"), TOKENS)
async def test_a_token_that_is_none(api: Api, token: str, why: str) -> None:
    status, answer = await api.call("GET", CONFIG_MAPS, query={"continue": token})
    assert (status, answer["message"]) == (400, f"invalid continue token: continue key is not valid: {why}")


NAMES = [("..", "may not be '..'"), (".", "may not be '.'"), ("a%b", "may not contain '%'")]


@pytest.mark.parametrize(("name", "why"), NAMES)
@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_a_name_that_no_path_can_have(api: Api, method: str, name: str, why: str) -> None:
    status, answer = await api.call(method, f"{CONFIG_MAPS}/{name}")
    assert (status, answer["message"]) == (400, f'Name parameter invalid: "{name}": {why}')


async def test_a_custom_resource_says_of_what_kind_it_is(api: Api) -> None:
    await established(api, crd())
    status, answer = await api.call("POST", WIDGETS, b'{"apiVersion":"example.com/v1","metadata":{"name":"w"}}')
    assert (status, answer["message"]) == (
        400,
        "Widget in version \"v1\" cannot be handled as a Widget: Object 'Kind' is missing in "
        '\'{"apiVersion":"example.com/v1","metadata":{"name":"w"}}\'',
    )
    wrong = {"apiVersion": "example.com/v1", "kind": "Foo", "metadata": {"name": "w"}}
    status, answer = await api.call("POST", WIDGETS, wrong)
    assert (status, answer["message"]) == (
        422,
        'Foo.example.com "w" is invalid: kind: Invalid value: "Foo": must be Widget',
    )


async def test_of_several_documents_the_first_is_read(api: Api) -> None:
    body = b"kind: ConfigMap\nmetadata: {name: a}\n---\nkind: Other\n"
    assert (await api.create(CONFIG_MAPS, body, content_type=YAML))["metadata"]["name"] == "a"


async def test_options_of_a_delete_that_go_cannot_read(api: Api) -> None:
    _, answer = await api.call("DELETE", f"{CONFIG_MAPS}/a", {"propagationPolicy": 5})
    assert answer["message"].endswith("Go struct field DeleteOptions.propagationPolicy of type v1.DeletionPropagation")
    _, answer = await api.call("DELETE", f"{CONFIG_MAPS}/a", {"preconditions": {"uid": 5}})
    assert answer["message"].endswith("Go struct field Preconditions.preconditions.uid of type types.UID")
