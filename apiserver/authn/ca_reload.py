"""Taking up a changed file of CAs that client certificates are judged by, while the server runs.

A file that cannot be used is logged and looked at again; until then those CAs are believed that were before. Where
handshakes verify certificates too (see `pki.any_client`), those of a new CA pass from the next start on.

Counterpart: dynamiccertificates.DynamicFileCAContent.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from cryptography import x509

from pybernetes.api.errors import APIError
from pybernetes.component.clock import Clock

log = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 60.0


class CaReload:
    """Follows one file. `changed` is given what it holds now, before `told` is called."""

    def __init__(
        self,
        path: str,
        changed: Callable[[list[x509.Certificate]], None],
        told: Callable[[], Awaitable[None]],
        clock: Clock,
    ):
        self._path = Path(path)
        self._changed = changed
        self._told = told
        self._clock = clock
        self._in_use = self._path.read_bytes()

    async def look(self) -> bool:
        """Use the file if it changed; whether it was used."""
        try:
            content = self._path.read_bytes()
            if content == self._in_use:
                return False
            cas = x509.load_pem_x509_certificates(content)
        except (OSError, ValueError) as error:
            log.error("cannot use the changed file of CAs", extra={"path": str(self._path), "error": str(error)})
            return False
        self._changed(cas)
        self._in_use = content
        log.info("CAs of clients reloaded", extra={"path": str(self._path)})
        try:
            await self._told()
        except APIError as error:
            log.error("cannot tell others of the changed CAs", extra={"error": str(error)})
        return True

    async def run(self) -> None:
        while True:
            await self._clock.sleep(LOOK_EVERY_SECONDS)
            await self.look()
