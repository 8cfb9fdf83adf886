"""The binary OpenAPI document: read back with a reader that knows nothing but the wire."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pybernetes.api.object import Json
from pybernetes.api.protobuf.wire import delimited, read_length, read_varint, skip
from pybernetes.api.resources import RESOURCES
from pybernetes.apiserver.openapi.documents import OpenAPI
from pybernetes.apiserver.openapi.protobuf import encode_document

Fields = dict[int, list[Any]]


def fields(data: bytes) -> Fields:
    """The fields of a message by number: bytes, or the integer of a varint."""
    found: Fields = {}
    position = 0
    while position < len(data):
        tag, position = read_varint(data, position, len(data))
        if tag & 7 == 2:
            start, position = read_length(data, position, len(data))
            value: Any = data[start:position]
        elif tag & 7 == 0:
            value, position = read_varint(data, position, len(data))
        else:
            value = data[position : (position := skip(data, position, len(data), tag))]
        found.setdefault(tag >> 3, []).append(value)
    return found


def named(entries: list[bytes]) -> dict[str, bytes]:
    """{name=1, value=2} entries."""
    return {fields(entry)[1][0].decode(): fields(entry)[2][0] for entry in entries}


@pytest.fixture(scope="module")
def openapi() -> OpenAPI:
    return OpenAPI(RESOURCES)


@pytest.fixture(scope="module")
def document(openapi: OpenAPI) -> Fields:
    return fields(openapi.v2_protobuf())


def test_it_has_every_path_and_definition_of_the_json_document(openapi: OpenAPI, document: Fields) -> None:
    value = openapi.v2_value()
    assert document[1] == [b"2.0"]
    assert fields(document[2][0]) == {1: [b"Kubernetes"], 2: [value["info"]["version"].encode()]}
    assert set(named(fields(document[8][0])[2])) == set(value["paths"])
    assert set(named(fields(document[9][0])[1])) == set(value["definitions"])


def test_a_definition_keeps_what_kubectl_patches_by(document: Fields) -> None:
    definitions = named(fields(document[9][0])[1])
    pod_spec = fields(definitions["io.k8s.api.core.v1.PodSpec"])
    assert fields(pod_spec[22][0]) == {1: [b"object"]}
    assert pod_spec[19] == [b"containers"]
    properties = named(fields(pod_spec[25][0])[1])
    containers = fields(properties["containers"])
    item = fields(fields(containers[23][0])[1][0])
    assert item == {1: [b"#/definitions/io.k8s.api.core.v1.Container"]}
    extensions = {name: json.loads(fields(free)[2][0]) for name, free in named(containers[31]).items()}
    assert extensions["x-kubernetes-patch-merge-key"] == "name"
    assert extensions["x-kubernetes-patch-strategy"] == "merge"


def test_a_kind_says_which_it_is(document: Fields) -> None:
    definitions = named(fields(document[9][0])[1])
    extensions = named(fields(definitions["io.k8s.api.apps.v1.Deployment"])[31])
    gvk = json.loads(fields(extensions["x-kubernetes-group-version-kind"])[2][0])
    assert gvk == [{"group": "apps", "version": "v1", "kind": "Deployment"}]


BARE: Json = {"swagger": "2.0", "info": {"title": "t", "version": "v"}, "paths": {}, "definitions": {}}
HEAD = delimited(1, b"2.0") + delimited(2, delimited(1, b"t") + delimited(2, b"v"))


def with_schema(schema: Json) -> bytes:
    return encode_document({**BARE, "definitions": {"S": schema}})


SCHEMAS: list[tuple[Json, bytes]] = [
    ({"$ref": "#/x"}, b"\x0a\x03#/x"),
    ({"type": "integer", "format": "int32"}, b"\xb2\x01\x09\x0a\x07integer\x12\x05int32"),
    ({"additionalProperties": True}, b"\xaa\x01\x02\x10\x01"),
    ({"additionalProperties": {"format": "a"}}, b"\xaa\x01\x05\x0a\x03\x12\x01a"),
    ({"items": {"format": "a"}}, b"\xba\x01\x05\x0a\x03\x12\x01a"),
    ({"default": 3}, b"\x2a\x03\x12\x013"),
    ({"x-y": "z"}, b"\xfa\x01\x0c\x0a\x03x-y\x12\x05\x12\x03" + b'"z"'),
    ({"minimum": 1, "uniqueItems": True}, b"\x49\x00\x00\x00\x00\x00\x00\xf0\x3f\x80\x01\x01"),
]


@pytest.mark.parametrize(("schema", "written"), SCHEMAS)
def test_a_schema_is_written_as_the_definition_says(schema: Json, written: bytes) -> None:
    definition = delimited(1, delimited(1, b"S") + delimited(2, written))
    assert with_schema(schema) == HEAD + delimited(8, b"") + delimited(9, definition)


PARAMETERS: list[Json] = [
    {"in": "query", "name": "q", "type": "string", "uniqueItems": True},
    {"in": "path", "name": "n", "required": True, "type": "string"},
    {"in": "body", "name": "body", "schema": {}},
]


def test_parameters_go_where_they_are_sent() -> None:
    data = encode_document({**BARE, "paths": {"/p": {"parameters": PARAMETERS}}})
    item = named(fields(fields(data)[8][0])[2])["/p"]
    query, path, body = (fields(fields(entry)[1][0]) for entry in fields(item)[9])
    assert fields(fields(query[2][0])[3][0]) == {2: [b"query"], 4: [b"q"], 6: [b"string"], 20: [1]}
    assert fields(fields(path[2][0])[4][0]) == {1: [1], 2: [b"path"], 4: [b"n"], 5: [b"string"]}
    assert fields(body[1][0]) == {2: [b"body"], 3: [b"body"], 5: [b""]}


def test_parameters_that_are_written_down_once() -> None:
    data = encode_document({**BARE, "parameters": {"q-1": PARAMETERS[0], "b-1": PARAMETERS[2]}})
    found = named(fields(fields(data)[10][0])[1])
    assert fields(fields(fields(found["q-1"])[2][0])[3][0])[4] == [b"q"]
    assert fields(fields(found["b-1"])[1][0])[3] == [b"body"]


def test_a_key_without_a_place_is_an_error() -> None:
    with pytest.raises(ValueError, match="Schema has no field for 'nullable'"):
        with_schema({"nullable": True})
