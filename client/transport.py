"""How a request reaches the API server: the one seam between the client and the wire.

`https.HTTPSTransport` goes over the network; the launcher has one that calls the API server's handler in the same
process. Both carry the same bytes and the same status codes, so nothing above can tell them apart.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer. Header names are in lower case."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class TransportError(Exception):
    """The API server could not be reached, or the connection broke before the answer was whole."""


class Transport(Protocol):
    """Sends requests as one identity."""

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """One request and its whole answer, whatever its status. Raises `TransportError`."""

    def stream(
        self, path: str, *, query: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """GET, and the body in pieces as they arrive (a watch, a log that is followed).

        Entering raises `pybernetes.api.errors.APIError` for an answer other than 2xx, and `TransportError`.
        """

    async def close(self) -> None:
        """Close connections; open streams end."""
