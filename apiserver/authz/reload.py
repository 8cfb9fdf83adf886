"""Taking up a changed --authorization-config while the server runs.

The file is read every ten seconds and used if its bytes changed and it is sound; one that is not is logged, and those
who were asked before are asked still. What follows the cluster (RBAC, Node) stays as it is; webhooks are made anew.
"""

from __future__ import annotations

import logging
from pathlib import Path

from pybernetes.apiserver.authz.authorization_configuration import parse_configuration
from pybernetes.apiserver.authz.chain import AuthorizerChain, make_authorizers
from pybernetes.apiserver.reader import Reader
from pybernetes.apiserver.reload_metrics import AUTHORIZATION
from pybernetes.component.clock import Clock

log = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 10.0


class AuthorizationReload:
    """Follows one file for one chain."""

    def __init__(self, path: str, chain: AuthorizerChain, reader: Reader, clock: Clock):
        self._path = Path(path)
        self._chain = chain
        self._reader = reader
        self._clock = clock
        self._in_use = self._path.read_bytes()
        AUTHORIZATION.used(self._in_use)

    async def look(self) -> bool:
        """Use the file if it changed; whether it was used. One that cannot be is logged and tried again."""
        try:
            content = self._path.read_bytes()
            if content == self._in_use:
                return False
            entries, known = parse_configuration(content), self._chain.authorizers
            authorizers = make_authorizers(entries, self._reader, known=known, clock=self._clock)
        except (OSError, ValueError) as error:
            AUTHORIZATION.failed()
            log.error("cannot use the changed authorization configuration", extra={"error": str(error)})
            return False
        await self._chain.exchange(authorizers)
        AUTHORIZATION.reloaded(content)
        self._in_use = content
        log.info("authorization configuration reloaded", extra={"path": str(self._path)})
        return True

    async def run(self) -> None:
        while True:
            await self._clock.sleep(LOOK_EVERY_SECONDS)
            await self.look()
