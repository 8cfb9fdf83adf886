"""An OpenID Connect issuer as others see it: its discovery document and its keys, fetched when a token needs them.

    token with a key that is not known → `fetch`: discovery document (once) → keys → the token is looked at again

Fetches of the same moment are one, and there are never two within a second, so that tokens with invented keys cost
their senders more than us. Keys that were fetched are kept until another fetch brings others.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from typing import Any

import aiohttp
import orjson

from pybernetes.apiserver.authn.json_web_keys import JsonWebKey, parse_key_set
from pybernetes.component.clock import SYSTEM_CLOCK, Clock

log = logging.getLogger(__name__)

WELL_KNOWN = "/.well-known/openid-configuration"
FETCH_EVERY_SECONDS = 1.0
_TIMEOUT = aiohttp.ClientTimeout(total=30)
_MAX_DOCUMENT_BYTES = 1 << 20


class OidcProvider:
    """One issuer. `ca_pem` are the CAs it is trusted by, the system's if empty."""

    def __init__(self, issuer: str, *, discovery_url: str = "", ca_pem: str = "", clock: Clock = SYSTEM_CLOCK):
        self._issuer = issuer
        self._discovery_url = discovery_url or issuer.rstrip("/") + WELL_KNOWN
        self._ca_pem = ca_pem
        self._clock = clock
        self._keys_url = ""
        self._session: aiohttp.ClientSession | None = None
        self._fetching: asyncio.Task[None] | None = None
        self._fetched_at = float("-inf")
        self.keys: tuple[JsonWebKey, ...] | None = None
        self.failure = ""

    @property
    def is_due(self) -> bool:
        """Whether asking the issuer (again) could bring something new."""
        return self._clock.monotonic() - self._fetched_at >= FETCH_EVERY_SECONDS

    async def fetch(self) -> None:
        """Bring `keys` up to date; a failure is kept in `failure`, and what was known stays."""
        if self._fetching is None:
            self._fetching = asyncio.create_task(self._fetch(), name=f"keys of {self._issuer}")
        await asyncio.shield(self._fetching)

    async def _fetch(self) -> None:
        try:
            if not self._keys_url:
                self._keys_url = _keys_url(await self._get(self._discovery_url), self._issuer)
            self.keys = parse_key_set(await self._get(self._keys_url))
            self.failure = ""
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            self.failure = f"{type(error).__name__}: {error}"
            log.warning("cannot get an issuer's keys", extra={"issuer": self._issuer, "error": self.failure})
        finally:
            self._fetched_at = self._clock.monotonic()
            self._fetching = None

    async def claim_token(self, url: str, access_token: str) -> str:
        """The token that an endpoint of distributed claims gives. Raises ClientError, OSError, ValueError."""
        headers = {"Authorization": f"Bearer {access_token}"} if access_token else {}
        async with self._connected().get(url, headers=headers) as answer:
            content = await answer.content.read(_MAX_DOCUMENT_BYTES)
            if answer.status != 200:
                raise ValueError(f"error while getting distributed claim JWT: {answer.status} {answer.reason}")
        return content.decode("ascii", "replace").strip()

    def _connected(self) -> aiohttp.ClientSession:
        if self._session is None:
            context = ssl.create_default_context(cadata=self._ca_pem or None)
            connector = aiohttp.TCPConnector(ssl=context)
            self._session = aiohttp.ClientSession(timeout=_TIMEOUT, connector=connector, trust_env=True)
        return self._session

    async def _get(self, url: str) -> Any:
        async with self._connected().get(url) as answer:
            if answer.status != 200:
                raise ValueError(f"{url} answered {answer.status}")
            content = await answer.content.read(_MAX_DOCUMENT_BYTES)
        return orjson.loads(content)

    async def close(self) -> None:
        if self._fetching is not None:
            self._fetching.cancel()
        if self._session is not None:
            await self._session.close()


def _keys_url(document: Any, issuer: str) -> str:
    """Raises ValueError for a document of another issuer, or without keys."""
    found = document if isinstance(document, dict) else {}
    if found.get("issuer") != issuer:
        raise ValueError(f"issuer URL provided ({issuer}) did not match the discovery document's {found.get('issuer')}")
    if not isinstance(found.get("jwks_uri"), str):
        raise ValueError("the discovery document names no jwks_uri")
    return str(found["jwks_uri"])
