"""gRPC's calls on HTTP/2 streams: messages with their length in front, a status at the end.

`UnaryCall` has one answer, `StreamingCall` many and takes its time with each. An answer is believed only when the
status says so: bytes that came before a status other than OK, or before the connection broke, are nothing.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from struct import Struct

from pybernetes.apiserver.storage.rpc.status import Code, RpcError, TransportError, no_grpc, status_error
from pybernetes.apiserver.storage.rpc.stream import Stream, StreamFault

# Whether it is compressed, and how long it is.
_PREFIX = Struct(">BL")
_PREFIX_BYTES = 5

# As Go's client of etcd allows: a page of a thousand objects at etcd's own limit of 1.5 MB each fits.
MAX_MESSAGE_BYTES = (1 << 31) - 1


def framed(message: bytes) -> bytes:
    """A message as it is sent."""
    return _PREFIX.pack(0, len(message)) + message


class Call(Stream):
    """What all calls share: the answer is gRPC, its body is cut into messages, and its trailers tell the status."""

    __slots__ = ("_begun", "_error", "_has_status", "_missing", "_pieces")

    def __init__(self) -> None:
        super().__init__()
        self._begun = self._has_status = False
        self._error: RpcError | None = None
        self._pieces: list[bytes] = []  # of a message that is not complete
        self._missing = 0  # bytes until more can be said of it

    def headers(self, headers: Mapping[str, str]) -> None:
        status = headers.get(":status")
        if status is None and not self._begun:
            raise StreamFault(TransportError(Code.INTERNAL, "trailers without headers"))
        if status is not None:
            if status[:1] == "1":
                return  # "go on", "early hints": the answer is yet to come
            kind = headers.get("content-type", "")
            if "grpc-status" not in headers and (status != "200" or not kind.startswith("application/grpc")):
                raise StreamFault(no_grpc(status, kind))
            self._begun = True
        if "grpc-status" in headers:
            self._error, self._has_status = status_error(headers), True

    def data(self, data: bytes) -> None:
        if not self._begun:
            raise StreamFault(TransportError(Code.INTERNAL, "a body without headers"))
        if not self._pieces and len(data) >= _PREFIX_BYTES:
            compressed, length = _PREFIX.unpack_from(data)
            if not compressed and length == len(data) - _PREFIX_BYTES:  # as nearly always
                self.message(data[_PREFIX_BYTES:])
                return
        self._pieces.append(data)
        self._missing -= len(data)
        if self._missing <= 0 and data:
            self._cut()

    def ended(self) -> None:
        if not self._has_status:
            self.broke(TransportError(Code.INTERNAL, "the answer ended without a status"))
        elif self._error is not None:
            self.broke(self._error)
        elif self._pieces:
            self.broke(TransportError(Code.INTERNAL, "the answer ended within a message"))
        else:
            self.succeeded()

    def message(self, message: bytes) -> None:
        """A whole message. Raises `StreamFault`."""
        raise NotImplementedError

    def succeeded(self) -> None:
        """All messages are here, and the status is OK."""
        raise NotImplementedError

    def _cut(self) -> None:
        """Take whole messages off what has come. Asked only when there is one, or a prefix to be read."""
        data = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        at = 0
        self._missing = 0
        while at < len(data):
            if len(data) - at < _PREFIX_BYTES:
                self._missing = _PREFIX_BYTES - (len(data) - at)
                break
            compressed, length = _PREFIX.unpack_from(data, at)
            if compressed:
                raise StreamFault(TransportError(Code.INTERNAL, "a compressed message, which was not asked for"))
            if length > MAX_MESSAGE_BYTES:
                raise StreamFault(TransportError(Code.INTERNAL, f"a message of {length} bytes"))
            end = at + _PREFIX_BYTES + length
            if end > len(data):
                self._missing = end - len(data)
                break
            self.message(data[at + _PREFIX_BYTES : end])
            at = end
        self._pieces = [data[at:]] if at < len(data) else []


class UnaryCall(Call):
    """One message back. `done` gives it, or raises `RpcError`."""

    __slots__ = ("_message", "done")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self.done: asyncio.Future[bytes] = loop.create_future()
        self._message: bytes | None = None

    def message(self, message: bytes) -> None:
        if self._message is not None:
            raise StreamFault(TransportError(Code.INTERNAL, "two answers to one question"))
        self._message = message

    def succeeded(self) -> None:
        if self._message is None:
            self.broke(TransportError(Code.INTERNAL, "success without an answer"))
        elif not self.done.done():
            self.done.set_result(self._message)

    def broke(self, error: RpcError) -> None:
        if not self.done.done():
            self.done.set_exception(error)


class StreamingCall(Call):
    """Any number of messages back, taken as many at a time as there are. What waits counts as `held`."""

    __slots__ = ("_end", "_is_over", "_messages", "_waiter")

    def __init__(self) -> None:
        super().__init__()
        self._messages: deque[bytes] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._is_over = False
        self._end: RpcError | None = None

    def message(self, message: bytes) -> None:
        self.held += len(message) + _PREFIX_BYTES
        self._messages.append(message)
        self._wake()

    def succeeded(self) -> None:
        self._is_over = True
        self._wake()

    def broke(self, error: RpcError) -> None:
        self._is_over, self._end = True, error
        self._wake()

    async def take(self) -> tuple[list[bytes], int]:
        """All messages that are there, at least one, and their size; none at the end. Raises `RpcError`."""
        while not self._messages:
            if self._end is not None:
                raise self._end
            if self._is_over:
                break
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        messages = list(self._messages)
        self._messages.clear()
        return messages, sum(map(len, messages)) + _PREFIX_BYTES * len(messages)

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
