"""The chain of authorizers, and how a refusal reads."""

from __future__ import annotations

import pytest

from pybernetes.api.errors import APIError
from pybernetes.apiserver.attributes import Attributes, selected_name
from pybernetes.apiserver.authz.chain import build_authorizer
from pybernetes.apiserver.user import User
from tests.fakes.reader import MemoryReader

X = User("x", ("system:authenticated",))


@pytest.mark.parametrize(
    ("asked", "message", "details"),
    [
        (
            Attributes(X, "list", resource="pods", namespace="default"),
            'pods is forbidden: User "x" cannot list resource "pods" in API group "" in the namespace "default"',
            {"kind": "pods"},
        ),
        (
            Attributes(X, "get", group="apps", resource="deployments", namespace="shop", name="web"),
            'deployments.apps "web" is forbidden: User "x" cannot get resource "deployments" in API group "apps" in '
            'the namespace "shop"',
            {"name": "web", "group": "apps", "kind": "deployments"},
        ),
        (
            Attributes(X, "watch", resource="nodes"),
            'nodes is forbidden: User "x" cannot watch resource "nodes" in API group "" at the cluster scope',
            {"kind": "nodes"},
        ),
        (
            Attributes(X, "get", resource="pods", subresource="log", namespace="a", name="p"),
            'pods "p" is forbidden: User "x" cannot get resource "pods/log" in API group "" in the namespace "a"',
            {"name": "p", "kind": "pods"},
        ),
        (Attributes(X, "get", path="/foo"), 'forbidden: User "x" cannot get path "/foo"', None),
        (
            Attributes(User("<b>&"), "get", path="/foo"),
            'forbidden: User "&lt;b&gt;&amp;" cannot get path "/foo"',
            None,
        ),
    ],
)
def test_refusals(bootstrapped: MemoryReader, asked: Attributes, message: str, details: dict[str, str] | None) -> None:
    with pytest.raises(APIError) as caught:
        build_authorizer(["Node", "RBAC"], bootstrapped).require(asked)
    assert (caught.value.code, caught.value.reason, caught.value.message) == (403, "Forbidden", message)
    assert (caught.value.status.get("details") or None) == details


def test_reasons_follow_the_message() -> None:
    node = User("system:node:n1", ("system:nodes",))
    with pytest.raises(APIError) as caught:
        build_authorizer(["Node", "RBAC"], MemoryReader()).require(
            Attributes(node, "get", resource="secrets", namespace="shop", name="s")
        )
    assert caught.value.message == (
        'secrets "s" is forbidden: User "system:node:n1" cannot get resource "secrets" in API group "" in the '
        "namespace \"shop\": no relationship found between node 'n1' and this object"
    )


def test_masters_may_everything_also_without_any_role() -> None:
    master = User("admin", ("system:masters", "system:authenticated"))
    for mode in ("RBAC", "AlwaysDeny"):
        build_authorizer([mode], MemoryReader()).require(Attributes(master, "delete", resource="nodes", name="n"))


def test_modes() -> None:
    asked = Attributes(X, "get", resource="pods")
    assert build_authorizer(["AlwaysAllow"], MemoryReader()).authorize(asked).allowed
    assert build_authorizer(["RBAC", "AlwaysAllow"], MemoryReader()).authorize(asked).allowed
    denied = build_authorizer(["AlwaysDeny"], MemoryReader()).authorize(asked)
    assert (denied.allowed, denied.reason) == (False, "Everything is forbidden.")
    for modes in (["Else"], [], [" "]):
        with pytest.raises(ValueError, match="--authorization-mode"):
            build_authorizer(modes, MemoryReader())


@pytest.mark.parametrize(
    ("selector", "name"),
    [
        ("", ""),
        ("metadata.name=a", "a"),
        ("metadata.namespace=x,metadata.name==a", "a"),
        ("metadata.name!=a", ""),
        ("metadata.name=a/b", ""),
        ("metadata.name=", ""),
        ("status.phase=Running", ""),
        ("metadata.name", ""),
    ],
)
def test_selector_for_one_name_counts_as_the_name(selector: str, name: str) -> None:
    assert selected_name(selector) == name
