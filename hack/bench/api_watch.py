"""Watchers of the API server: how many events a second reach them, and how long an event is on its way."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass

from api_process import TOKEN, Server
from http_load import load, request_bytes
from objects import config_map

PATH = "/api/v1/namespaces/watched/configmaps"
_TIMED_WATCHERS = 8  # of all; to find the name in every event at every watcher would cost more than to send them
_MARK = b'"type":"ADDED"'
_NAME = re.compile(rb'"name":"(w-[0-9-]+)"')


@dataclass(frozen=True)
class Fanout:
    """What one run gave. `p99_ms` counts from the sending of a write to its event at a watcher, the write included."""

    per_second: float
    p99_ms: float


class _Watcher(asyncio.Protocol):
    """Counts events; notes when the ones of `sent` arrive."""

    def __init__(self, events: int, sent: dict[bytes, float] | None):
        self._missing, self._sent = events, sent
        self._tail = self._cut = b""
        self.delays: list[float] = []
        self.begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.transport = transport
        transport.write(request_bytes("GET", f"{PATH}?watch=1&resourceVersion=0", TOKEN))

    def data_received(self, data: bytes) -> None:
        if not self.begun.done():
            self.begun.set_result(None)
        if self._sent is not None:
            now, text = time.perf_counter(), self._tail + data
            last = text.rfind(b"\n") + 1
            self.delays += [now - self._sent[name] for name in _NAME.findall(text, 0, last)]
            self._tail = text[last:]
        self._missing -= (self._cut + data).count(_MARK)
        self._cut = data[1 - len(_MARK) :]  # too short to hold a mark that was counted already
        if self._missing <= 0 and not self.done.done():
            self.done.set_result(None)


async def watch_run(server: Server, watchers: int, events: int) -> Fanout:
    """Create objects as fast as they are taken, while all watch."""
    await server.call(
        "POST", "/api/v1/namespaces", b'{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"watched"}}'
    )
    loop = asyncio.get_running_loop()
    sent: dict[bytes, float] = {}
    streams = []
    for number in range(watchers):
        timed = sent if number < _TIMED_WATCHERS else None
        _, stream = await loop.create_connection(
            lambda timed=timed: _Watcher(events, timed),
            "127.0.0.1",
            server.port,
            ssl=server.context,
            server_hostname="localhost",
        )
        streams.append(stream)
    await asyncio.gather(*(stream.begun for stream in streams))
    tag, numbers = time.monotonic_ns(), iter(range(events))

    def following(connection: int, last: bytes) -> bytes | None:
        number = next(numbers, None)
        if number is None:
            return None
        name = f"w-{tag}-{number}"
        sent[name.encode()] = time.perf_counter()
        return request_bytes("POST", PATH, TOKEN, config_map(name))

    start = time.perf_counter()
    await load(server.port, server.context, following, connections=16, seconds=60)
    async with asyncio.timeout(60):
        await asyncio.gather(*(stream.done for stream in streams))
    elapsed = time.perf_counter() - start
    delays = sorted(delay for stream in streams for delay in stream.delays)
    for stream in streams:
        stream.transport.close()
    await server.call("DELETE", PATH)
    return Fanout(watchers * events / elapsed, delays[len(delays) * 99 // 100] * 1e3)
