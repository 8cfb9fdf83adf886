"""Passes an exec, attach or port-forward stream on to the runtime's own streaming server.

    client -> kubelet's server -> head rewritten -> runtime's streaming server   (URL from Runtime.exec ...)
    client <- bytes, both ways, unparsed until both ends are done <- runtime

The request that arrives here asks for an upgrade, to SPDY/3.1 or to WebSocket. Both speak to the runtime over the
same URL, and neither is parsed: after the request's head it is a stream of bytes each way. Only the request line and
Host change; credentials meant for the kubelet are not passed on.

Invariants: when one side has sent all it had, the other is told so (half-close) and may still answer; when a
side breaks, or nothing moves for the idle time, both are closed; when the function returns, both are closed.
Memory is bounded by one read each way plus the transports' own buffers (writes wait for drain).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from pybernetes.component.clock import SYSTEM_CLOCK, Clock

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Connect = Callable[[str, int], Awaitable[Connection]]

CHUNK_BYTES = 64 * 1024
# The runtime listens on this machine: it answers at once or not at all.
CONNECT_TIMEOUT_SECONDS = 10.0
# Kubernetes' streamingConnectionIdleTimeout.
IDLE_TIMEOUT_SECONDS = 4 * 3600.0
# Headers that are for the kubelet alone, and those that are about one connection (Connection and Upgrade are not
# among them: they are the point of the request).
_NOT_PASSED_ON = frozenset((b"authorization", b"host", b"proxy-authorization", b"proxy-connection", b"keep-alive"))


class BadRequestHead(ValueError):
    """The head is not one of an HTTP/1.1 request that asks for an upgrade."""


class RuntimeUnreachable(ConnectionError):
    """Nobody answers at the streaming server's URL; nothing was sent to the client yet."""


@dataclass(frozen=True, slots=True)
class Transferred:
    """How many bytes went each way, the rewritten head not counted."""

    to_runtime: int
    to_client: int


def rewrite_head(request_head: bytes, target_url: str) -> bytes:
    """The head to send to the runtime for one that arrived here. Pure. Raises BadRequestHead.

    `request_head` is everything up to and including the empty line. The target's path and query replace the
    request's: the runtime's URL carries a token that stands for the whole request.
    """
    head, ending, rest = request_head.partition(b"\r\n\r\n")
    if not ending or rest:
        raise BadRequestHead("a request head ends with its empty line")
    request_line, *fields = head.split(b"\r\n")
    words = request_line.split(b" ")
    if len(words) != 3 or words[2] != b"HTTP/1.1":
        raise BadRequestHead(f"not an HTTP/1.1 request line: {request_line[:80]!r}")
    names = [field.partition(b":")[0].strip().lower() for field in fields]
    if b"upgrade" not in names:
        raise BadRequestHead("the request asks for no upgrade")
    target = urlsplit(target_url)
    location = (target.path or "/") + (f"?{target.query}" if target.query else "")
    kept = [field for field, name in zip(fields, names, strict=True) if name not in _NOT_PASSED_ON]
    lines = [b"%s %s HTTP/1.1" % (words[0], location.encode()), b"Host: " + target.netloc.encode(), *kept]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def endpoint(target_url: str) -> tuple[str, int]:
    """Host and port of a streaming URL. Raises ValueError for anything but http."""
    target = urlsplit(target_url)
    if target.scheme != "http" or not target.hostname:
        raise ValueError(f"a runtime's streaming URL is http://host:port/..., not {target_url!r}")
    return target.hostname, target.port or 80


def request_head(method: str, target: str, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """A request's head in bytes again, for servers that give it in parts. Pure."""
    lines = [f"{method} {target} HTTP/1.1".encode(), *(name + b": " + value for name, value in headers)]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def take_over(transport: asyncio.Transport) -> Connection:
    """A connection from under the HTTP server that read its request; the server sees none of its bytes again.

    In an aiohttp handler (a client that asks for an upgrade sends nothing more until it is answered):

        connection = take_over(request.transport)
        head = request_head(request.method, request.raw_path, request.raw_headers)
        await proxy_upgrade(*connection, head, url)
        request.protocol.force_close()
        return web.Response()  # goes nowhere: the connection is closed
    """
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=CHUNK_BYTES)
    protocol = asyncio.StreamReaderProtocol(reader)
    transport.set_protocol(protocol)
    protocol.connection_made(transport)
    if not transport.is_reading():
        transport.resume_reading()
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


async def proxy_upgrade(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    request_head: bytes,
    target_url: str,
    *,
    connect: Connect = asyncio.open_connection,
    idle_timeout_seconds: float = IDLE_TIMEOUT_SECONDS,
    clock: Clock = SYSTEM_CLOCK,
) -> Transferred:
    """Join a client's connection to the runtime's stream at `target_url` until both are done.

    `reader` and `writer` are the client's connection with the head already taken off; `request_head` is that
    head. The runtime's answer, its status line included, goes to the client as it is. Both connections are
    closed on return. `connect` reaches the runtime's server where it is not on this network (a node in a
    network namespace of its own).

    Raises BadRequestHead and ValueError before anything is sent, RuntimeUnreachable while the client can still
    be given an error of our own (the connection is left open for it); cancellation closes both.
    """
    head = rewrite_head(request_head, target_url)
    host, port = endpoint(target_url)
    try:
        far_reader, far_writer = await asyncio.wait_for(connect(host, port), CONNECT_TIMEOUT_SECONDS)
    except (OSError, TimeoutError) as error:
        raise RuntimeUnreachable(f"the runtime's streaming server at {host}:{port}: {error}") from error
    far_writer.write(head)
    return await join((reader, writer), (far_reader, far_writer), idle_timeout_seconds, clock)


async def join(client: Connection, runtime: Connection, idle_timeout_seconds: float, clock: Clock) -> Transferred:
    """Pump bytes both ways until both sides have ended, one breaks, or nothing moves; then close both."""
    activity = _Activity(clock)
    to_runtime = asyncio.create_task(_pump(client[0], runtime[1], activity), name="stream to the runtime")
    to_client = asyncio.create_task(_pump(runtime[0], client[1], activity), name="stream to the client")
    idle = asyncio.create_task(_idle(activity, idle_timeout_seconds, clock), name="stream idle timeout")
    pumps = {to_runtime, to_client}
    try:
        waiting: set[asyncio.Task[None]] = set(pumps)
        while waiting:
            done, _ = await asyncio.wait({*waiting, idle}, return_when=asyncio.FIRST_COMPLETED)
            waiting -= done
            # The runtime ends its stream when the process is over: then nobody reads what the client may
            # still send, and a client that waits for us to close must not wait for ever.
            if idle in done or to_client in done or any(each.exception() for each in done & pumps):
                break
    finally:
        for task in (*pumps, idle):
            task.cancel()
        results = await asyncio.gather(*pumps, idle, return_exceptions=True)
        await _close(runtime[1])
        await _close(client[1])
    for result in results:
        # A side that breaks off is how streams end as well; anything else is a fault of ours.
        if isinstance(result, Exception) and not isinstance(result, OSError):
            raise result
    return Transferred(activity.moved.get(id(runtime[1]), 0), activity.moved.get(id(client[1]), 0))


class _Activity:
    """When bytes last moved, and how many to whom."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.last_seconds = clock.monotonic()
        self.moved: dict[int, int] = {}

    def note(self, writer: asyncio.StreamWriter, count: int) -> None:
        self.last_seconds = self._clock.monotonic()
        self.moved[id(writer)] = self.moved.get(id(writer), 0) + count


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, activity: _Activity) -> None:
    while chunk := await reader.read(CHUNK_BYTES):
        writer.write(chunk)
        await writer.drain()
        activity.note(writer, len(chunk))
    if writer.can_write_eof():
        writer.write_eof()


async def _idle(activity: _Activity, timeout_seconds: float, clock: Clock) -> None:
    """Return once nothing has moved for the time."""
    while (left := activity.last_seconds + timeout_seconds - clock.monotonic()) > 0:
        await clock.sleep(left)


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    try:
        await writer.wait_closed()
    except OSError:
        return  # it was broken before we closed it
