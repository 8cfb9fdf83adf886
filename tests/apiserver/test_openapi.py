"""OpenAPI: each kind is described, by both versions alike, and every reference leads somewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pybernetes.api.object import Json
from pybernetes.api.resources import RESOURCES, Resource
from tests.apiserver.conftest import Api

GVK = "x-kubernetes-group-version-kind"


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "$ref" and isinstance(item, str):  # JSONSchemaProps has a field of that name
                yield item
            else:
                yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def resolve(document: Json, reference: str) -> Json:
    assert reference.startswith("#/")
    found: Json = document
    for part in reference[2:].split("/"):
        found = found[part.replace("~1", "/")]
    return found


def described(definitions: Json) -> set[tuple[str, str, str]]:
    return {
        (one["group"], one["version"], one["kind"]) for schema in definitions.values() for one in schema.get(GVK, ())
    }


def kinds(resources: tuple[Resource, ...]) -> set[tuple[str, str, str]]:
    return {(one.group, one.version, one.kind) for one in resources}


async def _v3(api: Api) -> dict[str, Json]:
    """Every document of version 3, by its path."""
    index = (await api.get("/openapi/v3"))["paths"]
    return {
        path: await api.get(f"/openapi/v3/{path}")
        for path, found in index.items()
        if found["serverRelativeURL"].startswith(f"/openapi/v3/{path}?hash=")
    }


async def test_version_2_describes_every_kind(api: Api) -> None:
    document = await api.get("/openapi/v2")
    assert document["swagger"] == "2.0"
    for reference in set(references(document)):
        resolve(document, reference)
    assert kinds(RESOURCES) <= described(document["definitions"])


async def test_version_3_describes_every_kind_in_its_group(api: Api) -> None:
    documents = await _v3(api)
    versions = {one.base_path.strip("/") for one in RESOURCES}
    groups = {path.rpartition("/")[0] for path in versions if path.startswith("apis/")}
    bare = {"api", "apis", "version", "logs", "openid/v1/jwks", ".well-known/openid-configuration"}
    assert set(documents) == versions | groups | bare
    for path, document in documents.items():
        assert document["openapi"].startswith("3.0")
        for reference in set(references(document)):
            resolve(document, reference)
        own = tuple(one for one in RESOURCES if one.base_path == f"/{path}")
        assert kinds(own) <= described(document["components"]["schemas"])


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda one: one.qualified_name)
async def test_paths_and_verbs(api: Api, resource: Resource) -> None:
    document = await api.get(f"/openapi/v3{resource.base_path}")
    inside = resource.path("{namespace}" if resource.namespaced else "")
    operations = document["paths"].get(inside, {}), document["paths"].get(f"{inside}/{{name}}", {})
    methods = [{name for name in found if name in ("get", "put", "post", "patch", "delete")} for found in operations]
    on_collection = {"list": "get", "create": "post", "deletecollection": "delete"}
    on_object = {"get": "get", "update": "put", "patch": "patch", "delete": "delete"}
    assert methods[0] == {method for verb, method in on_collection.items() if verb in resource.verbs}
    assert methods[1] == {method for verb, method in on_object.items() if verb in resource.verbs}
    for found in operations:
        for method, operation in found.items():
            if method in ("get", "put", "post", "patch", "delete"):
                assert operation[GVK] == {"group": resource.group, "version": resource.version, "kind": resource.kind}
                assert operation["responses"]
    if "status" in resource.subresources:
        assert {"get", "put", "patch"} <= set(document["paths"][f"{inside}/{{name}}/status"])


async def test_every_operation_has_a_name_of_its_own(api: Api) -> None:
    document = await api.get("/openapi/v2")
    names = [
        operation["operationId"]
        for path in document["paths"].values()
        for operation in path.values()
        if isinstance(operation, dict)
    ]
    assert len(names) == len(set(names))


async def test_both_versions_describe_the_same_fields(api: Api) -> None:
    old = (await api.get("/openapi/v2"))["definitions"]
    new = {
        name: schema for found in (await _v3(api)).values() for name, schema in found["components"]["schemas"].items()
    }
    assert set(old) == set(new)
    for name, schema in old.items():
        assert set(schema.get("properties", ())) == set(new[name].get("properties", ())), name
