"""Takes connections: a request that asks for a stream gets the connection itself, any other goes to aiohttp.

aiohttp would parse what follows an upgrade; a stream must reach the runtime byte for byte. So the first head of each
connection is read here; what comes on a connection after an ordinary request is ordinary too.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable

from aiohttp import web

from pybernetes.kubelet.owned_tasks import Spawn
from pybernetes.kubelet.server.request_head import END, BadHead, Head, parse_head, plain_answer

MAX_HEAD_BYTES = 64 * 1024
HEAD_SECONDS = 30.0
CLOSE_SECONDS = 1.0  # for answers under way when we stop; a log that is followed has no end
_STREAM_PATHS = ("/exec/", "/attach/", "/portForward/")

TakeStream = Callable[[Head, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def is_stream(head: Head) -> bool:
    return head.path.startswith(_STREAM_PATHS) and "upgrade" in head.headers


class _Sniffer(asyncio.Protocol):
    """Reads one head, then gives the transport away."""

    def __init__(self, front: Front):
        self._front = front
        self._received = b""
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport) or hasattr(transport, "write")
        self._transport = transport  # type: ignore[assignment]
        self._timer = asyncio.get_running_loop().call_later(HEAD_SECONDS, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def data_received(self, data: bytes) -> None:
        transport = self._transport
        assert transport is not None
        self._received += data
        head, found, rest = self._received.partition(END)
        if not found:
            if len(self._received) > MAX_HEAD_BYTES:
                self._stop_timer()
                transport.close()
            return
        self._stop_timer()
        try:
            parsed = parse_head(head + END)
        except BadHead as error:
            transport.write(plain_answer(400, "Bad Request", f"{error}\n"))
            transport.close()
            return
        if is_stream(parsed):
            self._front.take_stream(parsed, transport, rest)
        else:
            self._front.take_request(transport, self._received)


class Front:
    """Listens with TLS."""

    def __init__(self, application: web.Application, take_stream: TakeStream, spawn: Spawn):
        self._runner = web.AppRunner(
            application, access_log=None, keepalive_timeout=90.0, shutdown_timeout=CLOSE_SECONDS
        )
        self._take_stream = take_stream
        self._spawn = spawn
        self._listener: asyncio.Server | None = None

    async def listen(self, address: str, port: int, context: ssl.SSLContext) -> int:
        """Start; gives the port. Raises OSError if the address cannot be had."""
        await self._runner.setup()
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(lambda: _Sniffer(self), address, port, ssl=context)
        return int(self._listener.sockets[0].getsockname()[1])

    def take_request(self, transport: asyncio.Transport, received: bytes) -> None:
        """Hand a connection over to aiohttp with what was read of it."""
        assert self._runner.server is not None
        handler = self._runner.server()
        transport.set_protocol(handler)
        handler.connection_made(transport)
        handler.data_received(received)

    def take_stream(self, head: Head, transport: asyncio.Transport, rest: bytes) -> None:
        """Hand a connection over as a pair of streams."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(loop=loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        if rest:
            reader.feed_data(rest)
        writer = asyncio.StreamWriter(transport, protocol, reader, loop)
        self._spawn(self._stream(head, reader, writer), name=f"stream {head.path}")

    async def _stream(self, head: Head, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._take_stream(head, reader, writer)
        finally:
            writer.close()

    async def close(self) -> None:
        if self._listener is not None:
            self._listener.close()
        await self._runner.cleanup()
