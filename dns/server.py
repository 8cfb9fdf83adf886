"""The server on UDP and TCP.

UDP: when the socket is readable, up to `_BATCH` datagrams are taken and answered without going back to the event
loop. A query that must wait for upstream becomes a task; their number is bounded, and what comes beyond is dropped,
as a full socket would. TCP: connections are bounded in number, in time without a query, and answer one query after
the other.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import socket
import struct
import time
from collections.abc import AsyncIterator
from typing import Any

from pybernetes.dns import wire
from pybernetes.dns.metrics import Stats
from pybernetes.dns.resolver import Ask, Resolver, reply_limit
from pybernetes.dns.upstream import Forwarder

log = logging.getLogger(__name__)

Address = tuple[Any, ...]
_BATCH = 64  # at about 10 us each, the loop is held for under a millisecond
_MOST_WAITING = 2000  # queries that wait for upstream; each is a task of about 4 KB
_MOST_CONNECTIONS = 256
_IDLE_SECONDS = 10.0
_MOST_BINDS = 20
_RECEIVE_BUFFER_BYTES = 1 << 20  # room for some thousand queries while the loop is busy


class Server:
    """Serves one address. `port` 0 lets the system choose; the same one is taken for UDP and TCP."""

    def __init__(self, resolver: Resolver, forwarder: Forwarder, stats: Stats, *, idle_seconds: float = _IDLE_SECONDS):
        self._resolver = resolver
        self._forwarder = forwarder
        self._stats = stats
        self._idle_seconds = idle_seconds
        self._waiting: set[asyncio.Task[None]] = set()
        self._connections: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def serving(self, address: str, port: int) -> AsyncIterator[int]:
        """Serve while the context is open; gives the port. Raises OSError."""
        udp, server = await self._bind(address, port)
        loop = asyncio.get_running_loop()
        loop.add_reader(udp, self._readable, udp)
        try:
            yield int(udp.getsockname()[1])
        finally:
            loop.remove_reader(udp)
            udp.close()
            server.close()
            await self._end_tasks()

    async def _bind(self, address: str, port: int) -> tuple[socket.socket, asyncio.Server]:
        """Both sockets. A port that the system chose for UDP may be taken on TCP; then it chooses again."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        for attempt in range(_MOST_BINDS):
            udp = socket.socket(family, socket.SOCK_DGRAM)
            try:
                udp.setblocking(False)
                udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
                udp.bind((address, port))
                number = udp.getsockname()[1]
                limit = wire.MOST_BYTES + 2
                return udp, await asyncio.start_server(self._connected, address, number, limit=limit, backlog=128)
            except OSError as error:
                udp.close()
                if port or error.errno != errno.EADDRINUSE or attempt + 1 == _MOST_BINDS:
                    raise
        raise AssertionError("unreachable")

    async def _end_tasks(self) -> None:
        tasks = [*self._waiting, *self._connections]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _readable(self, udp: socket.socket) -> None:
        """Answer what has come, up to a batch; the loop calls again when there is more."""
        respond, stats = self._resolver.respond, self._stats
        for _ in range(_BATCH):
            try:
                message, client = udp.recvfrom(wire.MOST_BYTES)
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                log.debug("datagram not received", extra={"error": str(error)})
                continue
            started = time.perf_counter()
            reply = respond(message, udp=True)
            if type(reply) is bytes:
                self._send(udp, reply, client)
                stats.took(time.perf_counter() - started)
            elif isinstance(reply, Ask):
                self._wait_for_upstream(udp, reply, client, started)

    def _send(self, udp: socket.socket, reply: bytes, client: Address) -> None:
        """Send, or drop: a datagram may always get lost, and its client asks again."""
        try:
            udp.sendto(reply, client)
        except OSError:
            self._stats.dropped += 1

    def _wait_for_upstream(self, udp: socket.socket, ask: Ask, client: Address, started: float) -> None:
        if len(self._waiting) >= _MOST_WAITING:
            self._stats.dropped += 1
            return

        async def answer() -> None:
            self._send(udp, await self._complete(ask, udp=True), client)
            self._stats.took(time.perf_counter() - started)

        task = asyncio.get_running_loop().create_task(answer(), name="dns query for upstream")
        self._waiting.add(task)
        task.add_done_callback(self._answered)

    def _answered(self, task: asyncio.Task[None]) -> None:
        self._waiting.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("query was not answered", exc_info=task.exception())

    async def _complete(self, ask: Ask, *, udp: bool) -> bytes:
        found = await self._forwarder.answer(ask.name, ask.query.type, dnssec_ok=ask.query.dnssec_ok)
        answer = ask.complete(found)
        self._stats.answered(".", answer.rcode)
        return wire.reply(ask.query, answer, limit=reply_limit(ask.query, udp=udp))

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        if len(self._connections) >= _MOST_CONNECTIONS:
            self._stats.dropped += 1
            writer.close()
            return
        self._connections.add(task)
        try:
            await self._converse(reader, writer)
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            log.debug("connection ended", extra={"error": str(error)})
        finally:
            self._connections.discard(task)
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer queries until the client goes, is silent for too long, or sends what is no query."""
        while True:
            async with asyncio.timeout(self._idle_seconds):
                (length,) = struct.unpack("!H", await reader.readexactly(2))
                message = await reader.readexactly(length)
            started = time.perf_counter()
            reply = self._resolver.respond(message, udp=False)
            if isinstance(reply, Ask):
                reply = await self._complete(reply, udp=False)
            if reply is None:
                return
            writer.write(struct.pack("!H", len(reply)) + reply)
            self._stats.took(time.perf_counter() - started)
            async with asyncio.timeout(self._idle_seconds):
                await writer.drain()
