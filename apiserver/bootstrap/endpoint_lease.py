"""Which API servers run, by their addresses: each keeps a key that goes by itself when nobody renews it.

Several servers may share an address (``--permit-port-sharing``), so the key names the server too: the address is there
as long as one of them is. Counterpart: kube-apiserver's lease endpoint reconciler with its ``masterleases``.
"""

from __future__ import annotations

from pybernetes.apiserver.storage.interface import KeyExists, KeyNotFound, RevisionMismatch, Store

LEASES = "/masterleases/"
LEASE_SECONDS = 15
RENEW_EVERY_SECONDS = 10.0


class EndpointLease:
    """The key of one server, and what it sees of the others'. Raises `StoreError`."""

    def __init__(self, store: Store, address: str, *, holder: str):
        self._store = store
        self._key = f"{LEASES}{address}/{holder}"
        self._revision = 0

    async def renew(self) -> None:
        if self._revision:
            try:
                self._revision = await self._store.update(
                    self._key, b"", expected_revision=self._revision, ttl_seconds=LEASE_SECONDS
                )
                return
            except KeyNotFound:
                pass  # it came too late
            except RevisionMismatch as error:
                self._revision = error.current.revision  # a renewal whose answer was lost
                return
        try:
            self._revision = await self._store.create(self._key, b"", ttl_seconds=LEASE_SECONDS)
        except KeyExists as error:
            self._revision = error.current.revision if error.current is not None else 0

    async def release(self) -> None:
        revision, self._revision = self._revision, 0
        if revision:
            try:
                await self._store.delete(self._key, expected_revision=revision)
            except (KeyNotFound, RevisionMismatch):
                return  # it goes by itself

    async def addresses(self) -> list[str]:
        """Of all servers that run, sorted."""
        held = await self._store.list(LEASES)
        return sorted({item.key.removeprefix(LEASES).partition("/")[0] for item in held.items})
