"""Decoding in one pass gives what pruning and then validating gives, for whatever a client may send."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from pydantic_core import ValidationError

from pybernetes.api.definition import definition_of
from pybernetes.api.object import Json, deep_copy
from pybernetes.api.resources import RESOURCES
from pybernetes.api.schema.decode import DecodeError, Decoder
from pybernetes.api.schema.prune import prune
from pybernetes.api.schema.tree import ListOf, MapOf, Node, OneOf, Scalar, ScalarType, Struct
from pybernetes.api.schema.validator import compile_validator

_KINDS = sorted({resource.kind: resource for resource in RESOURCES}.items())
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


class _Maker:
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


@pytest.mark.parametrize(("kind", "resource"), _KINDS, ids=[kind for kind, _ in _KINDS])
@pytest.mark.parametrize("strange", [0.0, 0.02, 0.2])
def test_one_pass_gives_what_two_give(kind: str, resource: Any, strange: float) -> None:
    tree = definition_of(resource).tree
    decoder, forbidding = Decoder(tree), compile_validator(tree, "forbid")
    for seed in range(25):
        sent = _Maker(random.Random(f"{kind} {strange} {seed}"), strange).struct(tree)
        before = orjson.dumps(sent)
        expected = _in_two(forbidding, tree, sent)
        try:
            found: Any = decoder.decode(sent)[0]
        except DecodeError:
            found = None
        assert orjson.dumps(sent) == before, "what was sent stays as it is"
        if expected is not None:
            assert orjson.dumps(found) == orjson.dumps(expected), f"seed {seed}: {before.decode()}"
        else:
            assert found is None or b'"unknown"' in before


def _in_two(forbidding: Any, tree: Struct, sent: Json) -> Json | None:
    """None where there is anything wrong or unknown."""
    pruned = deep_copy(sent)
    prune(pruned, tree)
    try:
        result: Json = forbidding.validate_python(pruned)
    except ValidationError:
        return None
    return result


def test_what_is_in_order_needs_one_pass_only() -> None:
    tree = definition_of(next(resource for resource in RESOURCES if resource.kind == "Pod")).tree
    sent: Json = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "a", "creationTimestamp": None, "labels": {}},
        "spec": {
            "restartPolicy": "",
            "hostNetwork": False,
            "containers": [{"name": "web", "resources": {}, "ports": [], "image": "nginx"}],
            "volumes": [{"name": "data", "emptyDir": {}}],
        },
        "status": {},
    }
    decoded = compile_validator(tree, "forbid", drops=True).validate_python(sent)
    pruned = deep_copy(sent)
    prune(pruned, tree)
    assert orjson.dumps(decoded) == orjson.dumps(compile_validator(tree, "forbid").validate_python(pruned))
    assert decoded["spec"]["restartPolicy"] == "Always"
    assert "ports" not in decoded["spec"]["containers"][0]


@pytest.mark.parametrize("zero", ["", False, 0.0])
def test_a_zero_of_another_type_is_no_zero(zero: Any) -> None:
    tree = definition_of(next(resource for resource in RESOURCES if resource.kind == "Pod")).tree
    pod = {"metadata": {"name": "a"}, "spec": {"containers": [], "priority": zero}}
    with pytest.raises(DecodeError, match=r"into Go struct field PodSpec.*spec\.priority of type int32"):
        Decoder(tree).decode(pod)
