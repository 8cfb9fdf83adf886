"""What we serve, beside what kube-apiserver 1.36 serves: no path, parameter, operation, type or field differs."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.api.resources import RESOURCES
from pybernetes.apiserver.openapi.documents import OpenAPI
from tests.apiserver.openapi.digest import Json, digest, read


@pytest.fixture(scope="module")
def ours() -> Json:
    return digest(OpenAPI(RESOURCES).v2_value())


@pytest.fixture(scope="module")
def theirs() -> Json:
    return read()


def _differences(ours: Any, theirs: Any, path: str = "") -> list[str]:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return [
            line
            for key in sorted({*ours, *theirs})
            for line in _differences(ours.get(key), theirs.get(key), f"{path} {key}".strip())
        ]
    return [] if ours == theirs else [f"{path}: {ours!r}, Kubernetes has {theirs!r}"]


@pytest.mark.parametrize("part", ["paths", "definitions"])
def test_it_is_what_kubernetes_serves(ours: Json, theirs: Json, part: str) -> None:
    assert _differences(ours[part], theirs[part]) == []


def test_every_resource_of_the_table_is_in_the_reference(theirs: Json) -> None:
    for resource in RESOURCES:
        name = "{namespace}" if resource.namespaced else ""
        assert resource.path(name) in theirs["paths"]
