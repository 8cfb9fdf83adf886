"""Connections to the members of an etcd cluster: which one to use, and what a failure says about the outcome.

Every member answers every request, so one endpoint is used until it fails, then the next one that is connected.
A request is only sent on a connection that stands, so "could not connect" is never mixed up with "was sent and no
answer came". What a failed request did to the store is decided by `judge`, a function of the error alone:

    NOT_APPLIED   certainly nothing: any request is sent again, to the next endpoint
    UNKNOWN       perhaps: reads are sent again, writes raise OutcomeUnknown and their caller finds out
    the others    etcd's final word

Retries stop at a deadline, with growing pauses after each round over the endpoints.
"""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import Sequence
from enum import Enum
from typing import Any

from google.protobuf.message import DecodeError

from pybernetes.apiserver.storage import etcd_rpc
from pybernetes.apiserver.storage.etcd_certificates import EtcdCertificates
from pybernetes.apiserver.storage.interface import StoreError, StoreUnavailable
from pybernetes.apiserver.storage.rpc.channel import Channel
from pybernetes.apiserver.storage.rpc.status import Code, RpcError, TransportError
from pybernetes.component.clock import Clock

# One try. etcd itself gives up a proposal after 5 s and two election time-outs.
TRY_SECONDS = 7.0

# All tries of one request: an election (1 to 2 s) and one dead member that must time out fit in.
REQUEST_SECONDS = 15.0

_FIRST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 1.0


class Verdict(Enum):
    """What a failed request tells."""

    NOT_APPLIED = "not applied"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    COMPACTED = "compacted"
    FUTURE = "future"
    NO_LEASE = "no lease"
    NO_SPACE = "no space"


class EtcdRefused(StoreError):
    """etcd's final word on a request: it was not applied, and would not be another time."""

    def __init__(self, verdict: Verdict, details: str):
        super().__init__(f"etcd: {details}")
        self.verdict = verdict


class OutcomeUnknown(StoreUnavailable):
    """A write was sent and no answer came."""


def judge(error: RpcError) -> Verdict:
    """What an error says about the request that got it. The texts are etcd's, stable since 3.0."""
    if isinstance(error, TransportError):
        return Verdict.UNKNOWN if error.processed else Verdict.NOT_APPLIED
    code, details = error.code, error.details
    if code is Code.OUT_OF_RANGE:
        return Verdict.COMPACTED if "has been compacted" in details else Verdict.FUTURE
    if code is Code.NOT_FOUND and "lease not found" in details:
        return Verdict.NO_LEASE
    if "database space exceeded" in details:
        return Verdict.NO_SPACE
    if "too many requests" in details or "etcdserver: no leader" in details:
        return Verdict.NOT_APPLIED
    if code in (
        Code.INVALID_ARGUMENT,
        Code.RESOURCE_EXHAUSTED,
        Code.PERMISSION_DENIED,
        Code.UNAUTHENTICATED,
        Code.UNIMPLEMENTED,
        Code.NOT_FOUND,
    ):
        return Verdict.REFUSED
    return Verdict.UNKNOWN


class Endpoint:
    """One member's address and the channel to it."""

    def __init__(self, url: str, certificates: EtcdCertificates | None) -> None:
        self.url = url
        tls = _tls(certificates or EtcdCertificates()) if url.startswith("https:") else None
        self.channel = Channel(url, tls=tls)

    async def call(self, rpc: etcd_rpc.Rpc, request: Any, *, timeout: float) -> Any:
        """One request, one answer. Raises `RpcError`."""
        answer = await self.channel.unary(rpc.path, request.SerializeToString(), timeout_seconds=timeout)
        try:
            return rpc.response.FromString(answer)
        except DecodeError as error:
            raise TransportError(Code.INTERNAL, f"the answer cannot be read: {error}") from error


class Endpoints:
    """The members of one cluster, in the order they are preferred in."""

    def __init__(self, urls: Sequence[str], *, certificates: EtcdCertificates | None, clock: Clock) -> None:
        self._endpoints = [Endpoint(url, certificates) for url in urls]
        self._preferred = 0
        self._clock = clock

    async def read(self, rpc: etcd_rpc.Rpc, request: Any, *, timeout: float = REQUEST_SECONDS) -> Any:
        """Send a request that may be sent any number of times. Raises `EtcdRefused`, `StoreUnavailable`."""
        return await self._send(rpc, request, timeout, repeatable=True)

    async def write(self, rpc: etcd_rpc.Rpc, request: Any, *, timeout: float = REQUEST_SECONDS) -> Any:
        """Send a request that must be applied at most once.

        Raises `EtcdRefused`; `OutcomeUnknown` if it may have been applied; `StoreUnavailable` if it was not.
        """
        return await self._send(rpc, request, timeout, repeatable=False)

    async def ready(self, *, timeout: float = REQUEST_SECONDS) -> Endpoint:
        """The endpoint to use now, connected. Raises `StoreUnavailable` when none is in time."""
        for endpoint in self._in_order():
            if endpoint.channel.is_ready():
                self._preferred = self._endpoints.index(endpoint)
                return endpoint
        waiting = {asyncio.create_task(e.channel.ready()): e for e in self._in_order()}
        try:
            done, _ = await asyncio.wait(waiting, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
        connected = [waiting[task] for task in done if not task.cancelled() and task.exception() is None]
        if not connected:
            tried = ", ".join(f"{endpoint.url} ({endpoint.channel.trouble})" for endpoint in self._endpoints)
            raise StoreUnavailable(f"no etcd endpoint can be reached within {timeout:.0f} s: {tried}")
        self._preferred = self._endpoints.index(connected[0])
        return connected[0]

    def failed(self, endpoint: Endpoint) -> None:
        """Prefer the endpoint after this one, unless another is preferred already."""
        if self._endpoints[self._preferred] is endpoint:
            self._preferred = (self._preferred + 1) % len(self._endpoints)

    async def pause(self, failures: int) -> None:
        """Wait before trying again after so many failures in a row; not at all within the first round."""
        rounds = failures // len(self._endpoints)
        if rounds:
            longest = min(_FIRST_PAUSE_SECONDS * 2 ** min(rounds, 10), _LONGEST_PAUSE_SECONDS)
            await self._clock.sleep(longest * random.uniform(0.5, 1.0))

    async def close(self) -> None:
        """Close every connection."""
        await asyncio.gather(*(endpoint.channel.close() for endpoint in self._endpoints))

    async def _send(self, rpc: etcd_rpc.Rpc, request: Any, timeout: float, *, repeatable: bool) -> Any:
        deadline = self._clock.monotonic() + timeout
        failures = 0
        while True:
            left = max(deadline - self._clock.monotonic(), 0.1)
            endpoint = await self.ready(timeout=left)
            try:
                return await endpoint.call(rpc, request, timeout=min(TRY_SECONDS, left))
            except RpcError as error:
                verdict, details = judge(error), f"{endpoint.url}: {error}"
            if verdict is Verdict.NO_SPACE:
                raise StoreUnavailable(details)
            if verdict not in (Verdict.NOT_APPLIED, Verdict.UNKNOWN):
                raise EtcdRefused(verdict, details)
            self.failed(endpoint)
            failures += 1
            if verdict is Verdict.UNKNOWN and not repeatable:
                raise OutcomeUnknown(details)
            await self.pause(failures)
            if self._clock.monotonic() >= deadline:
                raise StoreUnavailable(details)

    def _in_order(self) -> list[Endpoint]:
        return self._endpoints[self._preferred :] + self._endpoints[: self._preferred]


def _tls(certificates: EtcdCertificates) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=certificates.ca_file)
    if certificates.cert_file is not None:
        context.load_cert_chain(certificates.cert_file, certificates.key_file)
    return context
