"""Questions put to real servers on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import grpc.aio
import pytest
from aiohttp import web

from pybernetes.api.object import Json
from pybernetes.kubelet.http_get import HTTPGetter, PortError, port_number, request_of
from pybernetes.kubelet.pod_actions import ProbeResult
from pybernetes.kubelet.probes import grpc_health
from pybernetes.kubelet.probes.handlers import Prober, Reply, Target

CONTAINER: Json = {"name": "a", "ports": [{"name": "web", "containerPort": 80}]}


@pytest.fixture
async def server() -> AsyncIterator[int]:
    async def answer(request: web.Request) -> web.Response:
        match request.path:
            case "/ok":
                assert request.headers["User-Agent"].startswith("kube-probe/")
                return web.Response(text="fine")
            case "/header":
                return web.Response(status=200 if request.headers.get("X-Key") == "1" else 400)
            case "/there":
                raise web.HTTPFound("/ok")
            case "/away":
                raise web.HTTPFound("http://elsewhere.invalid/")
            case "/slow":
                await asyncio.sleep(5)
        return web.Response(status=500)

    application = web.Application()
    application.router.add_get("/{tail:.*}", answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield int(runner.addresses[0][1])
    await runner.cleanup()


async def ask(spec: Json) -> Reply:
    async with HTTPGetter() as http:
        prober = Prober(None, http)  # type: ignore[arg-type]
        return await prober.ask(spec, Target(CONTAINER, "id", "127.0.0.1"))


@pytest.mark.parametrize(
    ("path", "result", "output"),
    [
        ("/ok", ProbeResult.SUCCESS, "fine"),
        ("/there", ProbeResult.SUCCESS, "fine"),
        ("/away", ProbeResult.SUCCESS, "302: Found"),
        ("/none", ProbeResult.FAILURE, "HTTP probe failed with statuscode: 500"),
    ],
)
async def test_http(server: int, path: str, result: ProbeResult, output: str) -> None:
    assert await ask({"httpGet": {"path": path, "port": server}}) == Reply(result, output)


async def test_http_headers(server: int) -> None:
    action = {"path": "/header", "port": server, "httpHeaders": [{"name": "X-Key", "value": "1"}]}
    assert (await ask({"httpGet": action})).result is ProbeResult.SUCCESS


async def test_http_takes_no_longer_than_it_may(server: int) -> None:
    reply = await ask({"httpGet": {"path": "/slow", "port": server}, "timeoutSeconds": 1})
    assert reply.result is ProbeResult.FAILURE
    assert "context deadline exceeded" in reply.output


async def test_tcp(server: int, unused_tcp_port: int) -> None:
    assert (await ask({"tcpSocket": {"port": server}})).result is ProbeResult.SUCCESS
    reply = await ask({"tcpSocket": {"port": unused_tcp_port}})
    assert reply == Reply(ProbeResult.FAILURE, f"dial tcp 127.0.0.1:{unused_tcp_port}: connect: connection refused")
    reply = await ask({"httpGet": {"port": unused_tcp_port}})
    assert reply.output.endswith("dial tcp: connect: connection refused")


async def test_grpc(unused_tcp_port: int) -> None:
    async def check(request: bytes, context: object) -> bytes:
        return b"\x08\x01" if request == b"\n\x04good" else b"\x08\x02"

    handler = grpc.unary_unary_rpc_method_handler(check)
    server = grpc.aio.server()
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler("grpc.health.v1.Health", {"Check": handler}),)
    )
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        assert (await ask({"grpc": {"port": port, "service": "good"}})).result is ProbeResult.SUCCESS
        reply = await ask({"grpc": {"port": port}})
        assert reply == Reply(ProbeResult.FAILURE, 'service unhealthy (responded with "NOT_SERVING")')
        reply = await ask({"grpc": {"port": unused_tcp_port}})
        assert reply.result is ProbeResult.FAILURE
    finally:
        await server.stop(0)
    assert grpc_health.NAMES[1] == "SERVING"


@pytest.mark.parametrize(("port", "number"), [(80, 80), ("8080", 8080), ("web", 80)])
def test_ports(port: int | str, number: int) -> None:
    assert port_number(port, CONTAINER) == number


def test_a_port_nobody_named() -> None:
    with pytest.raises(PortError):
        port_number("none", CONTAINER)


def test_urls() -> None:
    action = {"port": "web", "path": "a?b=c", "scheme": "HTTPS"}
    assert str(request_of(action, CONTAINER, "fd00::1")) == "https://[fd00::1]:80/a?b=c"
