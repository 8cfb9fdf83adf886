"""A peer for the sans-I/O connection: it reads what we send, and answers whatever a test wants, also what is wrong."""

from __future__ import annotations

import struct
from collections.abc import Mapping

import pytest
from hpack import Decoder, Encoder

from pybernetes.apiserver.storage.rpc import frames
from pybernetes.apiserver.storage.rpc.connection import ClientConnection
from pybernetes.apiserver.storage.rpc.status import RpcError
from pybernetes.apiserver.storage.rpc.stream import Stream

REQUEST = ((":method", "POST"), (":scheme", "http"), (":path", "/a"), (":authority", "b"))


class Recorder(Stream):
    """A stream that writes down what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[object] = []
        self.body = b""
        self.error: RpcError | None = None

    def headers(self, headers: Mapping[str, str]) -> None:
        self.told.append(dict(headers))

    def data(self, data: bytes) -> None:
        self.body += data

    def ended(self) -> None:
        self.told.append("ended")

    def broke(self, error: RpcError) -> None:
        self.told.append("broke")
        self.error = error


class Peer:
    """The server's end of a connection, as bytes. `answer` makes frames of headers with a table of its own."""

    def __init__(self) -> None:
        self.client = ClientConnection()
        self.encoder, self.decoder = Encoder(), Decoder()
        self.sent: list[tuple[int, int, int, bytes]] = []
        output = self.client.take_output()
        assert output.startswith(frames.PREFACE)
        self.greeting = _split(output.removeprefix(frames.PREFACE))

    def settle(self, **settings: int) -> Peer:
        """Send the server's settings, and expect them to be acknowledged."""
        self.client.receive(frames.settings({frames.Setting[name.upper()]: value for name, value in settings.items()}))
        assert (frames.SETTINGS, frames.ACK, 0, b"") in self.read()
        return self

    def read(self) -> list[tuple[int, int, int, bytes]]:
        """The frames that the client has sent since the last time: type, flags, stream, payload."""
        new = _split(self.client.take_output())
        self.sent += new
        return new

    def ask(self, body: bytes = b"question", *, end: bool = True) -> Recorder:
        stream = Recorder()
        self.client.open(stream, REQUEST, body, end=end)
        return stream

    def headers(self, stream_id: int, *pairs: tuple[str, str], end: bool = False) -> bytes:
        flags = frames.END_HEADERS | (frames.END_STREAM if end else 0)
        return frames.frame(frames.HEADERS, flags, stream_id, self.encoder.encode(pairs))

    def answer(self, stream_id: int, body: bytes = b"answer") -> bytes:
        """Headers, a body and trailers."""
        return (
            self.headers(stream_id, (":status", "200"), ("content-type", "application/grpc"))
            + frames.frame(frames.DATA, 0, stream_id, body)
            + self.headers(stream_id, ("grpc-status", "0"), end=True)
        )


ANSWERED = [{":status": "200", "content-type": "application/grpc"}, {"grpc-status": "0"}, "ended"]


def _split(output: bytes) -> list[tuple[int, int, int, bytes]]:
    found = []
    while output:
        high, low, kind, flags, stream_id = struct.unpack_from(">BHBBL", output)
        end = 9 + (high << 16 | low)
        found.append((kind, flags, stream_id, output[9:end]))
        output = output[end:]
    return found


@pytest.fixture
def new_peer() -> Peer:
    return Peer()


@pytest.fixture
def peer(new_peer: Peer) -> Peer:
    """One whose settings have been exchanged."""
    return new_peer.settle()


@pytest.fixture
def answered() -> list[object]:
    """What a stream is told of a plain answer."""
    return ANSWERED
