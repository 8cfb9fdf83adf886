"""Requests that show no credentials at all: who they are, and where they are let in."""

from __future__ import annotations

from dataclasses import dataclass

from pybernetes.apiserver.user import ANONYMOUS, UNAUTHENTICATED_GROUP, User

ANONYMOUS_USER = User(ANONYMOUS, (UNAUTHENTICATED_GROUP,))


@dataclass(frozen=True, slots=True)
class AnonymousPolicy:
    """Whether anonymous requests are let in: all, or those for `paths` if any are given.

    Counterpart: AnonymousAuthConfig of AuthenticationConfiguration.
    """

    enabled: bool = True
    paths: frozenset[str] = frozenset()

    def lets_in(self, path: str) -> bool:
        return self.enabled and (not self.paths or path in self.paths)
