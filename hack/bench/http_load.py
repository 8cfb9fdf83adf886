"""A load generator that costs little itself: keep-alive connections over TLS, requests made once, answers counted.

It knows just enough HTTP for our own server's answers: a status line, a content-length, a body that it counts and
throws away. What a following request needs of the answer before it (a continue token, a resourceVersion) stands in
the first bytes of the body, so those are kept.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass

# Gives a connection's next request, from the connection's number and the start of its last answer; None ends it.
NextRequest = Callable[[int, bytes], bytes | None]

_KEPT_BYTES = 2048
_BUFFER_BYTES = 1 << 20


@dataclass(frozen=True)
class Rate:
    """What one run gave."""

    requests: int
    seconds: float
    failures: int

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds


def request_bytes(
    method: str, path: str, token: str, body: bytes = b"", content_type: str = "application/json", accept: str = ""
) -> bytes:
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
        f"Accept: {accept or 'application/json'}\r\n"
    )
    if body:
        head += f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


async def read_answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """(status, body). Raises ValueError for an answer in another form."""
    head = await reader.readuntil(b"\r\n\r\n")
    status, length = _parse(head)
    return status, await reader.readexactly(length) if length else b""


def _parse(head: bytes) -> tuple[int, int]:
    """The status and the length of the body. Raises ValueError."""
    lower = head.lower()
    at = lower.find(b"content-length:")
    if at < 0:
        raise ValueError(f"no content-length: {head!r}")
    return int(head[9:12]), int(lower[at + 15 : lower.index(b"\r\n", at)])


class _Connection(asyncio.BufferedProtocol):
    """Asks, counts the answer, asks again. The received bytes are decrypted into one buffer and never copied."""

    def __init__(self, run: _Run, number: int):
        self._run, self._number = run, number
        self._buffer = bytearray(_BUFFER_BYTES)
        self._view = memoryview(self._buffer)
        self._head = self._start = b""
        self._missing = 0
        self._transport: asyncio.Transport
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the server hung up"))

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._view

    def buffer_updated(self, nbytes: int) -> None:
        try:
            self._received(nbytes)
        except ValueError as error:
            self.done.set_exception(error)

    def ask(self) -> None:
        request = self._run.next_request(self._number, self._start) if time.perf_counter() < self._run.end else None
        if request is None:
            if not self.done.done():
                self.done.set_result(None)
            return
        self._head = b""
        self._transport.write(request)

    def _received(self, nbytes: int) -> None:
        if self._missing:
            if len(self._start) < _KEPT_BYTES:
                self._start += bytes(self._view[: min(nbytes, _KEPT_BYTES)])
            self._missing -= nbytes
        else:
            received = self._head + bytes(self._view[:nbytes])
            end = received.find(b"\r\n\r\n") + 4
            if end < 4:
                self._head = received
                return
            status, length = _parse(received[:end])
            self._run.requests += 1
            self._run.failures += status >= 400
            self._start = received[end : end + _KEPT_BYTES]
            self._missing = length - (len(received) - end)
        if not self._missing:
            self.ask()

    def close(self) -> None:
        self._transport.close()


class _Run:
    def __init__(self, next_request: NextRequest, seconds: float):
        self.next_request = next_request
        self.end = time.perf_counter() + seconds
        self.requests = self.failures = 0


async def load(
    port: int, context: ssl.SSLContext, next_request: NextRequest, *, connections: int, seconds: float
) -> Rate:
    """Send requests over a number of connections, one at a time on each, until the time is up or none is left."""
    loop = asyncio.get_running_loop()
    run = _Run(next_request, seconds)
    opened = [
        (
            await loop.create_connection(
                lambda number=number: _Connection(run, number),
                "127.0.0.1",
                port,
                ssl=context,
                server_hostname="localhost",
            )
        )[1]
        for number in range(connections)
    ]
    start = time.perf_counter()
    run.end = start + seconds
    for connection in opened:
        connection.ask()
    try:
        await asyncio.gather(*(connection.done for connection in opened))
    finally:
        for connection in opened:
            connection.close()
    return Rate(run.requests, time.perf_counter() - start, run.failures)
