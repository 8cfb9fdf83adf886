"""Limit ranges: the causes that Kubernetes gives, in its order."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.api.definition import definition_of
from pybernetes.api.field import ErrorList
from pybernetes.api.resources import resource

FIRST = "spec.limits[0]"
NO_STORAGE = "either minimum or maximum storage value is required, but neither was provided"
NOT_OF_PODS = "Forbidden: may not be specified when `type` is 'Pod'"


def causes(item: Any) -> list[tuple[str, str]]:
    errors = ErrorList()
    limit_range = {"metadata": {"name": "x", "namespace": "n"}, "spec": {"limits": [item]}}
    definition_of(resource("limitranges")).validate(limit_range, errors)
    return [(cause["field"], cause["message"]) for cause in errors.causes]


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"type": "Container", "max": {"cpu": "2"}, "min": {"cpu": "1"}}, []),
        (
            {"type": "Pod", "min": {"cpu": "2"}, "default": {"cpu": "1"}, "defaultRequest": {"cpu": "1"}},
            [(f"{FIRST}.default", NOT_OF_PODS), (f"{FIRST}.defaultRequest", NOT_OF_PODS)],
        ),
        (
            {"type": "PersistentVolumeClaim", "max": {"cpu": "1"}, "maxLimitRequestRatio": {"cpu": "500m"}},
            [
                (f"{FIRST}.limits", f"Required value: {NO_STORAGE}"),
                (f"{FIRST}.maxLimitRequestRatio[cpu]", 'Invalid value: "500m": ratio 500m is less than 1'),
            ],
        ),
        (
            {"type": "Container", "min": {"cpu": "2"}, "max": {"cpu": "1"}},
            [(f"{FIRST}.min[cpu]", 'Invalid value: "2": min value 2 is greater than max value 1')],
        ),
    ],
)
def test_the_causes(item: Any, expected: list[tuple[str, str]]) -> None:
    assert causes(item) == expected
