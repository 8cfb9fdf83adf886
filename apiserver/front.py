"""HTTP in front of the handler: aiohttp's low-level server over TLS.

Each HTTP request becomes a `Request`, each `Answer` an HTTP answer. Routing, content negotiation and errors are
the handler's; what is here is only what a wire needs: limits on what is read. `connection` has the short way of
plain reads, `sending` how answers go out.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Callable, Coroutine, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, unquote

from aiohttp import web
from aiohttp.http import RawRequestMessage

from pybernetes.api.errors import APIError, bad_request, timeout, too_large
from pybernetes.apiserver.connection import Begun, Connection, Outbox, RememberedHeads
from pybernetes.apiserver.http import Answer, BodyStream, Request, Response, StreamResponse, error_response
from pybernetes.apiserver.sending import WholeAnswer, send_body_stream, send_stream

MAX_BODY_BYTES = 3 << 20  # kube-apiserver's limit on a request
_BODY_SECONDS = 60.0  # a slow sender has this long for its body
_KEEPALIVE_SECONDS = 90.0
_MAX_LINE_BYTES = 64 << 10
_REMEMBERED_QUERIES = 2048
_REMEMBERED_CHARACTERS = 512  # with what they mean, 8 MB at the most
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_NO_QUERY: Mapping[str, str] = {}

Handle = Callable[[Request], Coroutine[Any, Any, Answer]]


class _Server(web.Server):
    def __init__(self, front: Front, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._front = front

    def __call__(self) -> Connection:
        return Connection(self._front, self, loop=asyncio.get_running_loop(), **self._kwargs)


class Front:
    """Listens and serves. Connections that are open at the end get a while to finish."""

    def __init__(self, handle: Handle, *, shown: Callable[[bytes, tuple[bytes, ...]], None] | None = None):
        """`shown` is told of certificates that clients show, with those below them."""
        self.handle = handle
        self.shown = shown
        self.heads = RememberedHeads()
        self.outbox = Outbox()
        self._server = _Server(
            self,
            self._serve,
            request_factory=_request,
            keepalive_timeout=_KEEPALIVE_SECONDS,
            max_line_size=_MAX_LINE_BYTES,
            max_field_size=_MAX_LINE_BYTES,
            access_log=None,
            auto_decompress=False,
        )
        self._listener: asyncio.Server | None = None

    async def listen(
        self,
        address: str,
        port: int,
        context: ssl.SSLContext | None,
        *,
        backlog: int = 1024,
        share_port: bool = False,
    ) -> int:
        """Start; gives the port. Raises OSError if the address cannot be had."""
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(
            self._server,
            address,
            port,
            ssl=context,
            backlog=backlog,
            reuse_address=True,
            reuse_port=share_port or None,
        )
        return int(self._listener.sockets[0].getsockname()[1])

    async def close(self, *, grace_seconds: float = 2.0) -> None:
        """Take no more connections, let requests finish, then close what is still open."""
        if self._listener is not None:
            self._listener.close()
        await self._server.shutdown(grace_seconds)

    def request_of(
        self, method: str, target: str, headers: Mapping[str, str], connection: Connection
    ) -> Request | None:
        """A request in our own terms, its body not yet read; None if its target cannot be read."""
        if "%" in target and _BAD_ESCAPE.search(target):
            return None
        try:
            return _translated(method, target, headers, connection)
        except APIError:
            return None

    async def _serve(self, raw: web.BaseRequest) -> web.StreamResponse:
        connection = raw.protocol
        assert isinstance(connection, Connection), "the server makes no other"
        begun = connection.take_begun()
        if begun is None:
            try:
                target = _path_of(raw.raw_path)
                if _BAD_ESCAPE.search(target.partition("?")[0]):
                    return connection.handle_error(raw, 400)
                request = _translated(raw.method, target, raw.headers, connection)
                if raw.can_read_body:
                    expected = raw.headers.get("expect")
                    if expected and not _go_on(raw, expected):
                        return WholeAnswer(Response(417, b"", "text/plain; charset=utf-8"))
                    request.body = await _read_body(raw)
            except APIError as error:
                return WholeAnswer(error_response(error))
            answer = await self.handle(request)
        else:
            answer = await begun if isinstance(begun, Begun) else begun
        if isinstance(answer, Response):
            return WholeAnswer(answer)
        if isinstance(answer, StreamResponse):
            return await send_stream(raw, answer)
        if isinstance(answer, BodyStream):
            return await send_body_stream(raw, answer)
        taken: web.StreamResponse = await answer.take(raw)
        return taken


def _request(
    message: RawRequestMessage, payload: Any, protocol: Any, writer: Any, task: asyncio.Task[None]
) -> web.BaseRequest:
    return web.BaseRequest(
        message, payload, protocol, writer, task, asyncio.get_running_loop(), client_max_size=MAX_BODY_BYTES
    )


def _path_of(target: str) -> str:
    """The path and query of a target that may be a whole URL, as clients send it to proxies."""
    if target.startswith(("http://", "https://")):
        return "/" + target.partition("//")[2].partition("/")[2]
    return target


def _go_on(raw: web.BaseRequest, expected: str) -> bool:
    """Tell a client that waits before it sends a large body to send it; False for what else it may expect."""
    if expected.lower() != "100-continue":
        return False
    if raw.transport is not None and not raw.content.is_eof():
        raw.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    return True


def _translated(method: str, target: str, headers: Mapping[str, str], connection: Connection) -> Request:
    """Raises 400 for a query that cannot be read."""
    path, _, query_string = target.partition("?")
    if "%" in path:
        path = unquote(path)
    certificate, remote = connection.peer_certificate, connection.remote
    if not query_string:
        return Request(method, path, _NO_QUERY, headers, peer_certificate=certificate, remote=remote)
    values, query = _parsed(query_string) if len(query_string) <= _REMEMBERED_CHARACTERS else _parse(query_string)
    return Request(
        method,
        path,
        query,
        headers,
        query_all=lambda name: values.get(name, []),
        query_string=query_string,
        peer_certificate=certificate,
        remote=remote,
    )


def _parse(query_string: str) -> tuple[Mapping[str, list[str]], Mapping[str, str]]:
    """All values of each parameter, and the first of each. Not to be changed. Raises 400.

    A parameter that is not well formed is left out, as Go does.
    """
    if ";" in query_string or _BAD_ESCAPE.search(query_string):
        pairs = query_string.split("&")
        query_string = "&".join(pair for pair in pairs if ";" not in pair and not _BAD_ESCAPE.search(pair))
    try:
        values = parse_qs(query_string, keep_blank_values=True, max_num_fields=100)
    except ValueError as error:
        raise bad_request(f"the query cannot be read: {error}") from None
    return values, {name: found[0] for name, found in values.items()}


_parsed = lru_cache(_REMEMBERED_QUERIES)(_parse)  # clients ask with the same few all the time


async def _read_body(raw: web.BaseRequest) -> bytes:
    """Raises 413 for a body that is too large, 504 for one that comes too slowly."""
    if (raw.content_length or 0) > MAX_BODY_BYTES:
        raise too_large(f"Request entity too large: limit is {MAX_BODY_BYTES}")
    if raw.content_length and raw.content.is_eof():
        return raw.content.read_nowait()  # it came with the head: no clock need run
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            return await raw.read()
    except web.HTTPRequestEntityTooLarge:
        raise too_large(f"Request entity too large: limit is {MAX_BODY_BYTES}") from None
    except TimeoutError:
        raise timeout("the request's body did not arrive in time") from None
