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
from pybernetes.api.schema.names import go_type, json_type
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
            raise self._explained(wrong[0]["loc"], wrong[0])
        unknown = [field_path(problem["loc"]) for problem in problems]
        return self._ignoring.validate_python(obj), unknown

    def _explained(self, location: Sequence[int | str], problem: Any) -> DecodeError:
        if problem["type"] == "value_error":
            return DecodeError(str(problem["ctx"]["error"]))
        node, owner, names = _locate(self.struct, location)
        value = problem.get("input")
        field = f"{owner}.{'.'.join(names)}"
        what = f"{_spelled(value, node)} into Go struct field {field} of type {go_type(node)}"
        return DecodeError(f"json: cannot unmarshal {what}", node, value)


_WHOLE_NUMBERS = (ScalarType.INT32, ScalarType.INT64, ScalarType.INT_OR_STRING)


def _spelled(value: Any, node: Node) -> str:
    """Go names the number itself where it has the right type and only does not fit."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and isinstance(node, Scalar) and node.type in _WHOLE_NUMBERS:
        return f"number {value}"
    return json_type(value)


def _locate(struct: Struct, location: Sequence[int | str]) -> tuple[Node, str, list[str]]:
    """The node at a location, the struct that holds the field, and the fields on the way: no indices, no keys."""
    node: Node = struct
    owner, names = struct.name, []
    for part in location:
        if isinstance(node, Struct) and part in node.fields:
            owner, node = node.name, node.fields[str(part)].node
            names.append(str(part))
        elif isinstance(node, ListOf) and isinstance(part, int):
            node = node.items
        elif isinstance(node, MapOf):
            node = node.values
    return node, owner, names


def field_path(location: Sequence[int | str]) -> str:
    """``spec.containers[0].image`` from the parts of a location."""
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text
