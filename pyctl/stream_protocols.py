"""The streams of a remote process over one socket: WebSocket channels, or SPDY.

Both give bytes to send for input, its end and the terminal's size, and turn what arrives into (channel, data), with
answers to send back. `open_streams` chooses: WebSocket v5 where the server has it; v4 when there is no input or a
terminal, whose end is a character; SPDY for input that ends.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Protocol

from pybernetes.api.errors import APIError
from pybernetes.pyctl import spdy
from pybernetes.pyctl import websocket as ws
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.session import Session

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

    def __init__(self, *, stdin: bool, tty: bool):
        wanted = {"error": ws.ERROR}
        wanted |= {"stdin": ws.STDIN} if stdin else {}
        wanted |= {"stdout": ws.STDOUT}
        wanted |= {"resize": ws.RESIZE} if tty else {"stderr": ws.STDERR}
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

    def input(self, data: bytes) -> bytes:
        return spdy.data(self._stream_of[ws.STDIN], data)

    def end_of_input(self) -> bytes:
        return spdy.data(self._stream_of[ws.STDIN], b"", end=True)

    def size(self, columns: int, rows: int) -> bytes:
        return spdy.data(self._stream_of[ws.RESIZE], json.dumps({"Width": columns, "Height": rows}).encode())

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


def open_streams(
    session: Session, path: str, query: list[tuple[str, str]], *, stdin: bool, tty: bool
) -> tuple[socket.socket, bytes, Streams]:
    """(the socket, what was read ahead, its protocol). Raises `APIError`, `Failure`."""
    input_ends = stdin and not tty
    try:
        return _open_websocket(session, path, query, (V5,) if input_ends else (V5, V4))
    except APIError as error:
        if not input_ends or error.code not in (400, 403, 500) or error.status.get("details"):
            raise
    headers = [("Connection", "Upgrade"), ("Upgrade", "SPDY/3.1"), ("X-Stream-Protocol-Version", SPDY_PROTOCOL)]
    opened, early, _ = session.connection.upgrade(path, query, headers, method="POST")
    return opened, early, SpdyStreams(stdin=stdin, tty=tty)


def _open_websocket(
    session: Session, path: str, query: list[tuple[str, str]], protocols: tuple[str, ...]
) -> tuple[socket.socket, bytes, Streams]:
    key = ws.new_key()
    opened, early, head = session.connection.upgrade(path, query, ws.handshake_headers(key, protocols))
    if head.get("sec-websocket-accept") != ws.accept_of(key):
        opened.close()
        raise Failure("the server answered the WebSocket handshake wrongly")
    return opened, early, WebSocketStreams(head.get("sec-websocket-protocol"))
