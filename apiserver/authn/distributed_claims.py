"""Groups that a token does not hold itself but says where to ask for: OpenID Connect's distributed claims.

    token → ``_claim_names`` → a source in ``_claim_sources`` → its endpoint → another token, which holds the groups

The other token is verified as any, by the keys of the issuer that it names. Endpoints and keys are asked through
`questions`, and an endpoint's answer is remembered as long as a token is. Only the claim of the groups is looked up so,
and only if it is mapped as a claim; sources that hold their token themselves (aggregated claims) are left alone, as in
Kubernetes.

Counterpart: claimResolver of plugin/pkg/authenticator/token/oidc.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from pybernetes.apiserver.authn.oidc_provider import OidcProvider
from pybernetes.apiserver.authn.token_authenticator import InvalidToken
from pybernetes.apiserver.questions import Unanswered
from pybernetes.component import jws
from pybernetes.component.clock import Clock

REMEMBERED_SECONDS = 10.0
_ANSWER_LIMIT = 1000
_PROVIDER_LIMIT = 16  # issuers that endpoints' tokens name; the endpoints are named by tokens that were verified

Verify = Callable[[jws.Parsed, OidcProvider], object]


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a claim is to be had."""

    url: str
    access_token: str


@dataclass(frozen=True, slots=True)
class _Answered:
    """What an endpoint said: a token, or why there is none."""

    token: str
    failure: str
    until: float


class DistributedClaims:
    """Looks up the claims of one issuer's tokens. `make` gives the provider of another issuer, trusted alike."""

    def __init__(self, make: Callable[[str], OidcProvider], clock: Clock):
        self._make = make
        self._clock = clock
        self._answers: dict[_Source, _Answered] = {}
        self._providers: dict[str, OidcProvider] = {}

    def expanded(
        self, claims: Mapping[str, Any], claim: str, provider: OidcProvider, verify: Verify
    ) -> Mapping[str, Any]:
        """The claims, with that one looked up if it has to be. Raises InvalidToken, Unanswered.

        `provider` asks the endpoint; `verify` checks the token that it gives, or raises.
        """
        source = _source_of(claims, claim) if claim and claim not in claims else None
        if source is None:
            return claims
        answer = self._answers.get(source)
        if answer is None or answer.until < self._clock.monotonic():
            raise Unanswered(lambda: self._ask(source, provider))
        if answer.failure:
            raise InvalidToken(f'oidc: while getting distributed claim "{claim}": {answer.failure}')
        try:
            parsed = jws.parse(answer.token)
        except jws.MalformedToken as error:
            why = f"getting untrusted issuer from endpoint {source.url} failed"
            raise InvalidToken(f'oidc: {why} for claim "{claim}": {error}') from error
        verify(parsed, self._provider(parsed, source, claim))
        if claim not in parsed.claims:
            why = f'jwt returned by distributed claim endpoint "{source.url}" did not contain claim: {claim}'
            raise InvalidToken(f"oidc: {why}")
        return {**claims, claim: parsed.claims[claim]}

    def _provider(self, parsed: jws.Parsed, source: _Source, claim: str) -> OidcProvider:
        named = parsed.claims.get("iss")
        if not isinstance(named, str) or not named.startswith("https://"):
            why = f"getting untrusted issuer from endpoint {source.url} failed"
            raise InvalidToken(f'oidc: {why} for claim "{claim}": it names no issuer')
        found = self._providers.get(named)
        if found is None:
            if len(self._providers) >= _PROVIDER_LIMIT:
                raise InvalidToken("oidc: too many issuers of distributed claims")
            found = self._providers[named] = self._make(named)
        return found

    async def _ask(self, source: _Source, provider: OidcProvider) -> None:
        token = failure = ""
        try:
            token = await provider.claim_token(source.url, source.access_token)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            failure = str(error) or type(error).__name__
        while len(self._answers) >= _ANSWER_LIMIT:
            del self._answers[next(iter(self._answers))]
        until = self._clock.monotonic() + REMEMBERED_SECONDS
        self._answers[source] = _Answered(token, failure, until)

    async def close(self) -> None:
        for provider in self._providers.values():
            await provider.close()


def _source_of(claims: Mapping[str, Any], claim: str) -> _Source | None:
    """Where a claim is; None where nothing says so, or where it is in the token itself. Raises InvalidToken."""
    names, sources = claims.get("_claim_names"), claims.get("_claim_sources")
    if names is None:
        return None
    if not isinstance(names, dict):
        raise InvalidToken("oidc: error parsing distributed claim names: not an object")
    if sources is None:
        raise InvalidToken("oidc: no claim sources")
    if not isinstance(sources, dict):
        raise InvalidToken("oidc: could not parse claim sources: not an object")
    if claim not in names:
        return None
    found = sources.get(names[claim]) if isinstance(names[claim], str) else None
    if not isinstance(found, dict):
        raise InvalidToken(f"oidc: id token _claim_names contained a source {names[claim]} missing in _claims_sources")
    url = str(found.get("endpoint") or "")
    return _Source(url, str(found.get("access_token") or "")) if url else None
