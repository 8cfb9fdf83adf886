"""Who asks: by a client certificate of the cluster's CA, or by a bearer token that the API server knows.

Counterpart: the kubelet's x509 and webhook authentication. Tokens are remembered for two minutes by their digest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pybernetes.api.object import Json
from pybernetes.client.client import Client
from pybernetes.component.clock import Clock
from pybernetes.kubelet.server.remembered import Remembered

TOKEN_SECONDS = 120.0
_MOST_TOKENS = 1000


@dataclass(frozen=True, slots=True)
class User:
    """Who a request is from, as access reviews want it."""

    name: str
    uid: str = ""
    groups: tuple[str, ...] = ()
    extra: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)


def user_of_certificate(certificate: Mapping[str, Any] | None) -> User | None:
    """The user that a verified certificate names (ssl's getpeercert): CN, and O as groups."""
    if not certificate:
        return None
    parts = [pair for group in certificate.get("subject", ()) for pair in group]
    name = next((value for key, value in parts if key == "commonName"), "")
    groups = tuple(value for key, value in parts if key == "organizationName")
    return User(name, groups=(*groups, "system:authenticated")) if name else None


class Authenticator:
    """Finds out who a request is from."""

    def __init__(self, client: Client, clock: Clock):
        self._client = client
        self._users: Remembered[str, User | None] = Remembered(clock, _MOST_TOKENS)

    async def authenticate(self, certificate: Mapping[str, Any] | None, authorization: str) -> User | None:
        """None: nobody we know. Raises `APIError`, `TransportError` when the API server cannot be asked."""
        user = user_of_certificate(certificate)
        if user is not None:
            return user
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            return None
        return await self._by_token(token.strip())

    async def _by_token(self, token: str) -> User | None:
        digest = hashlib.sha256(token.encode()).hexdigest()
        known = self._users.get(digest)
        if known is not None:
            return known[0]
        review = {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenReview",
            "metadata": {},
            "spec": {"token": token},
        }
        answer = await self._client.create("tokenreviews.authentication.k8s.io", review)
        user = _reviewed(answer.get("status") or {})
        self._users.put(digest, user, TOKEN_SECONDS)
        return user


def _reviewed(status: Json) -> User | None:
    if not status.get("authenticated"):
        return None
    found = status.get("user") or {}
    extra = {key: tuple(values) for key, values in (found.get("extra") or {}).items()}
    return User(found.get("username") or "", found.get("uid") or "", tuple(found.get("groups") or ()), extra)
