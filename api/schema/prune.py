"""Dropping what counts as "not set" from an object that a client sent.

Null is the same as absent anywhere in a declared part. In a field that is neither required nor nullable, so are
the zero value of its type and an empty list or map. It must happen before defaults are filled in: an empty
restartPolicy gets the default one. Free-form parts (raw objects) are left as they are.

`schema.validator` does the same as a part of decoding; this is for what it refuses.
"""

from __future__ import annotations

from typing import Any

from pybernetes.api.schema.tree import Field, ListOf, MapOf, OneOf, Scalar, ScalarType, Struct

_FREE = (ScalarType.ANY, ScalarType.RAW_OBJECT)


def prune(value: Any, struct: Struct) -> None:
    """Drop unset fields of an object in place. Values of a wrong type are left for the decoder to refuse."""
    if type(value) is not dict:
        return
    fields = struct.fields
    dropped = None
    for name, item in value.items():
        field = fields.get(name)
        if item is None or (field is not None and _is_unset(item, field)):
            dropped = [name] if dropped is None else [*dropped, name]
        elif field is not None and type(item) in _CONTAINERS:
            _descend(item, field.node)
    if dropped:
        for name in dropped:
            del value[name]


_CONTAINERS = frozenset((dict, list))


def _is_unset(item: Any, field: Field) -> bool:
    if field.required or field.nullable or item:
        return False
    node = field.node
    if isinstance(node, Scalar):
        return (node.type is ScalarType.STRING and item == "") or type(item) in NUMERIC.get(node.type, ())
    if isinstance(node, ListOf):
        return type(item) is list
    return isinstance(node, MapOf) and type(item) is dict


# Types of the zero; a zero of another type (false for a number) is left for the decoder to refuse.
NUMERIC = {
    ScalarType.BOOLEAN: (bool,),
    ScalarType.INT32: (int,),
    ScalarType.INT64: (int,),
    ScalarType.DOUBLE: (int, float),
}


def _descend(item: Any, node: Any) -> None:
    if isinstance(node, Struct):
        prune(item, node)
    elif isinstance(node, ListOf):
        if type(item) is list and not isinstance(node.items, Scalar):
            for element in item:
                _descend(element, node.items)
    elif isinstance(node, MapOf):
        if type(item) is dict:
            _prune_map(item, node)
    elif isinstance(node, OneOf):
        for choice in node.choices:
            _descend(item, choice)


def _prune_map(item: dict[str, Any], node: MapOf) -> None:
    """A null in a map of strings reads as the empty string; in any other map it stays for the decoder."""
    if isinstance(node.values, Scalar):
        if node.values.type is ScalarType.STRING:
            for key, value in item.items():
                if value is None:
                    item[key] = ""
        return
    for value in item.values():
        _descend(value, node.values)
