"""Objects of any declared shape, made up from its tree, as clients may send them."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from pybernetes.api.object import Json, deep_copy
from pybernetes.api.schema.tree import ListOf, MapOf, Node, OneOf, Scalar, ScalarType, Struct

_UNSET: tuple[Any, ...] = (None, "", 0, 0.0, False, [], {})
_VALUES: dict[ScalarType, Callable[[random.Random], Any]] = {
    ScalarType.STRING: lambda rng: rng.choice(("", "a", "ünï")),
    ScalarType.BOOLEAN: lambda rng: rng.random() < 0.5,
    ScalarType.INT32: lambda rng: rng.choice((0, 1, -1, 2**31 - 1, -(2**31))),
    ScalarType.INT64: lambda rng: rng.choice((0, 1, -1, 2**63 - 1, -(2**63))),
    ScalarType.DOUBLE: lambda rng: rng.choice((0, 0.0, -0.0, 1, -2, 0.5)),
    ScalarType.BASE64: lambda rng: rng.choice(("", "YQ==")),
    ScalarType.TIME: lambda rng: rng.choice(("2024-02-03T04:05:06Z", "2024-02-03t04:05:06.5+01:00")),
    ScalarType.MICRO_TIME: lambda rng: "2024-02-03T04:05:06.000001Z",
    ScalarType.QUANTITY: lambda rng: rng.choice(("0", "1024Mi", 2, 0.5)),
    ScalarType.INT_OR_STRING: lambda rng: rng.choice((0, 8080, -1, "http", "")),
    ScalarType.RAW_OBJECT: lambda rng: rng.choice(({}, {"a": {"b": None, "c": ""}})),
    ScalarType.ANY: lambda rng: rng.choice((0, False, "x", [], {"a": [None]})),
}


class Maker:
    """Makes up objects; `strange` is the share of fields that are unset in some way, wrong or unknown."""

    def __init__(self, rng: random.Random, strange: float):
        self._rng, self._strange = rng, strange

    def struct(self, struct: Struct, depth: int = 0) -> Json:
        share = (0.8, 0.5, 0.4, 0.3, 0.25, 0.2, 0.1)[depth] if depth < 7 else 0.0
        names = [name for name in struct.fields if self._rng.random() < share]
        self._rng.shuffle(names)
        made = {name: self._maybe_strange(struct.fields[name].node, depth + 1) for name in names}
        if self._rng.random() < self._strange / 20:
            made["unknown"] = self._rng.choice((None, 1))
        return made

    def _maybe_strange(self, node: Node, depth: int) -> Any:
        if self._rng.random() < self._strange:
            return deep_copy(self._rng.choice(_UNSET))
        return self._value(node, depth)

    def _value(self, node: Node, depth: int) -> Any:
        rng = self._rng
        match node:
            case Scalar(type=scalar):
                return _VALUES[scalar](rng)
            case Struct():
                return self.struct(node, depth)
            case ListOf(items=items):
                return [self._value(items, depth) for _ in range(rng.randrange(3))]
            case MapOf(values=values):
                null = rng.random() < self._strange / 10
                return {key: None if null else self._value(values, depth) for key in ("", "a")[: rng.randrange(3)]}
            case OneOf(choices=choices):
                return self._value(rng.choice(choices), depth)
