"""Definitions that the tests of custom resources share."""

from __future__ import annotations

import asyncio
from typing import Any

from pybernetes.api.object import Json
from tests.apiserver.conftest import Api

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
WIDGETS = "/apis/example.com/v1/namespaces/default/widgets"

SPEC: Json = {
    "type": "object",
    "required": ["image"],
    "properties": {
        "image": {"type": "string", "minLength": 2, "pattern": "^[a-z]+$"},
        "replicas": {"type": "integer", "default": 1, "minimum": 0, "maximum": 9},
        "color": {"type": "string", "enum": ["red", "green"]},
        "port": {"x-kubernetes-int-or-string": True},
        "note": {"type": "string", "nullable": True},
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "tags": {"type": "array", "maxItems": 3, "x-kubernetes-list-type": "set", "items": {"type": "string"}},
        "parts": {
            "type": "array",
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["name"],
            "items": {
                "type": "object",
                "required": ["name"],
                "properties": {"name": {"type": "string"}, "size": {"type": "integer", "default": 5}},
            },
        },
        "when": {"type": "string", "format": "date-time"},
        "inner": {
            "type": "object",
            "x-kubernetes-embedded-resource": True,
            "x-kubernetes-preserve-unknown-fields": True,
        },
    },
    "not": {"required": ["labels", "tags"]},
}
STATUS: Json = {
    "type": "object",
    "properties": {"replicas": {"type": "integer"}, "phase": {"type": "string"}, "selector": {"type": "string"}},
}


def schema(spec: Json | None = None) -> Json:
    return {"type": "object", "properties": {"spec": SPEC if spec is None else spec, "status": STATUS}}


def version(name: str = "v1", *, storage: bool = True, served: bool = True, **more: Any) -> Json:
    return {"name": name, "served": served, "storage": storage, "schema": {"openAPIV3Schema": schema()}, **more}


def crd(*versions: Json, plural: str = "widgets", scope: str = "Namespaced", **names: Any) -> Json:
    kind = plural.removesuffix("s").capitalize()
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.example.com"},
        "spec": {
            "group": "example.com",
            "scope": scope,
            "names": {"plural": plural, "kind": kind, **names},
            "versions": list(versions) or [version()],
        },
    }


def widget(name: str = "w", **spec: Any) -> Json:
    return {
        "apiVersion": "example.com/v1",
        "kind": "Widget",
        "metadata": {"name": name},
        "spec": {"image": "busybox", **spec},
    }


def conditions_of(obj: Json) -> dict[str, Json]:
    return {one["type"]: one for one in (obj.get("status") or {}).get("conditions") or ()}


async def established(api: Api, definition: Json) -> Json:
    """Create a definition and wait until it is established."""
    await api.create(CRDS, definition)
    return await until_condition(api, definition["metadata"]["name"], "Established", "True")


async def until_condition(api: Api, name: str, kind: str, status: str) -> Json:
    async with asyncio.timeout(10):
        while True:
            found = await api.get(f"{CRDS}/{name}")
            if conditions_of(found).get(kind, {}).get("status") == status:
                return found
            await asyncio.sleep(0.005)


async def until_gone(api: Api, path: str) -> None:
    async with asyncio.timeout(15):
        while (await api.call("GET", path))[0] != 404:
            await asyncio.sleep(0.01)
