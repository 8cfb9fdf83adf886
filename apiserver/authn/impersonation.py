"""Acting as another user: Impersonate-User and its companions.

    headers  →  `requested`: who is to be impersonated  →  `checks`: what the requester must be allowed  →  the new user

The requester needs the verb ``impersonate`` on each thing it takes on: users, groups, serviceaccounts in the core
group; uids and userextras/<key> in authentication.k8s.io. Counterpart: WithImpersonation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from pybernetes.api.errors import internal_error
from pybernetes.apiserver.attributes import Attributes
from pybernetes.apiserver.authn.headers import extra_values, header_values
from pybernetes.apiserver.authn.service_account_claims import groups_of, split_username
from pybernetes.apiserver.user import ANONYMOUS, AUTHENTICATED_GROUP, UNAUTHENTICATED_GROUP, User

PREFIX = "impersonate-"
USER_HEADER = "impersonate-user"
GROUP_HEADER = "impersonate-group"
UID_HEADER = "impersonate-uid"
EXTRA_PREFIX = "impersonate-extra-"


def impersonate(headers: Mapping[str, str], requester: User, require: Callable[[Attributes], None]) -> User:
    """The user to go on as: the requester itself where nobody is to be impersonated.

    `require` raises unless a request is allowed (`AuthorizerChain.require`); so a forbidden (403) error leaves here
    for whatever part of the impersonation the requester may not do.
    """
    wanted = requested(headers)
    if wanted is None:
        return requester
    for attributes in checks(requester, wanted):
        require(attributes)
    return impersonated(wanted)


def is_requested(headers: Mapping[str, str]) -> bool:
    """Whether any of the headers is there. Runs for every request, so it looks at first letters."""
    for name in headers:
        if name[:1] in "iI" and name.lower().startswith(PREFIX):
            return True
    return False


def requested(headers: Mapping[str, str]) -> User | None:
    """The user exactly as the headers name it, None if they name none.

    Raises `internal_error` for groups, a uid or extra without a user, as Kubernetes answers it.
    """
    if not is_requested(headers):
        return None
    name = headers.get(USER_HEADER) or ""
    groups = tuple(group for group in header_values(headers, GROUP_HEADER) if group)
    uid = headers.get(UID_HEADER) or ""
    extra = extra_values(headers, EXTRA_PREFIX)
    if name:
        return User(name, groups, uid, extra)
    if groups or uid or extra:
        named = [f"groups={list(groups)}"] * bool(groups) + [f"uid={uid}"] * bool(uid)
        named += [f"extra={sorted(extra)}"] * bool(extra)
        raise internal_error(f"requested {', '.join(named)} without impersonating a user")
    return None


def checks(requester: User, wanted: User) -> Iterator[Attributes]:
    """What `requester` must be allowed to act as `wanted`."""
    account = split_username(wanted.name)
    if account is None:
        yield Attributes(requester, "impersonate", "", "v1", "users", name=wanted.name)
    else:
        yield Attributes(requester, "impersonate", "", "v1", "serviceaccounts", namespace=account[0], name=account[1])
    for group in wanted.groups:
        yield Attributes(requester, "impersonate", "", "v1", "groups", name=group)
    if wanted.uid:
        yield Attributes(requester, "impersonate", "authentication.k8s.io", "v1", "uids", name=wanted.uid)
    for key, values in wanted.extra.items():
        for value in values:
            yield Attributes(requester, "impersonate", "authentication.k8s.io", "v1", "userextras", key, name=value)


def impersonated(wanted: User) -> User:
    """The user with the groups that everyone of its kind is in."""
    groups = wanted.groups
    account = split_username(wanted.name)
    if account is not None and not groups:
        groups = groups_of(account[0])
    if wanted.name == ANONYMOUS:
        if UNAUTHENTICATED_GROUP not in groups:
            groups = (*groups, UNAUTHENTICATED_GROUP)
    elif AUTHENTICATED_GROUP not in groups and UNAUTHENTICATED_GROUP not in groups:
        groups = (*groups, AUTHENTICATED_GROUP)
    return User(wanted.name, groups, wanted.uid, wanted.extra)
