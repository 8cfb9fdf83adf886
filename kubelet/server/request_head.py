"""The head of an HTTP request, read by hand where the connection is going to be handed over as it is. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote

END = b"\r\n\r\n"


class BadHead(ValueError):
    """The bytes are no head of an HTTP/1 request."""


@dataclass(frozen=True, slots=True)
class Head:
    """`raw` is all of it with the empty line. Header names are in lower case."""

    raw: bytes
    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]

    def first(self, *names: str) -> str:
        """The first value of the first of these query parameters that is there."""
        return next((self.query[name][0] for name in names if self.query.get(name)), "")

    def is_set(self, *names: str) -> bool:
        return self.first(*names) in ("1", "true")


def parse_head(raw: bytes) -> Head:
    """Raises `BadHead`."""
    lines = raw.removesuffix(END).split(b"\r\n")
    words = lines[0].split(b" ")
    if len(words) != 3 or not words[2].startswith(b"HTTP/1."):
        raise BadHead("malformed request line")
    headers = {}
    for line in lines[1:]:
        name, colon, value = line.partition(b":")
        if not colon:
            raise BadHead("malformed header")
        headers[name.strip().lower().decode("latin-1")] = value.strip().decode("latin-1")
    path, _, query = words[1].decode("latin-1").partition("?")
    try:
        values = parse_qs(query, keep_blank_values=True, max_num_fields=1000)
    except ValueError as error:
        raise BadHead(str(error)) from error
    return Head(raw, words[0].decode("latin-1"), unquote(path), values, headers)


def plain_answer(status: int, reason: str, text: str) -> bytes:
    """A whole answer, after which the connection is closed."""
    body = text.encode()
    head = (
        f"HTTP/1.1 {status} {reason}\r\nContent-Type: text/plain; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
