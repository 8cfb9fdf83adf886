"""The group that everyone who proved who they are is in."""

from __future__ import annotations

from dataclasses import replace

from pybernetes.apiserver.user import ANONYMOUS, AUTHENTICATED_GROUP, UNAUTHENTICATED_GROUP, User


def with_authenticated(user: User) -> User:
    """The user as a member of system:authenticated; anonymous stays as it is."""
    if user.name == ANONYMOUS or AUTHENTICATED_GROUP in user.groups or UNAUTHENTICATED_GROUP in user.groups:
        return user
    return replace(user, groups=(*user.groups, AUTHENTICATED_GROUP))
