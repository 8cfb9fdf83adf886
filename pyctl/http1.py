"""HTTP/1.1 responses out of bytes, no I/O of its own.

http.client would do, but it parses headers with the email package, whose import alone costs as much as a whole
`kubectl get`. A response is read through a `Reader`, which is anything that yields bytes on demand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

MAX_HEAD_BYTES = 1 << 20  # far above what servers send; a stream that never ends its head is no HTTP
READ_BYTES = 1 << 16


class ProtocolError(Exception):
    """The peer did not speak HTTP/1.1, or hung up in the middle."""


class ConnectionLost(ProtocolError):
    """The peer hung up before it said anything: an idle connection that had died."""


class Head(NamedTuple):
    """The status line and the headers, names in lower case, in order."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]

    def get(self, name: str) -> str:
        """The first header of that name, or an empty text."""
        return next((value for header, value in self.headers if header == name), "")

    def all(self, name: str) -> list[str]:
        return [value for header, value in self.headers if header == name]

    @property
    def keeps_alive(self) -> bool:
        return self.get("connection").lower() != "close"


def encode_request(method: str, target: str, headers: list[tuple[str, str]], body: bytes) -> bytes:
    """The bytes of a request; `target` is the path with its query."""
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
    if body or method in ("POST", "PUT", "PATCH"):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def parse_head(raw: bytes) -> Head:
    """The head of a response, without the empty line at its end. Raises `ProtocolError`."""
    first, *rest = raw.decode("latin-1").split("\r\n")
    parts = first.split(" ", 2)
    if len(parts) < 2 or not parts[0].startswith("HTTP/1.") or not parts[1].isdigit():
        raise ProtocolError(f"malformed HTTP response {first[:60]!r}")
    headers = []
    for line in rest:
        name, _, value = line.partition(":")
        headers.append((name.strip().lower(), value.strip()))
    return Head(int(parts[1]), parts[2] if len(parts) > 2 else "", tuple(headers))


class Reader:
    """Buffered reading from a socket-like `receive(limit) -> bytes`, which gives b"" at the end."""

    def __init__(self, receive: Callable[[int], bytes]):
        self._receive = receive
        self._buffer = b""

    def take_buffer(self) -> bytes:
        """What was read ahead, for whoever takes over the connection after an upgrade."""
        buffered, self._buffer = self._buffer, b""
        return buffered

    def _fill(self) -> bool:
        more = self._receive(READ_BYTES)
        self._buffer += more
        return bool(more)

    def until(self, mark: bytes, limit: int = MAX_HEAD_BYTES) -> bytes:
        """Everything before the mark, which is dropped."""
        while mark not in self._buffer:
            if len(self._buffer) > limit:
                raise ProtocolError("a line of the response is too long")
            if not self._fill():
                if not self._buffer:
                    raise ConnectionLost("EOF")
                raise ProtocolError("unexpected EOF")
        found, _, self._buffer = self._buffer.partition(mark)
        return found

    def pieces(self, size: int) -> Iterator[bytes]:
        """Exactly `size` bytes, in pieces as they arrive."""
        while size:
            if not self._buffer and not self._fill():
                raise ProtocolError("unexpected EOF")
            piece, self._buffer = self._buffer[:size], self._buffer[size:]
            size -= len(piece)
            yield piece

    def exactly(self, size: int) -> bytes:
        return b"".join(self.pieces(size))

    def rest(self) -> Iterator[bytes]:
        """All until the peer closes."""
        while self._buffer or self._fill():
            yield self.take_buffer()


def read_head(reader: Reader) -> Head:
    """The final response's head; 1xx other than an upgrade are passed over."""
    while True:
        head = parse_head(reader.until(b"\r\n\r\n"))
        if head.status >= 200 or head.status == 101:
            return head


def body_pieces(reader: Reader, head: Head, method: str) -> Iterator[bytes]:
    """The body as it arrives, with the framing taken off."""
    if method == "HEAD" or head.status in (204, 304):
        return
    if "chunked" in head.get("transfer-encoding").lower():
        while size := int(reader.until(b"\r\n").split(b";")[0], 16):
            yield from reader.pieces(size)
            reader.until(b"\r\n")
        while reader.until(b"\r\n"):
            pass
    elif head.get("content-length"):
        yield from reader.pieces(int(head.get("content-length")))
    else:
        yield from reader.rest()


def is_framed(head: Head) -> bool:
    """Whether the body's end is known without the connection's end, so that the connection can be used again."""
    return bool(head.get("content-length")) or "chunked" in head.get("transfer-encoding").lower() or head.status == 204
