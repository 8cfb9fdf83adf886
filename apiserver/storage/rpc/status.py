"""gRPC's status codes, and how a call fails: by the server's word, or because the connection failed it.

The difference decides what may be sent again. A server that answers with a status has judged the request; a connection
that breaks says nothing of it, unless HTTP/2 promises that the server never looked at it (`processed` is False).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from urllib.parse import unquote


class Code(IntEnum):
    """The codes that gRPC knows."""

    OK = 0
    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    DATA_LOSS = 15
    UNAUTHENTICATED = 16


class RpcError(Exception):
    """A call failed."""

    def __init__(self, code: Code, details: str):
        super().__init__(f"{code.name}: {details}")
        self.code = code
        self.details = details


class StatusError(RpcError):
    """The server ended the call with a status other than OK."""


class TransportError(RpcError):
    """No status came. `processed` is False where the server certainly did nothing, and True where it may have."""

    def __init__(self, code: Code, details: str, *, processed: bool = True):
        super().__init__(code, details)
        self.processed = processed


# What an answer that is no gRPC means, by its HTTP status: usually a proxy speaks.
_BY_HTTP_STATUS = {
    "400": Code.INTERNAL,
    "401": Code.UNAUTHENTICATED,
    "403": Code.PERMISSION_DENIED,
    "404": Code.UNIMPLEMENTED,
    "429": Code.UNAVAILABLE,
    "502": Code.UNAVAILABLE,
    "503": Code.UNAVAILABLE,
    "504": Code.UNAVAILABLE,
}


def no_grpc(http_status: str, content_type: str) -> TransportError:
    """The error for an answer that is not gRPC's."""
    code = _BY_HTTP_STATUS.get(http_status, Code.UNKNOWN)
    return TransportError(code, f"not an answer of gRPC: HTTP status {http_status!r}, content type {content_type!r}")


def status_error(trailers: Mapping[str, str]) -> RpcError | None:
    """The error that trailers tell, or None for success."""
    given = trailers["grpc-status"]
    if given == "0":
        return None
    message = unquote(trailers.get("grpc-message", ""), errors="replace")
    try:
        return StatusError(Code(int(given)), message)
    except ValueError:
        return StatusError(Code.UNKNOWN, f"status {given!r}: {message}")
