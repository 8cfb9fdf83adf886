"""Decoding in one pass gives what pruning and then validating gives, for whatever a client may send."""

from __future__ import annotations

import random
from typing import Any

import orjson
import pytest
from pydantic_core import ValidationError

from pybernetes.api.definition import definition_of
from pybernetes.api.object import Json, deep_copy
from pybernetes.api.resources import RESOURCES
from pybernetes.api.schema.decode import DecodeError, Decoder
from pybernetes.api.schema.prune import prune
from pybernetes.api.schema.tree import Struct
from pybernetes.api.schema.validator import compile_validator
from tests.api.schema.made_up import Maker

_KINDS = sorted({resource.kind: resource for resource in RESOURCES}.items())


@pytest.mark.parametrize(("kind", "resource"), _KINDS, ids=[kind for kind, _ in _KINDS])
@pytest.mark.parametrize("strange", [0.0, 0.02, 0.2])
def test_one_pass_gives_what_two_give(kind: str, resource: Any, strange: float) -> None:
    tree = definition_of(resource).tree
    decoder, forbidding = Decoder(tree), compile_validator(tree, "forbid")
    for seed in range(25):
        sent = Maker(random.Random(f"{kind} {strange} {seed}"), strange).struct(tree)
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
