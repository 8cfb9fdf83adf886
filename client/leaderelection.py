"""One active copy of a component: whoever holds the Lease does the work, the others wait.

The holder writes renewTime every retry period. Another takes over when it has not seen the lease change for a
whole lease duration, by its own clock, so clocks need not agree. A holder that cannot renew within the renew
deadline stops, before anyone else may begin, since the deadline is shorter than the duration:

    retry period (2 s)  <  renew deadline (10 s)  <  lease duration (15 s)

Counterpart: client-go's tools/leaderelection with a LeaseLock.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from pybernetes.api.errors import APIError, is_not_found
from pybernetes.api.object import Json, deep_copy, format_micro_time
from pybernetes.client.client import Client
from pybernetes.client.transport import TransportError
from pybernetes.component.clock import SYSTEM_CLOCK, Clock

log = logging.getLogger(__name__)

LEASES = "leases.coordination.k8s.io"
LEASE_DURATION_SECONDS = 15.0
RENEW_DEADLINE_SECONDS = 10.0
RETRY_PERIOD_SECONDS = 2.0
_JITTER = 1.2  # a wait is spread over up to so much more of its length


class LeadershipLostError(Exception):
    """Another may be active now, or nobody can tell: whoever led has to end."""


@dataclass(frozen=True, slots=True)
class ElectionTimes:
    """Seconds; see the module's docstring. Raises ValueError when they do not fit each other."""

    lease_duration: float = LEASE_DURATION_SECONDS
    renew_deadline: float = RENEW_DEADLINE_SECONDS
    retry_period: float = RETRY_PERIOD_SECONDS

    def __post_init__(self) -> None:
        if self.lease_duration <= self.renew_deadline:
            raise ValueError("leaseDuration must be greater than renewDeadline")
        if self.renew_deadline <= _JITTER * self.retry_period:
            raise ValueError("renewDeadline must be greater than retryPeriod*JitterFactor")


def next_lease_spec(current: Json | None, identity: str, seconds: float, now: datetime) -> Json:
    """The spec with which `identity` takes or renews a lease."""
    current = current or {}
    moment = format_micro_time(now)
    spec = {
        **current,
        "holderIdentity": identity,
        "leaseDurationSeconds": int(seconds) or 1,
        "renewTime": moment,
    }
    if current.get("holderIdentity") == identity:
        spec.setdefault("acquireTime", moment)
        spec.setdefault("leaseTransitions", 0)
    else:
        spec["acquireTime"] = moment
        spec["leaseTransitions"] = (current.get("leaseTransitions") or 0) + (1 if current else 0)
    return spec


class LeaderElector:
    """One candidate for one lease."""

    def __init__(
        self,
        client: Client,
        lease_name: str,
        identity: str,
        *,
        namespace: str = "kube-system",
        times: ElectionTimes | None = None,
        clock: Clock = SYSTEM_CLOCK,
    ):
        self._client = client
        self._name, self._namespace, self._identity = lease_name, namespace, identity
        self._times = times or ElectionTimes()
        self._clock = clock
        self._observed: Json | None = None
        self._observed_at = 0.0
        self.is_leader = False

    async def acquire(self) -> None:
        """Wait until the lease is ours."""
        while not await self._try():
            await self._clock.sleep(self._times.retry_period * random.uniform(1, _JITTER))
        self.is_leader = True
        log.info("became leader", extra={"lease": self._name, "identity": self._identity})

    async def hold(self) -> None:
        """Renew until it cannot be done. Raises `LeadershipLostError`."""
        renewed_at = self._clock.monotonic()
        while True:
            await self._clock.sleep(self._times.retry_period)
            remaining = renewed_at + self._times.renew_deadline - self._clock.monotonic()
            if await self._try_within(remaining):
                renewed_at = self._clock.monotonic()
            elif self._clock.monotonic() - renewed_at >= self._times.renew_deadline or self._held_by_other():
                self.is_leader = False
                raise LeadershipLostError(f"lost lease {self._namespace}/{self._name}")

    async def release(self) -> None:
        """Give the lease up, so that the next one need not wait for it to run out."""
        if not self.is_leader or self._observed is None:
            return
        self.is_leader = False
        lease, moment = deep_copy(self._observed), format_micro_time(self._clock.now())
        lease["spec"].pop("holderIdentity", None)
        lease["spec"] |= {"leaseDurationSeconds": 1, "renewTime": moment, "acquireTime": moment}
        try:
            await self._client.update(LEASES, lease)
        except (APIError, TransportError) as error:
            log.warning("lease not released", extra={"lease": self._name, "error": str(error)})

    async def _try_within(self, seconds: float) -> bool:
        """One try, given up when the time is over: a request that hangs must not keep us leading."""
        attempt = asyncio.ensure_future(self._try())
        limit = asyncio.ensure_future(self._clock.sleep(seconds))
        try:
            await asyncio.wait((attempt, limit), return_when=asyncio.FIRST_COMPLETED)
            return attempt.done() and attempt.result()
        finally:
            attempt.cancel()
            limit.cancel()

    async def _try(self) -> bool:
        """Take or renew the lease. False when another holds it or the server cannot be asked."""
        try:
            return await self._take()
        except (APIError, TransportError) as error:
            log.info("lease not taken", extra={"lease": self._name, "error": str(error)})
            return False

    async def _take(self) -> bool:
        if self.is_leader and self._observed is not None:
            try:  # nobody else writes our lease while we renew it: one request will do
                self._observe(await self._client.update(LEASES, self._wanted(self._observed)))
                return True
            except APIError as error:
                log.debug("lease changed under us", extra={"lease": self._name, "error": str(error)})
        try:
            lease = await self._client.get(LEASES, self._name, self._namespace)
        except APIError as error:
            if not is_not_found(error):
                raise
            self._observe(await self._client.create(LEASES, self._new()))
            return True
        self._observe(lease)
        if self._held_by_other() and not self._ran_out():
            return False
        self._observe(await self._client.update(LEASES, self._wanted(lease)))
        return True

    def _observe(self, lease: Json) -> None:
        if self._observed is None or self._observed.get("spec") != lease.get("spec"):
            self._observed_at = self._clock.monotonic()
        self._observed = lease

    def _held_by_other(self) -> bool:
        holder = ((self._observed or {}).get("spec") or {}).get("holderIdentity")
        return bool(holder) and holder != self._identity

    def _ran_out(self) -> bool:
        spec = (self._observed or {}).get("spec") or {}
        seconds = spec.get("leaseDurationSeconds") or self._times.lease_duration
        return self._observed_at + float(seconds) <= self._clock.monotonic()

    def _new(self) -> Json:
        metadata = {"name": self._name, "namespace": self._namespace}
        spec = next_lease_spec(None, self._identity, self._times.lease_duration, self._clock.now())
        return {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata, "spec": spec}

    def _wanted(self, lease: Json) -> Json:
        spec = next_lease_spec(lease.get("spec"), self._identity, self._times.lease_duration, self._clock.now())
        return {**lease, "spec": spec}


async def run_as_leader(
    client: Client,
    lease_name: str,
    identity: str,
    work: Callable[[], Awaitable[None]],
    *,
    namespace: str = "kube-system",
    times: ElectionTimes | None = None,
    clock: Clock = SYSTEM_CLOCK,
) -> None:
    """Wait for the lease, then work while it is held; give it back at a clean end.

    Ends when `work` ends. Raises `LeadershipLostError`, or what `work` raised (in an exception group if both fail).
    """
    elector = LeaderElector(client, lease_name, identity, namespace=namespace, times=times, clock=clock)
    await elector.acquire()
    working = asyncio.ensure_future(work())
    holding = asyncio.create_task(elector.hold(), name=f"lease {lease_name}")
    try:
        await asyncio.wait((working, holding), return_when=asyncio.FIRST_COMPLETED)
    finally:
        await _stop(working, holding)
        await elector.release()
    for task in (holding, working):
        if not task.cancelled():
            task.result()


async def _stop(*tasks: asyncio.Future[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
