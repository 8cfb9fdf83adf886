"""Time limits of keys in etcd: a key goes when the lease that it is attached to runs out.

A lease costs etcd memory and work of its own, and a busy cluster writes many Events a second that all live for an
hour. So keys with the same time limit share one: a lease is granted for somewhat longer than asked, and is used
for as long as it still has the time asked for to run. Kubernetes does the same with the same allowance (5 %, one
minute at most, a thousand keys).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from pybernetes.apiserver.storage import etcd_rpc
from pybernetes.apiserver.storage.etcd_endpoints import Endpoints
from pybernetes.apiserver.storage.etcdpb import etcd_pb2 as pb
from pybernetes.component.clock import Clock

_ALLOWANCE = 0.05
_LONGEST_ALLOWANCE_SECONDS = 60
_KEYS_A_LEASE = 1000


@dataclass(slots=True)
class _Lease:
    id: int
    ends: float
    keys: int = 0


class Leases:
    """Hands out leases for keys with a time limit."""

    def __init__(self, endpoints: Endpoints, *, clock: Clock) -> None:
        self._endpoints = endpoints
        self._clock = clock
        self._current: dict[int, _Lease] = {}
        self._granting = asyncio.Lock()

    async def get(self, ttl_seconds: int) -> int:
        """The id of a lease that runs for `ttl_seconds` at least and not much longer."""
        async with self._granting:
            lease = self._current.get(ttl_seconds)
            if lease is None or not self._has_room(lease, ttl_seconds):
                lease = await self._grant(ttl_seconds)
            lease.keys += 1
            return lease.id

    def forget(self, lease_id: int) -> None:
        """Hand out a lease no more, because etcd does not know it."""
        self._current = {ttl: lease for ttl, lease in self._current.items() if lease.id != lease_id}

    def _has_room(self, lease: _Lease, ttl_seconds: int) -> bool:
        return lease.keys < _KEYS_A_LEASE and lease.ends >= self._clock.monotonic() + ttl_seconds

    async def _grant(self, ttl_seconds: int) -> _Lease:
        """A new lease. Safe to ask for again: one that nobody uses runs out by itself."""
        now = self._clock.monotonic()
        allowance = min(int(ttl_seconds * _ALLOWANCE), _LONGEST_ALLOWANCE_SECONDS)
        granted = await self._endpoints.read(etcd_rpc.LEASE_GRANT, pb.LeaseGrantRequest(TTL=ttl_seconds + allowance))
        lease = _Lease(granted.ID, now + ttl_seconds + allowance)
        self._current = {ttl: held for ttl, held in self._current.items() if held.ends > now}
        self._current[ttl_seconds] = lease
        return lease
