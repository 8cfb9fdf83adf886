"""The rules on schemas: each with the errors that Kubernetes gives, in its order."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.api.apiextensions.schema_rules import validate_schema
from pybernetes.api.field import ErrorList
from pybernetes.api.object import Json

TEXT: Json = {"type": "string"}
SET: Json = {"type": "array", "x-kubernetes-list-type": "set"}
MAP: Json = {"type": "array", "x-kubernetes-list-type": "map"}
KEYS = "x-kubernetes-list-map-keys"
EMBEDDED: Json = {"type": "object", "x-kubernetes-embedded-resource": True}
PRESERVE = "x-kubernetes-preserve-unknown-fields"
ITEM = "must be atomic as item of a list with x-kubernetes-list-type=set"


def root(**fields: Json) -> Json:
    return {"type": "object", "properties": fields}


def item(**fields: Json) -> Json:
    return {"type": "object", "required": list(fields), "properties": fields}


def errors_of(schema: Json, **options: Any) -> list[str]:
    errors = ErrorList()
    validate_schema(schema, "x", errors, **options)
    return [f"{cause['field']}: {cause['message']}" for cause in errors.causes]


FINE = [
    root(a=TEXT),
    root(a={"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, {"type": "string"}]}),
    root(
        a={
            "x-kubernetes-int-or-string": True,
            "allOf": [{"anyOf": [{"type": "integer"}, {"type": "string"}]}, {"pattern": "a"}],
        }
    ),
    root(metadata={"type": "object", "properties": {"name": {"type": "string", "maxLength": 5}}}),
    root(a={PRESERVE: True}),
    root(a={**EMBEDDED, PRESERVE: True}),
    root(a={**MAP, KEYS: ["k"], "items": item(k=TEXT)}),
    root(a={**SET, "items": {"type": "object", "x-kubernetes-map-type": "atomic", "properties": {"b": TEXT}}}),
    {**root(a=TEXT, b=TEXT), "oneOf": [{"required": ["a"]}, {"properties": {"b": {"enum": ["x"]}}}]},
    root(a={"type": "object", "properties": {"b": {"type": "integer", "default": 1}}, "default": {}}),
]
WRONG: list[tuple[Json, list[str]]] = [
    ({"properties": {"a": TEXT}}, ["x.type: Required value: must not be empty at the root"]),
    (
        {"type": "array", "items": TEXT},
        ['x.type: Invalid value: "array": must be object at the root'],
    ),
    (
        {"type": "object", "additionalProperties": TEXT},
        ["x.additionalProperties: Forbidden: must not be used at the root"],
    ),
    (root(a={}), ["x.properties[a].type: Required value: must not be empty for specified object fields"]),
    (root(a={"type": "array"}), ["x.properties[a].items: Required value: must be specified"]),
    (
        root(a={"type": "array", "items": {}}),
        ["x.properties[a].items.type: Required value: must not be empty for specified array items"],
    ),
    (
        root(a={"x-kubernetes-int-or-string": True, PRESERVE: True}),
        [f"x.properties[a].{PRESERVE}: Invalid value: true: must be false if x-kubernetes-int-or-string is true"],
    ),
    (
        root(a=EMBEDDED),
        [
            "x.properties[a].properties: Required value: must not be empty if x-kubernetes-embedded-resource is true "
            "without x-kubernetes-preserve-unknown-fields"
        ],
    ),
    (
        root(kind={"type": "integer"}, metadata={"type": "object", "properties": {"labels": {"type": "object"}}}),
        [
            'x.properties[kind].type: Invalid value: "integer": must be string',
            "x.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but "
            "metadata is implicitly specified",
        ],
    ),
    (
        {**root(a=TEXT), "anyOf": [{"type": "object", "description": "d", "default": {}, "nullable": True}]},
        [
            "x.anyOf[0].default: Forbidden: must be undefined to be structural",
            "x.anyOf[0].description: Forbidden: must be empty to be structural",
            "x.anyOf[0].nullable: Forbidden: must be false to be structural",
            "x.anyOf[0].type: Forbidden: must be empty to be structural",
        ],
    ),
    (
        {**root(a=TEXT), "not": {"properties": {"b": {"minLength": 1}, "metadata": {}}}},
        [
            "x.not.properties[metadata]: Forbidden: must not be specified in a nested context",
            "x.properties[b]: Required value: because it is defined in x.not.properties[b]",
            "x.properties[metadata]: Required value: because it is defined in x.not.properties[metadata]",
        ],
    ),
    (
        root(a={"type": "object", "properties": {"b": TEXT}, "default": {"c": 1}}),
        ['x.properties[a].default: Invalid value: {"c":1}: must not have unknown fields'],
    ),
    (
        root(metadata={"type": "object", "default": {}}, kind={"type": "string", "default": "A"}),
        [
            "x.properties[metadata].default: Forbidden: must not be set in top-level metadata",
            "x.properties[kind].default: Forbidden: must not be set in top-level kind",
        ],
    ),
    (
        root(a={"type": "null"}),
        ["x.properties[a].type: Forbidden: type cannot be set to null, use nullable as an alternative"],
    ),
    (root(a={"type": "string", "id": "n"}), ["x.properties[a].id: Forbidden: id is not supported"]),
    (
        root(a={"type": "string", "x-kubernetes-map-type": "other"}),
        [
            'x.properties[a].type: Invalid value: "string": must be object if x-kubernetes-map-type is specified',
            'x.properties[a].x-kubernetes-map-type: Unsupported value: "other": supported values: "atomic", "granular"',
        ],
    ),
    (
        root(a={"type": "array", "items": TEXT, "x-kubernetes-list-type": "bag"}),
        [
            'x.properties[a].x-kubernetes-list-type: Unsupported value: "bag": supported values: "atomic", "set", '
            '"map"',
        ],
    ),
    (
        root(a={**SET, "items": {"type": "array", "items": TEXT, "x-kubernetes-list-type": "set"}}),
        [f'x.properties[a].items.x-kubernetes-list-type: Invalid value: "set": {ITEM}'],
    ),
    (
        root(a={**SET, "items": {"type": "string", "nullable": True}}),
        ["x.properties[a].items.nullable: Forbidden: cannot be nullable when x-kubernetes-list-type is set"],
    ),
    (
        root(a={"type": "array", "items": TEXT, KEYS: ["a"]}),
        [f"x.properties[a].x-kubernetes-list-type: Required value: must be map if {KEYS} is non-empty"],
    ),
    (
        root(a={**MAP, "items": item(k=TEXT)}),
        [f"x.properties[a].{KEYS}: Required value: must not be empty if x-kubernetes-list-type is map"],
    ),
    (
        root(a={**MAP, KEYS: ["k", "k", "n"], "items": item(k=TEXT)}),
        [
            f'x.properties[a].{KEYS}: Invalid value: ["k","k","n"]: entries must all be names of item properties',
            f'x.properties[a].{KEYS}: Invalid value: ["k","k","n"]: must not contain duplicate entries',
        ],
    ),
    (
        root(a={**MAP, KEYS: ["k", "o"], "items": {"type": "object", "properties": {"k": TEXT, "o": item()}}}),
        [
            'x.properties[a].items.properties[o].type: Invalid value: "object": must be a scalar type if parent '
            "array's x-kubernetes-list-type is map",
            *(
                f"x.properties[a].items.properties[{key}].default: Required value: this property is in {KEYS}, so it "
                "must have a default or be a required property"
                for key in "ko"
            ),
        ],
    ),
]


@pytest.mark.parametrize("schema", FINE)
def test_what_may_be_said(schema: Json) -> None:
    assert errors_of(schema) == []


@pytest.mark.parametrize(("schema", "texts"), WRONG)
def test_what_may_not_be_said(schema: Json, texts: list[str]) -> None:
    assert errors_of(schema) == texts


def test_beside_a_status_the_root_says_little() -> None:
    schema = {**root(a=TEXT), "anyOf": [{"required": ["a"]}]}
    assert errors_of(schema) == []
    [text] = errors_of(schema, has_status=True)
    assert text.startswith("x: Invalid value: only [Description Type Format Title Maximum ")
    assert text.endswith("] fields are allowed at the root of the schema if the status subresource is enabled")
