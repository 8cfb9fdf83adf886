"""Custom resources in the OpenAPI documents: the schema that their definition gives, around what every object has.

Version 2 knows less than version 3; what it has no words for is left out there.
"""

from __future__ import annotations

from typing import Any

from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.object import Json, deep_copy
from pybernetes.api.schema.declare import struct_of
from pybernetes.apiserver.customresources.kind import CustomResource
from pybernetes.apiserver.openapi.schemas import META, Schemas

_ONLY_V3 = ("allOf", "anyOf", "oneOf", "not", "nullable", "default")
_API_VERSION = "The version of the schema that this object is written in."
_KIND = "The kind of this object."


def package_of_custom(resource: CustomResource) -> str:
    """The prefix of a kind's definition name: the group's parts backwards, ``com.example.v1``."""
    return ".".join([*reversed(resource.group.split(".")), resource.version])


def custom_schema(schemas: Schemas, resource: CustomResource, gvk: Json, *, v3: bool) -> str:
    """Add the definition of a custom resource; its name."""
    schema: Json = deep_copy(resource.schema) if v3 else _in_v2(resource.schema)
    schemas.struct(struct_of(ObjectMeta), META)
    reference = schemas.reference(f"{META}.ObjectMeta")
    properties = schema.setdefault("properties", {})
    properties["apiVersion"] = {"type": "string", "description": _API_VERSION}
    properties["kind"] = {"type": "string", "description": _KIND}
    properties["metadata"] = {"allOf": [reference]} if v3 else reference
    schema["x-kubernetes-group-version-kind"] = [gvk]
    name = f"{package_of_custom(resource)}.{resource.kind}"
    schemas.definitions[name] = schema
    return name


def _in_v2(schema: Any) -> Any:
    """A schema in the words of version 2."""
    result = {name: value for name, value in schema.items() if name not in _ONLY_V3}
    if schema.get("nullable") or schema.get("x-kubernetes-preserve-unknown-fields"):
        for name in ("type", "properties", "items", "additionalProperties"):
            result.pop(name, None)  # clients of version 2 would refuse null and unknown fields here
        return result
    if "properties" in result:
        result["properties"] = {name: _in_v2(part) for name, part in result["properties"].items()}
    for name in ("items", "additionalProperties"):
        if isinstance(result.get(name), dict):
            result[name] = _in_v2(result[name])
    return result
