"""One connection: what goes the short way and what does not gets the same answers in the same order."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from pybernetes.apiserver.connection import _missing_after
from pybernetes.apiserver.front import Front
from pybernetes.apiserver.http import Answer, ListResponse, Request, Response, Sink, StreamResponse
from pybernetes.apiserver.sending import ONE_WRITE_BYTES, head_of

LINES = "Host: x\r\nAccept: application/json\r\n\r\n"


class Echo:
    """Answers with what it was asked; waits, streams or says a lot where the path says so."""

    def __init__(self) -> None:
        self.seen: list[Request] = []
        self.tasks: list[asyncio.Task[object] | None] = []
        self.go_on = asyncio.Event()

    async def handle(self, request: Request) -> Answer:
        self.seen.append(request)
        self.tasks.append(asyncio.current_task())
        if request.path == "/waits":
            async with asyncio.timeout(30):
                await self.go_on.wait()
        if request.path == "/yields":
            await asyncio.sleep(0)
        if request.path == "/stream":
            return StreamResponse(self._stream)
        if request.path == "/large":
            return Response(200, b"x" * (ONE_WRITE_BYTES + 1))
        if request.path == "/fails":
            return Response(404, b"none", "text/plain", {"x-told": "so"})
        return Response(200, f"{request.method} {request.path} {dict(request.query)} ".encode() + request.body)

    async def _stream(self, sink: Sink) -> None:
        sink.write(b"one\n")
        sink.write(b"two\n")


@asynccontextmanager
async def served(echo: Echo) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    front = Front(echo.handle)
    port = await front.listen("127.0.0.1", 0, None)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()
        await front.close(grace_seconds=0.01)


def asking(path: str, method: str = "GET", body: bytes = b"") -> bytes:
    length = f"Content-Length: {len(body)}\r\n" if body else ""
    return f"{method} {path} HTTP/1.1\r\n{length}{LINES}".encode() + body


async def answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    async with asyncio.timeout(10):
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        if b"transfer-encoding: chunked" in head:
            body = b""
            while size := int(await reader.readline(), 16):
                body += (await reader.readexactly(size + 2))[:-2]
            await reader.readline()
            return int(head[9:12]), body
        length = head.partition(b"content-length: ")[2]
        return int(head[9:12]), await reader.readexactly(int(length.split(b"\r\n")[0]))


async def test_a_read_like_the_one_before_needs_no_task() -> None:
    echo = Echo()
    async with served(echo) as (reader, writer):
        for number in range(4):
            writer.write(asking(f"/n/{number}?a=1&b=%20"))
            assert await answer(reader) == (200, f"GET /n/{number} {{'a': '1', 'b': ' '}} ".encode())
    first, *others = echo.tasks
    assert len(set(others)) == 1, "the connection's own task stands for what is handled at once"
    assert first not in others, "aiohttp makes one for each request"
    assert [request.headers["accept"] for request in echo.seen] == ["application/json"] * 4


@pytest.mark.parametrize("path", ["/waits", "/yields", "/stream", "/large", "/fails"])
async def test_whatever_the_answer_is_the_handler_begins_once(path: str) -> None:
    echo = Echo()
    echo.go_on.set()
    async with served(echo) as (reader, writer):
        answers = []
        for _ in range(3):
            writer.write(asking(path))
            answers.append(await answer(reader))
        assert answers[0] == answers[1] == answers[2]
        assert len(echo.seen) == 3


async def test_requests_behind_one_that_waits_wait_too() -> None:
    echo = Echo()
    async with served(echo) as (reader, writer):
        writer.write(asking("/first"))
        await answer(reader)
        writer.write(asking("/waits"))
        while len(echo.seen) < 2:
            await asyncio.sleep(0)
        writer.write(asking("/after"))
        await asyncio.sleep(0)
        assert len(echo.seen) == 2
        echo.go_on.set()
        assert (await answer(reader))[1] == b"GET /waits {} "
        assert (await answer(reader))[1] == b"GET /after {} "


async def test_a_write_like_the_one_before_has_a_task_of_its_own() -> None:
    echo = Echo()
    async with served(echo) as (reader, writer):
        for number in range(4):
            body = b"x" * (number + 1)
            writer.write(asking(f"/n/{number}?a=1", "POST", body))
            assert await answer(reader) == (200, f"POST /n/{number} {{'a': '1'}} ".encode() + body)
        writer.write(asking("/n", "DELETE"))
        assert await answer(reader) == (200, b"DELETE /n {} ")
    first, *others, _ = echo.tasks
    names = [task.get_name() if task is not None else "" for task in others]
    assert first is not None and first.get_name() != "write" and names == ["write"] * 3
    assert all("content-length" not in request.headers for request in echo.seen[1:])


@pytest.mark.parametrize("path", ["/waits", "/yields", "/stream", "/large", "/fails"])
async def test_whatever_the_answer_is_a_write_is_handled_once(path: str) -> None:
    echo = Echo()
    echo.go_on.set()
    async with served(echo) as (reader, writer):
        answers = []
        for _ in range(3):
            writer.write(asking(path, "POST", b"body"))
            answers.append(await answer(reader))
        assert answers[0] == answers[1] == answers[2]
        assert len(echo.seen) == 3


async def test_requests_behind_a_write_wait_for_it() -> None:
    echo = Echo()
    async with served(echo) as (reader, writer):
        writer.write(asking("/first", "POST", b"1"))
        await answer(reader)
        writer.write(asking("/waits", "PUT", b"2"))
        while len(echo.seen) < 2:
            await asyncio.sleep(0)
        for body in (b"3", b"4"):
            writer.write(asking("/after", "PATCH", body))
            await asyncio.sleep(0)
        writer.write(asking("/read"))
        for _ in range(20):
            await asyncio.sleep(0)
        assert len(echo.seen) == 2
        echo.go_on.set()
        bodies = [(await answer(reader))[1] for _ in range(4)]
        assert bodies == [b"PUT /waits {} 2", b"PATCH /after {} 3", b"PATCH /after {} 4", b"GET /read {} "]


async def test_a_write_under_way_is_finished_when_the_server_ends() -> None:
    echo = Echo()
    front = Front(echo.handle)
    port = await front.listen("127.0.0.1", 0, None)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(asking("/first", "POST", b"1"))
    await answer(reader)
    writer.write(asking("/waits", "POST", b"2"))
    while len(echo.seen) < 2:
        await asyncio.sleep(0)
    closing = asyncio.create_task(front.close(grace_seconds=5))
    for _ in range(5):
        await asyncio.sleep(0)
    echo.go_on.set()
    assert await answer(reader) == (200, b"POST /waits {} 2")
    await closing
    assert await reader.read() == b""
    writer.close()


async def test_a_reader_that_leaves_ends_what_waits() -> None:
    echo = Echo()
    async with served(echo) as (reader, writer):
        writer.write(asking("/first"))
        await answer(reader)
        writer.write(asking("/waits"))
        while len(echo.seen) < 2:
            await asyncio.sleep(0)


@pytest.mark.parametrize("seed", range(20))
async def test_however_the_bytes_are_cut_the_answers_are_the_same(seed: int) -> None:
    """Pipelined, split anywhere, reads between writes: every request is answered, in order, with its own body."""
    random.seed(seed)
    echo = Echo()
    echo.go_on.set()
    wanted, sent = [], []
    for number in range(40):
        body = random.choice((b"", b"", b"GET /smuggled HTTP/1.1\r\n" + LINES.encode(), b"x" * 3000))
        method = random.choice(("POST", "PUT")) if body else random.choice(("GET", "GET", "DELETE"))
        path = random.choice((f"/{number}", f"/{number}?q={number}", "/yields"))
        query = {"q": str(number)} if "?" in path else {}
        wanted.append(f"{method} {path.partition('?')[0]} {query} ".encode() + body)
        sent.append(asking(path, method, body))
    async with served(echo) as (reader, writer):
        for first in range(0, len(sent), 4):
            data = b"".join(sent[first : first + 4])
            while data:
                size = random.choice((len(data), len(sent[first]), random.randrange(1, len(data) + 1)))
                writer.write(data[:size])
                data = data[size:]
                await asyncio.sleep(0)
            for expected in wanted[first : first + 4]:
                assert await answer(reader) == (200, expected)
    assert len(echo.seen) == len(sent)


REFUSED = [
    b"GET /a b HTTP/1.1\r\n",
    b"GET /\x01 HTTP/1.1\r\n",
    b"GET /a HTTP/9.1\r\n",
    b"GET /a HTTP/1.1 \r\n",
]


@pytest.mark.parametrize("line", REFUSED)
async def test_a_bad_first_line_over_remembered_lines_is_refused(line: bytes) -> None:
    echo = Echo()
    async with served(echo) as (reader, writer):
        for _ in range(2):
            writer.write(asking("/good"))
            await answer(reader)
        writer.write(line + LINES.encode())
        assert b" 400 " in await reader.readline()
    assert len(echo.seen) == 2


async def test_a_connection_that_is_to_be_closed_is_closed() -> None:
    echo = Echo()
    async with served(echo) as (reader, writer):
        for _ in range(2):
            writer.write(asking("/good"))
            await answer(reader)
        writer.write(b"GET /last HTTP/1.1\r\nConnection: close\r\n" + LINES.encode())
        assert (await answer(reader))[0] == 200
        assert await reader.read() == b""


async def test_a_query_that_cannot_be_read_is_told_so() -> None:
    echo = Echo()
    async with served(echo) as (reader, writer):
        many = "/a?" + "&".join(f"n{number}=1" for number in range(200))
        for _ in range(3):
            writer.write(asking("/good"))
            await answer(reader)
            writer.write(asking(many))
            assert (await answer(reader))[0] == 400


async def test_a_reader_that_does_not_read_is_sent_no_more() -> None:
    echo = Echo()
    async with served(echo) as (reader, writer):
        transport = writer.transport
        transport.pause_reading()
        for _ in range(200):
            writer.write(asking("/large"))
            await asyncio.sleep(0)
        handled = -1
        while handled != len(echo.seen):
            handled = len(echo.seen)
            for _ in range(50):
                await asyncio.sleep(0)
        assert handled < 200, "what the reader does not take is not made"
        transport.resume_reading()
        for _ in range(200):
            assert len((await answer(reader))[1]) == ONE_WRITE_BYTES + 1


HEADS = [
    (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 0),
    (b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n", 5),
    (b"POST / HTTP/1.1\r\ncontent-length:5\r\n\r\nab", 3),
    (b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nab", 0),
    (b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nabGET", -1),
    (b"POST / HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n", -1),
    (b"POST / HTTP/1.1\r\nX-Content-Length: 2\r\n\r\n", -1),
    (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", -1),
    (b"GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n", -1),
    (b"POST / HTTP/1.1\r\nHost", -1),
]


@pytest.mark.parametrize(("data", "missing"), HEADS)
def test_what_a_request_still_needs(data: bytes, missing: int) -> None:
    assert _missing_after(data, data.find(b"\r\n\r\n") + 4) == missing


async def test_each_warning_is_a_header_of_its_own() -> None:
    assert head_of(Response(200, b"", "x/y", {"warning": '299 - "a"\n299 - "b"', "x-y": "z"})).endswith(
        b'\r\nwarning: 299 - "a"\r\nwarning: 299 - "b"\r\nx-y: z\r\n'
    )
    with pytest.raises(ValueError, match="more than one line"):
        head_of(Response(200, b"", "x/y", {"x-told": "a\nb"}))


SIZES = [[10] * 7, [1], [70_000, 3, 3], [3, 3, 70_000], [5] * 1000, [33_000] * 5]


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("slice_bytes", [1, 40, 32 << 10])
def test_the_slices_of_a_list_are_its_body(sizes: list[int], slice_bytes: int) -> None:
    items = [bytes([97 + index % 26]) * size for index, size in enumerate(sizes)]
    answer = ListResponse(b"[<", items, b",<", b"]", sum(sizes))
    expected = b"[<" + b",<".join(items) + b"]"
    assert b"".join(answer.slices(slice_bytes)) == expected
    assert answer.body == expected
    assert answer.size == len(expected)


async def test_a_list_is_sent_at_its_length() -> None:
    items = [b"x" * 1000] * 300 + [b"y" * (3 * ONE_WRITE_BYTES)]
    listed = ListResponse(b"[", items, b",", b"]", sum(map(len, items)))

    async def handle(request: Request) -> Answer:
        return listed

    front = Front(handle)
    port = await front.listen("127.0.0.1", 0, None)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(2):
        writer.write(f"GET / HTTP/1.1\r\n{LINES}".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        assert b"Content-Length: %d\r\n" % listed.size in head
        assert await reader.readexactly(listed.size) == listed.body
    writer.close()
    await front.close(grace_seconds=0.01)


NO_HTTP = [
    (b"garbage\r\n\r\n", 400, b"400 Bad Request"),
    (b"GET /a HTTP/1.1\r\n\r\n", 400, b"400 Bad Request: missing required Host header"),
    (b"GET /a HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n", 400, b"400 Bad Request"),
    (b"GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400, b"400 Bad Request"),
    (b"GET /a HTTP/1.1\r\nHost: x\r\nA: " + b"x" * 70_000 + b"\r\n\r\n", 431, b"431 Request Header Fields Too Large"),
    (b"POST /a HTTP/1.1\r\nHost: x\r\nExpect: much\r\nContent-Length: 2\r\n\r\n", 417, b""),
]


@pytest.mark.parametrize(("sent", "status", "body"), NO_HTTP)
async def test_what_is_no_http_is_told_so_in_few_words(sent: bytes, status: int, body: bytes) -> None:
    async with served(Echo()) as (reader, writer):
        writer.write(sent)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 %d " % status)
        assert b"Server:" not in head
        assert await reader.readexactly(len(body)) == body


TARGETS = [
    ("http://x:1/a?b=c", b"GET /a {'b': 'c'} "),
    ("/a?x=%zz&y=1;z=2&w=3", b"GET /a {'w': '3'} "),
    ("/a%2Fb", b"GET /a/b {} "),
]


@pytest.mark.parametrize(("target", "body"), TARGETS)
async def test_targets_are_read_as_go_reads_them(target: str, body: bytes) -> None:
    async with served(Echo()) as (reader, writer):
        for _ in range(2):  # once aiohttp's way, and once the short one
            writer.write(f"GET {target} HTTP/1.1\r\n{LINES}".encode())
            await reader.readuntil(b"\r\n\r\n")
            assert await reader.readexactly(len(body)) == body


async def test_who_waits_before_a_large_body_is_told_to_send_it() -> None:
    async with served(Echo()) as (reader, writer):
        writer.write(b"POST /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"hi")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
        assert (await reader.readuntil(b"hi")).startswith(b"POST /a")
