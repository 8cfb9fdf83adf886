"""Requests and answers inside the API server, whoever carries them.

The front makes a `Request` from an HTTP request, the launcher's in-process transport from a call; what handles it
cannot tell. Answers are bytes (`Response`), an endless stream of them (`WatchResponse`), or the connection itself
(`Upgrade`, for exec and port-forward).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson

from pybernetes.api.errors import APIError, Denied, PlainError
from pybernetes.api.go_json import escaped
from pybernetes.api.object import Json
from pybernetes.apiserver.user import User

JSON_TYPE = "application/json"


@dataclass(slots=True)
class Request:
    """One request. Header names are in lower case; `query` has the first value of each parameter.

    `user` is set when the carrier has authenticated the caller already (in-process). `audit_annotations` are
    what the audit log is to tell besides. `repeated` and `repeated_in_yaml` are what a strict decoder minds of the
    body's text: all its keys, if one is given twice (see `api.json_syntax`), and what to say of those of YAML.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""
    query_all: Callable[[str], list[str]] = field(default=lambda name: [])
    query_string: str = ""
    peer_certificate: bytes | None = None
    user: User | None = None
    remote: str = ""
    warnings: list[str] = field(default_factory=list)
    audit_annotations: dict[str, str] = field(default_factory=dict)
    repeated: Sequence[tuple[str, bool]] = ()
    repeated_in_yaml: Sequence[str] = ()


@dataclass(slots=True)
class Response:
    """A whole answer."""

    status: int
    body: bytes
    content_type: str = JSON_TYPE
    headers: Mapping[str, str] | None = None


class ListResponse(Response):
    """A whole answer that is a list, put together only as it is sent.

    A list of megabytes that is joined at once is written to memory that is new to the processor, and read from there to
    be encrypted; a slice of it stays in the nearest cache between the two. `body` joins all, for who needs that.
    """

    __slots__ = ("_between", "_end", "_items", "_start", "_whole", "size")

    def __init__(
        self,
        start: bytes,
        items: Sequence[bytes],
        between: bytes,
        end: bytes,
        size: int,
        content_type: str = JSON_TYPE,
    ):
        """`size` is that of the items together."""
        self.status, self.content_type, self.headers = 200, content_type, None
        self._start, self._items, self._between, self._end = start, items, between, end
        self._whole: bytes | None = None
        self.size = len(start) + size + len(between) * (len(items) - 1) + len(end)

    @property
    def body(self) -> bytes:  # type: ignore[override]
        if self._whole is None:
            self._whole = b"".join((self._start, self._between.join(self._items), self._end))
        return self._whole

    def slices(self, size: int) -> Iterator[bytes]:
        """The body in pieces that are about this long, of whole items."""
        items, count = self._items, max(1, size * len(self._items) // self.size)
        yield self._start + self._between.join(items[:count])
        for first in range(count, len(items), count):
            yield self._between.join((b"", *items[first : first + count]))
        yield self._end


class Sink(Protocol):
    """Where a stream's bytes go."""

    def write(self, data: bytes) -> None:
        """Send without waiting. The caller keeps `backlog` bounded."""

    @property
    def backlog(self) -> int:
        """Bytes accepted and not yet taken by the other side."""

    async def closed(self) -> None:
        """Wait until the other side is gone."""


@dataclass(slots=True)
class StreamResponse:
    """An answer that goes on: `run` writes into the sink until the stream is over or the reader is gone."""

    run: Callable[[Sink], Awaitable[None]]
    content_type: str = JSON_TYPE
    status: int = 200
    headers: Mapping[str, str] | None = None


@dataclass(slots=True)
class BodyStream:
    """An answer whose body is produced piece by piece (a log, a proxied answer)."""

    chunks: AsyncIterator[bytes]
    content_type: str = "text/plain"
    status: int = 200
    headers: Mapping[str, str] | None = None


@dataclass(slots=True)
class Upgrade:
    """An answer that takes the connection over. `take` gets the carrier's raw request and gives its raw answer."""

    take: Callable[[Any], Awaitable[Any]]


Answer = Response | StreamResponse | BodyStream | Upgrade


def json_line(value: Any) -> bytes:
    """A value as Go's encoder writes it: escaped, and with the end of its line."""
    return escaped(orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE))


def json_response(value: Any, status: int = 200) -> Response:
    return Response(status, json_line(value))


def error_response(error: APIError) -> Response:
    """The Status of an error, with Retry-After where it says one; plain text where no API is."""
    if isinstance(error, PlainError):
        plain = {"x-content-type-options": "nosniff"}
        return Response(error.code, f"{error.text}\n".encode(), "text/plain; charset=utf-8", plain)
    headers = {"retry-after": str(error.retry_after_seconds)} if error.retry_after_seconds else None
    if isinstance(error, Denied):
        headers = {"x-content-type-options": "nosniff"}
    return Response(error.code, json_line(error.status), JSON_TYPE, headers)


def success_status(details: Json | None = None) -> Json:
    status: Json = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}
    if details:
        status["details"] = details
    return status
