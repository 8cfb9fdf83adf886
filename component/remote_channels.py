"""The streams of a remote process over one socket: WebSocket channels, or SPDY, without I/O.

Both give bytes to send for input, its end and the terminal's size, and turn what arrives into (channel, data), with
answers to send back. Channels are numbered as WebSocket's are. This is the side that asks; the API server asks
kubelets, too, when it translates between the two.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import Protocol

from pybernetes.component import spdy
from pybernetes.component import websocket as ws

V5, V4 = "v5.channel.k8s.io", "v4.channel.k8s.io"
SPDY_PROTOCOL = V4  # the name of the protocol above is the same for both carriers
CLOSED = -1  # a channel number that says: the peer is done
ANSWER = -2  # and one for bytes to send back as they are


class Streams(Protocol):
    """What both protocols can."""

    def start(self) -> bytes:
        """What has to be sent first."""

    def input(self, data: bytes) -> bytes: ...

    def end_of_input(self) -> bytes: ...

    def size(self, columns: int, rows: int) -> bytes: ...

    def feed(self, received: bytes) -> Iterator[tuple[int, bytes]]:
        """(channel, data) of what has arrived; channels are numbered as WebSocket's are."""


class WebSocketStreams:
    """``v5.channel.k8s.io`` and ``v4.channel.k8s.io``."""

    def __init__(self, protocol: str):
        self._can_end_input = protocol == V5
        self._decoder = ws.Decoder()

    def start(self) -> bytes:
        return b""

    def input(self, data: bytes) -> bytes:
        return ws.on_channel(ws.STDIN, data)

    def end_of_input(self) -> bytes:
        return ws.close_channel(ws.STDIN) if self._can_end_input else b""

    def size(self, columns: int, rows: int) -> bytes:
        return ws.resize(columns, rows)

    def feed(self, received: bytes) -> Iterator[tuple[int, bytes]]:
        for message in self._decoder.feed(received):
            if message.opcode == ws.CLOSE:
                yield CLOSED, b""
            elif message.opcode == ws.PING:
                yield ANSWER, ws.encode(ws.PONG, message.data)
            elif message.opcode in (ws.BINARY, ws.TEXT) and message.data:
                yield message.data[0], message.data[1:]


class SpdyStreams:
    """``v4.channel.k8s.io`` over SPDY/3.1: a stream for each channel, the error stream first."""

    def __init__(self, *, stdin: bool, tty: bool, outputs: Collection[int] = (ws.STDOUT, ws.STDERR)):
        wanted = {"error": ws.ERROR}
        wanted |= {"stdin": ws.STDIN} if stdin else {}
        wanted |= {"stdout": ws.STDOUT} if ws.STDOUT in outputs else {}
        wanted |= {"resize": ws.RESIZE} if tty else {"stderr": ws.STDERR} if ws.STDERR in outputs else {}
        self._encoder, self._decoder = spdy.Encoder(), spdy.Decoder()
        self._stream_of: dict[int, int] = {}
        self._start = b""
        for name, channel in wanted.items():
            self._stream_of[channel], opening = self._encoder.open({"streamtype": name})
            self._start += opening
        self._channel_of = {stream: channel for channel, stream in self._stream_of.items()}
        self._open = {self._stream_of[one] for one in (ws.ERROR, ws.STDOUT, ws.STDERR) if one in self._stream_of}

    def start(self) -> bytes:
        return self._start

    def send(self, channel: int, data: bytes) -> bytes:
        """Data for a channel; nothing for one that the process does not have."""
        stream = self._stream_of.get(channel)
        return b"" if stream is None else spdy.data(stream, data)

    def input(self, data: bytes) -> bytes:
        return self.send(ws.STDIN, data)

    def end_of_input(self) -> bytes:
        stream = self._stream_of.get(ws.STDIN)
        return b"" if stream is None else spdy.data(stream, b"", end=True)

    def size(self, columns: int, rows: int) -> bytes:
        return self.send(ws.RESIZE, json.dumps({"Width": columns, "Height": rows}).encode())

    def feed(self, received: bytes) -> Iterator[tuple[int, bytes]]:
        for frame in self._decoder.feed(received):
            if frame.kind == spdy.PING:
                yield ANSWER, spdy.control(spdy.PING, frame.payload)
            elif frame.kind == spdy.GOAWAY:
                yield CLOSED, b""
            elif frame.kind == 0 and frame.stream in self._channel_of and frame.payload:
                yield self._channel_of[frame.stream], frame.payload
            if frame.kind == spdy.RST_STREAM or (frame.kind == 0 and frame.flags & spdy.FIN):
                self._open.discard(frame.stream)
                if not self._open:
                    yield CLOSED, b""
