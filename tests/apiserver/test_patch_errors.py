"""What is said of patches that cannot be read, do not fit, or lead to something that is no such object."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from pybernetes.api.object import Json
from pybernetes.apiserver.http import Response
from pybernetes.apiserver.rest.patched import go_text
from tests.apiserver.conftest import Api, config_map
from tests.apiserver.test_bad_input import deployment

CONFIG_MAP = "/api/v1/namespaces/default/configmaps/x"
DEPLOYMENT = "/apis/apps/v1/namespaces/default/deployments/x"
JSON, MERGE = "application/json-patch+json", "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
REJECTED = "the server rejected our request due to an error in our request"
NO_NAME = "the name of the object (x based on URL) was undeterminable: name must be provided"

REFUSED: list[tuple[str, Any, int, str]] = [
    (JSON, b"{", 400, "error decoding patch: unexpected end of JSON input"),
    (
        JSON,
        {},
        400,
        "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp",
    ),
    (
        JSON,
        [1],
        400,
        "error decoding patch: json: cannot unmarshal number into Go value of type handlers.jsonPatchOp",
    ),
    (JSON, [{"op": "test", "path": "/data/a", "value": "2"}], 422, REJECTED),
    (JSON, [{"op": "remove", "path": "/data/none"}], 422, REJECTED),
    (JSON, [{"op": "grow", "path": "/data"}], 422, REJECTED),
    (
        JSON,
        [{"op": "add", "path": "/data/b", "value": "1"}] * 10_001,
        413,
        "The allowed maximum operations in a JSON patch is 10000, got 10001",
    ),
    (JSON, [{"op": "replace", "path": "/metadata/name", "value": "y"}], 400, None),
    (
        MERGE,
        [],
        400,
        "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}",
    ),
    (STRATEGIC, [], 400, "json: cannot unmarshal array into Go value of type map[string]interface {}"),
    (MERGE, {"metadata": None}, 400, NO_NAME),
    (MERGE, {"metadata": {"name": "y"}}, 400, "the name of the object (y) does not match the name on the URL (x)"),
    (
        MERGE,
        {"metadata": {"namespace": "other"}},
        400,
        "the namespace of the provided object does not match the namespace sent on the request",
    ),
    (
        STRATEGIC,
        {"data": "text"},
        422,
        ' "" is invalid: patch: Invalid value: "map[data:text]": cannot restore map from string',
    ),
]


@pytest.mark.parametrize(("kind", "patch", "code", "message"), REFUSED)
async def test_patches_that_are_refused(api: Api, kind: str, patch: Any, code: int, message: str | None) -> None:
    before = await api.create(CONFIG_MAP.rpartition("/")[0], config_map("x", a="1"))
    status, answer = await api.call("PATCH", CONFIG_MAP, patch, content_type=kind)
    assert (status, answer["message"]) == (code, message or answer["message"])
    assert await api.get(CONFIG_MAP) == before


async def test_an_outcome_of_a_wrong_type_is_shown_whole(api: Api) -> None:
    await api.create(DEPLOYMENT.rpartition("/")[0], deployment())
    status, answer = await api.call("PATCH", DEPLOYMENT, {"spec": {"replicas": "three"}}, content_type=MERGE)
    (cause,) = answer["details"]["causes"]
    assert (status, cause["field"], cause["reason"]) == (422, "patch", "FieldValueInvalid")
    assert answer["message"].startswith(' "" is invalid: patch: Invalid value: "{')
    assert answer["message"].endswith(
        ": json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32"
    )
    status, answer = await api.call("PATCH", DEPLOYMENT, {"spec": {"replicas": "three"}}, content_type=STRATEGIC)
    assert answer["message"] == (
        ' "" is invalid: patch: Invalid value: "map[spec:map[replicas:three]]": unrecognized type: int32'
    )


STRICT = [
    (
        MERGE,
        b'{"spec":{"paused":true,"paused":false,"new":1}}',
        ['duplicate field "spec.paused"', 'unknown field "spec.new"'],
    ),
    (
        JSON,
        b'[{"op":"add","path":"/spec/new","value":1,"why":"x"}]',
        ['json patch unknown field "[0].why"', 'unknown field "spec.new"'],
    ),
    (STRATEGIC, b'{"spec":{"new":1}}', ['unknown field "spec.new"']),
]


@pytest.mark.parametrize(("kind", "patch", "problems"), STRICT)
async def test_what_a_strict_reader_minds(api: Api, kind: str, patch: bytes, problems: list[str]) -> None:
    await api.create(DEPLOYMENT.rpartition("/")[0], deployment())
    strict = {"fieldValidation": "Strict"}
    status, answer = await api.call("PATCH", DEPLOYMENT, patch, content_type=kind, query=strict)
    assert status == 422
    assert answer["message"].endswith(f": strict decoding error: {', '.join(problems)}")
    warned = await api.answer("PATCH", DEPLOYMENT, patch, content_type=kind)
    assert isinstance(warned, Response)
    assert warned.status == 200
    texts = [problem.replace('"', '\\"') for problem in problems]
    assert dict(warned.headers or {})["warning"] == "\n".join(f'299 - "{text}"' for text in texts)


PRINTED: list[tuple[Json, str]] = [
    ({"b": None, "a": [1, "x", True]}, "map[a:[1 x true] b:<nil>]"),
    ({}, "map[]"),
    ({"a": {"c": 1.5}}, "map[a:map[c:1.5]]"),
]


@pytest.mark.parametrize(("value", "text"), PRINTED)
def test_values_as_go_prints_them(value: Json, text: str) -> None:
    assert go_text(orjson.loads(orjson.dumps(value))) == text
