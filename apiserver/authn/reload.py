"""Taking up a changed --authentication-config while the server runs.

The file is read every ten seconds and used if its bytes changed and it is sound; one that is not is logged, and what
was configured before stays. What was believed of tokens is then forgotten: each is verified anew.
"""

from __future__ import annotations

import logging
from pathlib import Path

from pybernetes.apiserver.authn.anonymous import AnonymousPolicy
from pybernetes.apiserver.authn.authentication_configuration import parse_configuration
from pybernetes.apiserver.authn.chain import Authenticator
from pybernetes.apiserver.authn.oidc import OidcTokens
from pybernetes.apiserver.reload_metrics import AUTHENTICATION
from pybernetes.component.clock import Clock

log = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 10.0


class ConfigurationReload:
    """Follows one file for one authenticator. `issuers` are those of our own tokens, which the file may not name."""

    def __init__(
        self, path: str, authenticator: Authenticator, oidc: OidcTokens, issuers: tuple[str, ...], anonymous: bool
    ):
        self._path = Path(path)
        self._authenticator = authenticator
        self._oidc = oidc
        self._issuers = issuers
        self._anonymous = anonymous
        self._in_use = self._path.read_bytes() if path else b""
        if path:
            AUTHENTICATION.used(self._in_use)

    async def look(self) -> bool:
        """Use the file if it changed; whether it was used. One that cannot be is logged and tried again."""
        try:
            content = self._path.read_bytes()
            if content == self._in_use:
                return False
            found = parse_configuration(content, disallowed_issuers=self._issuers)
        except (OSError, ValueError) as error:
            AUTHENTICATION.failed()
            log.error("cannot use the changed authentication configuration", extra={"error": str(error)})
            return False
        await self._oidc.exchange(found.issuers)
        self._authenticator.anonymous = found.anonymous or AnonymousPolicy(self._anonymous)
        self._authenticator.forget_tokens()
        AUTHENTICATION.reloaded(content)
        self._in_use = content
        log.info("authentication configuration reloaded", extra={"path": str(self._path)})
        return True

    async def run(self, clock: Clock) -> None:
        while True:
            await clock.sleep(LOOK_EVERY_SECONDS)
            await self.look()
