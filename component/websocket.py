"""WebSocket without I/O: bytes in, messages out; messages in, bytes out (RFC 6455). Clients mask, servers do not.

On top of it, Kubernetes' ``v5.channel.k8s.io`` and ``v4.channel.k8s.io``: the first byte of every message names a
channel. `Decoder` is fed what arrives; fragments are joined, and what has to be answered (pings, close) is told apart
from data.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Iterator
from typing import Any, NamedTuple

Json = dict[str, Any]
STDIN, STDOUT, STDERR, ERROR, RESIZE = 0, 1, 2, 3, 4
CLOSE_CHANNEL = 255  # v5 only: the byte after it is the channel whose end this is
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
MAX_MESSAGE_BYTES = 64 << 20  # a peer that announces more is broken: streams come in pieces of kilobytes
_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class WebSocketError(Exception):
    """The peer broke the protocol."""


class Message(NamedTuple):
    """A whole message; `opcode` is BINARY, TEXT, PING, PONG or CLOSE."""

    opcode: int
    data: bytes


def handshake_headers(key: str, protocols: tuple[str, ...]) -> list[tuple[str, str]]:
    """What the upgrade request carries besides the usual."""
    return [
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", key),
        ("Sec-WebSocket-Protocol", ", ".join(protocols)),
    ]


def new_key() -> str:
    """Sixteen random bytes, as the handshake wants them."""
    return base64.b64encode(os.urandom(16)).decode()


def accept_of(key: str) -> str:
    """What a server that understood the handshake answers."""
    return base64.b64encode(hashlib.sha1((key + _GUID).encode()).digest()).decode()


def mask(data: bytes, key: bytes) -> bytes:
    """XOR with the repeated key, all at once as one big number."""
    if not data:
        return b""
    repeated = (key * (len(data) // 4 + 1))[: len(data)]
    return (int.from_bytes(data, "big") ^ int.from_bytes(repeated, "big")).to_bytes(len(data), "big")


def encode(opcode: int, data: bytes, key: bytes | None = None) -> bytes:
    """One whole message as a client sends it: a masked frame."""
    key = os.urandom(4) if key is None else key
    return _head(opcode, len(data), 0x80) + key + mask(data, key)


def encode_unmasked(opcode: int, data: bytes) -> bytes:
    """One whole message as a server sends it."""
    return _head(opcode, len(data), 0) + data


def _head(opcode: int, size: int, masked: int) -> bytes:
    if size < 126:
        return bytes((0x80 | opcode, masked | size))
    if size < 65536:
        return bytes((0x80 | opcode, masked | 126)) + size.to_bytes(2, "big")
    return bytes((0x80 | opcode, masked | 127)) + size.to_bytes(8, "big")


def on_channel(channel: int, data: bytes) -> bytes:
    """Data for one channel, framed."""
    return encode(BINARY, bytes((channel,)) + data)


def close_channel(channel: int) -> bytes:
    """The end of one channel, framed (v5)."""
    return encode(BINARY, bytes((CLOSE_CHANNEL, channel)))


def resize(columns: int, rows: int) -> bytes:
    """The terminal's size, framed."""
    return on_channel(RESIZE, json.dumps({"Width": columns, "Height": rows}, separators=(",", ":")).encode())


class Decoder:
    """Frames out of bytes."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._fragments: list[bytes] = []
        self._opcode = 0

    def feed(self, data: bytes) -> Iterator[Message]:
        """The messages that are whole with this data. Raises `WebSocketError`."""
        self._buffer += data
        while (frame := self._take_frame()) is not None:
            final, opcode, payload = frame
            if opcode >= CLOSE:
                yield Message(opcode, payload)
                continue
            if opcode == CONTINUATION and not self._fragments:
                raise WebSocketError("a continuation of nothing")
            if opcode != CONTINUATION:
                self._opcode = opcode
            self._fragments.append(payload)
            if sum(map(len, self._fragments)) > MAX_MESSAGE_BYTES:
                raise WebSocketError("a message that is too long")
            if final:
                whole, self._fragments = b"".join(self._fragments), []
                yield Message(self._opcode, whole)

    def _take_frame(self) -> tuple[bool, int, bytes] | None:
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        size, at = buffer[1] & 0x7F, 2
        if size >= 126:
            width = 2 if size == 126 else 8
            if len(buffer) < at + width:
                return None
            size, at = int.from_bytes(buffer[at : at + width], "big"), at + width
        if size > MAX_MESSAGE_BYTES:
            raise WebSocketError("a frame that is too long")
        key = b""
        if buffer[1] & 0x80:
            key, at = bytes(buffer[at : at + 4]), at + 4
        if len(buffer) < at + size:
            return None
        payload = bytes(buffer[at : at + size])
        final, opcode = bool(buffer[0] & 0x80), buffer[0] & 0x0F
        del buffer[: at + size]
        return final, opcode, mask(payload, key) if key else payload


def exit_code_of(status: bytes) -> tuple[int, str]:
    """(exit code, complaint) in the Status that the error channel carries at the end."""
    try:
        parsed: Json = json.loads(status)
    except ValueError:
        return 1, status.decode(errors="replace")
    if parsed.get("status") == "Success":
        return 0, ""
    if parsed.get("reason") == "NonZeroExitCode":
        for cause in (parsed.get("details") or {}).get("causes") or ():
            if cause.get("reason") == "ExitCode":
                return int(cause["message"]), ""
    return 1, str(parsed.get("message") or "unknown error")
