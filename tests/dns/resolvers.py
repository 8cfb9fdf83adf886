"""Other resolvers, real ones on loopback, that answer as a test wants."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import dnslib

from pybernetes.dns.resolv_conf import Upstream

Behaviour = Callable[[Any], Any]


def with_address(address: str = "192.0.2.1", ttl: int = 60) -> Behaviour:
    """Answers every question with one address."""

    def answer(query: Any) -> Any:
        reply = query.reply()
        reply.add_answer(dnslib.RR(query.q.qname, ttl=ttl, rdata=dnslib.A(address)))
        return reply

    return answer


def with_rcode(rcode: int) -> Behaviour:
    def answer(query: Any) -> Any:
        reply = query.reply()
        reply.header.rcode = rcode
        return reply

    return answer


def with_many(count: int) -> Behaviour:
    """More addresses than fit a datagram."""

    def answer(query: Any) -> Any:
        reply = query.reply()
        for number in range(count):
            reply.add_answer(dnslib.RR(query.q.qname, ttl=60, rdata=dnslib.A(f"10.0.{number // 250}.{number % 250}")))
        return reply

    return answer


def silent(query: Any) -> None:
    """Says nothing."""


class Resolver(asyncio.DatagramProtocol):
    """One resolver. `asked` lists the names over UDP and over TCP."""

    def __init__(self, behaviour: Behaviour):
        self.behaviour = behaviour
        self.asked: list[str] = []
        self.asked_tcp: list[str] = []
        self.release: asyncio.Event | None = None
        self.forged = False
        self.upstream = Upstream("127.0.0.1")
        self._transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        query = dnslib.DNSRecord.parse(data)
        self.asked.append(str(query.q.qname).lower())
        reply = self.behaviour(query)
        if reply is None:
            return
        packed = bytes(reply.pack())
        if len(packed) > 1232:
            reply.rr.clear()
            reply.header.tc = 1
            packed = bytes(reply.pack())
        if self.forged:
            self._transport.sendto(b"\x00\x01" + packed[2:], addr)
            self._transport.sendto(b"noise", addr)
        if self.release is None:
            self._transport.sendto(packed, addr)
        else:
            asyncio.get_running_loop().create_task(self._later(packed, addr), name="a late reply")

    async def _later(self, packed: bytes, addr: Any) -> None:
        assert self.release is not None
        await self.release.wait()
        self._transport.sendto(packed, addr)

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        (length,) = struct.unpack("!H", await reader.readexactly(2))
        query = dnslib.DNSRecord.parse(await reader.readexactly(length))
        self.asked_tcp.append(str(query.q.qname).lower())
        packed = bytes(self.behaviour(query).pack())
        writer.write(struct.pack("!H", len(packed)) + packed)
        await writer.drain()
        writer.close()


async def _bind(made: Resolver) -> tuple[asyncio.DatagramTransport, asyncio.Server, int]:
    """Both sockets on one port; one that the system chose for UDP may be taken on TCP, then it chooses again."""
    loop = asyncio.get_running_loop()
    while True:
        transport, _ = await loop.create_datagram_endpoint(lambda: made, local_addr=("127.0.0.1", 0))
        port = transport.get_extra_info("sockname")[1]
        try:
            return transport, await asyncio.start_server(made.converse, "127.0.0.1", port), port
        except OSError:
            transport.close()


@asynccontextmanager
async def serving(behaviour: Behaviour) -> AsyncIterator[Resolver]:
    """A resolver on a port of its own."""
    made = Resolver(behaviour)
    transport, server, port = await _bind(made)
    made.upstream = Upstream("127.0.0.1", port)
    try:
        yield made
    finally:
        transport.close()
        server.close()
        await server.wait_closed()
