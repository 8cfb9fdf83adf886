"""Impersonation: what it takes in each mode, and whom one becomes."""

from __future__ import annotations

import pytest
from multidict import CIMultiDict

from pybernetes.api.errors import APIError
from pybernetes.apiserver.attributes import Attributes
from pybernetes.apiserver.authn.impersonation import (
    ASSOCIATED_NODE,
    LEGACY,
    MODES,
    Impersonation,
    checks,
    impersonated,
    requested,
)
from pybernetes.apiserver.authz.decision import forbidden_error
from pybernetes.apiserver.user import User

ADMIN = User("admin", ("system:authenticated",))
LIST_PODS = Attributes(ADMIN, "list", "", "v1", "pods", namespace="shop", path="/api/v1/namespaces/shop/pods")
AGENT = User("system:serviceaccount:kube-system:agent", extra={"authentication.kubernetes.io/node-name": ("node-1",)})


class Rights:
    """Allows (verb, resource, name) that are listed, and notes what was asked."""

    def __init__(self, *allowed: tuple[str, str, str]):
        self.allowed, self.asked = set(allowed), list[tuple[str, str, str]]()

    def __call__(self, attributes: Attributes) -> None:
        asked = (attributes.verb, f"{attributes.resource}.{attributes.group}".rstrip("."), attributes.name)
        self.asked.append(asked)
        if asked not in self.allowed:
            raise forbidden_error(attributes)


def wanted(*headers: tuple[str, str]) -> User:
    found = requested(CIMultiDict(headers))
    assert found is not None
    return found


def test_without_headers_nobody_is_wanted() -> None:
    assert requested({"accept": "*/*"}) is None


@pytest.mark.parametrize(
    ("headers", "user"),
    [
        ([("Impersonate-User", "bob")], User("bob", ("system:authenticated",))),
        (
            [("Impersonate-User", "bob"), ("Impersonate-Group", "a"), ("Impersonate-Group", "b")],
            User("bob", ("a", "b", "system:authenticated")),
        ),
        (
            [("Impersonate-User", "system:serviceaccount:shop:web")],
            User(
                "system:serviceaccount:shop:web",
                ("system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"),
            ),
        ),
        (
            [("Impersonate-User", "system:serviceaccount:shop:web"), ("Impersonate-Group", "a")],
            User("system:serviceaccount:shop:web", ("a", "system:authenticated")),
        ),
        ([("Impersonate-User", "system:anonymous")], User("system:anonymous", ("system:unauthenticated",))),
        (
            [("Impersonate-User", "x"), ("Impersonate-Group", "system:unauthenticated")],
            User("x", ("system:unauthenticated",)),
        ),
        ([("Impersonate-User", "bob"), ("Impersonate-Uid", "7")], User("bob", ("system:authenticated",), "7")),
        (
            [("Impersonate-User", "bob"), ("Impersonate-Extra-Acme.com%2FScope", "read")],
            User("bob", ("system:authenticated",), extra={"acme.com/scope": ("read",)}),
        ),
        ([("Impersonate-User", "system:node:n")], User("system:node:n", ("system:authenticated",))),
    ],
)
def test_whom_one_becomes_in_the_old_way(headers: list[tuple[str, str]], user: User) -> None:
    assert impersonated(LEGACY, wanted(*headers)) == user


def test_a_node_has_its_group_in_the_new_ways() -> None:
    user = impersonated(ASSOCIATED_NODE, wanted(("Impersonate-User", "system:node:n")))
    assert user.groups == ("system:nodes", "system:authenticated")


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        (
            [("impersonate-user", "bob")],
            'pods is forbidden: User "admin" cannot impersonate-on:user-info:list resource "pods" in API group "" in '
            'the namespace "shop"',
        ),
        (
            [("impersonate-user", "system:serviceaccount:shop:web")],
            'pods is forbidden: User "admin" cannot impersonate-on:serviceaccount:list resource "pods" in API group '
            '"" in the namespace "shop"',
        ),
        (
            [("impersonate-user", "system:serviceaccount:shop:web"), ("impersonate-group", "a")],
            'serviceaccounts "web" is forbidden: User "admin" cannot impersonate resource "serviceaccounts" in API '
            'group "" in the namespace "shop"',
        ),
    ],
)
def test_who_may_not_is_told_of_the_first_mode(headers: list[tuple[str, str]], message: str) -> None:
    with pytest.raises(APIError) as caught:
        Impersonation(Rights()).user_for(wanted(*headers), LIST_PODS)
    assert (caught.value.code, caught.value.message) == (403, message)


def test_the_old_right_still_does_and_is_tried_first_from_then_on() -> None:
    rights = Rights(("impersonate", "users", "bob"))
    impersonation, bob = Impersonation(rights), wanted(("impersonate-user", "bob"))
    assert impersonation.user_for(bob, LIST_PODS)[0].name == "bob"
    assert rights.asked == [("impersonate-on:user-info:list", "pods", ""), ("impersonate", "users", "bob")]
    rights.asked.clear()
    assert impersonation.user_for(bob, LIST_PODS)[0].name == "bob"
    assert rights.asked == [("impersonate", "users", "bob")]
    with pytest.raises(APIError, match='users "eve" is forbidden: User "admin" cannot impersonate resource "users"'):
        impersonation.user_for(wanted(("impersonate-user", "eve")), LIST_PODS)


def test_a_constrained_right_is_for_that_request_only() -> None:
    rights = Rights(
        ("impersonate-on:user-info:list", "pods", ""), ("impersonate:user-info", "users.authentication.k8s.io", "bob")
    )
    impersonation, bob = Impersonation(rights), wanted(("impersonate-user", "bob"))
    assert impersonation.user_for(bob, LIST_PODS)[0].name == "bob"
    secrets = Attributes(ADMIN, "list", "", "v1", "secrets", namespace="shop")
    with pytest.raises(APIError, match='impersonate-on:user-info:list resource "secrets"'):
        impersonation.user_for(bob, secrets)


def test_an_agent_acts_as_its_own_node_and_as_no_other() -> None:
    rights = Rights(
        ("impersonate-on:associated-node:list", "pods", ""),
        ("impersonate:associated-node", "nodes.authentication.k8s.io", "*"),
    )
    request = Attributes(AGENT, "list", "", "v1", "pods")
    impersonation = Impersonation(rights)
    user, right = impersonation.user_for(wanted(("impersonate-user", "system:node:node-1")), request)
    assert right == "impersonate:associated-node"
    assert (user.name, user.groups) == ("system:node:node-1", ("system:nodes", "system:authenticated"))
    with pytest.raises(APIError, match="impersonate-on:arbitrary-node:list"):
        impersonation.user_for(wanted(("impersonate-user", "system:node:node-2")), request)


def test_everything_that_is_taken_on_is_checked() -> None:
    bob = wanted(
        ("Impersonate-User", "bob"),
        ("Impersonate-Group", "a"),
        ("Impersonate-Uid", "7"),
        ("Impersonate-Extra-Acme.com%2fscope", "r"),
        ("Impersonate-Extra-Acme.com%2fscope", "w"),
    )
    asked = [
        (one.verb, one.group, one.resource, one.subresource, one.name)
        for ways in checks(MODES[3], bob, LIST_PODS)
        for one in ways
    ]
    assert asked == [
        ("impersonate-on:user-info:list", "", "pods", "", ""),
        ("impersonate:user-info", "authentication.k8s.io", "users", "", "bob"),
        ("impersonate:user-info", "authentication.k8s.io", "uids", "", "7"),
        ("impersonate:user-info", "authentication.k8s.io", "groups", "", "a"),
        ("impersonate:user-info", "authentication.k8s.io", "userextras", "acme.com/scope", "r"),
        ("impersonate:user-info", "authentication.k8s.io", "userextras", "acme.com/scope", "w"),
    ]
    assert [(one.group, one.resource) for (one,) in checks(LEGACY, bob, LIST_PODS)] == [
        ("", "users"),
        ("authentication.k8s.io", "uids"),
        ("", "groups"),
        ("authentication.k8s.io", "userextras"),
        ("authentication.k8s.io", "userextras"),
    ]


def test_many_groups_may_be_allowed_at_once() -> None:
    groups = [("impersonate-group", name) for name in "abcd"]
    rights = Rights(
        ("impersonate-on:user-info:list", "pods", ""),
        ("impersonate:user-info", "users.authentication.k8s.io", "bob"),
        ("impersonate:user-info", "groups.authentication.k8s.io", "*"),
    )
    user, _ = Impersonation(rights).user_for(wanted(("impersonate-user", "bob"), *groups), LIST_PODS)
    assert user.groups == ("a", "b", "c", "d", "system:authenticated")


@pytest.mark.parametrize(
    ("header", "why"),
    [
        (("impersonate-group", "system:masters"), "impersonating the system:masters group is not allowed"),
        (("impersonate-group", ""), "impersonating the empty string group is not allowed"),
        (("impersonate-extra-scope", "r"), "impersonating an invalid key in extra is not allowed"),
        (("impersonate-extra-a.com%2fb", ""), "impersonating the empty string value in extra is not allowed"),
    ],
)
def test_what_a_constrained_right_never_gives(header: tuple[str, str], why: str) -> None:
    class All(Rights):
        def __call__(self, attributes: Attributes) -> None:
            if attributes.verb == "impersonate":
                raise forbidden_error(attributes)

    with pytest.raises(APIError, match=why):
        Impersonation(All()).user_for(wanted(("impersonate-user", "bob"), header), LIST_PODS)


def test_groups_without_a_user_are_an_error() -> None:
    with pytest.raises(APIError) as caught:
        requested(CIMultiDict([("impersonate-group", "a"), ("impersonate-uid", "7")]))
    assert (caught.value.code, caught.value.message) == (
        400,
        'requested &user.DefaultInfo{Name:"", UID:"7", Groups:[]string{"a"}, Extra:map[string][]string(nil)} without '
        "impersonating a user name",
    )
