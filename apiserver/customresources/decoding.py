"""From what a client sent to an object in its schema's shape.

Metadata is decoded as everywhere; the rest is pruned and defaulted by the schema, and checked later, in validation.
"""

from __future__ import annotations

import re
from typing import Any

from pybernetes.api.field import shown
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
_WITHIN_METADATA = re.compile(r"Go struct field (\w+)\.metadata\.")
_IS_METADATA = re.compile(r"Go struct field \w+\.metadata of type v1\.ObjectMeta")


class CustomDecoder(Decoder):
    """Decodes objects of one schema."""

    def __init__(self, schema: Structural):
        super().__init__(ENVELOPE)
        self.schema = schema

    def decode(self, obj: Json) -> tuple[Json, list[str]]:
        if nested_deeper(obj):
            raise DecodeError("exceeded max depth")
        head = {name: obj[name] for name in ENVELOPE.fields if name in obj}
        result, unknown = _decode_envelope(head)
        result.update((name, deep_copy(value)) for name, value in obj.items() if name not in ENVELOPE.fields)
        unknown += prune_object(result, self.schema)
        fill_defaults(result, self.schema)
        if self.schema.holds_objects:
            _decode_embedded(result, self.schema, "", unknown)
        return result, unknown


def _decode_envelope(head: Json) -> tuple[Json, list[str]]:
    """Metadata is decoded by itself, and its errors name its fields so. Raises `DecodeError`."""
    try:
        return _envelope.decode(head)
    except DecodeError as error:
        text = _WITHIN_METADATA.sub(r"Go struct field \1.", str(error))
        raise DecodeError(_IS_METADATA.sub("Go value of type v1.ObjectMeta", text)) from None


def _decode_embedded(value: Any, node: Structural, path: str, unknown: list[str]) -> None:
    """The metadata of objects within the object, in shape too; adds the unknown fields in it. Raises `DecodeError`."""
    if isinstance(value, dict):
        if node.embedded and path:
            _decode_object(value, path, unknown)
        for name, item in value.items():
            part = node.properties.get(name) or node.additional
            if part is not None and part.holds_objects:
                _decode_embedded(item, part, f"{path}.{name}" if path else name, unknown)
    elif isinstance(value, list) and node.items is not None:
        for index, item in enumerate(value):
            _decode_embedded(item, node.items, f"{path}[{index}]", unknown)


def _decode_object(obj: Json, path: str, unknown: list[str]) -> None:
    for name in ("apiVersion", "kind"):
        if name in obj and not isinstance(obj[name], str):
            raise DecodeError(f"{path}.{name}: Invalid value: {shown(obj[name])}: must be a string")
    if "metadata" not in obj:
        return
    try:
        decoded, found = _decode_envelope({"metadata": obj["metadata"]})
    except DecodeError as error:
        raise DecodeError(f"{path}.metadata: Invalid value: {shown(obj['metadata'])}: {error}") from None
    obj["metadata"] = decoded["metadata"]
    unknown += [f"{path}.{field}" for field in found]
