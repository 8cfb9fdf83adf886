"""What a schema lets stay in an update, and what of the objects within an object it looks at."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.api.field import ErrorList
from pybernetes.api.object import Json
from pybernetes.api.schema.structural import structural_of
from pybernetes.api.schema.structural_validation import validate_object

_SMALL: Json = {"type": "integer", "maximum": 9}
_ITEM: Json = {"type": "object", "properties": {"k": {"type": "string"}, "v": _SMALL}, "required": ["k"]}
_KEYED: Json = {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"]}
SCHEMA: Json = {
    "type": "object",
    "properties": {
        "small": _SMALL,
        "inner": {"type": "object", "required": ["must"], "properties": {"must": {"type": "string"}, "n": _SMALL}},
        "keyed": {"type": "array", "items": _ITEM, **_KEYED},
        "set": {"type": "array", "items": _SMALL, "x-kubernetes-list-type": "set"},
        "atomic": {"type": "array", "items": _SMALL, "maxItems": 2},
        "free": {"type": "object", "additionalProperties": _SMALL},
        "either": {"anyOf": [{"properties": {"n": {"maximum": 3}}}], "type": "object", "properties": {"n": _SMALL}},
        "whole": {
            "type": "object",
            "x-kubernetes-embedded-resource": True,
            "x-kubernetes-preserve-unknown-fields": True,
        },
    },
}


def wrong(new: Json, old: Json | None) -> list[str]:
    errors = ErrorList(old)
    validate_object(new, structural_of(SCHEMA), errors, old)
    return [cause["field"] for cause in errors.causes]


@pytest.mark.parametrize(
    ("new", "old", "fields"),
    [
        ({"small": 50}, None, ["small"]),
        ({"small": 50}, {"small": 50}, []),
        ({"small": 50}, {"small": 51}, ["small"]),
        ({"small": 50}, {}, ["small"]),
        ({"inner": {"n": 50}}, {"inner": {"n": 50}}, []),
        ({"inner": {"n": 5}}, {"inner": {"n": 50}}, ["inner.must"]),
        ({"inner": {"n": 50, "must": "a"}}, {"inner": {"n": 50}}, []),
        ({"keyed": [{"k": "b"}, {"k": "a", "v": 50}]}, {"keyed": [{"k": "a", "v": 50}]}, []),
        ({"keyed": [{"k": "b", "v": 50}]}, {"keyed": [{"k": "a", "v": 50}]}, ["keyed[0].v"]),
        ({"set": [1, 50]}, {"set": [50]}, []),
        ({"set": [51, 50]}, {"set": [50]}, ["set[0]"]),
        ({"set": [1, 1]}, {"set": [2, 2]}, []),
        ({"set": [1, 1]}, {"set": [2]}, ["set[1]"]),
        ({"atomic": [50, 1]}, {"atomic": [50]}, ["atomic[0]"]),
        ({"atomic": [50]}, {"atomic": [50]}, []),
        ({"atomic": [1, 2, 3]}, {"atomic": [1, 2, 4]}, ["atomic"]),
        ({"free": {"a": 50, "b": 50}}, {"free": {"a": 50}}, ["free.b"]),
        ({"either": {"n": 5}}, {"either": {"n": 5}}, []),
        ({"either": {"n": 5, "m": 1}}, {"either": {"n": 5}}, ["<nil>", "either.n"]),
        ({"small": True}, {"small": 1}, ["small"]),
    ],
)
def test_what_was_there_may_stay(new: Json, old: Json | None, fields: list[str]) -> None:
    assert wrong(new, old) == fields


@pytest.mark.parametrize(
    ("whole", "field", "message"),
    [
        ({"kind": "A"}, "whole.apiVersion", "Required value: must not be empty"),
        ({"apiVersion": "", "kind": "A"}, "whole.apiVersion", 'Invalid value: "": must not be empty'),
        ({"apiVersion": 1, "kind": "A"}, "whole.apiVersion", "Invalid value: 1: must be a string"),
        (
            {"apiVersion": "a/b/c", "kind": "A"},
            "whole.apiVersion",
            'Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
        ),
        ({"apiVersion": "v1", "kind": ""}, "whole.kind", 'Invalid value: "": must not be empty'),
        (
            {"apiVersion": "v1", "kind": "A", "metadata": {"name": "a/b"}},
            "whole.metadata.name",
            "Invalid value: \"a/b\": may not contain '/'",
        ),
        (
            {"apiVersion": "v1", "kind": "A", "metadata": {"generateName": "%"}},
            "whole.metadata.generateName",
            "Invalid value: \"%\": may not contain '%'",
        ),
    ],
)
def test_objects_within_objects_are_whole(whole: Any, field: str, message: str) -> None:
    for old in (None, {"whole": whole}):
        errors = ErrorList(old)
        validate_object({"whole": whole}, structural_of(SCHEMA), errors, old)
        assert [(cause["field"], cause["message"]) for cause in errors.causes] == [(field, message)]
