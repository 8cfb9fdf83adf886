"""One connection, with a short way for what clients do all day: a request like the one before, on one at rest.

aiohttp's server gives every request a task, a payload and three turns of the event loop: 25 us, and 50 with a body. A
client's requests differ in their first line and their length only, so the other lines are read by aiohttp's strict
parser once and remembered, bytes for bytes, for all connections. When a GET with remembered lines arrives alone on a
connection that is at rest, it is handled right there and its answer written, in the same turn:

    data_received → remembered lines → begin the handler → finished without waiting: into the outbox
                                                        → anything else: aiohttp's own road, from where it stands

What the handler has begun is not begun twice: if it has to wait (for a store that is far away), or its answer is a
stream, or large, or takes the connection over, the same bytes are then given to aiohttp, whose task goes on with what
was begun (`take_begun`).

Invariants: the short way is taken only at the boundary between two requests, which is known by counting the bytes
of every request that went the other way, and given up for good on a connection where it cannot be counted (chunked
bodies); never while the reader has not taken what was sent; and never past the limits that aiohttp keeps.
"""

from __future__ import annotations

import asyncio
import logging
import re
from asyncio.tasks import _enter_task, _leave_task  # documented for those who step coroutines themselves
from collections.abc import Coroutine, Generator, Mapping
from typing import TYPE_CHECKING, Any

from aiohttp import HttpVersion11, web
from aiohttp.http import RawRequestMessage
from aiohttp.http_exceptions import LineTooLong
from aiohttp.web_protocol import RequestHandler
from multidict import CIMultiDict

from pybernetes.apiserver.http import Answer, Request, Response
from pybernetes.apiserver.pki.any_client import intermediates_of
from pybernetes.apiserver.sending import ONE_WRITE_BYTES, WholeAnswer, head_of

if TYPE_CHECKING:
    from pybernetes.apiserver.front import Front

log = logging.getLogger(__name__)

_REMEMBERED_BYTES = 4096  # longer heads are rare, and would let one client fill the memory below
_REMEMBERED = 1024  # clients send a handful of different heads each: 4 MiB at the very most
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,18})[ \t]*\r\n", re.IGNORECASE)
_FIRST_LINE = re.compile(rb"(GET|POST|PUT|PATCH|DELETE) (/[!-\"$-~]*) HTTP/1\.1")
_WRITES = (b"POST ", b"PUT ", b"PATCH ", b"DELETE ")
_UNKNOWN = -1


class RememberedHeads:
    """Header lines as they were sent, with what they mean. The one that was added first goes first."""

    def __init__(self) -> None:
        self._found: dict[bytes, Mapping[str, str]] = {}

    def get(self, lines: bytes) -> Mapping[str, str] | None:
        return self._found.get(lines)

    def put(self, lines: bytes, message: RawRequestMessage, *, without_length: bool = False) -> None:
        """Remember the lines of a request that leaves its connection open.

        It has no body, unless the line that says how long it is has been left out of `lines`.
        """
        plain = not (message.should_close or message.upgrade or message.chunked or message.compression)
        if not plain or message.version != HttpVersion11 or len(lines) > _REMEMBERED_BYTES:
            return
        headers: Mapping[str, str] = message.headers
        if without_length:
            headers = CIMultiDict(message.headers)
            headers.popone("content-length", "")
        if "expect" in headers or "content-length" in headers:
            return
        while len(self._found) >= _REMEMBERED:
            del self._found[next(iter(self._found))]
        self._found[lines] = headers


class Outbox:
    """Answers of this turn of the event loop, sent together at its end.

    A client that waits is woken by the first answer that reaches it, which costs the sender up to 10 us; while it gets
    up, the others arrive. Who sends each answer at once wakes it for each. The order on a connection is kept: whatever
    else is written to it is written by a task that was scheduled later than `_send`.
    """

    def __init__(self) -> None:
        self._answers: list[tuple[asyncio.Transport, bytes]] = []

    def put(self, transport: asyncio.Transport, data: bytes) -> None:
        if not self._answers:
            asyncio.get_running_loop().call_soon(self._send)
        self._answers.append((transport, data))

    def _send(self) -> None:
        answers, self._answers = self._answers, []
        for transport, data in answers:
            if not transport.is_closing():
                transport.write(data)


class Begun:
    """A handler's coroutine that was stepped once; awaiting it goes on from there."""

    def __init__(self, coroutine: Coroutine[Any, Any, Answer], waits_for: Any):
        self._coroutine, self._waits_for = coroutine, waits_for

    def __await__(self) -> Generator[Any, Any, Answer]:
        waits_for = self._waits_for
        while True:
            try:
                try:
                    sent = yield waits_for
                except BaseException as error:
                    waits_for = self._coroutine.throw(error)
                else:
                    waits_for = self._coroutine.send(sent)
            except StopIteration as done:
                answer: Answer = done.value
                return answer


class Connection(RequestHandler):
    """`lost` is done once the other side is gone."""

    __slots__ = ("_begun", "_behind", "_front", "_missing_bytes", "_writing", "lost", "peer_certificate", "remote")

    def __init__(self, front: Front, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._front = front
        self._begun: Begun | Answer | None = None
        self._missing_bytes = 0  # of the request under way; 0 at a boundary
        self._writing: asyncio.Task[None] | None = None
        self._behind = b""  # what came while a write went the short way

    def connection_made(self, transport: Any) -> None:
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        secure = transport.get_extra_info("ssl_object")
        self.peer_certificate: bytes | None = secure.getpeercert(True) if secure is not None else None
        if self.peer_certificate is not None and self._front.shown is not None:
            self._front.shown(self.peer_certificate, intermediates_of(secure))
        peer = transport.get_extra_info("peername")
        self.remote: str = peer[0] if isinstance(peer, tuple) else ""
        super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        if not self.lost.done():
            self.lost.set_result(None)
        super().connection_lost(exc)

    def take_begun(self) -> Begun | Answer | None:
        """What was begun for the request that aiohttp has just parsed, if anything."""
        begun, self._begun = self._begun, None
        return begun

    def data_received(self, data: bytes) -> None:
        if not data:  # aiohttp calls itself so, to look at what it had put aside
            super().data_received(data)
            return
        if self._writing is not None:
            self._behind += data
            if self.transport is not None:
                self.transport.pause_reading()
            return
        if self._missing_bytes:
            self._count(len(data))
            super().data_received(data)
            return
        end = data.find(b"\r\n\r\n") + 4
        if end == len(data) and data.startswith(b"GET "):
            self._read_received(data)
            return
        lines = _write_lines(data, end)
        if lines is not None and self._write_begins(data, end, lines):
            return
        self._missing_bytes = _missing_after(data, end)
        message = self._parsed(data)
        if message is not None and lines is not None:
            self._front.heads.put(lines, message, without_length=True)

    def _read_received(self, data: bytes) -> None:
        at = data.index(b"\r\n")
        lines = data[at:]
        headers = self._front.heads.get(lines) if self._is_at_rest() else None
        if headers is not None:
            first = _FIRST_LINE.fullmatch(data, 0, at)
            if first is not None and self._answered(first[2].decode(), headers):
                return
        message = self._parsed(data)
        if message is not None:
            self._front.heads.put(lines, message)
            if message.chunked or "content-length" in message.headers:
                self._missing_bytes = _UNKNOWN  # a GET with a body: rare enough not to be counted

    def _is_at_rest(self) -> bool:
        waiter = self._waiter
        return waiter is not None and not waiter.done() and not self._messages and not self._paused

    def _parsed(self, data: bytes) -> RawRequestMessage | None:
        """Give aiohttp what came; the request that began with it, if it was one."""
        before = self._request_count
        super().data_received(data)
        if self._request_count == before + 1 and self._messages:
            message = self._messages[-1][0]
            if isinstance(message, RawRequestMessage):
                return message
        return None

    def _count(self, received: int) -> None:
        if self._missing_bytes != _UNKNOWN:
            self._missing_bytes -= received
            if self._missing_bytes < 0:
                self._missing_bytes = _UNKNOWN  # the next request came with the end of this one

    def _answered(self, target: str, headers: Mapping[str, str]) -> bool:
        """Handle a request; False if aiohttp is to go on with it."""
        task, transport = self._task_handler, self.transport
        if task is None or transport is None or self._close or self._force_close or transport.is_closing():
            return False
        request = self._front.request_of("GET", target, headers, self)
        if request is None:
            return False
        coroutine = self._front.handle(request)
        _enter_task(self._loop, task)
        try:
            waits_for = coroutine.send(None)
        except StopIteration as done:
            answer: Answer = done.value
        else:
            self._begun = Begun(coroutine, waits_for)
            return False
        finally:
            _leave_task(self._loop, task)
        return self._sent(answer, transport)

    def _sent(self, answer: Answer, transport: asyncio.Transport) -> bool:
        """Write an answer; False if aiohttp is to send it."""
        if type(answer) is not Response or len(answer.body) > ONE_WRITE_BYTES or answer.status < 200:
            self._begun = answer
            return False
        self._front.outbox.put(transport, b"%b\r\n%b" % (head_of(answer), answer.body))
        self._next_keepalive_close_time = self._loop.time() + self._keepalive_timeout
        return True

    # -- the short way of a write

    def _write_begins(self, data: bytes, end: int, lines: bytes) -> bool:
        """Start the task that handles a write; False if aiohttp is to see to it."""
        if not self._is_at_rest() or self._close or self._force_close:
            return False
        headers, first = self._front.heads.get(lines), _FIRST_LINE.fullmatch(data, 0, data.index(b"\r\n"))
        if headers is None or first is None:
            return False
        request = self._front.request_of(first[1].decode(), first[2].decode(), headers, self)
        if request is None:
            return False
        request.body = data[end:]
        self._writing = self._loop.create_task(self._write(request, data), name="write")
        return True

    async def _write(self, request: Request, data: bytes) -> None:
        try:
            answer = await self._front.handle(request)
        except Exception:
            log.exception("a write ended without an answer", extra={"method": request.method, "path": request.path})
            self.force_close()
            return
        finally:
            self._writing = None
        transport = self.transport
        if transport is None or transport.is_closing():
            return
        if not self._sent(answer, transport):
            super().data_received(data)
        behind, self._behind = self._behind, b""
        if behind:
            transport.resume_reading()
            self.data_received(behind)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """What is no HTTP is told so as Go does: without saying what it was, nor who says it."""
        if status != 400:
            return super().handle_error(request, status, exc, message)
        log.debug("no HTTP", extra={"remote": self.remote, "error": str(exc)})
        why = "400 Bad Request"
        if isinstance(exc, LineTooLong):
            status, why = 431, "431 Request Header Fields Too Large"
        elif "Missing 'Host'" in str(exc):
            why += ": missing required Host header"
        answer = WholeAnswer(Response(status, why.encode(), "text/plain; charset=utf-8"))
        answer.force_close()
        return answer

    def _process_keepalive(self) -> None:
        if self._writing is not None:  # at rest only for aiohttp
            self._next_keepalive_close_time = self._loop.time() + self._keepalive_timeout
        super()._process_keepalive()

    async def shutdown(self, timeout: float | None = 15.0) -> None:
        """Let a write finish, as aiohttp does with what it handles itself, then close."""
        writing = self._writing
        if writing is not None:
            self._force_close = True
            await asyncio.wait((writing,), timeout=timeout)
            writing.cancel()
            await asyncio.sleep(0)  # its answer is in the outbox
        await super().shutdown(timeout)


def _write_lines(data: bytes, end: int) -> bytes | None:
    """The lines of a write below the first, without that on its length; None if it is no write, or not whole."""
    if end < 4 or not data.startswith(_WRITES):
        return None
    lines = data[data.index(b"\r\n") : end]
    found = _LENGTH.search(lines)
    if found is None:
        return lines if end == len(data) else None
    if end + int(found[1]) != len(data):
        return None
    return lines[: found.start()] + lines[found.end() - 2 :]


def _missing_after(data: bytes, end: int) -> int:
    """How many bytes the request that begins with `data` still needs, its head being `end` long (3 if unfinished)."""
    if end < 4:
        return _UNKNOWN
    head = data[:end].lower()
    if b"transfer-encoding" in head or b"\r\nupgrade" in head or head.count(b"content-length") > 1:
        return _UNKNOWN
    found = _LENGTH.search(head)
    if found is None and b"content-length" in head:
        return _UNKNOWN
    missing = end + (int(found[1]) if found else 0) - len(data)
    return missing if missing >= 0 else _UNKNOWN
