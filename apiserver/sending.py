"""Answers on the wire: whole ones in one write, endless ones in chunks.

A whole answer's head is put together from parts that are the same every time, and goes out with the body in a single
write: one TLS record, one system call. A body that is large is written in slices at the pace of its reader, so that a
list of 30 MB neither is copied whole by TLS nor keeps everyone else waiting while it is encrypted. Of a list, each
slice is joined when its turn comes: half the processor's time of joining all of it first.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from aiohttp import HttpVersion11, web
from aiohttp.helpers import rfc822_formatted_time

from pybernetes.apiserver.http import BodyStream, ListResponse, Response, StreamResponse

log = logging.getLogger(__name__)

ONE_WRITE_BYTES = 64 << 10  # up to here, copying head and body together costs less than a second TLS record
_SLICE_BYTES = 32 << 10  # two TLS records: still in a core's nearest cache when the socket takes it
_BODILESS = frozenset((204, 304))
_REMEMBERED_HEADS = 256


@lru_cache(_REMEMBERED_HEADS)
def _head_start(status: int, content_type: str) -> bytes:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    return b"HTTP/1.1 %d %b\r\n%bContent-Length: " % (status, phrase.encode(), _lines({"Content-Type": content_type}))


def head_of(answer: Response) -> bytes:
    """The head of an answer, its empty line left out: who sends it may add to it."""
    size = answer.size if type(answer) is ListResponse else len(answer.body)
    head = b"%b%d\r\nDate: %b\r\n" % (
        _head_start(answer.status, answer.content_type),
        size,
        rfc822_formatted_time().encode(),
    )
    return head + _lines(answer.headers) if answer.headers else head


def _lines(headers: Mapping[str, str]) -> bytes:
    """A line for each header, and for each line of the warnings. Raises ValueError for another that has several."""
    text = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
    if text.count("\r") != len(headers) or text.count("\n") != len(headers):
        pairs = list(_pairs(headers))
        text = "".join([f"{name}: {value}\r\n" for name, value in pairs])
        if text.count("\r") != len(pairs) or text.count("\n") != len(pairs):
            raise ValueError(f"a header has more than one line: {text!r}")
    return text.encode("utf-8", "surrogateescape")


def _pairs(headers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in headers.items():
        for line in value.split("\n") if name == "warning" else (value,):
            yield name, line


class WholeAnswer(web.StreamResponse):
    """A `Response` as aiohttp's server sends it, without its header machinery."""

    def __init__(self, answer: Response):
        super().__init__(status=answer.status)
        self._answer = answer

    async def prepare(self, request: web.BaseRequest) -> None:
        """Send all of it. Raises ConnectionError when the reader is gone."""
        answer, version = self._answer, request.version
        head = head_of(answer)
        self._keep_alive = request.keep_alive and self._keep_alive is not False
        if not self._keep_alive:
            head += b"Connection: close\r\n"
        elif version < HttpVersion11:
            head += b"Connection: keep-alive\r\n"
        self._eof_sent = True
        if request.method == "HEAD" or answer.status in _BODILESS:
            await _send(request, head + b"\r\n", b"")
        elif type(answer) is ListResponse:
            await _send_list(request, head + b"\r\n", answer)
        else:
            await _send(request, head + b"\r\n", answer.body)

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is left to send."""


def _open_transport(request: web.BaseRequest) -> asyncio.Transport:
    transport = request.protocol.transport
    if transport is None or transport.is_closing():
        raise ConnectionResetError("the reader is gone")
    return transport


async def _send(request: web.BaseRequest, head: bytes, body: bytes) -> None:
    protocol, transport = request.protocol, _open_transport(request)
    if len(body) <= ONE_WRITE_BYTES:
        transport.write(head + body)
        await protocol._drain_helper()
        return
    transport.write(head)
    view = memoryview(body)
    for start in range(0, len(body), _SLICE_BYTES):
        transport.write(view[start : start + _SLICE_BYTES])
        await protocol._drain_helper()


async def _send_list(request: web.BaseRequest, head: bytes, answer: ListResponse) -> None:
    protocol, transport = request.protocol, _open_transport(request)
    transport.write(head)
    for part in answer.slices(_SLICE_BYTES):
        if len(part) <= ONE_WRITE_BYTES:
            transport.write(part)
            await protocol._drain_helper()
            continue
        view = memoryview(part)
        for start in range(0, len(part), _SLICE_BYTES):
            transport.write(view[start : start + _SLICE_BYTES])
            await protocol._drain_helper()


class _ChunkSink:
    """Writes chunks straight to the connection."""

    def __init__(self, raw: web.BaseRequest):
        self._transport = raw.transport
        self._lost: asyncio.Future[None] = raw.protocol.lost  # type: ignore[attr-defined]

    def write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(b"%x\r\n%b\r\n" % (len(data), data))

    @property
    def backlog(self) -> int:
        return self._transport.get_write_buffer_size() if self._transport is not None else 0

    async def closed(self) -> None:
        await asyncio.shield(self._lost)


async def send_stream(raw: web.BaseRequest, answer: StreamResponse) -> web.StreamResponse:
    response = await _open(raw, answer)
    sink = _ChunkSink(raw)
    await answer.run(sink)
    return response


class _Unsigned(web.StreamResponse):
    """An answer that does not say which program sends it: kube-apiserver's do not."""

    async def _prepare_headers(self) -> None:
        await super()._prepare_headers()
        self.headers.popall("Server", None)


async def _open(raw: web.BaseRequest, answer: StreamResponse | BodyStream) -> web.StreamResponse:
    response = _Unsigned(status=answer.status)
    response.headers["Content-Type"] = answer.content_type
    if answer.headers:
        response.headers.extend(_pairs(answer.headers))
    response.enable_chunked_encoding()
    await response.prepare(raw)
    return response


async def send_body_stream(raw: web.BaseRequest, answer: BodyStream) -> web.StreamResponse:
    """Pass the pieces on as they come, at the pace of the reader, until it is gone."""
    response = await _open(raw, answer)
    lost: asyncio.Future[None] = raw.protocol.lost  # type: ignore[attr-defined]
    pump = asyncio.ensure_future(_pump(answer, response))
    try:
        await asyncio.wait((pump, lost), return_when=asyncio.FIRST_COMPLETED)
        if pump.done():
            pump.result()
    finally:
        pump.cancel()
    return response


async def _pump(answer: BodyStream, response: web.StreamResponse) -> None:
    try:
        async for chunk in answer.chunks:
            await response.write(chunk)
    except ConnectionError as error:
        log.debug("reader went away", extra={"error": str(error)})
    finally:
        close: Any = getattr(answer.chunks, "aclose", None)
        if close is not None:
            await close()
