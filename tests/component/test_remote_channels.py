"""Frames in and out, and the streams of a remote process over them."""

from __future__ import annotations

import json
import zlib

import pytest

from pybernetes.component import spdy
from pybernetes.component import websocket as ws
from pybernetes.component.remote_channels import ANSWER, CLOSED, SpdyStreams, WebSocketStreams


def opened_streams(raw: bytes) -> dict[str, int]:
    """What a server reads of the frames that open streams: their type and number."""
    unpacker, found = zlib.decompressobj(), {}
    for frame in spdy.Decoder().feed(raw):
        assert frame.kind == spdy.SYN_STREAM
        block = unpacker.decompress(frame.payload[10:])
        assert block[:4] == (1).to_bytes(4, "big")
        size = int.from_bytes(block[4:8], "big")
        assert block[8 : 8 + size] == b"streamtype"
        found[block[12 + size :].decode()] = frame.stream
    return found


@pytest.mark.parametrize(
    ("stdin", "tty", "names"),
    [
        (True, False, {"error": 1, "stdin": 3, "stdout": 5, "stderr": 7}),
        (False, False, {"error": 1, "stdout": 3, "stderr": 5}),
        (True, True, {"error": 1, "stdin": 3, "stdout": 5, "resize": 7}),
    ],
)
def test_streams_are_opened_the_error_stream_first(stdin: bool, tty: bool, names: dict[str, int]) -> None:
    assert opened_streams(SpdyStreams(stdin=stdin, tty=tty).start()) == names


def test_input_and_its_end() -> None:
    streams = SpdyStreams(stdin=True, tty=False)
    sent = list(spdy.Decoder().feed(streams.input(b"hello") + streams.end_of_input()))
    assert sent == [spdy.Frame(0, 3, 0, b"hello"), spdy.Frame(0, 3, spdy.FIN, b"")]


def test_the_size_of_a_terminal() -> None:
    (frame,) = spdy.Decoder().feed(SpdyStreams(stdin=True, tty=True).size(80, 24))
    assert (frame.stream, json.loads(frame.payload)) == (7, {"Width": 80, "Height": 24})


@pytest.mark.parametrize("cut", [1, 5, 1000])
def test_what_arrives_is_told_by_channel_until_all_streams_have_ended(cut: int) -> None:
    streams = SpdyStreams(stdin=False, tty=False)
    raw = (
        spdy.control(2, (3).to_bytes(4, "big") + b"reply")
        + spdy.data(3, b"out")
        + spdy.control(spdy.PING, (2).to_bytes(4, "big"))
        + spdy.data(5, b"err", end=True)
        + spdy.data(3, b"", end=True)
        + spdy.data(1, b"{}", end=True)
    )
    found = [event for at in range(0, len(raw), cut) for event in streams.feed(raw[at : at + cut])]
    ping = spdy.control(spdy.PING, (2).to_bytes(4, "big"))
    assert found == [(ws.STDOUT, b"out"), (ANSWER, ping), (ws.STDERR, b"err"), (ws.ERROR, b"{}"), (CLOSED, b"")]


def test_a_connection_that_goes_away() -> None:
    assert list(SpdyStreams(stdin=False, tty=False).feed(spdy.control(spdy.GOAWAY, bytes(8)))) == [(CLOSED, b"")]


def test_only_v5_can_end_input_over_websocket() -> None:
    assert WebSocketStreams("v4.channel.k8s.io").end_of_input() == b""
    (message,) = ws.Decoder().feed(WebSocketStreams("v5.channel.k8s.io").end_of_input())
    assert message.data == bytes([ws.CLOSE_CHANNEL, ws.STDIN])
