"""Verifying service account tokens.

A token is ours when its issuer is one of ours; then it must be signed by one of our keys, be in time, be for one of
the wanted audiences, and the objects that it is bound to must be there. Tokens of the old kind, kept in Secrets of
type kubernetes.io/service-account-token, have no end and no audience; they hold as long as their Secret does, and are
verified anew each day, so that their use is seen (`legacy_token_use`).

Counterpart: serviceaccount.JWTTokenAuthenticator.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from pybernetes.api.object import is_deleting, labels_of, object_key, uid_of
from pybernetes.apiserver.authn.legacy_token_use import LegacyTokenUse
from pybernetes.apiserver.authn.service_account_claims import check_claims, groups_of, username
from pybernetes.apiserver.authn.token_authenticator import Authenticated, InvalidToken
from pybernetes.apiserver.questions import Unanswered
from pybernetes.apiserver.reader import Reader
from pybernetes.apiserver.user import User
from pybernetes.component import jws
from pybernetes.component.clock import SYSTEM_CLOCK, Clock
from pybernetes.component.signing_keys import VerifyingKey

LEGACY_ISSUER = "kubernetes/serviceaccount"
_INVALID_SINCE = "kubernetes.io/legacy-token-invalid-since"
_LEGACY_NAMESPACE = "kubernetes.io/serviceaccount/namespace"
_LEGACY_SECRET = "kubernetes.io/serviceaccount/secret.name"
_LEGACY_NAME = "kubernetes.io/serviceaccount/service-account.name"
_LEGACY_UID = "kubernetes.io/serviceaccount/service-account.uid"

_REFUSED_LIMIT = 1000  # each is taken out by whoever had it looked at again, right after


class ServiceAccountTokens:
    """A `TokenAuthenticator`. `issuers` are those whose tokens are ours, the first the one we issue with."""

    def __init__(
        self,
        keys: Iterable[VerifyingKey],
        *,
        issuers: tuple[str, ...],
        api_audiences: tuple[str, ...],
        reader: Reader,
        use: LegacyTokenUse | None = None,
        catch_up: Callable[[], Awaitable[None]] | None = None,
        clock: Clock = SYSTEM_CLOCK,
    ):
        """`use` is told of tokens in secrets that are used; `catch_up` waits until `reader` knows all that is there."""
        self._use = use
        self._catch_up = catch_up
        self._refused: dict[str, None] = {}  # of which it is certain that what they hang on is not there
        self._keys = {key.key_id: key for key in keys}
        self._issuers = frozenset((*issuers, LEGACY_ISSUER))
        self._api_audiences = api_audiences
        self._reader = reader
        self._clock = clock

    def authenticate_token(self, token: str, audiences: tuple[str, ...]) -> Authenticated | None:
        """Raises InvalidToken for a token of ours that does not hold, Unanswered."""
        if token.count(".") != 2:
            return None
        try:
            parsed = jws.parse(token)
        except jws.MalformedToken:
            return None
        if parsed.claims.get("iss") not in self._issuers:
            return None
        if not self._is_signed(parsed):
            raise InvalidToken("invalid bearer token")
        try:
            return self._check(parsed, token, audiences)
        except InvalidToken:
            # Another server may have issued it just now, to an account or a pod that is new too.
            if self._catch_up is None or token in self._refused:
                self._refused.pop(token, None)
                raise
        raise Unanswered(partial(self._look_again, token))

    async def _look_again(self, token: str) -> None:
        assert self._catch_up is not None
        await self._catch_up()
        while len(self._refused) >= _REFUSED_LIMIT:
            del self._refused[next(iter(self._refused))]
        self._refused[token] = None

    def _check(self, parsed: jws.Parsed, token: str, audiences: tuple[str, ...]) -> Authenticated:
        if parsed.claims["iss"] == LEGACY_ISSUER:
            return self._check_legacy(parsed.claims, token, audiences)
        return check_claims(parsed.claims, reader=self._reader, now=self._clock.now(), audiences=audiences)

    def _is_signed(self, parsed: jws.Parsed) -> bool:
        """By the key that the token names; by any of ours when it names none."""
        named = parsed.header.get("kid")
        if named:
            key = self._keys.get(named) if isinstance(named, str) else None
            return key is not None and jws.is_signed_by(parsed, key)
        return any(jws.is_signed_by(parsed, key) for key in self._keys.values())

    def _check_legacy(self, claims: Mapping[str, Any], token: str, audiences: tuple[str, ...]) -> Authenticated:
        shared = tuple(audience for audience in audiences if audience in self._api_audiences)
        if not shared:
            raise InvalidToken("the token is for the API server only")
        fields = (_LEGACY_NAMESPACE, _LEGACY_SECRET, _LEGACY_NAME, _LEGACY_UID)
        namespace, secret_name, name, uid = (str(claims.get(field) or "") for field in fields)
        if claims.get("sub") != username(namespace, name):
            raise InvalidToken("sub claim is invalid")
        secret = self._reader.get("secrets", secret_name, namespace)
        if secret is None or is_deleting(secret):
            raise InvalidToken("Token has been invalidated")
        if _token_in(secret) != token:
            raise InvalidToken("Token does not match server's copy")
        if _INVALID_SINCE in labels_of(secret):
            raise InvalidToken(
                f"the token in secret {namespace}/{secret_name} for service account {namespace}/{name} has been marked "
                "invalid. Use tokens from the TokenRequest API or manually created secret-based tokens, or remove the "
                f"'{_INVALID_SINCE}' label from the secret to temporarily allow use of this token"
            )
        account = self._reader.get("serviceaccounts", name, namespace)
        if account is None:
            raise InvalidToken(f'serviceaccounts "{name}" not found')
        if is_deleting(account):
            raise InvalidToken(f"ServiceAccount {namespace}/{name} has been deleted")
        if uid_of(account) != uid:
            raise InvalidToken(f"ServiceAccount UID ({uid_of(account)}) does not match claim ({uid})")
        depends_on = (
            ("serviceaccounts", object_key(namespace, name)),
            ("secrets", object_key(namespace, secret_name)),
        )
        user = User(username(namespace, name), groups_of(namespace), uid)
        now = self._clock.now()
        if self._use is not None:
            self._use.note(secret, now)
        tomorrow = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        return Authenticated(user, tomorrow.timestamp(), depends_on, shared)


def _token_in(secret: Mapping[str, Any]) -> str:
    try:
        return base64.b64decode((secret.get("data") or {}).get("token") or "").decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
