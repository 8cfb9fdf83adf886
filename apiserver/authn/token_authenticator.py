"""What every kind of bearer token has in common."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from pybernetes.apiserver.user import User

NEVER = math.inf


class InvalidToken(Exception):
    """A token that its authenticator recognizes as its own and refuses; the message says why."""


@dataclass(frozen=True, slots=True)
class Authenticated:
    """The user behind a token, and how long and on what that answer rests.

    `expires_at` is in seconds since 1970. `depends_on` names objects as (resource, key); the answer no longer holds
    once one of them is deleted, replaced or being deleted. `audiences` are whom the token is for; None means it
    says nothing about that, which counts as the API server's own.
    """

    user: User
    expires_at: float = NEVER
    depends_on: tuple[tuple[str, str], ...] = ()
    audiences: tuple[str, ...] | None = None


class TokenAuthenticator(Protocol):
    """One kind of bearer token. Counterpart: authenticator.Token."""

    def authenticate_token(self, token: str, audiences: tuple[str, ...]) -> Authenticated | None:
        """Whose token it is, None when it is not of this kind. Raises InvalidToken.

        `audiences` are those of which the token must name at least one; the answer names the ones they share.
        """
