"""WebSocket v5 and tunnelled SPDY, translated for kubelets: bytes of one side in, bytes for both sides out."""

from __future__ import annotations

import asyncio

import pytest

from pybernetes.apiserver.resources.websocket_streams import TUNNEL, Out, Translator, Tunnel, carrier_for, serve
from pybernetes.component import spdy
from pybernetes.component import websocket as ws

OVER_WEBSOCKET = {"upgrade": "websocket", "sec-websocket-protocol": "v5.channel.k8s.io, v4.channel.k8s.io"}


@pytest.mark.parametrize(
    ("kind", "headers", "carrier"),
    [
        ("exec", OVER_WEBSOCKET, Translator),
        ("attach", OVER_WEBSOCKET, Translator),
        ("exec", {**OVER_WEBSOCKET, "sec-websocket-protocol": "v4.channel.k8s.io"}, None),
        ("exec", {"upgrade": "SPDY/3.1"}, None),
        ("portforward", {**OVER_WEBSOCKET, "sec-websocket-protocol": TUNNEL}, Tunnel),
        ("portforward", {**OVER_WEBSOCKET, "sec-websocket-protocol": "v4.channel.k8s.io"}, None),
    ],
)
def test_what_a_request_needs(kind: str, headers: dict[str, str], carrier: type | None) -> None:
    found = carrier_for(kind, headers, {})
    assert (type(found) if found is not None else None) is carrier


def translator(**query: str) -> tuple[Translator, dict[str, int]]:
    """A translator, and the numbers of its streams by the order in which they are opened."""
    made = Translator({"stdout": "true", **query})
    streams = [frame.stream for frame in spdy.Decoder().feed(made.start())]
    names = ["error", *(["stdin"] if "stdin" in query else []), "stdout"]
    names += ["resize"] if "tty" in query else ["stderr"] if "stderr" in query else []
    return made, dict(zip(names, streams, strict=True))


def messages(data: bytes) -> list[tuple[int, bytes]]:
    return [(message.opcode, message.data) for message in ws.Decoder().feed(data)]


def frames(data: bytes) -> list[tuple[int, bytes, int]]:
    return [(frame.stream, frame.payload, frame.flags) for frame in spdy.Decoder().feed(data)]


def test_input_its_end_and_the_terminal_go_to_streams_of_their_own() -> None:
    made, streams = translator(stdin="true", tty="true")
    sent = ws.on_channel(ws.STDIN, b"ls\n") + ws.resize(80, 24) + ws.close_channel(ws.STDIN)
    out = made.from_client(sent)
    assert frames(out.kubelet) == [
        (streams["stdin"], b"ls\n", 0),
        (streams["resize"], b'{"Width":80,"Height":24}', 0),
        (streams["stdin"], b"", spdy.FIN),
    ]
    assert (out.client, out.over) == (b"", False)


def test_output_goes_to_its_channel_until_all_streams_have_ended() -> None:
    made, streams = translator(stderr="true")
    out = made.from_kubelet(spdy.data(streams["stdout"], b"one") + spdy.data(streams["stderr"], b"two", end=True))
    assert messages(out.client) == [(ws.BINARY, b"\x01one"), (ws.BINARY, b"\x02two")]
    rest = spdy.data(streams["stdout"], b"", end=True) + spdy.data(streams["error"], b"{}", end=True)
    last = made.from_kubelet(rest)
    assert messages(last.client) == [(ws.BINARY, b"\x03{}"), (ws.CLOSE, (1000).to_bytes(2, "big"))]
    assert last.over


def test_pings_are_answered_on_both_sides() -> None:
    made, _ = translator()
    assert messages(made.from_client(ws.encode(ws.PING, b"x")).client) == [(ws.PONG, b"x")]
    ping = spdy.control(spdy.PING, (1).to_bytes(4, "big"))
    assert made.from_kubelet(ping).kubelet == ping


def test_a_client_that_closes_is_told_so_and_it_is_over() -> None:
    made, _ = translator()
    out = made.from_client(ws.encode(ws.CLOSE, (1001).to_bytes(2, "big") + b"bye"))
    assert messages(out.client) == [(ws.CLOSE, (1001).to_bytes(2, "big"))]
    assert out.over


def test_channels_that_the_process_does_not_have_are_left_out() -> None:
    made, _ = translator()
    assert made.from_client(ws.on_channel(ws.STDIN, b"x") + ws.on_channel(9, b"y")) == Out()


def test_a_tunnel_passes_bytes_on_as_they_are() -> None:
    tunnel = Tunnel()
    assert tunnel.from_client(ws.encode(ws.BINARY, b"\x80\x03abc")) == Out(kubelet=b"\x80\x03abc")
    assert messages(tunnel.from_kubelet(b"def").client) == [(ws.BINARY, b"def")]


async def test_both_connections_are_closed_when_one_side_ends() -> None:
    loop = asyncio.get_running_loop()
    ends: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    server = await asyncio.start_server(lambda reader, writer: ends.put_nowait((reader, writer)), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client, kubelet = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
    near, far = await ends.get(), await ends.get()
    serving = loop.create_task(serve(near, far, Tunnel(), idle_seconds=60))
    client[1].write(ws.encode(ws.BINARY, b"to the kubelet"))
    assert await kubelet[0].readexactly(14) == b"to the kubelet"
    kubelet[1].write(b"and back")
    expected = ws.encode_unmasked(ws.BINARY, b"and back")
    assert await client[0].readexactly(len(expected)) == expected
    kubelet[1].close()
    async with asyncio.timeout(5):
        await serving
        assert await client[0].read() == b""
    for _, writer in (client, kubelet):
        writer.close()
    server.close()
