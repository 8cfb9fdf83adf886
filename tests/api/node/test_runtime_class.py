"""Runtime classes: every rule as a row, and what may not change."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.api.object import Json

KIND = "runtimeclasses.node.k8s.io"
INVALID = "FieldValueInvalid"
CLASS: Json = {"metadata": {"name": "a"}, "handler": "runc"}
_LABEL = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with "
    "an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)


@pytest.mark.parametrize(
    ("path", "value", "cause"),
    [
        ("handler", "A", ("handler", INVALID, f'Invalid value: "A": {_LABEL}')),
        (
            "overhead/podFixed",
            {"cpu": "-1"},
            ("overhead.limits[cpu]", INVALID, 'Invalid value: "-1": must be greater than or equal to 0'),
        ),
    ],
)
def test_every_rule(server: Any, changed: Any, path: str, value: Any, cause: tuple[str, str, str]) -> None:
    assert server.create(KIND, changed(CLASS, path, value))[1] == [cause]


def test_the_handler_stays(server: Any, changed: Any) -> None:
    old = server.create(KIND, CLASS)[0]
    cause = ("handler", INVALID, 'Invalid value: "kata": field is immutable')
    assert server.update(KIND, old, changed(old, "handler", "kata")) == [cause]
