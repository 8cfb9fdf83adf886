"""Telling people what was done: events about objects.

    .event(...)  →  bounded queue  →  run(): correlate  →  POST a new event, or PATCH the count of a stored one

`.event` never waits and never fails: an event is news, not state, and must not hold up the work it tells of. When
the queue is full the newest are dropped and counted. Counterpart: client-go's tools/record.
"""

from __future__ import annotations

import asyncio
import logging
import random
from datetime import datetime

from pybernetes.api.errors import APIError, is_not_found
from pybernetes.api.object import Json, format_time, name_of, namespace_of, object_reference
from pybernetes.client.client import Client
from pybernetes.client.event_correlator import Correlated, EventCorrelator
from pybernetes.client.transport import TransportError
from pybernetes.component.clock import SYSTEM_CLOCK, Clock

log = logging.getLogger(__name__)

NORMAL = "Normal"
WARNING = "Warning"
_QUEUE_LENGTH = 1000
_TRIES = 12
_RETRY_SECONDS = 10.0  # with the tries above, an API server that is away for two minutes loses no event
_MESSAGE_MOST_BYTES = 1024  # what the API server takes


class EventRecorder:
    """Records events as one component. `run` must be running for anything to be written."""

    def __init__(self, client: Client, component: str, host: str = "", *, clock: Clock = SYSTEM_CLOCK):
        self._client = client
        self._component = component
        self._host = host
        self._clock = clock
        self._queue: asyncio.Queue[Json] = asyncio.Queue(_QUEUE_LENGTH)
        self._correlator = EventCorrelator()
        self.dropped = 0

    def event(self, obj: Json, type: str, reason: str, message: str, *, field_path: str = "") -> None:
        """Tell of something about `obj`, or about what an ObjectReference refers to. `type`: Normal or Warning."""
        reference = object_reference(obj, field_path) if "metadata" in obj else dict(obj)
        event = build_event(reference, type, reason, message, self._component, self._host, self._clock.now())
        try:
            self._queue.put_nowait(event)
        except asyncio.QueueFull:
            self.dropped += 1
            if self.dropped % _QUEUE_LENGTH == 1:
                log.warning("events are dropped", extra={"component": self._component, "dropped": self.dropped})

    async def run(self) -> None:
        """Write what is recorded until cancelled."""
        while True:
            event = await self._queue.get()
            try:
                correlated = self._correlator.correlate(event, self._clock.now())
                if correlated is not None:
                    await self._write(correlated)
            finally:
                self._queue.task_done()

    async def flush(self) -> None:
        """Wait until all that was recorded so far is written or given up."""
        await self._queue.join()

    async def _write(self, correlated: Correlated) -> None:
        """Write with patience for a server that is away; an event that the server refuses is dropped."""
        for attempt in range(_TRIES):
            try:
                written = await self._send(correlated)
            except APIError as error:
                facts = {"reason": correlated.event["reason"], "error": str(error)}
                log.warning("event refused", extra={"component": self._component, **facts})
                self._correlator.forget(correlated.key)
                return
            except TransportError as error:
                log.info("event not written yet", extra={"component": self._component, "error": str(error)})
                spread = random.random() if attempt == 0 else 1.0  # so that many do not come back at once
                await self._clock.sleep(_RETRY_SECONDS * spread)
            else:
                self._correlator.remember(correlated.key, written)
                return
        self._correlator.forget(correlated.key)
        log.warning("event given up", extra={"component": self._component, "reason": correlated.event["reason"]})

    async def _send(self, correlated: Correlated) -> Json:
        event = correlated.event
        if correlated.repeats:
            patch = {name: event[name] for name in ("count", "lastTimestamp", "message")}
            try:
                return await self._client.patch("events", name_of(event), patch, namespace_of(event), type="strategic")
            except APIError as error:
                if not is_not_found(error):
                    raise
        return await self._client.create("events", event)


def build_event(
    reference: Json, type: str, reason: str, message: str, component: str, host: str, now: datetime
) -> Json:
    """A core/v1 Event about what `reference` refers to. What is in no namespace is told of in ``default``."""
    moment = format_time(now)
    source = {"component": component, "host": host} if host else {"component": component}
    encoded = message.encode()
    if len(encoded) > _MESSAGE_MOST_BYTES:
        message = encoded[: _MESSAGE_MOST_BYTES - 3].decode(errors="ignore") + "..."
    unique = int(now.timestamp() * 1_000_000) * 1000 + random.randrange(1000)
    event: Json = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {
            "name": f"{reference.get('name', '')}.{unique:x}",
            "namespace": reference.get("namespace") or "default",
        },
        "involvedObject": reference,
        "reason": reason,
        "message": message,
        "source": source,
        "firstTimestamp": moment,
        "lastTimestamp": moment,
        "count": 1,
        "type": type,
        "reportingComponent": component,
        "reportingInstance": host,
    }
    return event
