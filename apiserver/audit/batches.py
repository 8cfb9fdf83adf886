"""Events in batches to somewhere else, without holding requests up.

Events wait in a buffer of bounded length; a batch goes when it is full, or when its first event has waited long
enough. A batch that cannot be sent is tried again with growing pauses; events that find the buffer full are lost,
counted and logged.

Counterpart: apiserver/plugin/pkg/audit/buffered and webhook.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import Protocol

import orjson
from prometheus_client import Counter

from pybernetes.api.object import Json
from pybernetes.apiserver.kubeconfig_webhook import WebhookFailed
from pybernetes.component.clock import Clock

log = logging.getLogger(__name__)

LOST = Counter("apiserver_audit_error", "Audit events that were lost", ["plugin"])
_TRIES = 5
_CLOSE_SECONDS = 5.0


class Destination(Protocol):
    """Where batches go."""

    async def send(self, body: bytes) -> None:
        """Raises `WebhookFailed`: the batch did not arrive, and may be tried again."""

    async def close(self) -> None: ...


class Batches:
    """Sends events to a destination."""

    def __init__(
        self,
        destination: Destination,
        *,
        clock: Clock,
        buffer_size: int = 10_000,
        max_batch: int = 400,
        max_wait_seconds: float = 30.0,
        first_pause_seconds: float = 10.0,
    ):
        self._destination, self._clock = destination, clock
        self._buffer_size, self._max_batch = buffer_size, max_batch
        self._max_wait_seconds, self._first_pause_seconds = max_wait_seconds, first_pause_seconds
        self._buffer: deque[bytes] = deque()
        self._some, self._full = asyncio.Event(), asyncio.Event()

    def write(self, event: Json) -> None:
        if len(self._buffer) >= self._buffer_size:
            LOST.labels("webhook").inc()
            return
        self._buffer.append(orjson.dumps(event))
        self._some.set()
        if len(self._buffer) >= self._max_batch:
            self._full.set()

    async def run(self) -> None:
        """Send batches until cancelled."""
        while True:
            await self._some.wait()
            if not self._full.is_set():
                await self._wait_for_more()
            await self._send_batch(_TRIES)

    async def _wait_for_more(self) -> None:
        full = asyncio.ensure_future(self._full.wait())
        late = asyncio.ensure_future(self._clock.sleep(self._max_wait_seconds))
        try:
            await asyncio.wait((full, late), return_when=asyncio.FIRST_COMPLETED)
        finally:
            full.cancel()
            late.cancel()

    def _take(self) -> bytes:
        batch = [self._buffer.popleft() for _ in range(min(self._max_batch, len(self._buffer)))]
        if not self._buffer:
            self._some.clear()
        if len(self._buffer) < self._max_batch:
            self._full.clear()
        return b'{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[%b]}' % b",".join(batch)

    async def _send_batch(self, tries: int) -> None:
        count = min(self._max_batch, len(self._buffer))
        batch = self._take()
        for attempt in range(tries):
            try:
                await self._destination.send(batch)
                return
            except WebhookFailed as error:
                log.warning("audit events could not be sent", extra={"events": count, "error": str(error)})
            if attempt + 1 < tries:
                await self._clock.sleep(self._first_pause_seconds * 1.5**attempt)
        LOST.labels("webhook").inc(count)
        log.error("audit events are lost", extra={"events": count})

    async def close(self) -> None:
        """Send what is left, once, for a few seconds."""
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                while self._buffer:
                    await self._send_batch(1)
        except TimeoutError:
            log.error("audit events are lost", extra={"events": len(self._buffer)})
        await self._destination.close()
