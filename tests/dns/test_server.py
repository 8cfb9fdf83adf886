"""The server on real sockets."""

from __future__ import annotations

import asyncio
import shutil
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import dnslib
import pytest

from pybernetes.component.clock import SYSTEM_CLOCK
from pybernetes.dns.metrics import Stats
from pybernetes.dns.resolv_conf import Upstream
from pybernetes.dns.resolver import Resolver
from pybernetes.dns.server import Server
from pybernetes.dns.upstream import Forwarder
from tests.dns.cluster import endpoint, endpoint_slice, index, question, service, texts
from tests.dns.resolvers import serving as resolver_serving
from tests.dns.resolvers import with_address, with_many

WEB = "web.ns.svc.cluster.local"


@asynccontextmanager
async def serving(*upstreams: Upstream, idle_seconds: float = 10) -> AsyncIterator[int]:
    names, stats = index(), Stats("dns://:53")
    names.service_is("ns/many", service("many", clusterIP="None"))
    names.slice_is("ns/many-1", endpoint_slice("many", *(endpoint(f"10.2.0.{n}") for n in range(200))))
    resolver = Resolver(names, stats)
    resolver.ready = True
    forwarder = Forwarder(upstreams, clock=SYSTEM_CLOCK, stats=stats)
    async with Server(resolver, forwarder, stats, idle_seconds=idle_seconds).serving("127.0.0.1", 0) as port:
        yield port


async def ask(port: int, *messages: bytes) -> list[bytes]:
    """Send datagrams from one socket and take as many replies."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.setblocking(False)
        client.connect(("127.0.0.1", port))
        for message in messages:
            await loop.sock_sendall(client, message)
        async with asyncio.timeout(5):
            return [await loop.sock_recv(client, 65535) for _ in messages]


async def ask_tcp(port: int, *messages: bytes) -> list[Any]:
    """Ask over one connection, everything at once; each reply is read by dnslib."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(b"".join(struct.pack("!H", len(message)) + message for message in messages))
        replies = []
        async with asyncio.timeout(5):
            for _ in messages:
                (length,) = struct.unpack("!H", await reader.readexactly(2))
                replies.append(dnslib.DNSRecord.parse(await reader.readexactly(length)))
        return replies
    finally:
        writer.close()


async def test_udp() -> None:
    async with serving() as port:
        (reply,) = await ask(port, question(WEB))
        assert texts(dnslib.DNSRecord.parse(reply).rr) == [f"{WEB} A 10.96.0.1"]


async def test_a_burst_is_answered_whole() -> None:
    async with serving() as port:
        queries = [struct.pack("!H", n) + question(WEB)[2:] for n in range(300)]
        replies = await ask(port, *queries)
        assert sorted(struct.unpack_from("!H", reply)[0] for reply in replies) == list(range(300))


async def test_truncated_over_udp_is_whole_over_tcp() -> None:
    async with serving() as port:
        query = question("many.ns.svc.cluster.local")
        (reply,) = await ask(port, query)
        assert len(reply) <= 512
        assert dnslib.DNSRecord.parse(reply).header.tc
        (whole,) = await ask_tcp(port, query)
        assert not whole.header.tc
        assert len(whole.rr) == 200


async def test_several_queries_on_one_connection() -> None:
    async with serving() as port:
        one, other = await ask_tcp(port, question(WEB), question("nobody.ns.svc.cluster.local"))
        assert (one.header.rcode, other.header.rcode) == (0, 3)


async def test_other_names_come_from_upstream_over_both() -> None:
    async with resolver_serving(with_address()) as resolver, serving(resolver.upstream) as port:
        (reply,) = await ask(port, question("WWW.example.com"))
        assert texts(dnslib.DNSRecord.parse(reply).rr) == ["WWW.example.com A 192.0.2.1"]
        (other,) = await ask_tcp(port, question("www.example.com"))
        assert texts(other.rr) == ["www.example.com A 192.0.2.1"]
        assert resolver.asked == ["www.example.com."]


async def test_much_from_upstream_is_truncated_for_udp_only() -> None:
    async with resolver_serving(with_many(300)) as resolver, serving(resolver.upstream) as port:
        (reply,) = await ask(port, question("www.example.com"))
        assert dnslib.DNSRecord.parse(reply).header.tc
        (whole,) = await ask_tcp(port, question("www.example.com"))
        assert len(whole.rr) == 300


async def test_external_names_are_followed() -> None:
    async with resolver_serving(with_address()) as resolver, serving(resolver.upstream) as port:
        (reply,) = await ask(port, question("out.ns.svc.cluster.local"))
        assert texts(dnslib.DNSRecord.parse(reply).rr) == [
            "out.ns.svc.cluster.local CNAME www.example.com.",
            "www.example.com A 192.0.2.1",
        ]


async def test_without_upstream_other_names_are_refused_at_once() -> None:
    async with serving() as port:
        (reply,) = await ask(port, question("www.example.com"))
        assert dnslib.DNSRecord.parse(reply).header.rcode == 5


async def test_noise_does_not_stop_it() -> None:
    async with serving() as port:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            for noise in (b"", b"x", b"\0" * 12, b"\xff" * 600, question(WEB)[:-3], question(WEB) + b"\xc0"):
                client.sendto(noise, ("127.0.0.1", port))
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"\0\3abc")
        assert await reader.read() == b""
        writer.close()
        (reply,) = await ask(port, question(WEB))
        assert dnslib.DNSRecord.parse(reply).header.rcode == 0


async def test_a_connection_without_queries_is_ended() -> None:
    async with serving(idle_seconds=0.05) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        async with asyncio.timeout(5):
            assert await reader.read() == b""
        writer.close()


async def test_connections_are_bounded() -> None:
    async with serving() as port:
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(256)]
        await asyncio.sleep(0.05)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        async with asyncio.timeout(5):
            assert await reader.read() == b""
        for _, each in [*held, (reader, writer)]:
            each.close()


@pytest.mark.skipif(shutil.which("dig") is None, reason="bind9-dnsutils is not installed")
async def test_dig() -> None:
    async with serving() as port:
        for more in ((), ("+tcp",), ("+noedns",), ("+cookie",), ("+dnssec",)):
            command = (
                "dig",
                "@127.0.0.1",
                "-p",
                str(port),
                "+short",
                *more,
                "_http._tcp.web.ns.svc.cluster.local",
                "SRV",
            )
            process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
            output, _ = await process.communicate()
            assert output.decode().strip() == f"0 100 80 {WEB}."
