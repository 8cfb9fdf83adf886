"""The API server as a transport, for components in its own process: no socket, no TLS, no HTTP.

    Client -> request(...) -> apiserver.Handler.handle(Request(user=...)) -> the same bytes as over the network

The caller's identity is given, not proved: whoever holds the handler could do anything anyway. Authorization,
admission and audit see the same user as over HTTPS. A stream is a task that writes into a `_Pipe`; the API server
sees how much of it the reader has not taken and drops a reader that is too slow, as it does on a socket.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from urllib.parse import unquote, urlencode

from pybernetes.apiserver.handler import Handler
from pybernetes.apiserver.http import Answer, BodyStream, Request, StreamResponse, Upgrade
from pybernetes.apiserver.http import Response as Whole
from pybernetes.apiserver.user import AUTHENTICATED_GROUP, User
from pybernetes.client.client import error_from
from pybernetes.client.transport import Response, TransportError


def component_user(name: str) -> User:
    """A component of the control plane, as its certificate would name it."""
    return User(name, (AUTHENTICATED_GROUP,))


class _Pipe:
    """A stream's bytes between the API server, which writes, and one reader."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._waiting = 0
        self._news = asyncio.Event()
        self._reader_gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._finished = False

    def write(self, data: bytes) -> None:
        if not self._reader_gone.done():
            self._pieces.append(data)
            self._waiting += len(data)
            self._news.set()

    @property
    def backlog(self) -> int:
        return self._waiting

    async def closed(self) -> None:
        await asyncio.shield(self._reader_gone)

    def finish(self) -> None:
        """No more will be written."""
        self._finished = True
        self._news.set()

    def leave(self) -> None:
        """Nobody reads any more."""
        if not self._reader_gone.done():
            self._reader_gone.set_result(None)
        self._pieces.clear()
        self._waiting = 0

    async def pieces(self) -> AsyncIterator[bytes]:
        """What was written, joined to as few pieces as the reader is slow, until the stream is over."""
        while True:
            if self._pieces:
                data = b"".join(self._pieces)
                self._pieces.clear()
                self._waiting = 0
                yield data
            elif self._finished:
                return
            else:
                self._news.clear()
                await self._news.wait()


class InProcessTransport:
    """A `pybernetes.client.transport.Transport` over a handler in this process."""

    def __init__(self, handler: Handler, user: User):
        self._handler = handler
        self._user = user
        self._streams: set[_Pipe] = set()

    async def _ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        body: bytes | None,
        headers: Mapping[str, str] | None,
    ) -> Answer:
        asked = dict(query or {})
        lowered = {name.lower(): value for name, value in (headers or {}).items()}
        request = Request(
            method,
            unquote(path) if "%" in path else path,
            asked,
            {"accept": "application/json", **lowered},
            body or b"",
            query_all=lambda name: [asked[name]] if name in asked else [],
            query_string=urlencode(asked),
            user=self._user,
            remote="127.0.0.1",
        )
        return await self._handler.handle(request)

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        answer = await self._ask(method, path, query, body, headers)
        if isinstance(answer, Whole):
            return Response(answer.status, answer.body, _headers(answer))
        if isinstance(answer, Upgrade):
            raise TransportError(f"{method} {path}: takes the connection over, which there is none of")
        async with self._reading(answer) as pieces:
            content = b"".join([piece async for piece in pieces])
        return Response(answer.status, content, _headers(answer))

    @asynccontextmanager
    async def stream(
        self, path: str, *, query: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> AsyncGenerator[AsyncIterator[bytes], None]:
        answer = await self._ask("GET", path, query, None, headers)
        if isinstance(answer, Upgrade):
            raise TransportError(f"GET {path}: takes the connection over, which there is none of")
        if isinstance(answer, Whole):
            if not 200 <= answer.status < 300:
                raise error_from(Response(answer.status, answer.body, _headers(answer)))
            yield _once(answer.body)
            return
        async with self._reading(answer) as pieces:
            yield pieces

    @asynccontextmanager
    async def _reading(self, answer: StreamResponse | BodyStream) -> AsyncGenerator[AsyncIterator[bytes], None]:
        """Run a stream while its pieces are read; it ends with the reader, and its failure is the reader's."""
        if isinstance(answer, BodyStream):
            try:
                yield answer.chunks
            finally:
                close = getattr(answer.chunks, "aclose", None)
                if close is not None:
                    await close()
            return
        pipe = _Pipe()
        self._streams.add(pipe)
        task = asyncio.create_task(_run(answer, pipe), name=f"in-process stream of {self._user.name}")
        try:
            yield _followed(pipe, task)
        finally:
            self._streams.discard(pipe)
            pipe.leave()
            task.cancel()
            await asyncio.wait({task})

    async def close(self) -> None:
        """Streams that are open end."""
        for pipe in list(self._streams):
            pipe.finish()


async def _run(answer: StreamResponse, pipe: _Pipe) -> None:
    try:
        await answer.run(pipe)
    finally:
        pipe.finish()


async def _followed(pipe: _Pipe, task: asyncio.Task[None]) -> AsyncIterator[bytes]:
    """The pieces of a pipe, then the failure of what wrote it, if it failed."""
    async for piece in pipe.pieces():
        yield piece
    if task.done() and not task.cancelled() and task.exception() is not None:
        raise TransportError(f"the stream broke: {task.exception()}") from task.exception()


async def _once(body: bytes) -> AsyncIterator[bytes]:
    yield body


def _headers(answer: Whole | StreamResponse | BodyStream) -> dict[str, str]:
    return {"content-type": answer.content_type, **{k.lower(): v for k, v in (answer.headers or {}).items()}}
