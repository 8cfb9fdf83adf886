"""Custom resources in the OpenAPI documents: the schema that their definition gives, around what every object has.

Version 2 knows less than version 3; what it has no words for is left out there.
"""

from __future__ import annotations

from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.object import Json, deep_copy
from pybernetes.api.schema.declare import struct_of
from pybernetes.apiserver.customresources.kind import CustomResource
from pybernetes.apiserver.openapi.schemas import META, Schemas

_JUNCTORS = ("allOf", "anyOf", "oneOf", "not")
_OPEN = "x-kubernetes-preserve-unknown-fields"
_EMBEDDED = "x-kubernetes-embedded-resource"
_API_VERSION = {"type": "string", "description": "The version of the schema that this object is written in."}
_KIND = {"type": "string", "description": "The kind of this object."}


def package_of_custom(resource: CustomResource) -> str:
    """The prefix of a kind's definition name: the group's parts backwards, ``com.example.v1``."""
    return ".".join([*reversed(resource.group.split(".")), resource.version])


def custom_schema(schemas: Schemas, resource: CustomResource, gvk: Json, *, v3: bool) -> str:
    """Add the definition of a custom resource; its name."""
    schemas.struct(struct_of(ObjectMeta), META)
    reference = schemas.reference(f"{META}.ObjectMeta")
    metadata = {"allOf": [reference]} if v3 else reference
    if not v3 and resource.schema.get(_OPEN):
        schema: Json = {"type": "object"}  # with any field declared, clients of version 2 would refuse all others
    else:
        schema = deep_copy(resource.schema) if v3 else _in_v2(resource.schema)
        schema.setdefault("properties", {}).update(_of_every_object(metadata))
        _complete_embedded(schema, metadata, v3=v3)
    schema["x-kubernetes-group-version-kind"] = [gvk]
    name = f"{package_of_custom(resource)}.{resource.kind}"
    schemas.definitions[name] = schema
    return name


def _of_every_object(metadata: Json) -> Json:
    return {"apiVersion": _API_VERSION, "kind": _KIND, "metadata": metadata}


def _complete_embedded(schema: Json, metadata: Json, *, v3: bool) -> None:
    """An object inside of the object has what every object has, which its schema need not say."""
    inner = [*schema.get("properties", {}).values(), schema.get("items"), schema.get("additionalProperties")]
    for part in inner:
        if isinstance(part, dict):
            _complete_embedded(part, metadata, v3=v3)
    if schema.get(_EMBEDDED) and (v3 or not schema.get(_OPEN)):
        schema.setdefault("properties", {}).update(_of_every_object(metadata))
        required = schema.get("required", [])
        schema["required"] = [*required, *(name for name in ("kind", "apiVersion") if name not in required)]


def _in_v2(schema: Json) -> Json:
    """A schema in the words of version 2, whose clients refuse null, and unknown fields wherever some are known."""
    result = {name: value for name, value in schema.items() if name not in _JUNCTORS}
    may_be_null = bool(result.pop("nullable", False))
    if may_be_null or schema.get(_OPEN):
        result.pop("items", None)
        result.pop("properties", None)
    kind = result.get("type")
    if may_be_null or (kind == "array" and "items" not in result) or (kind == "object" and schema.get(_OPEN)):
        result.pop("type", None)
    properties = result.get("properties", {})
    if properties:
        result["properties"] = {name: _in_v2(part) for name, part in properties.items()}
    for name in ("items", "additionalProperties"):
        if isinstance(result.get(name), dict):
            result[name] = _in_v2(result[name])
    _drop_required_null(result, schema)
    return result


def _drop_required_null(result: Json, schema: Json) -> None:
    """A field that may be null counts as missing in version 2, and so cannot be required."""
    values, fields = schema.get("additionalProperties"), result.get("properties", {})
    if isinstance(values, dict) and values.get("nullable"):
        result.pop("required", None)
    required = [
        name
        for name in result.get("required", ())
        if not (name in fields and schema["properties"][name].get("nullable"))
    ]
    if required:
        result["required"] = required
    else:
        result.pop("required", None)
