"""From what a client sent to an object of the declared shape.

Three things happen to it: what counts as unset is dropped, every type is checked, and defaults are filled in, with the
fields in order. One validator of pydantic's core does all of it for an object that has nothing wrong and nothing
unknown (`schema.validator`). Only where that one refuses, `prune` goes over a copy first, and a validator that has its
findings in words follows. Quantities come out in canonical form ("1024Mi" as "1Gi").

The errors are those of Kubernetes' decoder: a wrong type ends decoding and names the Go type; unknown fields are
listed all at once, and whether they fail the request is the caller's decision (field validation).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from pydantic_core import SchemaValidator, ValidationError

from pybernetes.api.object import Json, deep_copy
from pybernetes.api.schema.names import go_type, go_type_within, json_type
from pybernetes.api.schema.prune import prune
from pybernetes.api.schema.tree import ListOf, MapOf, Node, Scalar, ScalarType, Struct
from pybernetes.api.schema.validator import compile_validator


class DecodeError(Exception):
    """The object does not have the declared shape. The message is the decoder's part of Kubernetes' answer.

    `node` and `value` are what met, where a value is of a wrong type.
    """

    def __init__(self, message: str, node: Node | None = None, value: Any = None):
        super().__init__(message)
        self.node, self.value = node, value


class Decoder:
    """Decodes objects of one shape. Compiled on first use: most processes meet few of the kinds there are."""

    def __init__(self, struct: Struct):
        self.struct = struct

    @cached_property
    def _dropping(self) -> SchemaValidator:
        return compile_validator(self.struct, "forbid", drops=True)

    @cached_property
    def _forbidding(self) -> SchemaValidator:
        return compile_validator(self.struct, "forbid")

    @cached_property
    def _ignoring(self) -> SchemaValidator:
        return compile_validator(self.struct, "ignore")

    def decode(self, obj: Json) -> tuple[Json, list[str]]:
        """The object in the declared shape with defaults, and the paths of fields that were unknown and dropped.

        `obj` stays as it is; the result may share free-form parts with it. Raises `DecodeError`.
        """
        try:
            return self._dropping.validate_python(obj), []
        except ValidationError:
            return self._decode_slowly(obj)

    def _decode_slowly(self, obj: Json) -> tuple[Json, list[str]]:
        obj = deep_copy(obj)
        prune(obj, self.struct)
        try:
            return self._forbidding.validate_python(obj), []
        except ValidationError as error:
            problems = error.errors(include_url=False)
        wrong = [problem for problem in problems if problem["type"] != "extra_forbidden"]
        if wrong:
            first = min(wrong, key=lambda problem: self._turn(obj, problem["loc"]))
            raise self._explained(first["loc"], first)
        unknown = [field_path(problem["loc"]) for problem in problems]
        return self._ignoring.validate_python(obj), unknown

    def _turn(self, obj: Json, location: Sequence[int | str]) -> tuple[bool, list[int]]:
        """When Go tells a problem: one of a type that reads itself ends it all, others in the order of the text."""
        node, _, _ = _locate(self.struct, location)
        return not (isinstance(node, Scalar) and node.type in _READ_THEMSELVES), _place(obj, location)

    def _explained(self, location: Sequence[int | str], problem: Any) -> DecodeError:
        if problem["type"] == "value_error":
            return DecodeError(str(problem["ctx"]["error"]))
        node, owner, names = _locate(self.struct, location)
        value = problem.get("input")
        kind = go_type_within(owner, names[-1], node) if names else go_type(node)
        what = f"{_spelled(value, node)} into Go struct field {owner.name}.{'.'.join(names)} of type {kind}"
        return DecodeError(f"json: cannot unmarshal {what}", node, value)


_READ_THEMSELVES = (ScalarType.QUANTITY, ScalarType.INT_OR_STRING, ScalarType.TIME, ScalarType.MICRO_TIME)
_WHOLE_NUMBERS = (ScalarType.INT32, ScalarType.INT64, ScalarType.INT_OR_STRING)


def _spelled(value: Any, node: Node) -> str:
    """Go names the number itself where it has the right type and only does not fit."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and isinstance(node, Scalar) and node.type in _WHOLE_NUMBERS:
        return f"number {value}"
    return json_type(value)


def _locate(struct: Struct, location: Sequence[int | str]) -> tuple[Node, Struct, list[str]]:
    """The node at a location, the struct that holds the field, and the fields on the way: no indices, no keys."""
    node: Node = struct
    owner, names = struct, []
    for part in location:
        if isinstance(node, Struct) and part in node.fields:
            owner, node = node, node.fields[str(part)].node
            names.append(str(part))
        elif isinstance(node, ListOf) and isinstance(part, int):
            node = node.items
        elif isinstance(node, MapOf):
            node = node.values
    return node, owner, names


def _place(obj: Any, location: Sequence[int | str]) -> list[int]:
    """Where in the text a location comes, to be compared."""
    place = []
    for part in location:
        if isinstance(obj, dict) and part in obj:
            place.append(list(obj).index(str(part)))
            obj = obj[str(part)]
        elif isinstance(obj, list) and isinstance(part, int) and part < len(obj):
            place.append(part)
            obj = obj[part]
    return place


def field_path(location: Sequence[int | str]) -> str:
    """``spec.containers[0].image`` from the parts of a location."""
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text
