"""Impersonation: what it takes, and whom one becomes."""

from __future__ import annotations

import pytest
from multidict import CIMultiDict

from pybernetes.api.errors import APIError
from pybernetes.apiserver.attributes import Attributes
from pybernetes.apiserver.authn.impersonation import impersonate
from pybernetes.apiserver.authz.decision import refusal
from pybernetes.apiserver.user import User

ADMIN = User("admin", ("system:authenticated",))


def allow(attributes: Attributes) -> None:
    return None


def refuse(attributes: Attributes) -> None:
    raise refusal(attributes)


def test_without_headers_the_requester_stays() -> None:
    assert impersonate({"accept": "*/*"}, ADMIN, refuse) is ADMIN


@pytest.mark.parametrize(
    ("headers", "user"),
    [
        ({"Impersonate-User": "bob"}, User("bob", ("system:authenticated",))),
        (
            [("Impersonate-User", "bob"), ("Impersonate-Group", "a"), ("Impersonate-Group", "b")],
            User("bob", ("a", "b", "system:authenticated")),
        ),
        (
            {"Impersonate-User": "system:serviceaccount:shop:web"},
            User(
                "system:serviceaccount:shop:web",
                ("system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"),
            ),
        ),
        (
            {"Impersonate-User": "system:serviceaccount:shop:web", "Impersonate-Group": "a"},
            User("system:serviceaccount:shop:web", ("a", "system:authenticated")),
        ),
        ({"Impersonate-User": "system:anonymous"}, User("system:anonymous", ("system:unauthenticated",))),
        (
            {"Impersonate-User": "x", "Impersonate-Group": "system:unauthenticated"},
            User("x", ("system:unauthenticated",)),
        ),
        (
            {"Impersonate-User": "bob", "Impersonate-Uid": "7"},
            User("bob", ("system:authenticated",), "7"),
        ),
        (
            {"Impersonate-User": "bob", "Impersonate-Extra-Acme.com%2FScope": "read"},
            User("bob", ("system:authenticated",), extra={"acme.com/scope": ("read",)}),
        ),
    ],
)
def test_whom_one_becomes(headers: object, user: User) -> None:
    assert impersonate(CIMultiDict(headers), ADMIN, allow) == user  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        (
            {"impersonate-user": "bob"},
            'users "bob" is forbidden: User "admin" cannot impersonate resource "users" in API group "" at the '
            "cluster scope",
        ),
        (
            {"impersonate-user": "system:serviceaccount:shop:web"},
            'serviceaccounts "web" is forbidden: User "admin" cannot impersonate resource "serviceaccounts" in API '
            'group "" in the namespace "shop"',
        ),
    ],
)
def test_refusals(headers: dict[str, str], message: str) -> None:
    with pytest.raises(APIError) as caught:
        impersonate(headers, ADMIN, refuse)
    assert (caught.value.code, caught.value.message) == (403, message)


def test_everything_that_is_taken_on_is_checked() -> None:
    seen: list[tuple[str, str, str, str]] = []

    def note(attributes: Attributes) -> None:
        seen.append((attributes.group, attributes.resource, attributes.subresource, attributes.name))

    headers = CIMultiDict(
        [
            ("Impersonate-User", "bob"),
            ("Impersonate-Group", "a"),
            ("Impersonate-Uid", "7"),
            ("Impersonate-Extra-Scope", "r"),
            ("Impersonate-Extra-Scope", "w"),
        ]
    )
    impersonate(headers, ADMIN, note)
    assert seen == [
        ("", "users", "", "bob"),
        ("", "groups", "", "a"),
        ("authentication.k8s.io", "uids", "", "7"),
        ("authentication.k8s.io", "userextras", "scope", "r"),
        ("authentication.k8s.io", "userextras", "scope", "w"),
    ]


def test_groups_without_a_user_are_an_error() -> None:
    with pytest.raises(APIError, match="without impersonating a user"):
        impersonate({"impersonate-group": "system:masters"}, ADMIN, allow)
