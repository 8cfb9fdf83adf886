"""A patch of a status gives the same whether the rest of the object is decoded with it or not."""

from __future__ import annotations

import random
from typing import Any

import pytest

from pybernetes.api.definition import definition_of
from pybernetes.api.errors import APIError
from pybernetes.api.object import Json, deep_copy
from pybernetes.api.resources import resource
from pybernetes.api.schema.decode import DecodeError
from pybernetes.api.schema.tree import Struct
from pybernetes.apiserver.cache.resource_cache import ResourceCache
from pybernetes.apiserver.http import Request
from pybernetes.apiserver.paths import parse_path
from pybernetes.apiserver.rest.context import Context
from pybernetes.apiserver.rest.patch import MERGE_PATCH, STRATEGIC_MERGE_PATCH, apply_patch
from pybernetes.apiserver.user import User
from tests.api.schema.made_up import Maker

_KINDS = ("pods", "deployments.apps", "services", "jobs.batch", "persistentvolumeclaims", "nodes")
_KEPT = ("metadata", "status")  # of what is written to a status


@pytest.mark.parametrize("kind", _KINDS)
@pytest.mark.parametrize("patch_type", [MERGE_PATCH, STRATEGIC_MERGE_PATCH])
@pytest.mark.parametrize("strange", [0.0, 0.1])
def test_the_rest_makes_no_difference(kind: str, patch_type: str, strange: float) -> None:
    served = resource(kind)
    definition = definition_of(served)
    for seed in range(30):
        rng = random.Random(f"{kind} {patch_type} {strange} {seed}")
        current = _stored(definition, rng)
        patch: Json = {"status": Maker(rng, strange).struct(_struct(definition.tree, "status"))}
        if rng.random() < 0.5:
            patch["metadata"] = {"labels": {"a": rng.choice(("b", None))}}
        whole, short = (_patched(served, patch_type, patch, current, short) for short in (False, True))
        assert _seen(whole, current) == _seen(short, current), f"seed {seed}: {patch}"


def _stored(definition: Any, rng: random.Random) -> Json:
    while True:
        made = Maker(rng, 0.0).struct(definition.tree)
        made |= {"apiVersion": definition.resource.api_version, "kind": definition.resource.kind}
        made["metadata"] = {"name": "a", "namespace": "default", "uid": "u", "resourceVersion": "7"}
        made.setdefault("spec", {})
        try:
            obj: Json = definition.decoder.decode(made)[0]
            definition.set_defaults(obj)
        except (DecodeError, KeyError):
            continue  # made up so badly that no server would have stored it
        return obj


def _struct(tree: Struct, name: str) -> Struct:
    node = tree.fields[name].node
    assert isinstance(node, Struct)
    return node


def _patched(served: Any, patch_type: str, patch: Json, current: Json, short: bool) -> Json | str:
    path = f"/apis/x/v1/namespaces/default/{served.plural}/a/status"
    request = Request("PATCH", path, {}, {"content-type": patch_type})
    state: Any = None
    cache = ResourceCache(served, definition_of(served))
    context = Context(state, request, parse_path(path), User("u"), cache)
    try:
        return apply_patch(context, patch_type, deep_copy(patch), deep_copy(current), status_only=short)
    except APIError as error:
        return str(error)


def _seen(result: Json | str, current: Json) -> Json | str:
    """What is stored: a write to the status changes nothing else."""
    if isinstance(result, str):
        return result
    return {**current, **{name: result.get(name) for name in _KEPT}}
