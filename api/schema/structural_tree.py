"""A custom resource's schema as a `Struct`: which parts of its objects are one value, and which have parts of their
own.

Only that is carried over. Lists are atomic unless the schema says that they are sets or have keys. Where the schema has
nothing to say, the value itself does: see `DEDUCED`. That is so for all of what is below a part that keeps unknown
fields.

Counterpart: kube-openapi/pkg/schemaconv.
"""

from __future__ import annotations

from pybernetes.api.schema.structural import Structural
from pybernetes.api.schema.tree import DEDUCED, Field, ListOf, ListType, MapOf, Node, Scalar, ScalarType, Struct

_SCALARS = {
    "string": ScalarType.STRING,
    "boolean": ScalarType.BOOLEAN,
    "integer": ScalarType.INT64,
    "number": ScalarType.DOUBLE,
}


def tree_of(schema: Structural, envelope: Struct) -> Struct:
    """The struct of a whole object; `envelope` has the fields that every object has."""
    return _Making(envelope).struct(schema, whole=True, keeps=False)


class _Making:
    """`keeps`: something above keeps unknown fields."""

    def __init__(self, envelope: Struct):
        self._envelope = envelope

    def struct(self, schema: Structural, *, whole: bool, keeps: bool) -> Struct:
        keeps = keeps or schema.preserve
        struct = Struct(self._envelope.name, atomic=schema.map_type == "atomic", rest=DEDUCED if keeps else None)
        for name, part in schema.properties.items():
            node = self._node(part, keeps=keeps)
            struct.fields[name] = Field(name, node, default=part.default, nullable=part.nullable)
        if whole:
            struct.fields.update(self._envelope.fields)
        return struct

    def _node(self, schema: Structural, *, keeps: bool) -> Node:
        keeps = keeps or schema.preserve
        if schema.int_or_string:
            return Scalar(ScalarType.INT_OR_STRING)
        if schema.type == "array":
            return self._list(schema, keeps=keeps)
        if schema.type == "object" and (schema.properties or schema.embedded):
            return self.struct(schema, whole=schema.embedded, keeps=keeps)
        if schema.type in ("object", ""):
            if schema.additional is None and schema.map_type != "atomic":
                return DEDUCED
            values = self._node(schema.additional, keeps=keeps) if schema.additional is not None else DEDUCED
            return MapOf(values, atomic=schema.map_type == "atomic")
        return Scalar(_SCALARS.get(schema.type, ScalarType.ANY))

    def _list(self, schema: Structural, *, keeps: bool) -> ListOf:
        items = self._node(schema.items, keeps=keeps) if schema.items is not None else Scalar(ScalarType.ANY)
        if schema.list_type == "map" and isinstance(items, Struct):
            return ListOf(items, ListType.MAP, schema.list_keys)
        return ListOf(items, ListType.SET if schema.list_type == "set" else ListType.ATOMIC)
