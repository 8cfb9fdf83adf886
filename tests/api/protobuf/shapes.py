"""Objects of any declared shape, made up from its tree."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable
from typing import Any

from pybernetes.api.object import Json
from pybernetes.api.protobuf import numbers
from pybernetes.api.schema.tree import ListOf, MapOf, Node, OneOf, Scalar, ScalarType, Struct

_WORDS = ("", "a", "nginx:1.27", "ünï", "x" * 200, "0", "true")
_LEAVES: dict[ScalarType, Callable[[random.Random], Any]] = {
    ScalarType.STRING: lambda rng: rng.choice(_WORDS),
    ScalarType.BOOLEAN: lambda rng: rng.random() < 0.5,
    ScalarType.INT32: lambda rng: rng.choice((0, 1, 80, -1, 2**31 - 1, -(2**31))),
    ScalarType.INT64: lambda rng: rng.choice((0, 1, 300, -30, 2**63 - 1, -(2**63))),
    ScalarType.DOUBLE: lambda rng: rng.choice((0, 1, -2, 0.5, 1e300)),
    ScalarType.BASE64: lambda rng: base64.b64encode(rng.randbytes(rng.randrange(5))).decode(),
    ScalarType.TIME: lambda rng: f"20{rng.randrange(10, 99)}-02-03T04:05:{rng.randrange(10, 60)}Z",
    ScalarType.MICRO_TIME: lambda rng: f"2024-02-03T04:05:06.{rng.randrange(10**6):06}Z",
    ScalarType.QUANTITY: lambda rng: rng.choice(("0", "100m", "1Gi", "5")),
    ScalarType.INT_OR_STRING: lambda rng: rng.choice((0, 8080, -1, "http", "25%", "")),
    ScalarType.RAW_OBJECT: lambda rng: rng.choice(({}, {"f:a": {".": {}}, "n": [1, None, 2.5]})),
    ScalarType.ANY: lambda rng: rng.choice((0, False, "x", [], {"a": [None]})),
}
_MAX_DEPTH = 12


def some_object(struct: Struct, table: str, rng: random.Random, depth: int = 0) -> Json:
    """An object with some of the fields that have numbers, fewer the deeper it is. Lists and maps are not empty."""
    table, places = numbers.find(struct.name, table)
    share = max(0.05, 0.7 - 0.12 * depth) if depth < _MAX_DEPTH else 0.0
    return {name: _value(struct.fields[name].node, table, rng, depth + 1) for name in places if rng.random() < share}


def _value(node: Node, table: str, rng: random.Random, depth: int) -> Any:
    match node:
        case Scalar(type=scalar):
            return _LEAVES[scalar](rng)
        case Struct():
            return some_object(node, table, rng, depth)
        case ListOf(items=items):
            return [_value(items, table, rng, depth) for _ in range(rng.randrange(1, 3))]
        case MapOf(values=values):
            return {key: _value(values, table, rng, depth) for key in rng.sample(("", "a", "b/c"), rng.randrange(1, 3))}
        case OneOf(choices=choices):
            return _value(rng.choice(choices), table, rng, depth)
