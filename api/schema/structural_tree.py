"""A custom resource's schema as a `Struct`: which parts of its objects are one value, and which have parts of their
own.

Only that is carried over. Lists are atomic unless the schema says that they are sets or have keys; an object without
declared fields is a map whose values are taken whole.
"""

from __future__ import annotations

from pybernetes.api.schema.structural import Structural
from pybernetes.api.schema.tree import Field, ListOf, ListType, MapOf, Node, Scalar, ScalarType, Struct

_SCALARS = {
    "string": ScalarType.STRING,
    "boolean": ScalarType.BOOLEAN,
    "integer": ScalarType.INT64,
    "number": ScalarType.DOUBLE,
}


def tree_of(schema: Structural, envelope: Struct) -> Struct:
    """The struct of a whole object; `envelope` has the fields that every object has."""
    return _struct(schema, envelope, whole=True)


def _struct(schema: Structural, envelope: Struct, *, whole: bool) -> Struct:
    struct = Struct(envelope.name, atomic=schema.map_type == "atomic")
    for name, part in schema.properties.items():
        struct.fields[name] = Field(name, _node(part, envelope), default=part.default, nullable=part.nullable)
    if whole:
        struct.fields.update(envelope.fields)
    return struct


def _node(schema: Structural, envelope: Struct) -> Node:
    if schema.int_or_string:
        return Scalar(ScalarType.INT_OR_STRING)
    if schema.type == "array":
        return _list(schema, envelope)
    if schema.type == "object":
        if schema.properties or schema.embedded:
            return _struct(schema, envelope, whole=schema.embedded)
        values = _node(schema.additional, envelope) if schema.additional is not None else Scalar(ScalarType.ANY)
        return MapOf(values, atomic=schema.map_type == "atomic")
    return Scalar(_SCALARS.get(schema.type, ScalarType.ANY))


def _list(schema: Structural, envelope: Struct) -> ListOf:
    items = _node(schema.items, envelope) if schema.items is not None else Scalar(ScalarType.ANY)
    if schema.list_type == "map" and isinstance(items, Struct):
        return ListOf(items, ListType.MAP, schema.list_keys)
    return ListOf(items, ListType.SET if schema.list_type == "set" else ListType.ATOMIC)
