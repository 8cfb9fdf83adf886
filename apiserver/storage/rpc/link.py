"""One HTTP/2 connection on an asyncio transport: what `connection` leaves out, the socket and the clock.

    start, send ──▶ core ──▶ flush, once a turn of the loop ──▶ transport
    transport ──▶ data_received ──▶ core ──▶ calls

All requests of one turn leave in one write, and all frames of one read are handled in one go: what they wake runs
before the next flush, so the requests that follow from answers that came together leave together too.

Deadlines are watched by one timer for the whole connection, set for the earliest. A connection that has been silent
for a while is pinged; if nothing comes then either, it is gone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from math import inf

from pybernetes.apiserver.storage.rpc.connection import ClientConnection, ProtocolFault
from pybernetes.apiserver.storage.rpc.header_blocks import HeaderList
from pybernetes.apiserver.storage.rpc.status import Code, TransportError
from pybernetes.apiserver.storage.rpc.stream import Stream

log = logging.getLogger(__name__)

# etcd closes connections that ping more often than every 5 s.
KEEPALIVE_SECONDS = 10.0
KEEPALIVE_ANSWER_SECONDS = 5.0

# An answer later than this is none to whoever measures; ten a second cost nothing.
_PING_ANSWER_SECONDS = 0.1

# Bodies are bounded by the peer's windows. Only a peer that makes us answer and never reads gets here.
_UNSENT_LIMIT_BYTES = 64 << 20


class Link(asyncio.Protocol):
    """`ready` is done when requests may be sent; `unusable` is called once, when no more may be."""

    def __init__(self, *, unusable: Callable[[Link], None], lost: Callable[[Link], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self.ready: asyncio.Future[None] = self._loop.create_future()
        self.closed: asyncio.Future[None] = self._loop.create_future()
        self.core = ClientConnection()
        self._unusable, self._lost = unusable, lost
        self._told_unusable = False
        self._transport: asyncio.Transport
        self._flush_due = False
        self._heard = True
        self._keepalive: asyncio.TimerHandle | None = None
        self._ping_answer: asyncio.TimerHandle | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_at = inf

    # Requests

    def start(self, stream: Stream, headers: HeaderList, body: bytes, *, end: bool, timeout_seconds: float) -> None:
        """Begin a request. What becomes of it the stream is told."""
        stream.expires = self._loop.time() + timeout_seconds
        if stream.expires < self._alarm_at:
            self._set_alarm(stream.expires)
        self.core.open(stream, headers, body, end=end)
        if not self._flush_due:
            self._flush_due = True
            self._loop.call_soon(self._flush)

    def send(self, stream: Stream, body: bytes) -> None:
        self.core.send(stream, body)
        self._flush_soon()

    def taken(self, stream: Stream, length: int) -> None:
        self.core.taken(stream, length)
        self._flush_soon()

    def cancel(self, stream: Stream) -> None:
        """Nobody waits for the answer any more."""
        self.core.reset(stream)
        self._flush_soon()
        self._check_usable()

    def close(self) -> None:
        """End the connection after what is on its way out; calls that are under way break."""
        self.core.close()
        self._flush()
        self._transport.close()

    def abort(self, reason: str) -> None:
        """End the connection now."""
        self.core.lost(reason)
        self._transport.abort()

    # What the transport tells

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport
        tls = transport.get_extra_info("ssl_object")
        if tls is not None and tls.selected_alpn_protocol() != "h2":
            self._fail("the server does not speak HTTP/2")
            return
        self._keepalive = self._loop.call_later(KEEPALIVE_SECONDS, self._look_alive)
        self._flush()

    def data_received(self, data: bytes) -> None:
        self._heard = True
        try:
            self.core.receive(data)
        except ProtocolFault as fault:
            log.warning("a server of gRPC breaks the protocol: %s", fault)
            self._flush()
            self._fail(str(fault))
            return
        if self.core.has_output:
            self._flush_soon()
        if self.core.is_pinged and self._ping_answer is None:
            self._ping_answer = self._loop.call_later(_PING_ANSWER_SECONDS, self._answer_pings)
        if not self.ready.done() and self.core.is_ready:
            self.ready.set_result(None)
        self._check_usable()

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(f"the connection was lost: {exc or 'the server closed it'}")
        for timer in (self._keepalive, self._alarm, self._ping_answer):
            if timer is not None:
                timer.cancel()
        self.closed.set_result(None)
        self._lost(self)

    # Inside

    def _flush_soon(self) -> None:
        if not self._flush_due and self.core.has_output:
            self._flush_due = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._flush_due = False
        if self._transport.is_closing() or not self.core.has_output:
            return
        self._transport.write(self.core.take_output())
        if self._transport.get_write_buffer_size() > _UNSENT_LIMIT_BYTES:
            self.abort("the server does not read")

    def _check_usable(self) -> None:
        """Once the server takes no new requests: say so, and leave after the last answer."""
        if not self.core.is_draining:
            return
        if not self._told_unusable:
            self._told_unusable = True
            self._unusable(self)
        if not self.core.streams:
            self._transport.close()

    def _fail(self, reason: str) -> None:
        self.core.lost(reason)
        if not self.ready.done():
            self.ready.set_exception(ConnectionError(reason))
        self._check_usable()

    def _set_alarm(self, when: float) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm_at = when
        self._alarm = self._loop.call_at(when, self._expire) if when < inf else None

    def _expire(self) -> None:
        """Break the calls whose time is up."""
        now = self._loop.time()
        streams = [*self.core.streams.values(), *(stream for stream, _ in self.core.waiting if not stream.is_closed)]
        for stream in [stream for stream in streams if stream.expires <= now]:
            was_sent = bool(stream.id)
            self.core.reset(stream)
            stream.broke(TransportError(Code.DEADLINE_EXCEEDED, "no answer in time", processed=was_sent))
        self._alarm = None
        self._set_alarm(min((stream.expires for stream in streams if not stream.is_closed), default=inf))
        self._flush_soon()
        self._check_usable()

    def _answer_pings(self) -> None:
        self._ping_answer = None
        self.core.answer_pings()
        self._flush_soon()

    def _look_alive(self) -> None:
        """Every few seconds: ping if nothing came meanwhile."""
        wait = KEEPALIVE_SECONDS
        if not self._heard:
            self.core.ping(b"keepaliv")
            self._flush_soon()
            wait = KEEPALIVE_ANSWER_SECONDS
        next_look = self._look_alive if self._heard else self._look_for_life
        self._heard = False
        self._keepalive = self._loop.call_later(wait, next_look)

    def _look_for_life(self) -> None:
        """Some seconds after a ping."""
        if not self._heard:
            self.abort(f"the server did not answer a ping within {KEEPALIVE_ANSWER_SECONDS:.0f} s")
            return
        self._heard = False
        self._keepalive = self._loop.call_later(KEEPALIVE_SECONDS, self._look_alive)
