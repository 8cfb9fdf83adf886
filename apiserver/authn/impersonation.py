"""Acting as another user: Impersonate-User and its companions.

    headers → `requested`: who is wanted → `Impersonation`: the first mode that allows it → the user to go on as

There are five modes, tried in this order, the one that worked last for a requester first:

    associated-node   a pod's service account acts as the node that the pod is on
    arbitrary-node    … as any node
    serviceaccount    … as a service account
    user-info         … as anyone else, with groups, uid and extra
    impersonate       the old right, without constraint

The first four ask two things: may the requester do *this request* in that mode (``impersonate-on:<mode>:<verb>``),
and may it be that user (``impersonate:<mode>`` on nodes, serviceaccounts, users, groups, uids and userextras/<key> in
authentication.k8s.io). The old one asks only the second, with users, groups and service accounts in the core group.
If no mode allows it, the answer is the refusal of the first that was tried.

Counterpart: endpoints/filters/impersonation (ConstrainedImpersonation, on by default since 1.36).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from pybernetes.api.errors import APIError, bad_request
from pybernetes.api.names import dns_subdomain
from pybernetes.apiserver.attributes import Attributes
from pybernetes.apiserver.authn.headers import extra_values, header_values
from pybernetes.apiserver.authn.service_account_claims import NODE_NAME, groups_of, split_username
from pybernetes.apiserver.authz.decision import forbidden_error, quote
from pybernetes.apiserver.user import (
    ANONYMOUS,
    AUTHENTICATED_GROUP,
    MASTERS_GROUP,
    NODES_GROUP,
    UNAUTHENTICATED_GROUP,
    User,
)

PREFIX = "impersonate-"
USER_HEADER = "impersonate-user"
GROUP_HEADER = "impersonate-group"
UID_HEADER = "impersonate-uid"
EXTRA_PREFIX = "impersonate-extra-"

ASSOCIATED_NODE_KEYS = "authentication.kubernetes.io/associated-node-keys"
_GROUP = "authentication.k8s.io"
_NODE_PREFIX = "system:node:"
_REMEMBERED_REQUESTERS = 10_000
_MANY = 4  # as many groups or values are first asked for at once, by the name ``*``

Require = Callable[[Attributes], None]


@dataclass(frozen=True, slots=True)
class Mode:
    """One way to impersonate; the empty name is the old way. `applies` says whom it is for: (requester, wanted)."""

    name: str
    applies: Callable[[User, User], bool]

    @property
    def verb(self) -> str:
        return f"impersonate:{self.name}" if self.name else "impersonate"


class Impersonation:
    """Who may act as whom. `require` raises `forbidden` (403) unless a request is allowed."""

    def __init__(self, require: Require):
        self._require = require
        self._last_mode: dict[str, Mode] = {}

    def user_for(self, wanted: User, attributes: Attributes) -> tuple[User, str]:
        """Whom to go on as with the request of these attributes, whose user is the requester, and by which right.

        The right is empty for the old one. Raises 403.
        """
        requester = attributes.user
        last, refused = self._last_mode.get(requester.name), None
        for mode in (*((last,) if last else ()), *(mode for mode in MODES if mode is not last)):
            if not mode.applies(requester, wanted):
                continue
            try:
                for check in checks(mode, wanted, attributes):
                    self._require_any(check)
            except APIError as error:
                if error.code != 403:
                    raise
                refused = refused or error
                continue
            self._remember(requester.name, mode)
            return impersonated(mode, wanted), mode.verb if mode.name else ""
        assert refused is not None, "the old mode applies to everyone"
        raise refused

    def _require_any(self, ways: tuple[Attributes, ...]) -> None:
        """One of the ways must be allowed; the refusal is that of the last."""
        for number, attributes in enumerate(ways, start=1):
            try:
                self._require(attributes)
            except APIError as error:
                if number == len(ways) or error.code != 403:
                    raise
                continue
            return

    def _remember(self, name: str, mode: Mode) -> None:
        if self._last_mode.get(name) is mode:
            return
        while len(self._last_mode) >= _REMEMBERED_REQUESTERS:
            del self._last_mode[next(iter(self._last_mode))]
        self._last_mode[name] = mode


def is_requested(headers: Mapping[str, str]) -> bool:
    """Whether any of the headers is there. Runs for every request, so it looks at first letters."""
    for name in headers:
        if name[:1] in "iI" and name.lower().startswith(PREFIX):
            return True
    return False


def requested(headers: Mapping[str, str]) -> User | None:
    """The user exactly as the headers name it, None if they name none.

    Raises `bad_request` for groups, a uid or extra without a user.
    """
    if not is_requested(headers):
        return None
    name = headers.get(USER_HEADER) or ""
    groups = header_values(headers, GROUP_HEADER)
    uid = headers.get(UID_HEADER) or ""
    extra = extra_values(headers, EXTRA_PREFIX)
    if name:
        return User(name, groups, uid, extra)
    if groups or uid or extra:
        raise bad_request(f"requested {_in_go(groups, uid, extra)} without impersonating a user name")
    return None


def checks(mode: Mode, wanted: User, attributes: Attributes) -> Iterator[tuple[Attributes, ...]]:
    """What must be allowed, each as one way or as several of which one is enough. Raises 403 for what never is."""
    requester = attributes.user
    if mode is ASSOCIATED_NODE:  # the node was checked: the answer is the same for a daemon's pods on all nodes
        requester = replace(requester, extra={ASSOCIATED_NODE_KEYS: tuple(sorted(requester.extra))})
    if mode.name:
        yield (replace(attributes, user=requester, verb=f"impersonate-on:{mode.name}:{attributes.verb}"),)
    yield (_name_check(mode, wanted, requester),)
    base = Attributes(requester, mode.verb, _GROUP, "v1")
    if wanted.uid:
        yield (replace(base, resource="uids", name=wanted.uid),)
    yield from _group_checks(mode, wanted, requester)
    yield from _extra_checks(mode, wanted, base)


def impersonated(mode: Mode, wanted: User) -> User:
    """The user with the groups that everyone of its kind is in."""
    groups = wanted.groups
    account = split_username(wanted.name)
    if mode.name and node_name(wanted.name):
        groups = (NODES_GROUP,)
    elif account is not None and not groups:
        groups = groups_of(account[0])
    if wanted.name == ANONYMOUS:
        if UNAUTHENTICATED_GROUP not in groups:
            groups = (*groups, UNAUTHENTICATED_GROUP)
    elif AUTHENTICATED_GROUP not in groups and UNAUTHENTICATED_GROUP not in groups:
        groups = (*groups, AUTHENTICATED_GROUP)
    return User(wanted.name, groups, wanted.uid, wanted.extra)


def node_name(user_name: str) -> str:
    """The node whose agent has this user name, or the empty string."""
    name = user_name.removeprefix(_NODE_PREFIX)
    return name if name != user_name and not dns_subdomain(name) else ""


def _name_check(mode: Mode, wanted: User, requester: User) -> Attributes:
    base = Attributes(requester, mode.verb, _GROUP if mode.name else "", "v1")
    account, node = split_username(wanted.name), node_name(wanted.name)
    if mode.name and node:
        return replace(base, resource="nodes", name="*" if mode is ASSOCIATED_NODE else node)
    if account is not None:
        return replace(base, resource="serviceaccounts", namespace=account[0], name=account[1])
    return replace(base, resource="users", name=wanted.name)


def _group_checks(mode: Mode, wanted: User, requester: User) -> Iterator[tuple[Attributes, ...]]:
    base = Attributes(requester, mode.verb, _GROUP if mode.name else "", "v1", "groups")
    if mode.name and "" in wanted.groups:
        raise forbidden_error(base, "impersonating the empty string group is not allowed")
    if mode.name and MASTERS_GROUP in wanted.groups:
        why = f"impersonating the {MASTERS_GROUP} group is not allowed"
        raise forbidden_error(replace(base, name=MASTERS_GROUP), why)
    all_at_once = (replace(base, name="*"),) if mode.name and len(wanted.groups) >= _MANY else ()
    for group in wanted.groups:
        yield (*all_at_once, replace(base, name=group))


def _extra_checks(mode: Mode, wanted: User, base: Attributes) -> Iterator[tuple[Attributes, ...]]:
    base = replace(base, resource="userextras")
    if mode.name and (wrong := _wrong_extra(wanted.extra)):
        raise forbidden_error(base, wrong)
    many = len(wanted.extra) >= _MANY or sum(len(values) for values in wanted.extra.values()) >= _MANY
    all_at_once = (replace(base, subresource="*", name="*"),) if mode.name and many else ()
    for key, values in wanted.extra.items():
        for value in values:
            yield (*all_at_once, replace(base, subresource=key, name=value))


def _wrong_extra(extra: Mapping[str, tuple[str, ...]]) -> str:
    """Why extra cannot be taken on in a mode with constraints; empty when it can."""
    for key, values in extra.items():
        domain, slash, path = key.partition("/")
        if not key:
            return "impersonating the empty string key in extra is not allowed"
        if not slash or not path or dns_subdomain(domain):
            why = f'extra.key: Invalid value: {quote(key)}: must be a domain-prefixed path (such as "acme.io/foo")'
            return f"impersonating an invalid key in extra is not allowed: {why}"
        if key != key.lower():
            return f"impersonating a non-lowercase key in extra is not allowed: {quote(key)}"
        if "" in values:
            return "impersonating the empty string value in extra is not allowed"
    return ""


def _only_name(wanted: User) -> bool:
    return not (wanted.uid or wanted.groups or wanted.extra)


def _is_own_node(requester: User, wanted: User) -> bool:
    node = node_name(wanted.name)
    if not node or not _only_name(wanted) or split_username(requester.name) is None:
        return False
    return tuple(requester.extra.get(NODE_NAME, ())) == (node,)


ASSOCIATED_NODE = Mode("associated-node", _is_own_node)
LEGACY = Mode("", lambda requester, wanted: True)
MODES = (
    ASSOCIATED_NODE,
    Mode("arbitrary-node", lambda requester, wanted: _only_name(wanted) and bool(node_name(wanted.name))),
    Mode("serviceaccount", lambda requester, wanted: _only_name(wanted) and split_username(wanted.name) is not None),
    Mode("user-info", lambda requester, wanted: not node_name(wanted.name) and split_username(wanted.name) is None),
    LEGACY,
)


def _in_go(groups: tuple[str, ...], uid: str, extra: Mapping[str, tuple[str, ...]]) -> str:
    """What was asked for, as Go prints the value: clients see it."""
    listed = _list_in_go(groups) if groups else "[]string(nil)"
    pairs = ", ".join(f"{quote(key)}:{_list_in_go(values)}" for key, values in sorted(extra.items()))
    mapped = f"map[string][]string{{{pairs}}}" if extra else "map[string][]string(nil)"
    return f'&user.DefaultInfo{{Name:"", UID:{quote(uid)}, Groups:{listed}, Extra:{mapped}}}'


def _list_in_go(values: tuple[str, ...]) -> str:
    return "[]string{" + ", ".join(quote(value) for value in values) + "}"
