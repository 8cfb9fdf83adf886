"""Dropping what counts as "not set" from an object that a client sent.

Null is the same as absent in a field of a declared part, and the zero value in a list or a map. In a field that is
neither required nor nullable, so are the zero value of its type and an empty list or map. It must happen before
defaults are filled in: an empty restartPolicy gets the default one. Free-form parts (raw objects) are left as they are.

`schema.validator` does the same as a part of decoding; this is for what it refuses.
"""

from __future__ import annotations

from typing import Any

from pybernetes.api.schema.tree import Field, ListOf, MapOf, Node, OneOf, Scalar, ScalarType, Struct, zero_value


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


def _descend(item: Any, node: Node) -> None:
    if isinstance(node, Struct):
        prune(item, node)
    elif isinstance(node, ListOf):
        if type(item) is list:
            for index, element in enumerate(item):
                if element is None:
                    element = item[index] = _null_of(node.items)
                if type(element) in _CONTAINERS:
                    _descend(element, node.items)
    elif isinstance(node, MapOf):
        if type(item) is dict:
            for key, value in item.items():
                if value is None:
                    value = item[key] = _null_of(node.values)
                if type(value) in _CONTAINERS:
                    _descend(value, node.values)
    elif isinstance(node, OneOf):
        for choice in node.choices:
            _descend(item, choice)


def _null_of(node: Node) -> Any:
    """What Go reads a null as that stands for a value of its own: the zero of the type, where JSON has one."""
    if isinstance(node, Scalar) and node.type is ScalarType.BASE64:
        return ""
    return {} if isinstance(node, MapOf) else [] if isinstance(node, ListOf) else zero_value(node)
