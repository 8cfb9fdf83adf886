"""Streams passed on: the head as a table, the pumping against sockets, and exec through a real containerd."""

from __future__ import annotations

import asyncio
import base64
import os
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from pybernetes.component.clock import FakeClock
from pybernetes.component.streaming import (
    BadRequestHead,
    RuntimeUnreachable,
    Transferred,
    endpoint,
    proxy_upgrade,
    request_head,
    rewrite_head,
    take_over,
)
from pybernetes.kubelet.runtime.types import ContainerConfig, SandboxConfig

if TYPE_CHECKING:
    from tests.kubelet.conftest import Node

BUSYBOX = "docker.io/library/busybox:1.36"
HEAD = b"POST /exec/ns/p/c?command=ls HTTP/1.1\r\nHost: node:10250\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n"


@pytest.mark.parametrize(
    ("head", "url", "sent"),
    [
        (
            HEAD,
            "http://127.0.0.1:4321/exec/tok",
            b"POST /exec/tok HTTP/1.1\r\nHost: 127.0.0.1:4321\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n",
        ),
        (
            b"GET /x HTTP/1.1\r\nhost: a\r\nAuthorization: Bearer s\r\nupgrade: websocket\r\nX-Key: k\r\n\r\n",
            "http://[::1]:80/attach/tok?a=b",
            b"GET /attach/tok?a=b HTTP/1.1\r\nHost: [::1]:80\r\nupgrade: websocket\r\nX-Key: k\r\n\r\n",
        ),
    ],
)
def test_heads_are_rewritten(head: bytes, url: str, sent: bytes) -> None:
    assert rewrite_head(head, url) == sent


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"GET / HTTP/1.1\r\n",
        HEAD + b"x",
        b"GET / HTTP/1.0\r\nUpgrade: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    ],
)
def test_other_heads_are_refused(head: bytes) -> None:
    with pytest.raises(BadRequestHead):
        rewrite_head(head, "http://127.0.0.1:1/")


def test_endpoints() -> None:
    assert endpoint("http://127.0.0.1:4321/exec/t") == ("127.0.0.1", 4321)
    assert endpoint("http://[::1]/exec/t") == ("::1", 80)
    with pytest.raises(ValueError, match="https"):
        endpoint("https://127.0.0.1:1/")


Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(serve: Serve) -> AsyncIterator[int]:
    """A server on loopback; its port."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


@asynccontextmanager
async def proxied(
    url: str, head: bytes = HEAD, **options: Any
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter, asyncio.Future[Transferred]]]:
    """A client whose connection proxy_upgrade joins to `url`, its head sent; and what that will return."""
    result: asyncio.Future[Transferred] = asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived = await reader.readuntil(b"\r\n\r\n")
        try:
            result.set_result(await proxy_upgrade(reader, writer, arrived, url, **options))
        except (ValueError, OSError) as error:
            result.set_exception(error)
            writer.close()

    async with listening(serve) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head)
        try:
            yield reader, writer, result
        finally:
            writer.close()
            await asyncio.wait([result])


async def test_what_the_client_ends_may_still_be_answered() -> None:
    async def answer_after_all_is_read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        everything = await reader.read()
        writer.write(b"got %d" % len(everything))
        writer.close()

    async with (
        listening(answer_after_all_is_read) as port,
        proxied(f"http://127.0.0.1:{port}/exec/token") as (reader, writer, result),
    ):
        writer.write(b"x" * 1_000_000)
        writer.write_eof()
        assert await reader.read() == b"got 1000000"
        assert await result == Transferred(1_000_000, 11)


async def test_an_ended_runtime_ends_the_client() -> None:
    async def say_and_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"bye")
        writer.close()

    async with (
        listening(say_and_end) as port,
        proxied(f"http://127.0.0.1:{port}/exec/token") as (reader, _, result),
    ):
        assert await reader.read() == b"bye"
        assert await result == Transferred(0, 3)


async def test_a_silent_stream_is_closed_after_the_idle_time() -> None:
    async def stay_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    clock = FakeClock()
    async with (
        listening(stay_silent) as port,
        proxied(f"http://127.0.0.1:{port}/x", idle_timeout_seconds=60.0, clock=clock) as (reader, _, result),
    ):
        while not clock.sleepers:
            await asyncio.sleep(0)
        await clock.advance(61)
        assert await reader.read() == b""
        assert await result == Transferred(0, 0)


async def test_an_unreachable_runtime_leaves_the_client_open_for_an_answer() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        async with proxied(f"http://127.0.0.1:{port}/exec/token") as (_, _, result):
            with pytest.raises(RuntimeUnreachable, match=str(port)):
                await result


async def test_a_connection_is_taken_over_from_aiohttp() -> None:
    async def shout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + head.split(b"\r\n")[0] + b"|")
        while chunk := await reader.read(100):
            writer.write(chunk.upper())
        writer.close()

    async def handle(request: web.Request) -> web.Response:
        assert isinstance(request.transport, asyncio.Transport)
        connection = take_over(request.transport)
        head = request_head(request.method, request.raw_path, request.raw_headers)
        await proxy_upgrade(*connection, head, target_url)
        request.protocol.force_close()
        return web.Response()

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    async with listening(shout) as port:
        target_url = f"http://127.0.0.1:{port}/exec/token"
        reader, writer = await asyncio.open_connection(*runner.addresses[0])
        writer.write(HEAD)
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
        writer.write(b"hello")
        writer.write_eof()
        assert await reader.read() == b"POST /exec/token HTTP/1.1|HELLO"
        writer.close()
        await writer.wait_closed()
        await runner.cleanup()


# ---- WebSocket, just enough to be a client of containerd's streaming server


def websocket_head(protocol: str) -> bytes:
    key = base64.b64encode(os.urandom(16))
    return (
        b"GET /exec/ns/pod/c HTTP/1.1\r\nHost: node\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\nSec-WebSocket-Protocol: %s\r\n\r\n"
        % (key, protocol.encode())
    )


def masked(payload: bytes) -> bytes:
    """A binary client frame of less than 126 bytes, masked with zeros."""
    return bytes([0x82, 0x80 | len(payload)]) + bytes(4) + payload


async def frame(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """The next server frame: opcode and payload."""
    first, length = await reader.readexactly(2)
    if length == 126:
        (length,) = struct.unpack(">H", await reader.readexactly(2))
    return first & 0x0F, await reader.readexactly(length)


async def running(node: Node, *command: str) -> tuple[str, str]:
    """(sandbox id, container id) of a pod that runs a command."""
    sandbox = SandboxConfig("p", "u", "ns", hostname="p", cgroup_parent=f"/{node.netns}/kubepods/podu")
    sandbox_id = await node.runtime.run_pod_sandbox(sandbox)
    container_id = await node.runtime.create_container(
        sandbox_id, ContainerConfig("c", BUSYBOX, command=command), sandbox
    )
    await node.runtime.start_container(container_id)
    return sandbox_id, container_id


@asynccontextmanager
async def websocket(node: Node, url: str) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A client's WebSocket that the proxy joins to containerd's URL, after the handshake."""
    async with proxied(url, websocket_head("v4.channel.k8s.io"), connect=node.connect) as (reader, writer, _):
        answer = await reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 101 ")
        yield reader, writer


async def channels(reader: asyncio.StreamReader) -> dict[int, bytes]:
    """All that arrives, by channel (the first byte of each message), until the server closes."""
    received: dict[int, bytes] = {}
    while True:
        opcode, payload = await frame(reader)
        if opcode == 8:
            return received
        if opcode in (1, 2) and payload:
            received[payload[0]] = received.get(payload[0], b"") + payload[1:]


async def test_exec_over_websocket(node: Node) -> None:
    _, container_id = await running(node, "sleep", "600")
    script = "read line; echo out:$line; echo err >&2; exit 5"
    url = await node.runtime.exec(container_id, ["sh", "-c", script], stdin=True)
    async with websocket(node, url) as (reader, writer):
        writer.write(masked(b"\x00hello\n"))
        received = await channels(reader)
    assert received[1] == b"out:hello\n"
    assert received[2] == b"err\n"
    assert b'"status":"Failure"' in received[3]
    assert b'"message":"5"' in received[3]


async def test_attach_over_websocket(node: Node) -> None:
    _, container_id = await running(node, "sh", "-c", "while :; do echo tick; sleep 0.05; done")
    url = await node.runtime.attach(container_id, stdin=False, stdout=True, stderr=False)
    text = b""
    async with websocket(node, url) as (reader, _):
        while b"tick\n" not in text:
            opcode, payload = await frame(reader)
            if opcode == 2 and payload[:1] == b"\x01":
                text += payload[1:]


async def test_port_forward_over_websocket(node: Node) -> None:
    sandbox_id, _ = await running(node, "httpd", "-f", "-p", "8080", "-h", "/etc")
    url = await node.runtime.port_forward(sandbox_id, [8080])
    data = b""
    async with websocket(node, url) as (reader, writer):
        writer.write(masked(b"\x00GET /hostname HTTP/1.0\r\n\r\n"))
        while not data.endswith(b"\r\n\r\np\n"):
            opcode, payload = await frame(reader)
            assert opcode == 2
            if payload[0] == 0:
                data += payload[1:]
    assert data[:2] == struct.pack("<H", 8080)  # each channel begins with its port
