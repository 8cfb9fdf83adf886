"""The server on the wire: TLS, tokens, limits, and clients that misbehave."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest

from pybernetes.apiserver.front import MAX_BODY_BYTES
from pybernetes.apiserver.options import Options
from pybernetes.apiserver.server import APIServer
from tests.apiserver.conftest import config_map, running

CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"
TOKEN = "a-token-of-this-test"

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[APIServer]:
    tokens = tmp_path / "tokens.csv"
    tokens.write_text(f'{TOKEN},tester,1,"system:masters"\n')
    options = Options(tmp_path, secure_port=0, bind_address="127.0.0.1", token_auth_file=str(tokens))
    async with running(options) as server:
        yield server


async def connect(server: APIServer) -> Connection:
    context = ssl.create_default_context(cadata=server.pki.ca.certificate_pem.decode())
    return await asyncio.open_connection("127.0.0.1", server.port, ssl=context, server_hostname="localhost")


def head(method: str, path: str, *lines: str, token: str = TOKEN) -> bytes:
    return "\r\n".join(
        [f"{method} {path} HTTP/1.1", "Host: x", f"Authorization: Bearer {token}", *lines, "", ""]
    ).encode()


async def answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    async with asyncio.timeout(10):
        received = await reader.readuntil(b"\r\n\r\n")
        lengths = [line for line in received.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        body = await reader.readexactly(int(lengths[0].split(b":")[1])) if lengths else b""
        return int(received.split(b" ", 2)[1]), body


async def ask(server: APIServer, request: bytes) -> tuple[int, bytes]:
    reader, writer = await connect(server)
    try:
        writer.write(request)
        return await answer(reader)
    finally:
        writer.close()


async def test_a_token_is_who_one_is(served: APIServer) -> None:
    assert (await ask(served, head("GET", CONFIG_MAPS)))[0] == 200
    status, body = await ask(served, head("GET", CONFIG_MAPS, token="another"))
    assert (status, orjson.loads(body)["reason"]) == (401, "Unauthorized")


async def test_many_requests_share_a_connection(served: APIServer) -> None:
    reader, writer = await connect(served)
    for number in range(5):
        body = orjson.dumps(config_map(f"x{number}"))
        writer.write(head("POST", CONFIG_MAPS, "Content-Type: application/json", f"Content-Length: {len(body)}") + body)
        assert (await answer(reader))[0] == 201
    writer.close()


async def test_a_body_that_is_too_large_is_refused_unread(served: APIServer) -> None:
    announced = head("POST", CONFIG_MAPS, "Content-Type: application/json", f"Content-Length: {MAX_BODY_BYTES + 1}")
    status, body = await ask(served, announced)
    assert (status, orjson.loads(body)["reason"]) == (413, "RequestEntityTooLarge")


async def test_a_body_that_grows_too_large_is_refused(served: APIServer) -> None:
    reader, writer = await connect(served)
    writer.write(head("POST", CONFIG_MAPS, "Content-Type: application/json", "Transfer-Encoding: chunked"))
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    for _ in range(MAX_BODY_BYTES // 0x10000 + 2):
        writer.write(chunk)
    assert (await answer(reader))[0] == 413
    writer.close()


GARBAGE = [b"\x16\x03\x01\x02\x00", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"X" * 100_000 + b"\r\n\r\n"]


@pytest.mark.parametrize("sent", GARBAGE)
async def test_garbage_is_refused_and_harms_nobody(served: APIServer, sent: bytes) -> None:
    _, writer = await connect(served)
    writer.write(sent)
    await writer.drain()
    writer.close()
    assert (await ask(served, head("GET", "/healthz")))[0] == 200


async def test_a_slow_sender_keeps_nobody_waiting(served: APIServer) -> None:
    slow = [await connect(served) for _ in range(50)]
    for _, writer in slow:
        writer.write(head("POST", CONFIG_MAPS, "Content-Type: application/json", "Content-Length: 1000") + b"{")
    async with asyncio.timeout(5):
        assert (await ask(served, head("GET", CONFIG_MAPS)))[0] == 200
    for _, writer in slow:
        writer.close()


async def test_a_watch_goes_on_over_the_wire(served: APIServer) -> None:
    reader, writer = await connect(served)
    writer.write(head("GET", f"{CONFIG_MAPS}?watch=1&resourceVersion=0"))
    await reader.readuntil(b"\r\n\r\n")
    body = orjson.dumps(config_map("seen"))
    await ask(
        served, head("POST", CONFIG_MAPS, "Content-Type: application/json", f"Content-Length: {len(body)}") + body
    )
    async with asyncio.timeout(5):
        line = await reader.readuntil(b"}\n")
    event = orjson.loads(line.split(b"\r\n", 1)[1])
    assert (event["type"], event["object"]["metadata"]["name"]) == ("ADDED", "seen")
    assert len(served.state.cache.caches["configmaps"].watchers) == 1
    writer.close()
    async with asyncio.timeout(5):
        while served.state.cache.caches["configmaps"].watchers:
            await asyncio.sleep(0)


async def test_a_path_with_escapes_is_understood(served: APIServer) -> None:
    path = "/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode"
    status, body = await ask(served, head("GET", path))
    assert (status, orjson.loads(body)["metadata"]["name"]) == (200, "system:node")
