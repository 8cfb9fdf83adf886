"""Tokens of OpenID Connect issuers: their signature, times and audience, and then whom they name.

A token is looked at by the issuer that it names and by no other. Keys come from `OidcProvider`; a token whose key is
not among them is worth one more fetch, through `questions`. Counterpart: plugin/pkg/authenticator/token/oidc.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from pybernetes.apiserver.authn.claim_mapping import user_of
from pybernetes.apiserver.authn.distributed_claims import DistributedClaims
from pybernetes.apiserver.authn.json_web_keys import verifies
from pybernetes.apiserver.authn.jwt_issuers import JwtIssuer
from pybernetes.apiserver.authn.oidc_provider import OidcProvider
from pybernetes.apiserver.authn.token_authenticator import Authenticated, InvalidToken
from pybernetes.apiserver.questions import Unanswered
from pybernetes.component import jws
from pybernetes.component.clock import SYSTEM_CLOCK, Clock

NOT_BEFORE_LEEWAY_SECONDS = 300.0
# How long a user that came of a token is believed before the token is verified again, as Kubernetes' token cache.
REMEMBERED_SECONDS = 10.0


class OidcTokens:
    """A `TokenAuthenticator` for all configured issuers, which can be exchanged while the server runs."""

    def __init__(self, issuers: Iterable[JwtIssuer], *, api_audiences: tuple[str, ...], clock: Clock = SYSTEM_CLOCK):
        self._api_audiences = api_audiences
        self._clock = clock
        self._issuers: dict[str, tuple[JwtIssuer, OidcProvider]] = {}
        self._distributed: dict[str, DistributedClaims] = {}
        self._use(issuers)

    def _use(self, issuers: Iterable[JwtIssuer]) -> None:
        self._issuers = {issuer.url: (issuer, self._provider(issuer)) for issuer in issuers}
        self._distributed = {url: self._claims_of(issuer) for url, (issuer, _) in self._issuers.items()}

    def _claims_of(self, issuer: JwtIssuer) -> DistributedClaims:
        def make(url: str) -> OidcProvider:
            return OidcProvider(url, ca_pem=issuer.ca_pem, clock=self._clock)

        return DistributedClaims(make, self._clock)

    def _provider(self, issuer: JwtIssuer) -> OidcProvider:
        """The one that is there already, with the keys it has, if nothing changed that it depends on."""
        known = self._issuers.get(issuer.url)
        if known is not None and (known[0].discovery_url, known[0].ca_pem) == (issuer.discovery_url, issuer.ca_pem):
            return known[1]
        return OidcProvider(issuer.url, discovery_url=issuer.discovery_url, ca_pem=issuer.ca_pem, clock=self._clock)

    async def exchange(self, issuers: Iterable[JwtIssuer]) -> None:
        """Take other issuers from now on."""
        before, distributed = {provider for _, provider in self._issuers.values()}, self._distributed
        self._use(issuers)
        for claims in distributed.values():
            await claims.close()
        for provider in before - {provider for _, provider in self._issuers.values()}:
            await provider.close()

    async def close(self) -> None:
        await self.exchange(())

    def authenticate_token(self, token: str, audiences: tuple[str, ...]) -> Authenticated | None:
        """Raises InvalidToken for a token of a known issuer that does not hold, Unanswered."""
        if not self._issuers or token.count(".") != 2:
            return None
        try:
            parsed = jws.parse(token)
        except jws.MalformedToken:
            return None
        named = parsed.claims.get("iss")
        known = self._issuers.get(_GOOGLE.get(named, named)) if isinstance(named, str) else None
        if known is None:
            return None
        shared = tuple(audience for audience in audiences if audience in self._api_audiences)
        if not shared:
            return None
        issuer, provider = known
        expires_at = self._verify(parsed, issuer, provider)
        claims = self._distributed[issuer.url].expanded(
            parsed.claims,
            issuer.groups.claim,
            provider,
            lambda other, others: self._verify(other, issuer, others),
        )
        user = user_of(claims, issuer)
        believed_until = self._clock.now().timestamp() + REMEMBERED_SECONDS
        return Authenticated(user, expires_at=min(expires_at, believed_until), audiences=shared)

    def _verify(self, parsed: jws.Parsed, issuer: JwtIssuer, provider: OidcProvider) -> float:
        """The token's end. Raises InvalidToken, Unanswered."""
        expires_at = _check_times(parsed.claims, self._clock.now())
        algorithm = parsed.header.get("alg")
        if algorithm not in issuer.algorithms:
            raise InvalidToken(
                f"oidc: verify token: oidc: id token signed with unsupported algorithm, expected "
                f'["{" ".join(issuer.algorithms)}"] got "{algorithm}"'
            )
        if provider.keys is None or not verifies(parsed, provider.keys):
            if provider.is_due:
                raise Unanswered(provider.fetch)
            if provider.keys is None:
                raise InvalidToken("oidc: authenticator not initialized")
            raise InvalidToken("oidc: verify token: failed to verify signature: failed to verify id token signature")
        _check_audience(parsed.claims, issuer)
        return expires_at


_GOOGLE = {"accounts.google.com": "https://accounts.google.com"}


def _check_times(claims: Mapping[str, Any], now: datetime) -> float:
    expires_at, not_before = claims.get("exp"), claims.get("nbf", 0)
    if not isinstance(expires_at, int | float) or not isinstance(not_before, int | float):
        raise InvalidToken("oidc: verify token: oidc: failed to unmarshal claims: times must be numbers")
    seconds = now.timestamp()
    if seconds > expires_at:
        end = datetime.fromtimestamp(expires_at, UTC).strftime("%Y-%m-%d %H:%M:%S +0000 UTC")
        raise InvalidToken(f"oidc: verify token: oidc: token is expired (Token Expiry: {end})")
    if seconds + NOT_BEFORE_LEEWAY_SECONDS < not_before:
        raise InvalidToken(
            f"oidc: verify token: oidc: current time {now} before the nbf (not before) time: {not_before}"
        )
    return float(expires_at)


def _check_audience(claims: Mapping[str, Any], issuer: JwtIssuer) -> None:
    named = claims.get("aud") or []
    named = [named] if isinstance(named, str) else named
    if not isinstance(named, list) or not any(audience in issuer.audiences for audience in named):
        expected = " ".join(f'"{one}"' for one in sorted(issuer.audiences))
        got = " ".join(f'"{one}"' for one in named) if isinstance(named, list) else named
        raise InvalidToken(f"oidc: verify token: oidc: expected audience in [{expected}] got [{got}]")
