"""HTTP in front of the handler: aiohttp's low-level server over TLS.

Each HTTP request becomes a `Request`, each `Answer` an HTTP answer. Routing, content negotiation and errors are
the handler's; what is here is only what a wire needs: limits on what is read, chunked streams that are written
without a task each, and noticing when a reader is gone.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, unquote

from aiohttp import web
from aiohttp.http import RawRequestMessage
from aiohttp.web_protocol import RequestHandler

from pybernetes.api.errors import APIError, bad_request, timeout, too_large
from pybernetes.apiserver.http import Answer, BodyStream, Request, Response, StreamResponse, error_response

log = logging.getLogger(__name__)

MAX_BODY_BYTES = 3 << 20  # kube-apiserver's limit on a request
_BODY_SECONDS = 60.0  # a slow sender has this long for its body
_KEEPALIVE_SECONDS = 90.0
_MAX_LINE_BYTES = 64 << 10
_NO_QUERY: Mapping[str, str] = {}

Handle = Callable[[Request], Awaitable[Answer]]


class _Connection(RequestHandler):
    """One connection; tells who asks when the other side is gone."""

    __slots__ = ("lost",)

    def connection_made(self, transport: Any) -> None:
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        if not self.lost.done():
            self.lost.set_result(None)
        super().connection_lost(exc)


class _Server(web.Server):
    def __call__(self) -> _Connection:
        return _Connection(self, loop=asyncio.get_running_loop(), **self._kwargs)


class Front:
    """Listens and serves. Connections that are open at the end get a while to finish."""

    def __init__(self, handle: Handle):
        self._handle = handle
        self._server = _Server(
            self._serve,
            request_factory=_request,
            keepalive_timeout=_KEEPALIVE_SECONDS,
            max_line_size=_MAX_LINE_BYTES,
            max_field_size=_MAX_LINE_BYTES,
            access_log=None,
            auto_decompress=False,
        )
        self._listener: asyncio.Server | None = None

    async def listen(self, address: str, port: int, context: ssl.SSLContext | None, *, backlog: int = 1024) -> int:
        """Start; gives the port. Raises OSError if the address cannot be had."""
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(
            self._server, address, port, ssl=context, backlog=backlog, reuse_address=True
        )
        return int(self._listener.sockets[0].getsockname()[1])

    async def close(self, *, grace_seconds: float = 2.0) -> None:
        """Take no more connections, let requests finish, then close what is still open."""
        if self._listener is not None:
            self._listener.close()
        await self._server.shutdown(grace_seconds)

    async def _serve(self, raw: web.BaseRequest) -> web.StreamResponse:
        try:
            request = _translated(raw)
            if raw.can_read_body:
                request.body = await _read_body(raw)
        except APIError as error:
            return _whole(error_response(error))
        answer = await self._handle(request)
        if isinstance(answer, Response):
            return _whole(answer)
        if isinstance(answer, StreamResponse):
            return await _stream(raw, answer)
        if isinstance(answer, BodyStream):
            return await _body_stream(raw, answer)
        taken: web.StreamResponse = await answer.take(raw)
        return taken


def _request(
    message: RawRequestMessage, payload: Any, protocol: Any, writer: Any, task: asyncio.Task[None]
) -> web.BaseRequest:
    return web.BaseRequest(
        message, payload, protocol, writer, task, asyncio.get_running_loop(), client_max_size=MAX_BODY_BYTES
    )


def _translated(raw: web.BaseRequest) -> Request:
    """The request in our own terms, its body not yet read."""
    path, _, query_string = raw.raw_path.partition("?")
    if "%" in path:
        path = unquote(path)
    if query_string:
        try:
            values = parse_qs(query_string, keep_blank_values=True, max_num_fields=100)
        except ValueError as error:
            raise bad_request(f"the query cannot be read: {error}") from None
        query = {name: found[0] for name, found in values.items()}
        request = Request(raw.method, path, query, raw.headers, query_string=query_string, raw=raw)
        request.query_all = lambda name: values.get(name, [])
    else:
        request = Request(raw.method, path, _NO_QUERY, raw.headers, raw=raw)
    transport = raw.transport
    if transport is not None:
        secure = transport.get_extra_info("ssl_object")
        if secure is not None:
            request.peer_certificate = secure.getpeercert(True)
        peer = transport.get_extra_info("peername")
        request.remote = peer[0] if isinstance(peer, tuple) else ""
    return request


async def _read_body(raw: web.BaseRequest) -> bytes:
    """Raises 413 for a body that is too large, 504 for one that comes too slowly."""
    if (raw.content_length or 0) > MAX_BODY_BYTES:
        raise too_large(f"Request entity too large: limit is {MAX_BODY_BYTES}")
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            return await raw.read()
    except web.HTTPRequestEntityTooLarge:
        raise too_large(f"Request entity too large: limit is {MAX_BODY_BYTES}") from None
    except TimeoutError:
        raise timeout("the request's body did not arrive in time") from None


def _whole(answer: Response) -> web.Response:
    response = web.Response(status=answer.status, body=answer.body)
    headers = response.headers
    headers["Content-Type"] = answer.content_type
    if answer.headers:
        headers.update(answer.headers)
    return response


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


async def _stream(raw: web.BaseRequest, answer: StreamResponse) -> web.StreamResponse:
    response = await _open(raw, answer)
    sink = _ChunkSink(raw)
    await answer.run(sink)
    return response


async def _open(raw: web.BaseRequest, answer: StreamResponse | BodyStream) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status)
    response.headers["Content-Type"] = answer.content_type
    if answer.headers:
        response.headers.update(answer.headers)
    response.enable_chunked_encoding()
    await response.prepare(raw)
    return response


async def _body_stream(raw: web.BaseRequest, answer: BodyStream) -> web.StreamResponse:
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
        close = getattr(answer.chunks, "aclose", None)
        if close is not None:
            await close()
