"""Bytes in, responses out, however they are cut."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pybernetes.pyctl import http1
from pybernetes.pyctl.connection import warning_text


def receiving(raw: bytes, size: int) -> Callable[[int], bytes]:
    """A socket's recv that gives `size` bytes at a time."""
    pieces = [raw[at : at + size] for at in range(0, len(raw), size)]
    return lambda limit: pieces.pop(0) if pieces else b""


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
@pytest.mark.parametrize(
    ("raw", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", b"hello"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n", b"hello"),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello", b"hello"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", b"x"),
    ],
)
def test_bodies(raw: bytes, body: bytes, size: int) -> None:
    reader = http1.Reader(receiving(raw, size))
    head = http1.read_head(reader)
    assert b"".join(http1.body_pieces(reader, head, "GET")) == body


def test_two_answers_on_one_connection() -> None:
    one = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n"
    reader = http1.Reader(receiving(one + b"a" + one + b"b", 1000))
    found = [b"".join(http1.body_pieces(reader, http1.read_head(reader), "GET")) for _ in range(2)]
    assert found == [b"a", b"b"]


def test_headers() -> None:
    head = http1.parse_head(b"HTTP/1.1 404 Not Found\r\nWarning: a\r\nX-Y:  z \r\nwarning: b")
    assert (head.status, head.reason, head.get("x-y"), head.all("warning")) == (404, "Not Found", "z", ["a", "b"])


def test_a_peer_that_hangs_up() -> None:
    with pytest.raises(http1.ConnectionLost):
        http1.read_head(http1.Reader(receiving(b"", 1)))
    with pytest.raises(http1.ProtocolError, match="unexpected EOF"):
        http1.read_head(http1.Reader(receiving(b"HTTP/1.1 200", 5)))
    reader = http1.Reader(receiving(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", 100))
    with pytest.raises(http1.ProtocolError, match="unexpected EOF"):
        list(http1.body_pieces(reader, http1.read_head(reader), "GET"))


def test_a_peer_that_speaks_something_else() -> None:
    with pytest.raises(http1.ProtocolError):
        http1.parse_head(b"SSH-2.0-OpenSSH")


def test_requests() -> None:
    assert http1.encode_request("GET", "/x?a=b", [("Host", "h")], b"") == b"GET /x?a=b HTTP/1.1\r\nHost: h\r\n\r\n"
    assert http1.encode_request("POST", "/x", [("Host", "h")], b"ab").endswith(b"Content-Length: 2\r\n\r\nab")


@pytest.mark.parametrize(
    ("header", "text"),
    [('299 - "old"', "old"), (r'299 - "say \"no\" \\"', 'say "no" \\'), ("299 -", ""), ('299 - "a" "date"', "a")],
)
def test_warnings(header: str, text: str) -> None:
    assert warning_text(header) == text
