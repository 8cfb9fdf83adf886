"""SPDY/3.1 as exec and attach use it, client side, without I/O.

WebSocket's v4 protocol cannot say that standard input has ended; only v5 can, and container runtimes do not speak that
yet. So input that ends goes over SPDY, where each stream has an end of its own. What is needed of it is little:
streams are opened by us with a `streamtype` header, then data flows. Header blocks are compressed without the preset
dictionary, which receivers allow, and those that we get are of no interest, so none is ever decompressed.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import NamedTuple

CONTROL_BIT, VERSION = 0x8000, 3
SYN_STREAM, RST_STREAM, PING, GOAWAY = 1, 3, 6, 7
FIN = 0x01
HEAD_BYTES = 8
MAX_DATA_BYTES = (1 << 24) - 1  # the length field has three bytes


class Frame(NamedTuple):
    """A frame: of control with its type, or (`kind` 0) data of a stream."""

    kind: int
    stream: int
    flags: int
    payload: bytes


class Encoder:
    """Frames out; the compression of headers runs through the whole connection."""

    def __init__(self) -> None:
        self._compressor = zlib.compressobj()
        self._next_stream = 1  # a client's streams are odd

    def open(self, headers: dict[str, str]) -> tuple[int, bytes]:
        """(the new stream's number, the frame that opens it)."""
        stream, self._next_stream = self._next_stream, self._next_stream + 2
        block = len(headers).to_bytes(4, "big")
        for name, value in headers.items():
            for text in (name.lower().encode(), value.encode()):
                block += len(text).to_bytes(4, "big") + text
        packed = self._compressor.compress(block) + self._compressor.flush(zlib.Z_SYNC_FLUSH)
        return stream, control(SYN_STREAM, stream.to_bytes(4, "big") + bytes(6) + packed)


def control(kind: int, payload: bytes, flags: int = 0) -> bytes:
    """A frame of control."""
    head = (CONTROL_BIT | VERSION).to_bytes(2, "big") + kind.to_bytes(2, "big")
    return head + bytes([flags]) + len(payload).to_bytes(3, "big") + payload


def data(stream: int, payload: bytes, *, end: bool = False) -> bytes:
    """Data of a stream, the last of it with `end`."""
    return stream.to_bytes(4, "big") + bytes([FIN if end else 0]) + len(payload).to_bytes(3, "big") + payload


class Decoder:
    """Frames out of bytes."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, received: bytes) -> Iterator[Frame]:
        """The frames that are whole with these bytes."""
        self._buffer += received
        while len(self._buffer) >= HEAD_BYTES:
            size = int.from_bytes(self._buffer[5:8], "big")
            if len(self._buffer) < HEAD_BYTES + size:
                return
            head, payload = bytes(self._buffer[:HEAD_BYTES]), bytes(self._buffer[HEAD_BYTES : HEAD_BYTES + size])
            del self._buffer[: HEAD_BYTES + size]
            if head[0] & 0x80:
                stream = int.from_bytes(payload[:4], "big") & 0x7FFFFFFF
                yield Frame(int.from_bytes(head[2:4], "big"), stream, head[4], payload)
            else:
                yield Frame(0, int.from_bytes(head[:4], "big"), head[4], payload)
