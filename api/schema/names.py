"""How Go spells the type of a node, as decoding errors name it.

Times, and what is a number or a text, are read as text or number first, and errors name that.
"""

from __future__ import annotations

import re

from pybernetes.api.schema.named_types import NAMED_TYPES
from pybernetes.api.schema.tree import ListOf, MapOf, Node, OneOf, Scalar, ScalarType, Struct

_SCALARS = {
    ScalarType.STRING: "string",
    ScalarType.BOOLEAN: "bool",
    ScalarType.INT32: "int32",
    ScalarType.INT64: "int64",
    ScalarType.DOUBLE: "float64",
    ScalarType.BASE64: "[]uint8",
    ScalarType.TIME: "string",
    ScalarType.MICRO_TIME: "string",
    ScalarType.QUANTITY: "resource.Quantity",
    ScalarType.INT_OR_STRING: "int32",
    ScalarType.RAW_OBJECT: "runtime.RawExtension",
    ScalarType.ANY: "interface {}",
}

_ELEMENT = re.compile(r"(?:\[\]|map\[[^\]]*\])(.+)")


def go_type(node: Node) -> str:
    """``[]v1.Container``, ``map[string]string``, ``int32``."""
    match node:
        case Scalar(type=scalar):
            return _SCALARS[scalar]
        case ListOf(items=items):
            return f"[]{go_type(items)}"
        case MapOf(values=values):
            return f"map[string]{go_type(values)}"
        case OneOf(choices=choices):
            return go_type(choices[0])
        case Struct(name=name, package=package):
            return f"{package}.{name}"


def go_type_within(owner: Struct, field: str, node: Node) -> str:
    """The type of a node that is a field of `owner`, or within it an item of a list or the value of a map."""
    name, whole = NAMED_TYPES.get(f"{owner.name}.{field}", ""), owner.fields[field].node
    while name and whole is not node and isinstance(whole, ListOf | MapOf):
        element = _ELEMENT.fullmatch(name)
        name, whole = element[1] if element else "", whole.items if isinstance(whole, ListOf) else whole.values
    return name or go_type(node)


def json_type(value: object) -> str:
    """What Go's decoder calls a JSON value of the wrong type."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"
