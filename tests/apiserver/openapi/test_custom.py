"""A custom resource's schema in both versions of the documents: what version 2 leaves out, what embedded ones get."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.api.object import Json, deep_copy
from pybernetes.apiserver.customresources.kind import CustomResource
from pybernetes.apiserver.openapi.custom import custom_schema
from pybernetes.apiserver.openapi.protobuf import encode_document
from pybernetes.apiserver.openapi.schemas import Schemas

OPEN = {"x-kubernetes-preserve-unknown-fields": True}
TEXT = {"type": "string"}
GVK = {"group": "example.com", "version": "v1", "kind": "Note"}


def published(schema: Json, *, v3: bool) -> Json:
    """A schema as the document has it, without what every object has."""
    resource = CustomResource("example.com", "v1", "notes", "Note", schema=deep_copy(schema))
    schemas = Schemas(v3=v3)
    found = schemas.definitions[custom_schema(schemas, resource, GVK, v3=v3)]
    assert found.pop("x-kubernetes-group-version-kind") == [GVK]
    for name in ("apiVersion", "kind", "metadata"):
        found.get("properties", {}).pop(name, None)
    return found


def part(schema: Json, *, v3: bool) -> Any:
    return published({"type": "object", "properties": {"a": schema}}, v3=v3)["properties"]["a"]


@pytest.mark.parametrize(
    ("schema", "in_v2"),
    [
        (TEXT, TEXT),
        ({**TEXT, "default": "x", "pattern": "^x$"}, {**TEXT, "default": "x", "pattern": "^x$"}),
        ({**TEXT, "nullable": True}, {}),
        ({"type": "integer", "allOf": [{"minimum": 1}], "not": {"maximum": 0}}, {"type": "integer"}),
        ({"type": "array", "items": TEXT}, {"type": "array", "items": TEXT}),
        ({"type": "array", "items": TEXT, "nullable": True}, {}),
        ({"type": "object", "properties": {"b": TEXT}, **OPEN}, OPEN),
        ({"type": "object", "additionalProperties": TEXT}, {"type": "object", "additionalProperties": TEXT}),
        (
            {"type": "object", "properties": {"b": {**TEXT, "nullable": True}, "c": TEXT}, "required": ["b", "c"]},
            {"type": "object", "properties": {"b": {}, "c": TEXT}, "required": ["c"]},
        ),
        (
            {"type": "object", "properties": {"b": {**TEXT, "nullable": True}}, "required": ["b"]},
            {"type": "object", "properties": {"b": {}}},
        ),
    ],
)
def test_version_2_says_what_its_clients_understand(schema: Json, in_v2: Json) -> None:
    assert part(schema, v3=False) == in_v2
    assert part(schema, v3=True) == schema


def test_an_open_object_is_any_object_in_version_2() -> None:
    schema = {"type": "object", "properties": {"a": TEXT}, **OPEN}
    assert published(schema, v3=False) == {"type": "object"}
    assert published(schema, v3=True) == schema


def test_an_embedded_object_has_what_every_object_has() -> None:
    embedded = {"type": "object", "x-kubernetes-embedded-resource": True, "properties": {"spec": TEXT}}
    for v3 in (False, True):
        found = part({**embedded, "required": ["spec"]}, v3=v3)
        assert list(found["properties"]) == ["spec", "apiVersion", "kind", "metadata"]
        assert found["required"] == ["spec", "kind", "apiVersion"]
    assert "properties" not in part({**embedded, **OPEN}, v3=False)
    assert part({**embedded, **OPEN}, v3=True)["required"] == ["kind", "apiVersion"]


def test_links_to_documents_have_a_place_in_the_binary_form() -> None:
    schema: Json = {"externalDocs": {"url": "https://example.com", "description": "more"}, "type": "object"}
    value = {"swagger": "2.0", "definitions": {"A": schema}}
    assert b"https://example.com" in encode_document(value)
