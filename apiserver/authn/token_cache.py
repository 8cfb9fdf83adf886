"""Answers about bearer tokens, kept until what they rest on changes.

An entry holds until its token expires. It is dropped at once when an object that it depends on is deleted, marked
for deletion or (for Secrets, which hold tokens themselves) changed in any way; the next request verifies anew.

The number of entries is bounded; the one that was added first goes first. Only tokens that were accepted are kept:
whoever sends garbage must not push out the tokens of others.
"""

from __future__ import annotations

from collections.abc import Callable

from pybernetes.api.object import Json, is_deleting, uid_of
from pybernetes.apiserver.authn.token_authenticator import Authenticated
from pybernetes.apiserver.reader import Reader
from pybernetes.apiserver.user import User

# 20,000 tokens of about 1.2 KB are 24 MB at most; a node has some hundred pods, each with a token or two.
TOKEN_LIMIT = 20_000

_WATCHED = ("serviceaccounts", "pods", "secrets", "nodes")


class TokenCache:
    """Users by Authorization header."""

    def __init__(self, reader: Reader, *, limit: int = TOKEN_LIMIT):
        self._limit = limit
        self.entries: dict[str, tuple[User, float]] = {}
        self._resting_on: dict[str, dict[str, set[str]]] = {resource: {} for resource in _WATCHED}
        self._depends_on: dict[str, tuple[tuple[str, str], ...]] = {}
        for resource in _WATCHED:
            reader.subscribe(resource, self._follow(resource))

    def get(self, header: str, now_seconds: float) -> User | None:
        """The user of this header, if that is known and still holds."""
        entry = self.entries.get(header)
        if entry is None:
            return None
        if now_seconds <= entry[1]:
            return entry[0]
        self.drop(header)
        return None

    def put(self, header: str, found: Authenticated, user: User) -> None:
        """Remember `user` (what `found` became) for this header."""
        self.drop(header)
        while len(self.entries) >= self._limit:
            self.drop(next(iter(self.entries)))
        self.entries[header] = (user, found.expires_at)
        self._depends_on[header] = found.depends_on
        for resource, key in found.depends_on:
            self._resting_on[resource].setdefault(key, set()).add(header)

    def drop(self, header: str) -> None:
        if self.entries.pop(header, None) is None:
            return
        for resource, key in self._depends_on.pop(header):
            resting = self._resting_on[resource][key]
            resting.discard(header)
            if not resting:
                del self._resting_on[resource][key]

    def clear(self) -> None:
        self.entries.clear()
        self._depends_on.clear()
        for resting_on in self._resting_on.values():
            resting_on.clear()

    def _follow(self, resource: str) -> Callable[[str, Json | None, Json | None], None]:
        resting_on = self._resting_on[resource]
        any_change_counts = resource == "secrets"

        def changed(key: str, new: Json | None, old: Json | None) -> None:
            resting = resting_on.get(key)
            if resting is None:
                return
            if new is None or old is None or any_change_counts or is_deleting(new) or uid_of(new) != uid_of(old):
                for header in tuple(resting):
                    self.drop(header)

        return changed
