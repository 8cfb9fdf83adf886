"""Bytes in, messages out, and back."""

from __future__ import annotations

import json

import pytest

from pybernetes.component import websocket as ws
from pybernetes.pyctl.commands.port_forward import PortChannels

KEY = b"\x01\x02\x03\x04"


def unmasked(opcode: int, data: bytes, *, final: bool = True) -> bytes:
    """A frame as servers send it."""
    size = len(data)
    head = bytes([(0x80 if final else 0) | opcode])
    if size < 126:
        return head + bytes([size]) + data
    if size < 65536:
        return head + b"\x7e" + size.to_bytes(2, "big") + data
    return head + b"\x7f" + size.to_bytes(8, "big") + data


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536, 200_000])
def test_what_is_encoded_is_decoded(size: int) -> None:
    data = bytes(range(256)) * (size // 256 + 1)
    data = data[:size]
    assert list(ws.Decoder().feed(ws.encode(ws.BINARY, data, KEY))) == [ws.Message(ws.BINARY, data)]
    assert list(ws.Decoder().feed(unmasked(ws.BINARY, data))) == [ws.Message(ws.BINARY, data)]


def test_frames_may_arrive_byte_by_byte() -> None:
    raw = unmasked(ws.BINARY, b"x" * 300) + unmasked(ws.PING, b"p") + unmasked(ws.TEXT, b"t")
    decoder = ws.Decoder()
    found = [message for index in range(len(raw)) for message in decoder.feed(raw[index : index + 1])]
    assert found == [ws.Message(ws.BINARY, b"x" * 300), ws.Message(ws.PING, b"p"), ws.Message(ws.TEXT, b"t")]


def test_fragments_are_joined_with_a_ping_between_them() -> None:
    raw = unmasked(ws.BINARY, b"a", final=False) + unmasked(ws.PING, b"") + unmasked(ws.CONTINUATION, b"b")
    assert list(ws.Decoder().feed(raw)) == [ws.Message(ws.PING, b""), ws.Message(ws.BINARY, b"ab")]


def test_what_breaks_the_protocol_is_refused() -> None:
    with pytest.raises(ws.WebSocketError):
        list(ws.Decoder().feed(unmasked(ws.CONTINUATION, b"x")))
    with pytest.raises(ws.WebSocketError):
        list(ws.Decoder().feed(b"\x82\x7f" + (1 << 40).to_bytes(8, "big")))


def test_the_handshake_of_rfc_6455() -> None:
    assert ws.accept_of("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


def test_channels() -> None:
    assert list(ws.Decoder().feed(ws.on_channel(ws.STDIN, b"hi"))) == [ws.Message(ws.BINARY, b"\x00hi")]
    assert list(ws.Decoder().feed(ws.close_channel(ws.STDIN))) == [ws.Message(ws.BINARY, b"\xff\x00")]
    (message,) = ws.Decoder().feed(ws.resize(80, 24))
    assert (message.data[0], json.loads(message.data[1:])) == (ws.RESIZE, {"Width": 80, "Height": 24})


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ({"status": "Success"}, (0, "")),
        (
            {
                "status": "Failure",
                "reason": "NonZeroExitCode",
                "details": {"causes": [{"reason": "ExitCode", "message": "7"}]},
            },
            (7, ""),
        ),
        ({"status": "Failure", "reason": "InternalError", "message": "no such file"}, (1, "no such file")),
    ],
)
def test_exit_codes(status: dict[str, object], outcome: tuple[int, str]) -> None:
    assert ws.exit_code_of(json.dumps(status).encode()) == outcome


def test_a_forwarded_ports_channels_begin_with_the_port() -> None:
    channels = PortChannels()
    raw = unmasked(ws.BINARY, b"\x00\x50\x00") + unmasked(ws.BINARY, b"\x01\x50\x00") + unmasked(ws.BINARY, b"\x00data")
    assert channels.feed(raw) == ([b"data"], [], "", True)
    assert channels.feed(unmasked(ws.BINARY, b"\x01refused")) == ([], [], "refused", False)
    assert channels.feed(unmasked(ws.CLOSE, b""))[3] is False
