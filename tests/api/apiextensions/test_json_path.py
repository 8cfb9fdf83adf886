"""The JSONPath of columns, scale and selectable fields; and which version is the better one."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.api.apiextensions.json_path import JSONPath, JSONPathError
from pybernetes.api.apiextensions.versions import by_priority

OBJECT = {
    "metadata": {"labels": {"a.b/c": "dotted"}},
    "spec": {"replicas": 3, "hosts": ["x", "y"], "rules": [{"name": "n", "on": True}, {"name": "m", "port": 80}]},
    "status": {"conditions": [{"type": "Ready", "status": "True"}, {"type": "Old", "status": "False"}]},
}
PATHS: list[tuple[str, list[Any]]] = [
    (".spec.replicas", [3]),
    ("{.spec.replicas}", [3]),
    ("$.spec.replicas", [3]),
    (".spec.hosts[0]", ["x"]),
    (".spec.hosts[-1]", ["y"]),
    (".spec.hosts[7]", []),
    (".spec.hosts[*]", ["x", "y"]),
    (".spec.rules[*].name", ["n", "m"]),
    (".metadata.labels['a.b/c']", ["dotted"]),
    (r".metadata.labels.a\.b/c", ["dotted"]),
    ('.status.conditions[?(@.type=="Ready")].status', ["True"]),
    (".status.conditions[?(@.type!='Ready')].status", ["False"]),
    (".spec.rules[?(@.port==80)].name", ["m"]),
    (".spec.rules[?(@.on)].name", ["n"]),
    (".spec.hosts[-1:]", ["y"]),
    (".spec.hosts[0:2:1]", ["x", "y"]),
    (".spec.hosts[:1]", ["x"]),
    (".spec.hosts[1,0]", ["y", "x"]),
    (".spec['replicas','hosts']", [3, ["x", "y"]]),
    (".spec..name", ["n", "m"]),
    (".spec.rules[?(@.port>79)].name", ["m"]),
    (".spec.rules[?(@.port<=79)].name", []),
    (".spec.rules[?(@.port=='80')].name", []),
    (".spec.rules[?(@.on==true)].name", ["n"]),
    (".spec.hosts[?(@=='y')]", ["y"]),
    (".spec.nothing.at.all", []),
    (".spec.replicas.deeper", []),
]


@pytest.mark.parametrize(("path", "found"), PATHS)
def test_what_is_found(path: str, found: list[Any]) -> None:
    assert JSONPath(path).find(OBJECT) == found


@pytest.mark.parametrize(
    "path", ["", "spec", ".spec[", ".a[0:1:0]", "..a..b", "...a", ".spec[?(@.a=~/x/)]", ".a" * 100]
)
def test_what_is_no_path(path: str) -> None:
    with pytest.raises(JSONPathError):
        JSONPath(path)


def test_names_are_those_of_plain_paths() -> None:
    assert JSONPath(".spec.a.b").names == ("spec", "a", "b")
    assert JSONPath(".spec.a[0]").names == ()


def test_versions_in_order() -> None:
    versions = ["foo1", "v1beta1", "v2", "v10", "v1", "v11alpha2", "v3beta1", "v12alpha1", "bar", "v11beta2"]
    best = ["v10", "v2", "v1", "v11beta2", "v3beta1", "v1beta1", "v12alpha1", "v11alpha2", "bar", "foo1"]
    assert by_priority(versions) == best
