"""The addresses of the servers that run: who leaves goes at once, who is killed goes after a while."""

from __future__ import annotations

import asyncio
from pathlib import Path

from pybernetes.apiserver.bootstrap.endpoint_lease import LEASE_SECONDS, RENEW_EVERY_SECONDS, EndpointLease
from pybernetes.apiserver.storage.sqlite import SQLiteStore
from pybernetes.component.clock import FakeClock


async def test_who_leaves_and_who_is_killed(tmp_path: Path) -> None:
    clock = FakeClock()
    store = await SQLiteStore.open(tmp_path / "state.db", clock=clock)
    one, twin, other = (
        EndpointLease(store, address, holder=holder)
        for address, holder in (("10.0.0.1", "a"), ("10.0.0.1", "b"), ("10.0.0.2", "c"))
    )
    for lease in (one, twin, other):
        await lease.renew()
    assert await one.addresses() == ["10.0.0.1", "10.0.0.2"]
    await one.release()
    assert await other.addresses() == ["10.0.0.1", "10.0.0.2"]  # another server is there too
    await twin.release()
    assert await other.addresses() == ["10.0.0.2"]
    await twin.renew()
    for _ in range(3):  # the other one renews no more
        await clock.advance(RENEW_EVERY_SECONDS)
        await twin.renew()
    async with asyncio.timeout(5):
        while await twin.addresses() != ["10.0.0.1"]:
            await asyncio.sleep(0.001)
    await clock.advance(2 * LEASE_SECONDS)
    async with asyncio.timeout(5):
        while await twin.addresses():
            await asyncio.sleep(0.001)
    await twin.renew()  # it was late, and is there again
    assert await twin.addresses() == ["10.0.0.1"]
    await store.close()
