"""Taking up a changed --encryption-provider-config while the server runs (…-automatic-reload).

The file is read once a minute, as kube-apiserver does, and used if its bytes changed and it is sound; a file that is
not is logged, and the old configuration stays. A new key takes part in reading at once, and writes from then on if
it is the first. Values are not rewritten by themselves: whoever rotates keys updates the objects.
"""

from __future__ import annotations

import logging
from pathlib import Path

from pybernetes.apiserver.encryption.configuration import parse_configuration
from pybernetes.apiserver.encryption.encrypted_store import EncryptedStore
from pybernetes.apiserver.reload_metrics import ENCRYPTION
from pybernetes.component.clock import Clock

log = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 60.0


class EncryptionReload:
    """Follows one file for one store."""

    def __init__(self, path: Path, store: EncryptedStore):
        self._path = path
        self._store = store
        self._in_use = path.read_bytes()
        ENCRYPTION.used(self._in_use)

    async def look(self) -> bool:
        """Use the file if it changed; whether it was used. A file that cannot be is logged and tried again."""
        try:
            content = self._path.read_bytes()
            if content == self._in_use:
                return False
            await self._store.reconfigure(parse_configuration(content))
        except (OSError, ValueError) as error:
            ENCRYPTION.failed()
            log.error("cannot use the changed encryption configuration", extra={"error": str(error)})
            return False
        ENCRYPTION.reloaded(content)
        self._in_use = content
        log.info("encryption configuration reloaded", extra={"path": str(self._path)})
        return True

    async def run(self, clock: Clock) -> None:
        while True:
            await clock.sleep(LOOK_EVERY_SECONDS)
            await self.look()
