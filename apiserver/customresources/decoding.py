"""From what a client sent to an object in its schema's shape.

Metadata is decoded as everywhere; the rest is pruned and defaulted by the schema, and checked later, in validation.
"""

from __future__ import annotations

from typing import Any

from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.object import Json, deep_copy
from pybernetes.api.schema.bounds import nested_deeper
from pybernetes.api.schema.declare import struct_of
from pybernetes.api.schema.decode import DecodeError, Decoder
from pybernetes.api.schema.structural import Structural
from pybernetes.api.schema.structural_pruning import fill_defaults, prune_object
from pybernetes.api.schema.tree import Field, Scalar, ScalarType, Struct

# What every object has. Constraints and defaults that the server itself looks for are found here, and are none.
ENVELOPE = Struct("CustomResource")
ENVELOPE.fields = {
    "apiVersion": Field("apiVersion", Scalar(ScalarType.STRING)),
    "kind": Field("kind", Scalar(ScalarType.STRING)),
    "metadata": Field("metadata", struct_of(ObjectMeta), always=True),
}
_envelope = Decoder(ENVELOPE)


class CustomDecoder(Decoder):
    """Decodes objects of one schema."""

    def __init__(self, schema: Structural):
        super().__init__(ENVELOPE)
        self.schema = schema

    def decode(self, obj: Json) -> tuple[Json, list[str]]:
        if nested_deeper(obj):
            raise DecodeError("exceeded max depth")
        head = {name: obj[name] for name in ENVELOPE.fields if name in obj}
        result, unknown = _envelope.decode(head)
        result.update((name, deep_copy(value)) for name, value in obj.items() if name not in ENVELOPE.fields)
        unknown += prune_object(result, self.schema)
        fill_defaults(result, self.schema)
        _decode_embedded(result, self.schema, top=True)
        return result, unknown


def _decode_embedded(value: Any, node: Structural, *, top: bool = False) -> None:
    """The metadata of objects within the object, in shape too. Raises `DecodeError`."""
    if isinstance(value, dict):
        if node.embedded and not top and isinstance(value.get("metadata"), dict):
            value["metadata"] = _envelope.decode({"metadata": value["metadata"]})[0]["metadata"]
        for name, item in value.items():
            part = node.properties.get(name) or node.additional
            if part is not None:
                _decode_embedded(item, part)
    elif isinstance(value, list) and node.items is not None:
        for item in value:
            _decode_embedded(item, node.items)
