"""Strategic merge patches on the shapes of real kinds: directives, order, and the three-way patch of `apply`."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pybernetes.api.definition import definition_of
from pybernetes.api.object import Json
from pybernetes.api.patch.errors import PatchError
from pybernetes.api.patch.strategic_create import create_strategic_patch, create_two_way_strategic_patch
from pybernetes.api.patch.strategic_merge import apply_strategic_merge
from pybernetes.api.resources import resource

POD = definition_of(resource("pods")).tree
DEPLOYMENT = definition_of(resource("deployments.apps")).tree
SERVICE = definition_of(resource("services")).tree


def _c(name: str, **more: Any) -> Json:
    return {"name": name, **more}


def _pod(*containers: Json, **spec: Any) -> Json:
    return {"spec": {"containers": list(containers), **spec}}


CASES: list[tuple[str, Any, Json, Json, Json]] = [
    (
        "containers merge by name",
        POD,
        _pod(_c("a", image="1"), _c("b", image="1")),
        _pod(_c("b", image="2")),
        _pod(_c("a", image="1"), _c("b", image="2")),
    ),
    (
        "a new container comes in the patch's place",
        POD,
        _pod(_c("a")),
        _pod(_c("z", image="9")),
        _pod(_c("z", image="9"), _c("a")),
    ),
    (
        "an item is deleted",
        POD,
        _pod(_c("a"), _c("b")),
        _pod({"name": "a", "$patch": "delete"}),
        _pod(_c("b")),
    ),
    (
        "a list is replaced",
        POD,
        _pod(_c("a"), _c("b")),
        _pod(_c("c"), {"$patch": "replace"}),
        _pod(_c("c")),
    ),
    (
        "an object is replaced",
        POD,
        {"metadata": {"labels": {"a": "1"}}},
        {"metadata": {"labels": {"$patch": "replace", "b": "2"}}},
        {"metadata": {"labels": {"b": "2"}}},
    ),
    (
        "an object is emptied",
        POD,
        {"metadata": {"labels": {"a": "1"}}},
        {"metadata": {"labels": {"$patch": "delete"}}},
        {"metadata": {"labels": {}}},
    ),
    (
        "null removes",
        POD,
        {"metadata": {"labels": {"a": "1", "b": "2"}}},
        {"metadata": {"labels": {"a": None, "c": None}}},
        {"metadata": {"labels": {"b": "2"}}},
    ),
    (
        "scalars merge as a set",
        POD,
        {"metadata": {"finalizers": ["a/1", "b/1"]}},
        {"metadata": {"finalizers": ["b/1", "c/1"]}},
        {"metadata": {"finalizers": ["a/1", "b/1", "c/1"]}},
    ),
    (
        "scalars are deleted by a parallel list",
        POD,
        {"metadata": {"finalizers": ["a/1", "b/1"]}},
        {"metadata": {"$deleteFromPrimitiveList/finalizers": ["a/1"]}},
        {"metadata": {"finalizers": ["b/1"]}},
    ),
    (
        "order is set, and what only the server has keeps its place",
        POD,
        _pod(_c("a"), _c("b"), _c("theirs"), _c("d")),
        {
            "spec": {
                "$setElementOrder/containers": [_c("d"), _c("a"), _c("b")],
                "containers": [_c("d", image="2")],
            }
        },
        _pod(_c("theirs"), _c("d", image="2"), _c("a"), _c("b")),
    ),
    (
        "an atomic list is replaced",
        POD,
        _pod(tolerations=[{"key": "a"}]),
        {"spec": {"tolerations": [{"key": "b"}]}},
        _pod(tolerations=[{"key": "b"}]),
    ),
    (
        "retained keys drop the rest",
        DEPLOYMENT,
        {"spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}},
        {"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}},
        {"spec": {"strategy": {"type": "Recreate"}}},
    ),
    (
        "a volume changes its source",
        POD,
        {"spec": {"volumes": [{"name": "v", "emptyDir": {}}]}},
        {"spec": {"volumes": [{"name": "v", "$retainKeys": ["name", "secret"], "secret": {"secretName": "s"}}]}},
        {"spec": {"volumes": [{"name": "v", "secret": {"secretName": "s"}}]}},
    ),
    (
        "ports merge by number",
        SERVICE,
        {"spec": {"ports": [{"port": 80, "nodePort": 30000}]}},
        {"spec": {"ports": [{"port": 80, "targetPort": 8080}, {"port": 443}]}},
        {"spec": {"ports": [{"port": 80, "nodePort": 30000, "targetPort": 8080}, {"port": 443}]}},
    ),
    (
        "directives and nulls do not survive where nothing was",
        POD,
        {},
        {"spec": {"containers": [_c("a", env=None), {"$patch": "delete", "name": "b"}], "$setElementOrder/x": []}},
        _pod(_c("a")),
    ),
    (
        "another type replaces",
        POD,
        {"spec": {"hostname": {"a": 1}}},
        {"spec": {"hostname": "h"}},
        {"spec": {"hostname": "h"}},
    ),
]


@pytest.mark.parametrize(("what", "struct", "original", "patch", "result"), CASES, ids=[case[0] for case in CASES])
def test_merges(what: str, struct: Any, original: Json, patch: Json, result: Json) -> None:
    before = json.dumps([original, patch])
    assert apply_strategic_merge(original, patch, struct) == result
    assert json.dumps([original, patch]) == before


@pytest.mark.parametrize(
    ("original", "patch", "code", "message"),
    [
        ({}, {"$patch": "nonsense"}, 500, "unknown patch type: nonsense"),
        (_pod(_c("a")), _pod({"image": "x"}), 500, "map: map[image:x] does not contain declared merge key: name"),
        (_pod(_c("a")), _pod({"name": "a", "$patch": "merge"}), 500, "merging lists cannot yet be specified"),
        ({"metadata": {"finalizers": ["a"]}}, {"metadata": {"finalizers": [["b"]]}}, 500, "identical: [[a] [[b]]]"),
        ({"metadata": {"finalizers": []}}, {"metadata": {"finalizers": [["b"]]}}, 422, "lists of lists"),
        (
            _pod(_c("a")),
            {"spec": {"$setElementOrder/containers": [_c("a")], "containers": [_c("b")]}},
            500,
            "doesn't match $setElementOrder list",
        ),
        ({"spec": {}}, {"spec": {"$retainKeys": ["a"], "b": 1}}, 400, "invalid patch format of retainKeys"),
        (
            {"spec": {}},
            {"spec": {"$setElementOrder/containers": 1}},
            500,
            "expected a []interface {}, but received a int64",
        ),
    ],
)
def test_refuses(original: Json, patch: Json, code: int, message: str) -> None:
    with pytest.raises(PatchError) as failed:
        apply_strategic_merge(original, patch, POD)
    assert failed.value.code == code
    assert message in str(failed.value)


def test_apply_sets_removes_and_leaves_alone() -> None:
    original = _pod(_c("a", image="1", env=[{"name": "X", "value": "1"}]), _c("gone", image="1"))
    modified = _pod(_c("a", image="2"), _c("new", image="1"))
    current = _pod(
        _c("a", image="1", env=[{"name": "X", "value": "1"}, {"name": "INJECTED", "value": "y"}]),
        _c("gone", image="1"),
        _c("sidecar", image="s"),
        nodeName="n",
    )
    patch = create_strategic_patch(original, modified, current, POD)
    assert patch == {
        "spec": {
            "containers": [
                {"name": "a", "image": "2", "env": None},
                {"name": "new", "image": "1"},
                {"name": "gone", "$patch": "delete"},
            ],
            "$setElementOrder/containers": [{"name": "a"}, {"name": "new"}],
        }
    }
    assert apply_strategic_merge(current, patch, POD) == _pod(
        _c("a", image="2"), _c("new", image="1"), _c("sidecar", image="s"), nodeName="n"
    )


def test_apply_of_finalizers_and_strategy() -> None:
    original = {"metadata": {"finalizers": ["a/1", "b/1"]}, "spec": {"strategy": {"type": "RollingUpdate"}}}
    modified = {"metadata": {"finalizers": ["b/1"]}, "spec": {"strategy": {"type": "Recreate"}}}
    current = {
        "metadata": {"finalizers": ["a/1", "b/1", "theirs/1"]},
        "spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%"}}},
    }
    patch = create_strategic_patch(original, modified, current, DEPLOYMENT)
    assert patch["spec"] == {"strategy": {"type": "Recreate", "$retainKeys": ["type"]}}
    after = apply_strategic_merge(current, patch, DEPLOYMENT)
    assert after == {
        "metadata": {"finalizers": ["b/1", "theirs/1"]},
        "spec": {"strategy": {"type": "Recreate"}},
    }


_names = st.sampled_from(["a", "b", "c", "d"])
_env = st.lists(
    st.builds(lambda name, value: {"name": name, "value": value}, _names, _names),
    max_size=3,
    unique_by=lambda item: item["name"],
)
_containers = st.lists(
    st.builds(lambda name, image, env: {"name": name, "image": image, "env": env}, _names, _names, _env),
    max_size=4,
    unique_by=lambda item: item["name"],
)
_pods = st.builds(
    lambda labels, finalizers, containers, tolerations: {
        "metadata": {"labels": labels, "finalizers": finalizers},
        "spec": {"containers": containers, "tolerations": [{"key": key} for key in tolerations]},
    },
    st.dictionaries(_names, _names, max_size=3),
    st.lists(_names, max_size=3, unique=True),
    _containers,
    st.lists(_names, max_size=2),
)


@given(_pods, _pods)
def test_a_two_way_patch_makes_the_one_into_the_other(original: Json, modified: Json) -> None:
    before = json.dumps([original, modified])
    patch = create_two_way_strategic_patch(original, modified, POD)
    assert apply_strategic_merge(original, patch, POD) == modified
    assert json.dumps([original, modified]) == before


@given(_pods, _pods, _pods)
def test_applying_again_changes_nothing(original: Json, modified: Json, current: Json) -> None:
    after = apply_strategic_merge(current, create_strategic_patch(original, modified, current, POD), POD)
    assert create_strategic_patch(modified, modified, after, POD) == {}


@given(_pods, _pods, _pods)
def test_what_is_wanted_is_there_afterwards(original: Json, modified: Json, current: Json) -> None:
    after = apply_strategic_merge(current, create_strategic_patch(original, modified, current, POD), POD)
    assert modified["metadata"]["labels"].items() <= after["metadata"]["labels"].items()
    images = {container["name"]: container["image"] for container in after["spec"]["containers"]}
    assert {
        container["name"]: container["image"] for container in modified["spec"]["containers"]
    }.items() <= images.items()
    assert after["spec"]["tolerations"] == modified["spec"]["tolerations"]
    gone = {c["name"] for c in original["spec"]["containers"]} - {c["name"] for c in modified["spec"]["containers"]}
    assert not gone & images.keys()
