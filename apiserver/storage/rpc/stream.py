"""One stream of an HTTP/2 connection: what the connection keeps of it, and whom it tells what comes.

A stream is told of everything in order: `headers` (once or twice), `data` between, then either `ended` or `broke`,
and after that nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

from pybernetes.apiserver.storage.rpc.frames import ErrorCode
from pybernetes.apiserver.storage.rpc.status import RpcError


class StreamFault(Exception):
    """What came is wrong, and concerns this stream only: it is reset with `code` and breaks with `error`."""

    def __init__(self, error: RpcError, code: ErrorCode = ErrorCode.PROTOCOL_ERROR):
        super().__init__(str(error))
        self.error = error
        self.code = code


class Stream:
    """Made by whoever asks; the connection gives it its `id` when it is opened (0: it waits its turn)."""

    __slots__ = ("credited", "ends", "expires", "held", "id", "is_closed", "received", "send_window", "unsent")

    def __init__(self) -> None:
        self.id = 0
        self.is_closed = False  # nothing is sent or told any more
        self.expires = inf  # on the loop's clock; the connection knows no time
        # Sending: what the peer's windows leave for later, and whether nothing comes after it.
        self.send_window = 0
        self.unsent: bytes | memoryview = b""
        self.ends = False
        # Receiving, in bytes: all that came; what the peer was told it may send again; what nobody has taken yet.
        self.received = 0
        self.credited = 0
        self.held = 0

    def headers(self, headers: Mapping[str, str]) -> None:
        """Headers or trailers. Raises `StreamFault`."""
        raise NotImplementedError

    def data(self, data: bytes) -> None:
        """A piece of the body. Raises `StreamFault`."""
        raise NotImplementedError

    def ended(self) -> None:
        """The answer is complete."""
        raise NotImplementedError

    def broke(self, error: RpcError) -> None:
        """There will be no more of an answer."""
        raise NotImplementedError
