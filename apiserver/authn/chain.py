"""All authenticators as one: from a request's headers and certificate to its user.

A request is asked for, in this order: a front proxy's headers, a client certificate, a bearer token (in the
Authorization header, or in the subprotocols of a WebSocket, since browsers cannot set headers on one), and last
whether it may go without. Everyone but anonymous is made a member of system:authenticated.

Invariant: a bearer token that nobody knows is refused, also where anonymous requests are allowed; or a client whose
token ran out would go on with fewer rights and baffling errors instead of fetching a new one. So is a certificate that
does not hold, where nothing else says who asks.

What only a webhook or an issuer can tell is asked for through `questions`: `authenticate` then raises `Unanswered`.
"""

from __future__ import annotations

import base64
import binascii
import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace

from pybernetes.api.errors import aggregate, unauthorized
from pybernetes.apiserver.authn.anonymous import ANONYMOUS_USER, AnonymousPolicy
from pybernetes.apiserver.authn.certificates import CertificateUsers
from pybernetes.apiserver.authn.front_proxy import FrontProxyUsers
from pybernetes.apiserver.authn.membership import with_authenticated
from pybernetes.apiserver.authn.token_authenticator import Authenticated, InvalidToken, TokenAuthenticator
from pybernetes.apiserver.authn.token_cache import TokenCache
from pybernetes.apiserver.reader import Reader
from pybernetes.apiserver.user import User
from pybernetes.component.clock import SYSTEM_CLOCK, Clock

log = logging.getLogger(__name__)

WEBSOCKET_TOKEN_PREFIX = "base64url.bearer.authorization.k8s.io."


class Authenticator:
    """The API server's authentication. Synchronous; a few microseconds for credentials seen before."""

    def __init__(
        self,
        reader: Reader,
        *,
        tokens: Iterable[TokenAuthenticator] = (),
        certificates: CertificateUsers | None = None,
        front_proxy: FrontProxyUsers | None = None,
        api_audiences: tuple[str, ...] = (),
        anonymous: AnonymousPolicy = AnonymousPolicy(),  # noqa: B008
        clock: Clock = SYSTEM_CLOCK,
    ):
        self._tokens = tuple(tokens)
        self._cache = TokenCache(reader)
        self._certificates = certificates
        self._front_proxy = front_proxy
        self._api_audiences = api_audiences
        self.anonymous = anonymous
        self._clock = clock

    @property
    def api_audiences(self) -> tuple[str, ...]:
        """Whom tokens for the API server itself name."""
        return self._api_audiences

    def authenticate(self, headers: Mapping[str, str], peer_certificate: bytes | None = None, path: str = "") -> User:
        """The user of a request. Raises `unauthorized` (401), Unanswered.

        `headers` is asked by lower-case names; `peer_certificate` is the DER of a client certificate whose key
        the client holds; nothing else is known of it. The same credentials give the same `User` object again.
        """
        now_seconds = self._clock.now().timestamp()
        if peer_certificate is not None:
            user = self._by_certificate(headers, peer_certificate, now_seconds)
            if user is not None:
                return user
        header = headers.get("authorization")
        if header is not None:
            user = self._cache.get(header, now_seconds)
            if user is not None:
                return user
            token = bearer_token(header)
            if token:
                return self._by_token(header, token)
        protocols = headers.get("sec-websocket-protocol")
        if protocols is not None and (token := websocket_token(protocols)):
            key = f"Bearer {token}"
            return self._cache.get(key, now_seconds) or self._by_token(key, token)
        if peer_certificate is not None and self._refuses(peer_certificate, now_seconds):
            raise unauthorized()
        if not self.anonymous.lets_in(path):
            raise unauthorized()
        return ANONYMOUS_USER

    def forget_tokens(self) -> None:
        """Verify every token anew at its next use: what they are verified by has changed."""
        self._cache.clear()

    def check_token(self, token: str, audiences: tuple[str, ...] = ()) -> Authenticated | None:
        """Whose token this is, for one of `audiences` (the API server's own by default); None if nobody's.

        Nothing is cached. Raises InvalidToken with what all who know such tokens said, Unanswered.
        """
        refusals: list[str] = []
        for authenticator in self._tokens:
            try:
                found = authenticator.authenticate_token(token, audiences or self._api_audiences)
            except InvalidToken as error:
                refusals.append(str(error))
                continue
            if found is not None:
                return replace(found, user=with_authenticated(found.user))
        if refusals:
            raise InvalidToken(aggregate(refusals))
        return None

    def _refuses(self, certificate_der: bytes, now_seconds: float) -> bool:
        return self._certificates is not None and self._certificates.refuses(certificate_der, now_seconds)

    def _by_token(self, header: str, token: str) -> User:
        try:
            found = self.check_token(token)
        except InvalidToken as error:
            log.info("refused a bearer token: %s", error)
            raise unauthorized() from error
        if found is None:
            raise unauthorized()
        self._cache.put(header, found, found.user)
        return found.user

    def _by_certificate(self, headers: Mapping[str, str], certificate_der: bytes, now_seconds: float) -> User | None:
        if self._front_proxy is not None:
            user = self._front_proxy.user_of(headers, certificate_der, now_seconds)
            if user is not None:
                return with_authenticated(user)
        if self._certificates is None:
            return None
        return self._certificates.user_of(certificate_der, now_seconds)


def bearer_token(header: str) -> str:
    """The token of an Authorization header, or the empty string when it carries none."""
    scheme, _, rest = header.strip().partition(" ")
    if scheme.lower() != "bearer":
        return ""
    return rest.split(" ", 1)[0]


def websocket_token(protocols: str) -> str:
    """The token in a Sec-WebSocket-Protocol header, or the empty string. Raises `unauthorized` for a broken one."""
    for protocol in protocols.split(","):
        name = protocol.strip()
        if name.startswith(WEBSOCKET_TOKEN_PREFIX):
            encoded = name[len(WEBSOCKET_TOKEN_PREFIX) :]
            try:
                padded = encoded + "=" * (-len(encoded) % 4)
                return base64.b64decode(padded, altchars=b"-_", validate=True).decode()
            except (binascii.Error, UnicodeDecodeError, ValueError) as error:
                raise unauthorized() from error
    return ""
