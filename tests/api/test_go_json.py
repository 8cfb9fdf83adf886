"""JSON in Go's spelling."""

from __future__ import annotations

import orjson
import pytest

from pybernetes.api.go_json import dumps, escaped

SPELLED = [
    ({"a": "<b>&"}, b'{"a":"\\u003cb\\u003e\\u0026"}'),
    ({"<": "\u2028\u2029"}, b'{"\\u003c":"\\u2028\\u2029"}'),
    ({"a": "\u2026 \u201d"}, '{"a":"\u2026 \u201d"}'.encode()),
    ({"a": '\\"/'}, b'{"a":"\\\\\\"/"}'),
]


@pytest.mark.parametrize(("value", "text"), SPELLED)
def test_a_value_is_spelled_as_go_does(value: object, text: bytes) -> None:
    assert dumps(value) == text
    assert orjson.loads(text) == value


def test_what_needs_no_escape_is_not_copied() -> None:
    data = orjson.dumps({"a": "plain"})
    assert escaped(data) is data
