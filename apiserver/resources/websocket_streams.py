"""Exec, attach and port-forward over the WebSocket protocols that only the API server speaks.

Kubelets and container runtimes speak SPDY, and of WebSocket only the version that cannot say that input has ended. So
what a client asks for in the newest version is translated here:

    client ⇄ v5.channel.k8s.io over WebSocket ⇄ `Translator` ⇄ a stream a channel over SPDY ⇄ kubelet
    client ⇄ SPDY in WebSocket messages       ⇄ `Tunnel`     ⇄ the same bytes, bare          ⇄ kubelet

Both are without I/O: bytes of one side in, bytes for both sides out. `serve` joins them to two connections. What a
side has not taken yet holds up reading from the other.

Counterpart: apiserver/pkg/util/proxy/streamtranslator.go and streamtunnel.go.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import NamedTuple, Protocol

from pybernetes.component import websocket as ws
from pybernetes.component.remote_channels import ANSWER, CLOSED, SPDY_PROTOCOL, V5, SpdyStreams
from pybernetes.component.streaming import CHUNK_BYTES, Connection

PORT_FORWARD = "portforward.k8s.io"
TUNNEL = f"SPDY/3.1+{PORT_FORWARD}"
_NORMAL_CLOSURE = (1000).to_bytes(2, "big")
_TRUE = frozenset(("1", "true"))
_HEAD_SECONDS = 30.0


class Refused(Exception):
    """The kubelet did not take the stream; the text is its answer."""


class Out(NamedTuple):
    """What is to be sent to each side, and whether it is over after that."""

    client: bytes = b""
    kubelet: bytes = b""
    over: bool = False


class Carrier(Protocol):
    """What stands between a WebSocket and a kubelet's SPDY connection."""

    protocol: str  # what the client is told
    stream_protocol: str  # what the kubelet is asked for

    def start(self) -> bytes:
        """What the kubelet is sent first."""

    def from_client(self, data: bytes) -> Out:
        """Raises `WebSocketError`."""

    def from_kubelet(self, data: bytes) -> Out: ...


class Translator:
    """The channels of a process: numbered in WebSocket messages, streams of their own in SPDY."""

    protocol = V5
    stream_protocol = SPDY_PROTOCOL

    def __init__(self, query: Mapping[str, str]):
        def wanted(name: str) -> bool:
            return query.get(name, "").lower() in _TRUE

        outputs = [channel for channel, name in ((ws.STDOUT, "stdout"), (ws.STDERR, "stderr")) if wanted(name)]
        self._streams = SpdyStreams(stdin=wanted("stdin"), tty=wanted("tty"), outputs=outputs)
        self._messages = ws.Decoder()

    def start(self) -> bytes:
        return self._streams.start()

    def from_client(self, data: bytes) -> Out:
        client = kubelet = b""
        for message in self._messages.feed(data):
            if message.opcode == ws.CLOSE:
                return Out(client + ws.encode_unmasked(ws.CLOSE, message.data[:2]), kubelet, over=True)
            if message.opcode == ws.PING:
                client += ws.encode_unmasked(ws.PONG, message.data)
            elif message.opcode in (ws.BINARY, ws.TEXT) and message.data:
                kubelet += self._to_stream(message.data)
        return Out(client, kubelet)

    def _to_stream(self, data: bytes) -> bytes:
        channel = data[0]
        if channel == ws.CLOSE_CHANNEL:
            return self._streams.end_of_input() if data[1:] == bytes((ws.STDIN,)) else b""
        return self._streams.send(channel, data[1:]) if channel in (ws.STDIN, ws.RESIZE) else b""

    def from_kubelet(self, data: bytes) -> Out:
        client = kubelet = b""
        for channel, payload in self._streams.feed(data):
            if channel == CLOSED:
                return Out(client + ws.encode_unmasked(ws.CLOSE, _NORMAL_CLOSURE), kubelet, over=True)
            if channel == ANSWER:
                kubelet += payload
            else:
                client += ws.encode_unmasked(ws.BINARY, bytes((channel,)) + payload)
        return Out(client, kubelet)


class Tunnel:
    """SPDY as it is, in binary messages."""

    protocol = TUNNEL
    stream_protocol = PORT_FORWARD

    def __init__(self) -> None:
        self._messages = ws.Decoder()

    def start(self) -> bytes:
        return b""

    def from_client(self, data: bytes) -> Out:
        client = kubelet = b""
        for message in self._messages.feed(data):
            if message.opcode == ws.CLOSE:
                return Out(client + ws.encode_unmasked(ws.CLOSE, message.data[:2]), kubelet, over=True)
            if message.opcode == ws.PING:
                client += ws.encode_unmasked(ws.PONG, message.data)
            elif message.opcode == ws.BINARY:
                kubelet += message.data
        return Out(client, kubelet)

    def from_kubelet(self, data: bytes) -> Out:
        return Out(ws.encode_unmasked(ws.BINARY, data))


def carrier_for(kind: str, headers: Mapping[str, str], query: Mapping[str, str]) -> Carrier | None:
    """What a request for exec, attach or portforward needs; None where the kubelet speaks what the client asks for."""
    if headers.get("upgrade", "").lower() != "websocket":
        return None
    offered = {word.strip() for word in headers.get("sec-websocket-protocol", "").split(",")}
    if kind == "portforward":
        return Tunnel() if TUNNEL in offered else None
    return Translator(query) if V5 in offered else None


async def ask_kubelet(kubelet: Connection, host: str, location: str, carrier: Carrier) -> None:
    """Ask for the stream and open it. Raises `Refused`, OSError."""
    reader, writer = kubelet
    lines = (
        f"POST {location} HTTP/1.1",
        f"Host: {host}",
        "Connection: Upgrade",
        "Upgrade: SPDY/3.1",
        f"X-Stream-Protocol-Version: {carrier.stream_protocol}",
        "Content-Length: 0",
    )
    writer.write("\r\n".join(lines).encode() + b"\r\n\r\n")
    try:
        async with asyncio.timeout(_HEAD_SECONDS):
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 101"):
                raise Refused((await reader.read(CHUNK_BYTES)).decode(errors="replace").strip())
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError) as error:
        raise Refused(f"the kubelet did not answer: {type(error).__name__}") from None
    writer.write(carrier.start())


def accepted(key: str, carrier: Carrier) -> bytes:
    """The head that tells the client that its WebSocket is open."""
    lines = (
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Accept: {ws.accept_of(key)}",
        f"Sec-WebSocket-Protocol: {carrier.protocol}",
    )
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


async def serve(client: Connection, kubelet: Connection, carrier: Carrier, *, idle_seconds: float) -> None:
    """Join both until one has ended or nothing moves; both are closed then."""

    async def pump(reader: asyncio.StreamReader, from_client: bool) -> None:
        step = carrier.from_client if from_client else carrier.from_kubelet
        while True:
            async with asyncio.timeout(idle_seconds):
                data = await reader.read(CHUNK_BYTES)
            out = step(data) if data else Out(over=True)
            for writer, pending in ((client[1], out.client), (kubelet[1], out.kubelet)):
                if pending:
                    writer.write(pending)
                    await writer.drain()
            if out.over:
                return

    pumps = [
        asyncio.create_task(pump(client[0], True), name="stream from the client"),
        asyncio.create_task(pump(kubelet[0], False), name="stream from the kubelet"),
    ]
    try:
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in pumps:
            task.cancel()
        results = await asyncio.gather(*pumps, return_exceptions=True)
        for _, writer in (client, kubelet):
            writer.close()
    for result in results:
        if isinstance(result, Exception) and not isinstance(result, OSError | TimeoutError | ws.WebSocketError):
            raise result
