"""Channels over real sockets: against gRPC's own server, and against one that does what a test says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc
import pytest

from pybernetes.apiserver.storage.rpc import channel as channel_module
from pybernetes.apiserver.storage.rpc import frames, link
from pybernetes.apiserver.storage.rpc.channel import Channel
from pybernetes.apiserver.storage.rpc.status import Code, RpcError, StatusError, TransportError

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter, int], Awaitable[None]]


# gRPC's own server


class Methods(grpc.GenericRpcHandler):  # type: ignore[misc]
    """/echo, /fail, /sleep take one message; /each answers each of many; /count answers one with so many."""

    def service(self, call: Any) -> Any:
        method = getattr(self, call.method[1:], None)
        if call.method == "/each":
            return grpc.stream_stream_rpc_method_handler(method)
        if call.method == "/count":
            return grpc.unary_stream_rpc_method_handler(method)
        return grpc.unary_unary_rpc_method_handler(method) if method else None

    async def echo(self, request: bytes, context: Any) -> bytes:
        return request

    async def fail(self, request: bytes, context: Any) -> bytes:
        await context.abort(grpc.StatusCode.OUT_OF_RANGE, "zu groß: 100%")
        raise AssertionError

    async def sleep(self, request: bytes, context: Any) -> bytes:
        self.deadline = context.time_remaining()
        try:
            await asyncio.sleep(60)
        finally:
            self.cancelled = True
        return b""

    async def each(self, requests: Any, context: Any) -> AsyncIterator[bytes]:
        self.metadata = dict(context.invocation_metadata())
        async for request in requests:
            yield request * 2

    async def count(self, request: bytes, context: Any) -> AsyncIterator[bytes]:
        for number in range(int(request)):
            yield bytes([number % 256]) * 10_000


@pytest.fixture
async def server() -> AsyncIterator[tuple[str, Methods]]:
    methods = Methods()
    server = grpc.aio.server(options=[("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)])
    server.add_generic_rpc_handlers((methods,))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    yield f"http://127.0.0.1:{port}", methods
    await server.stop(None)


@pytest.fixture
async def channel(server: tuple[str, Methods]) -> AsyncIterator[Channel]:
    channel = Channel(server[0])
    await channel.ready()
    yield channel
    await channel.close()


async def test_messages_of_every_size_many_at_a_time(channel: Channel) -> None:
    messages = [bytes([n]) * size for n, size in enumerate([0, 1, 16_000, 16_384, 65_530, 65_536, 300_000, 20_000_000])]
    answers = await asyncio.gather(*(channel.unary("/echo", m, timeout_seconds=30) for m in messages * 3))
    assert answers == messages * 3


async def test_statuses(channel: Channel) -> None:
    with pytest.raises(StatusError, match="OUT_OF_RANGE: zu groß: 100%"):
        await channel.unary("/fail", b"", timeout_seconds=5)
    with pytest.raises(StatusError) as caught:
        await channel.unary("/none", b"", timeout_seconds=5)
    assert caught.value.code is Code.UNIMPLEMENTED


async def test_deadlines_end_calls_here_and_there(channel: Channel, server: tuple[str, Methods]) -> None:
    started = asyncio.get_running_loop().time()
    late = asyncio.create_task(channel.unary("/sleep", b"", timeout_seconds=20))
    with pytest.raises(TransportError) as caught:
        await channel.unary("/sleep", b"", timeout_seconds=0.05)
    assert (caught.value.code, caught.value.processed) == (Code.DEADLINE_EXCEEDED, True)
    assert asyncio.get_running_loop().time() - started < 10
    assert not late.done()
    late.cancel()
    await asyncio.wait({late})
    async with asyncio.timeout(10):
        while not getattr(server[1], "cancelled", False):
            await asyncio.sleep(0.01)


async def test_questions_and_answers_take_turns_on_one_stream(channel: Channel, server: tuple[str, Methods]) -> None:
    stream = channel.stream("/each", b"a", metadata=(("hasleader", "true"),))
    assert await stream.take() == [b"aa"]
    stream.send(b"b" * 40_000)
    assert b"".join(await stream.take()) == b"b" * 80_000
    assert server[1].metadata["hasleader"] == "true"
    stream.cancel()
    assert await channel.unary("/echo", b"x", timeout_seconds=5) == b"x"


async def test_a_reader_that_takes_its_time_gets_everything(channel: Channel) -> None:
    stream = channel.stream("/count", b"1000", end=True)
    await asyncio.sleep(0.05)
    seen = 0
    while messages := await stream.take():
        for message in messages:
            assert message == bytes([seen % 256]) * 10_000
            seen += 1
        await channel.unary("/echo", b"", timeout_seconds=5)
    assert seen == 1000


async def test_closing_breaks_what_is_under_way(server: tuple[str, Methods]) -> None:
    channel = Channel(server[0])
    await channel.ready()
    asleep = asyncio.create_task(channel.unary("/sleep", b"", timeout_seconds=20))
    stream = channel.stream("/each", b"a")
    assert await stream.take() == [b"aa"]
    await channel.close()
    with pytest.raises(RpcError):
        await asleep
    with pytest.raises(RpcError):
        await stream.take()
    with pytest.raises(TransportError, match="not connected"):
        await channel.unary("/echo", b"", timeout_seconds=1)
    with pytest.raises(ConnectionError):
        await channel.ready()


# A server of frames


class Script:
    """A server that exchanges settings and then does what it is told with each connection."""

    def __init__(self) -> None:
        self.connections = 0
        self.behaviour: Behaviour = hold
        self._writers: list[asyncio.StreamWriter] = []

    async def start(self) -> str:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        self.connections += 1
        number = self.connections
        try:
            await reader.readexactly(len(frames.PREFACE))
            writer.write(frames.settings({}))
            await self.behaviour(reader, writer, number)
            await reader.read()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass

    async def stop(self) -> None:
        for writer in self._writers:
            writer.close()
        self._server.close()
        await self._server.wait_closed()


async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
    """Never answer."""


async def read_frame(reader: asyncio.StreamReader) -> tuple[int, int, int, bytes]:
    high, low, kind, flags, stream_id = frames.read_head(await reader.readexactly(frames.HEAD_BYTES))
    return kind, flags, stream_id, await reader.readexactly(high << 16 | low)


async def next_of(reader: asyncio.StreamReader, wanted: int) -> tuple[int, bytes]:
    """The stream and payload of the next frame of a kind."""
    while True:
        kind, _, stream_id, payload = await read_frame(reader)
        if kind == wanted:
            return stream_id, payload


def answer(stream_id: int) -> bytes:
    headers = b"\x88\x5f\x10application/grpc"
    trailers = b"\x00\x0bgrpc-status\x010"
    return (
        frames.frame(frames.HEADERS, frames.END_HEADERS, stream_id, headers)
        + frames.frame(frames.DATA, 0, stream_id, b"\0\0\0\0\2ok")
        + frames.frame(frames.HEADERS, frames.END_HEADERS | frames.END_STREAM, stream_id, trailers)
    )


@pytest.fixture
async def script(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Script]:
    monkeypatch.setattr(channel_module, "_FIRST_PAUSE_SECONDS", 0.001)
    script = Script()
    yield script
    await script.stop()


@pytest.fixture
async def scripted(script: Script) -> AsyncIterator[Channel]:
    channel = Channel(await script.start())
    yield channel
    await channel.close()


async def test_going_away_moves_on_to_another_connection(script: Script, scripted: Channel) -> None:
    """The first connection serves one of two calls and goes away; the other one is certain not to have been served."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        first, _ = await next_of(reader, frames.DATA)
        if number == 1:
            await next_of(reader, frames.DATA)
            writer.write(frames.goaway(first, 0, "restart"))
        writer.write(answer(first))

    script.behaviour = behave
    await scripted.ready()
    served, unserved = (asyncio.create_task(scripted.unary("/a", b"", timeout_seconds=5)) for _ in range(2))
    assert await served == b"ok"
    with pytest.raises(TransportError) as caught:
        await unserved
    assert (caught.value.code, caught.value.processed) == (Code.UNAVAILABLE, False)
    await scripted.ready()
    assert await scripted.unary("/a", b"", timeout_seconds=5) == b"ok"
    assert script.connections == 2


async def test_a_connection_that_is_cut_says_nothing_of_the_outcome(script: Script, scripted: Channel) -> None:
    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        stream_id, _ = await next_of(reader, frames.DATA)
        writer.write(answer(stream_id)[:-5] if number == 1 else answer(stream_id))
        if number == 1:
            writer.close()

    script.behaviour = behave
    await scripted.ready()
    with pytest.raises(TransportError) as caught:
        await scripted.unary("/a", b"", timeout_seconds=5)
    assert caught.value.processed
    await scripted.ready()
    assert await scripted.unary("/a", b"", timeout_seconds=5) == b"ok"


async def test_a_server_that_breaks_the_protocol_is_told_and_left(script: Script, scripted: Channel) -> None:
    said: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        stream_id, _ = await next_of(reader, frames.DATA)
        if number > 1:
            writer.write(answer(stream_id))
            return
        writer.write(frames.frame(frames.PUSH_PROMISE, 0, stream_id, bytes(4)))
        said.set_result((await next_of(reader, frames.GOAWAY))[1])

    script.behaviour = behave
    await scripted.ready()
    with pytest.raises(TransportError, match="a push that was forbidden"):
        await scripted.unary("/a", b"", timeout_seconds=5)
    assert (await said)[4:8] == frames.ErrorCode.PROTOCOL_ERROR.to_bytes(4, "big")
    await scripted.ready()
    assert await scripted.unary("/a", b"", timeout_seconds=5) == b"ok"


async def test_a_silent_server_is_pinged_and_given_up(
    script: Script, scripted: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "KEEPALIVE_SECONDS", 0.02)
    monkeypatch.setattr(link, "KEEPALIVE_ANSWER_SECONDS", 0.02)
    pinged = asyncio.Event()

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        await next_of(reader, frames.PING)
        pinged.set()

    script.behaviour = behave
    await scripted.ready()
    with pytest.raises(TransportError, match="did not answer a ping"):
        await scripted.unary("/a", b"", timeout_seconds=5)
    assert pinged.is_set()


async def test_pings_of_the_server_are_answered(script: Script, scripted: Channel) -> None:
    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        stream_id, _ = await next_of(reader, frames.DATA)
        writer.write(frames.frame(frames.PING, 0, 0, b"measured"))
        assert (await next_of(reader, frames.PING))[1] == b"measured"
        writer.write(answer(stream_id))

    script.behaviour = behave
    await scripted.ready()
    assert await scripted.unary("/a", b"", timeout_seconds=5) == b"ok"


async def test_connections_that_do_not_last_are_not_made_in_a_hurry(
    script: Script, scripted: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        writer.close()

    script.behaviour = behave
    monkeypatch.setattr(channel_module, "_FIRST_PAUSE_SECONDS", 0.5)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            while True:
                await scripted.ready()
                await asyncio.sleep(0.001)
    assert script.connections <= 2


async def test_a_server_that_never_says_its_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel_module, "CONNECT_SECONDS", 0.05)
    writers: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda reader, writer: writers.append(writer), "127.0.0.1", 0)
    channel = Channel(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await channel.ready()
    assert "TimeoutError" in channel.trouble
    await channel.close()
    for writer in writers:
        writer.close()
    server.close()
