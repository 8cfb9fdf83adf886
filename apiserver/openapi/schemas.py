"""A tree as OpenAPI schemas, with Kubernetes' extensions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pybernetes.api.object import Json
from pybernetes.api.schema.documentation import field_doc
from pybernetes.api.schema.tree import (
    UNSET,
    Field,
    ListOf,
    ListType,
    MapOf,
    Node,
    OneOf,
    Scalar,
    ScalarType,
    Struct,
)

_SCALARS: dict[ScalarType, Json] = {
    ScalarType.STRING: {"type": "string"},
    ScalarType.BOOLEAN: {"type": "boolean"},
    ScalarType.INT32: {"type": "integer", "format": "int32"},
    ScalarType.INT64: {"type": "integer", "format": "int64"},
    ScalarType.DOUBLE: {"type": "number", "format": "double"},
    ScalarType.BASE64: {"type": "string", "format": "byte"},
}
META = "io.k8s.apimachinery.pkg.apis.meta.v1"
EXTENSIONS = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1"
_NAMED_SCALARS: dict[ScalarType, tuple[str, Json]] = {
    ScalarType.TIME: (f"{META}.Time", {"type": "string", "format": "date-time"}),
    ScalarType.MICRO_TIME: (f"{META}.MicroTime", {"type": "string", "format": "date-time"}),
    ScalarType.QUANTITY: ("io.k8s.apimachinery.pkg.api.resource.Quantity", {"type": "string"}),
    ScalarType.INT_OR_STRING: (
        "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
        {"type": "string", "format": "int-or-string"},
    ),
    ScalarType.RAW_OBJECT: ("io.k8s.apimachinery.pkg.runtime.RawExtension", {"type": "object"}),
    ScalarType.ANY: (f"{EXTENSIONS}.JSON", {}),
}
_PACKAGES = {
    "meta": "io.k8s.apimachinery.pkg.apis.meta",
    "apiextensions": "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions",
    "apiregistration": "io.k8s.kube-aggregator.pkg.apis.apiregistration",
}
_OF_CORE = ("TopologySelectorTerm", "TopologySelectorLabelRequirement")  # declared where they are used, in storage
_DECLARED = re.compile(r"pybernetes\.api\.(?P<group>\w+)(\.(?P<version>v[0-9]+\w*))?\.\w+(\.\w+)*")


def package_of_struct(struct: Struct) -> str:
    """The prefix of a struct's definition name by where it is declared; empty for one that no module declares."""
    found = _DECLARED.fullmatch(struct.module)
    if found is None:
        return ""
    if struct.module.endswith(".meta.version"):
        return "io.k8s.apimachinery.pkg.version"
    group = "core" if struct.name in _OF_CORE else found["group"]
    return f"{_PACKAGES.get(group, f'io.k8s.api.{group}')}.{found['version'] or 'v1'}"


class Schemas:
    """Collects the schemas of the structs that it is shown. `v3` documents refer and describe a little differently."""

    def __init__(self, *, v3: bool):
        self._v3 = v3
        self.definitions: dict[str, Json] = {}
        self._names: dict[int, str] = {}

    def reference(self, name: str) -> Json:
        return {"$ref": f"#/components/schemas/{name}" if self._v3 else f"#/definitions/{name}"}

    def struct(self, struct: Struct, package: str, gvk: Json | None = None) -> str:
        """The name of a struct's definition, made if it is missing; `package` is for those that no module declares."""
        struct = struct.origin or struct
        known = self._names.get(id(struct))
        if known is not None:
            if gvk is not None:
                self.definitions[known]["x-kubernetes-group-version-kind"] = [gvk]
            return known
        name = f"{package_of_struct(struct) or package}.{struct.name}"
        self._names[id(struct)] = name
        definition: Json = {"type": "object"}
        self.definitions[name] = definition
        if struct.doc:
            definition["description"] = struct.doc
        definition["properties"] = {
            key: self._field(field, package, field_doc(struct, field)) for key, field in struct.fields.items()
        }
        required = sorted(key for key, field in struct.fields.items() if field.required)
        if required:
            definition["required"] = required
        if struct.atomic:
            definition["x-kubernetes-map-type"] = "atomic"
        if struct.union:
            definition["x-kubernetes-unions"] = [_union(struct)]
        if gvk is not None:
            definition["x-kubernetes-group-version-kind"] = [gvk]
        return name

    def _field(self, field: Field, package: str, doc: str) -> Json:
        schema = self._fields_of_owner() if field.name == "fieldsV1" else self.node(field.node, package)
        extras = dict(_extensions(field))
        if doc:
            extras["description"] = doc
        if field.default is not UNSET and self._v3:
            extras["default"] = field.default
        if not extras:
            return schema
        if "$ref" in schema and self._v3:
            return {"allOf": [schema], **extras}
        return {**schema, **extras}

    def node(self, node: Node, package: str) -> Json:
        """The schema of a node; structs become references."""
        match node:
            case Scalar(type=scalar):
                return self._scalar(scalar)
            case ListOf(items=items):
                return {"type": "array", "items": self.node(items, package)}
            case MapOf(values=values):
                return {"type": "object", "additionalProperties": self.node(values, package)}
            case OneOf():
                return self._one_of(node, package)
            case Struct():
                return self.reference(self.struct(node, package))

    def _one_of(self, node: OneOf, package: str) -> Json:
        """A choice has a definition without a type: version 2 has no words for it."""
        first, second = node.choices
        if not isinstance(first, Struct):
            return {}
        self.struct(first, package)
        other = "Bool"
        if isinstance(second, ListOf):
            other = "Array" if isinstance(second.items, Struct) else "StringArray"
        name = f"{package_of_struct(first) or package}.{first.name}Or{other}"
        self.definitions.setdefault(name, {})
        return self.reference(name)

    def _fields_of_owner(self) -> Json:
        """What somebody owns, which is a map of maps without a shape."""
        self.definitions.setdefault(f"{META}.FieldsV1", {"type": "object"})
        return self.reference(f"{META}.FieldsV1")

    def _scalar(self, scalar: ScalarType) -> Json:
        named = _NAMED_SCALARS.get(scalar)
        if named is None:
            return dict(_SCALARS[scalar])
        name, schema = named
        if self._v3 and scalar is ScalarType.INT_OR_STRING:
            schema = {"oneOf": [{"type": "integer"}, {"type": "string"}], "format": "int-or-string"}
        if self._v3 and scalar is ScalarType.QUANTITY:
            schema = {"oneOf": [{"type": "string"}, {"type": "number"}]}
        self.definitions.setdefault(name, schema)
        return self.reference(name)


def _union(struct: Struct) -> Json:
    fields = {name: name[0].upper() + name[1:] for name in struct.union}
    head: Json = {"discriminator": struct.discriminator} if struct.discriminator else {}
    return {**head, "fields-to-discriminateBy": fields}


def _extensions(field: Field) -> Iterator[tuple[str, Any]]:
    node = field.node
    if isinstance(node, ListOf):
        if node.type is ListType.MAP:
            yield "x-kubernetes-list-map-keys", list(node.keys)
        if field.stated:
            yield "x-kubernetes-list-type", node.type.value
    elif field.stated:
        bytes_ = isinstance(node, Scalar)  # bytes are a list in Go, and the mark says so of one field
        yield ("x-kubernetes-list-type", "atomic") if bytes_ else ("x-kubernetes-map-type", "granular")
    if isinstance(node, MapOf) and node.atomic:
        yield "x-kubernetes-map-type", "atomic"
    if field.merge_key:
        yield "x-kubernetes-patch-merge-key", field.merge_key
    if field.merge or field.replace or field.retain_keys:
        named = (("merge", field.merge), ("replace", field.replace), ("retainKeys", field.retain_keys))
        strategies = [name for name, on in named if on]
        yield "x-kubernetes-patch-strategy", ",".join(strategies)
