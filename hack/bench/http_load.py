"""A load generator that costs little itself: keep-alive connections over TLS, requests made once, answers counted.

It knows just enough HTTP for our own server's answers: a status line, content-length or chunks.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass


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
    method: str, path: str, token: str, body: bytes = b"", content_type: str = "application/json"
) -> bytes:
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nAccept: application/json\r\n"
    )
    if body:
        head += f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


async def read_answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """(status, body). Raises ValueError for an answer in another form."""
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    lower = head.lower()
    at = lower.find(b"content-length:")
    if at < 0:
        raise ValueError(f"no content-length: {head!r}")
    length = int(lower[at + 15 : lower.index(b"\r\n", at)])
    return status, await reader.readexactly(length) if length else b""


async def load(
    port: int, context: ssl.SSLContext, next_request: Callable[[], bytes | None], *, connections: int, seconds: float
) -> Rate:
    """Send requests over a number of connections, one at a time on each, until the time is up or none is left."""
    done = failed = 0
    end = time.perf_counter() + seconds

    async def one() -> None:
        nonlocal done, failed
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=context, server_hostname="localhost", limit=64 << 20
        )
        while time.perf_counter() < end:
            request = next_request()
            if request is None:
                break
            writer.write(request)
            status, _ = await read_answer(reader)
            done += 1
            failed += status >= 400
        writer.close()

    start = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(connections)))
    return Rate(done, time.perf_counter() - start, failed)
