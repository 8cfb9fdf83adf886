"""RFC 6902 as tables, the answers Kubernetes gives, and properties over random documents."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pybernetes.api.patch.errors import PatchError
from pybernetes.api.patch.json_patch import MAX_OPERATIONS, apply_json_patch

APPLIES = [
    ({"a": 1}, [{"op": "add", "path": "/b", "value": 2}], {"a": 1, "b": 2}),
    ({"a": [1, 2]}, [{"op": "add", "path": "/a/1", "value": 9}], {"a": [1, 9, 2]}),
    ({"a": [1]}, [{"op": "add", "path": "/a/-", "value": 2}], {"a": [1, 2]}),
    ({"a": [1, 2]}, [{"op": "remove", "path": "/a/0"}], {"a": [2]}),
    ({"a": 1}, [{"op": "replace", "path": "/a", "value": None}], {"a": None}),
    ({"a": 1}, [{"op": "replace", "path": "/b", "value": 2}], {"a": 1, "b": 2}),
    ({"a": 1}, [{"op": "replace", "path": "", "value": {"b": 2}}], {"b": 2}),
    ({"a": 1}, [{"op": "add", "path": "/b"}, {"op": "replace", "path": "/a"}], {"a": None, "b": None}),
    ({"a": [1, 2]}, [{"op": "remove", "path": "/a/-1"}], {"a": [1]}),
    ({"a": [1, 2]}, [{"op": "add", "path": "/a/-1", "value": 3}], {"a": [1, 2, 3]}),
    ({"a": [1, 2]}, [{"op": "replace", "path": "/a/01", "value": 3}], {"a": [1, 3]}),
    ({"a": 1}, [{"op": "add", "path": "ignored/b", "value": 2}], {"a": 1, "b": 2}),
    ({}, [{"op": "copy", "from": "/a", "path": "/b"}], {"b": None}),
    ({"a": 1}, [{"op": "test", "path": "", "value": {"a": 1}}], {"a": 1}),
    ({"a": {"x": 1}, "b": {}}, [{"op": "move", "from": "/a/x", "path": "/b/y"}], {"a": {}, "b": {"y": 1}}),
    ({"a": {"x": 1}}, [{"op": "copy", "from": "/a", "path": "/b"}], {"a": {"x": 1}, "b": {"x": 1}}),
    ({"a": 1}, [{"op": "test", "path": "/a", "value": 1}], {"a": 1}),
    ({}, [{"op": "test", "path": "/a", "value": None}], {}),
    ({"a/b": 1, "m~n": 2}, [{"op": "remove", "path": "/a~1b"}, {"op": "remove", "path": "/m~0n"}], {}),
]


@pytest.mark.parametrize(("document", "operations", "result"), APPLIES)
def test_applies(document: Any, operations: Any, result: Any) -> None:
    before = json.dumps(document)
    assert apply_json_patch(document, operations) == result
    assert json.dumps(document) == before


FAILS = [
    ({}, {"op": "add"}, 400, "list of operations"),
    ({}, [{"op": "nope", "path": "/a"}], 422, "Unexpected kind: nope"),
    ({}, [{"op": "remove", "path": "/a"}], 422, "'/a': Unable to remove nonexistent key: a: missing value"),
    ({"a": []}, [{"op": "replace", "path": "/a/0"}], 422, "replace operation does not apply: doc is missing key: /a/0"),
    ({}, [{"op": "add", "path": "/a/b", "value": 1}], 422, 'doc is missing path: "/a/b": missing value'),
    ({}, [{"op": "add", "path": "", "value": {}}], 422, 'doc is missing path: "": missing value'),
    ({}, [{"op": "replace", "path": "", "value": 5}], 422, "must be object or array"),
    ({}, [{"op": "add", "value": 1}], 422, "add operation failed to decode path: missing value"),
    ({"a": []}, [{"op": "add", "path": "/a/1", "value": 1}], 422, "Unable to access invalid index: 1"),
    ({"a": []}, [{"op": "add", "path": "/a/-2", "value": 1}], 422, "Unable to access invalid index: -2"),
    ({"a": [1]}, [{"op": "remove", "path": "/a/x"}], 422, 'parsing "x": invalid syntax'),
    ({"a": 1}, [{"op": "test", "path": "/a", "value": True}], 422, "testing value /a failed: test failed"),
    ({"a": 1}, [{"op": "test", "path": "/a", "value": 1.0}], 422, "testing value /a failed: test failed"),
    ({"a": {}}, [{"op": "move", "from": "/a", "path": "/a/b"}], 422, "doc is missing destination path: /a/b"),
    ({"a": []}, [{"op": "copy", "from": "/a/0", "path": "/b"}], 422, "error in copy for from: '/a/0'"),
    ({}, [{"op": "copy", "from": "/b/c", "path": "/a"}], 422, "doc is missing from path: /b/c: missing value"),
    ({}, [{"op": "test", "path": "/a"}] * (MAX_OPERATIONS + 1), 413, "is 10000, got 10001"),
]


@pytest.mark.parametrize(("document", "operations", "code", "message"), FAILS)
def test_fails(document: Any, operations: Any, code: int, message: str) -> None:
    with pytest.raises(PatchError) as failed:
        apply_json_patch(document, operations)
    assert failed.value.code == code
    assert message in str(failed.value)


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=3), _values, max_size=4), st.text(max_size=3), _values)
def test_what_is_added_is_found_and_can_be_removed(document: Any, key: str, value: Any) -> None:
    path = "/" + key.replace("~", "~0").replace("/", "~1")
    added = apply_json_patch(document, [{"op": "add", "path": path, "value": value}])
    assert apply_json_patch(added, [{"op": "test", "path": path, "value": value}]) == added
    without = {name: item for name, item in document.items() if name != key}
    assert apply_json_patch(added, [{"op": "remove", "path": path}]) == without
