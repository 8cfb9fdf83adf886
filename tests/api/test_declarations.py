"""Every declared kind compiles, is an ordinary pydantic type, and agrees with the OpenAPI reference."""

from __future__ import annotations

import importlib
import json
import os
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from pybernetes.api.definition import definition_of
from pybernetes.api.resources import RESOURCES, Resource
from pybernetes.api.schema.declare import struct_of
from pybernetes.api.schema.tree import Field, ListOf, ListType, MapOf, Node, OneOf, Scalar, ScalarType, Struct

_REPOSITORY = Path(__file__).resolve().parents[2]
_BESIDE = _REPOSITORY / "../shared/reference/kubernetes-1.36-openapi.json"
REFERENCE = Path(os.environ.get("PYBERNETES_OPENAPI_REFERENCE", _BESIDE))

_MORE = (
    ("autoscaling.v1.scale", "Scale", "autoscaling", "v1"),
    ("authentication.token_request", "TokenRequest", "authentication.k8s.io", "v1"),
    ("policy.eviction", "Eviction", "policy", "v1"),
    ("meta.delete_options", "DeleteOptions", "", "v1"),
)


def _id(resource: Resource) -> str:
    return f"{resource.api_version}/{resource.kind}"


@pytest.mark.parametrize("resource", RESOURCES, ids=_id)
def test_every_kind_decodes_its_minimum(resource: Resource) -> None:
    definition = definition_of(resource)
    sent = {"apiVersion": resource.api_version, "kind": resource.kind, "metadata": {"name": "a"}}
    decoded, unknown = definition.decoder.decode(sent)
    definition.set_defaults(decoded)
    assert unknown == []
    assert (decoded["apiVersion"], decoded["kind"]) == (resource.api_version, resource.kind)
    assert decoded["metadata"]["name"] == "a"
    again, unknown = definition.decoder.decode(json.loads(json.dumps(decoded)))
    definition.set_defaults(again)
    assert (again, unknown) == (decoded, [])


@pytest.mark.parametrize("resource", RESOURCES, ids=_id)
def test_every_declaration_is_an_ordinary_pydantic_type(resource: Resource) -> None:
    shape = definition_of(resource).shape
    assert shape is not None
    TypeAdapter(shape).rebuild(raise_errors=True)


@pytest.mark.parametrize("resource", RESOURCES, ids=_id)
def test_every_kind_has_a_column_with_its_name(resource: Resource) -> None:
    columns = definition_of(resource).columns
    assert any(column.format == "name" for column in columns)


def _gvk(group: str, version: str, kind: str) -> dict[str, str]:
    return {"group": group, "kind": kind, "version": version}


@pytest.fixture(scope="module")
def reference() -> dict[str, Any]:
    if not REFERENCE.exists():
        pytest.skip(f"the OpenAPI reference is not there: {REFERENCE} (set PYBERNETES_OPENAPI_REFERENCE)")
    document: dict[str, Any] = json.loads(REFERENCE.read_text())
    return document["definitions"]  # type: ignore[no-any-return]


def _definition_for(reference: dict[str, Any], group: str, version: str, kind: str) -> str:
    wanted = _gvk(group, version, kind)
    names = [n for n, d in reference.items() if wanted in d.get("x-kubernetes-group-version-kind", ())]
    assert names, f"the reference has no {wanted}"
    return min(names, key=len)


@pytest.mark.parametrize("resource", RESOURCES, ids=_id)
def test_every_kind_agrees_with_the_reference(resource: Resource, reference: dict[str, Any]) -> None:
    name = _definition_for(reference, resource.group, resource.version, resource.kind)
    assert _Comparison(reference).run(definition_of(resource).tree, name) == []


@pytest.mark.parametrize(("module", "kind", "group", "version"), _MORE)
def test_kinds_without_a_resource_agree_too(
    module: str, kind: str, group: str, version: str, reference: dict[str, Any]
) -> None:
    struct = struct_of(getattr(importlib.import_module(f"pybernetes.api.{module}"), kind))
    assert _Comparison(reference).run(struct, _definition_for(reference, group, version, kind)) == []


_SCALARS = {
    ScalarType.STRING: {"type": "string"},
    ScalarType.BOOLEAN: {"type": "boolean"},
    ScalarType.INT32: {"type": "integer", "format": "int32"},
    ScalarType.INT64: {"type": "integer", "format": "int64"},
    ScalarType.DOUBLE: {"type": "number", "format": "double"},
    ScalarType.BASE64: {"type": "string", "format": "byte"},
}
_NAMED = {
    ScalarType.TIME: "io.k8s.apimachinery.pkg.apis.meta.v1.Time",
    ScalarType.MICRO_TIME: "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime",
    ScalarType.QUANTITY: "io.k8s.apimachinery.pkg.api.resource.Quantity",
    ScalarType.INT_OR_STRING: "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
}


class _Comparison:
    """Walks a tree and the reference side by side and lists what differs."""

    def __init__(self, reference: dict[str, Any]):
        self.reference = reference
        self.seen: set[tuple[int, str]] = set()
        self.differences: list[str] = []

    def run(self, struct: Struct, name: str) -> list[str]:
        self._struct(struct, name)
        return self.differences

    def _note(self, path: str, ours: Any, theirs: Any) -> None:
        if ours != theirs:
            self.differences.append(f"{path}: {ours!r}, the reference says {theirs!r}")

    def _struct(self, struct: Struct, name: str) -> None:
        if (id(struct), name) in self.seen:
            return
        self.seen.add((id(struct), name))
        schema = self.reference[name]
        properties = schema.get("properties") or {}
        self._note(name, sorted(struct.fields), sorted(properties))
        required = {field.name for field in struct.fields.values() if field.required}
        self._note(f"{name} required", sorted(required), sorted(schema.get("required") or ()))
        self._note(f"{name} atomic", struct.atomic, schema.get("x-kubernetes-map-type") == "atomic")
        for field in struct.fields.values():
            if field.name in properties:
                self._field(f"{name}.{field.name}", field, properties[field.name])

    def _field(self, path: str, field: Field, schema: dict[str, Any]) -> None:
        strategy = set(filter(None, schema.get("x-kubernetes-patch-strategy", "").split(",")))
        ours = ({"merge"} if field.merge else set()) | ({"replace"} if field.replace else set())
        self._note(f"{path} strategy", ours | ({"retainKeys"} if field.retain_keys else set()), strategy)
        self._note(f"{path} merge key", field.merge_key, schema.get("x-kubernetes-patch-merge-key", ""))
        self._node(path, field.node, schema)

    def _node(self, path: str, node: Node, schema: dict[str, Any]) -> None:
        target = schema.get("$ref", "").removeprefix("#/definitions/")
        match node:
            case Struct():
                self._note(path, bool(target), True)
                if target:
                    self._struct(node, target)
            case ListOf(items=items):
                self._note(path, "array", schema.get("type"))
                declared = schema.get("x-kubernetes-list-type")
                self._note(f"{path} list type", node.type.value, declared or ListType.ATOMIC.value)
                self._note(f"{path} keys", sorted(node.keys), sorted(schema.get("x-kubernetes-list-map-keys") or ()))
                self._node(f"{path}[]", items, schema.get("items") or {})
            case MapOf(values=values):
                self._note(path, "object", schema.get("type"))
                self._note(f"{path} atomic", node.atomic, schema.get("x-kubernetes-map-type") == "atomic")
                self._node(f"{path}{{}}", values, schema.get("additionalProperties") or {})
            case Scalar(type=scalar):
                self._scalar(path, scalar, schema, target)
            case OneOf():
                self._note(path, bool(target), True)

    def _scalar(self, path: str, scalar: ScalarType, schema: dict[str, Any], target: str) -> None:
        if scalar in _NAMED:
            self._note(path, _NAMED[scalar], target)
        elif scalar in _SCALARS:
            resolved = self.reference[target] if target else schema
            self._note(path, _SCALARS[scalar], {k: resolved[k] for k in ("type", "format") if k in resolved})
