"""The client's side of HTTP/2 (RFC 9113) without I/O: bytes in, bytes out, streams told what came for them.

    open, send, reset, ping, … ──▶ output ──▶ take_output ──▶ the peer
    the peer ──▶ receive ──▶ Stream.headers, data, ended, broke

Invariants:
- What a stream sends fits the peer's windows; what does not waits in the stream, and streams that wait take turns.
- The peer may send as much as `STREAM_WINDOW_BYTES` that nobody has taken, for each stream: messages that wait for
  their reader are not credited, so a reader that stops stops the sender. The window of the connection never is what
  holds back: one stream's slow reader does not keep the others waiting.
- A stream that the peer certainly did not look at breaks with `processed=False`: above the last one that GOAWAY names,
  refused with REFUSED_STREAM, or never opened. Every other one may have been served.
- Whatever the peer sends, memory is bounded: frames by their limit, a header block by its own, streams by our own
  wish. What breaks the protocol ends the connection with GOAWAY and `ProtocolFault`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from pybernetes.apiserver.storage.rpc import frames
from pybernetes.apiserver.storage.rpc.frames import ErrorCode, Setting, error_name
from pybernetes.apiserver.storage.rpc.header_blocks import BadHeaders, HeaderDecoder, HeaderEncoder, HeaderList
from pybernetes.apiserver.storage.rpc.status import Code, RpcError, TransportError
from pybernetes.apiserver.storage.rpc.stream import Stream, StreamFault

# A page of a thousand objects comes in one go; a watch that is not read holds no more.
STREAM_WINDOW_BYTES = 4 << 20

# Compressed headers of one answer, over all their frames.
MAX_BLOCK_BYTES = 1 << 16

# Unanswered at a time; a server that measures or keeps alive has one.
_MAX_PINGS = 1000

_BROKEN: dict[int, Code] = {
    ErrorCode.CANCEL: Code.CANCELLED,
    ErrorCode.REFUSED_STREAM: Code.UNAVAILABLE,
    ErrorCode.ENHANCE_YOUR_CALM: Code.RESOURCE_EXHAUSTED,
    ErrorCode.INADEQUATE_SECURITY: Code.PERMISSION_DENIED,
}


class ProtocolFault(Exception):
    """The peer broke the protocol; the connection is of no more use, once the output is sent."""

    def __init__(self, code: ErrorCode, text: str):
        super().__init__(f"{code.name}: {text}")
        self.code = code


class ClientConnection:
    """One connection. `is_ready` once the peer's settings are here; `is_draining` when it takes no new streams."""

    def __init__(self) -> None:
        self.streams: dict[int, Stream] = {}
        self.waiting: deque[tuple[Stream, HeaderList]] = deque()
        self.is_ready = self.is_draining = False
        self.going_away = ""  # the peer's reason
        self._output: list[bytes | memoryview] = [frames.PREFACE, frames.settings(_OUR_SETTINGS)]
        self._output.append(frames.window_update(0, frames.MAX_WINDOW_BYTES - frames.DEFAULT_WINDOW_BYTES))
        self._pings: list[bytes] = []  # that are not answered
        self._encoder = HeaderEncoder()
        self._decoder = HeaderDecoder()
        self._next_id = 1
        self._rest = b""
        self._block: bytearray | None = None  # of headers that go on in the next frame
        self._block_stream_id = self._block_flags = 0
        self._unacknowledged = 0  # bytes that came on all streams since the peer's window was last opened
        self._send_window = frames.DEFAULT_WINDOW_BYTES
        self._max_payload = frames.MAX_PAYLOAD_BYTES
        self._initial_window = frames.DEFAULT_WINDOW_BYTES
        self._max_streams = frames.MAX_STREAM_ID
        self._blocked: dict[int, Stream] = {}  # those with something unsent, whose turn comes first at the front
        self._handlers: dict[int, Callable[[int, int, bytes], None]] = {
            frames.DATA: self._on_data,
            frames.HEADERS: self._on_headers,
            frames.RST_STREAM: self._on_rst_stream,
            frames.SETTINGS: self._on_settings,
            frames.PUSH_PROMISE: self._on_push_promise,
            frames.PING: self._on_ping,
            frames.GOAWAY: self._on_goaway,
            frames.WINDOW_UPDATE: self._on_window_update,
            frames.CONTINUATION: self._on_continuation,
        }

    # What we do

    @property
    def has_output(self) -> bool:
        return bool(self._output)

    def take_output(self) -> bytes:
        """Everything that is to be sent now."""
        output = b"".join(self._output)
        self._output.clear()
        return output

    def open(self, stream: Stream, headers: HeaderList, body: bytes, *, end: bool) -> None:
        """Ask, as soon as the peer allows another stream. `end`: nothing comes after `body`."""
        stream.unsent, stream.ends = body, end
        if self.is_draining:
            self._break(stream, TransportError(Code.UNAVAILABLE, "the connection is going away", processed=False))
        elif len(self.streams) < self._max_streams:
            self._open(stream, headers)
        else:
            self.waiting.append((stream, headers))

    def send(self, stream: Stream, body: bytes, *, end: bool = False) -> None:
        """More of the request's body."""
        if stream.is_closed:
            return
        stream.ends = end
        stream.unsent = bytes(stream.unsent) + body
        if stream.id:
            self._blocked[stream.id] = stream
            self._send_blocked()

    def reset(self, stream: Stream, code: ErrorCode = ErrorCode.CANCEL) -> None:
        """Nobody waits for the answer any more. The stream is not told."""
        if stream.is_closed:
            return
        stream.is_closed = True
        if stream.id:
            self._output.append(frames.rst_stream(stream.id, code))
            self._forget(stream)

    def ping(self, data: bytes) -> None:
        self._output.append(frames.frame(frames.PING, 0, 0, data))

    @property
    def is_pinged(self) -> bool:
        """Whether `answer_pings` is due, soon."""
        return bool(self._pings)

    def answer_pings(self) -> None:
        """Answer what was asked since the last time.

        Not at once: Go's servers ping with every request that comes when no ping is open, to measure the bandwidth,
        and an answer at once would have both sides write and read twice for each transaction.
        """
        self._output += (frames.frame(frames.PING, frames.ACK, 0, data) for data in self._pings)
        self._pings.clear()

    def taken(self, stream: Stream, length: int) -> None:
        """The stream's reader has taken so many bytes that it had told us were `held`."""
        stream.held -= length
        self._credit(stream)

    def close(self) -> None:
        """Say goodbye."""
        self._output.append(frames.goaway(0, ErrorCode.NO_ERROR, ""))

    def lost(self, reason: str) -> None:
        """There is no connection any more: whatever is open may have been served."""
        self.is_draining = True
        self._break_waiting(reason)
        for stream in list(self.streams.values()):
            self._forget(stream)
            self._break(stream, TransportError(Code.UNAVAILABLE, reason))

    # Sending

    def _open(self, stream: Stream, headers: HeaderList) -> None:
        stream.id = stream_id = self._next_id
        self._next_id += 2
        if self._next_id > frames.MAX_STREAM_ID:
            self.is_draining = True
        self.streams[stream_id] = stream
        stream.send_window = self._initial_window
        block = self._encoder.encode(headers)
        output = self._output
        if len(block) <= self._max_payload:
            output.append(frames.frame(frames.HEADERS, frames.END_HEADERS, stream_id, block))
        else:
            self._append_block(stream_id, block)
        body = stream.unsent
        size = len(body)
        if size <= self._max_payload and size <= stream.send_window and size <= self._send_window:
            stream.send_window -= size
            self._send_window -= size
            stream.unsent = b""
            output.append(frames.head(frames.DATA, frames.END_STREAM if stream.ends else 0, stream_id, size))
            output.append(body)
        else:
            stream.unsent = memoryview(body)
            self._blocked[stream_id] = stream
            self._send_blocked()

    def _append_block(self, stream_id: int, block: bytes) -> None:
        """Headers that fill more than one frame."""
        pieces = [block[at : at + self._max_payload] for at in range(0, len(block), self._max_payload)]
        for number, piece in enumerate(pieces):
            kind = frames.CONTINUATION if number else frames.HEADERS
            flags = frames.END_HEADERS if number == len(pieces) - 1 else 0
            self._output.append(frames.frame(kind, flags, stream_id, piece))

    def _send_blocked(self) -> None:
        """Send what the windows allow, a frame of each stream in turn."""
        stuck = 0
        while self._blocked and stuck < len(self._blocked):
            stream_id, stream = next(iter(self._blocked.items()))
            del self._blocked[stream_id]
            allowed = min(self._max_payload, stream.send_window, self._send_window)
            piece = stream.unsent[: max(allowed, 0)]
            if not piece and stream.unsent:
                stuck += 1
                self._blocked[stream_id] = stream
                continue
            stuck = 0
            stream.unsent = stream.unsent[len(piece) :]
            stream.send_window -= len(piece)
            self._send_window -= len(piece)
            flags = frames.END_STREAM if stream.ends and not stream.unsent else 0
            self._output.append(frames.frame(frames.DATA, flags, stream_id, piece))
            if stream.unsent:
                self._blocked[stream_id] = stream

    # Receiving

    def receive(self, data: bytes) -> None:
        """Take in what came. Raises `ProtocolFault`; then the connection is of no more use."""
        if self._rest:
            data = self._rest + data
        at, size = 0, len(data)
        try:
            while size - at >= frames.HEAD_BYTES:
                high, low, kind, flags, stream_id = frames.read_head(data, at)
                length = high << 16 | low
                if length > frames.MAX_PAYLOAD_BYTES:
                    raise ProtocolFault(ErrorCode.FRAME_SIZE_ERROR, f"a frame of {length} bytes")
                start = at + frames.HEAD_BYTES
                at = start + length
                if at > size:
                    at = start - frames.HEAD_BYTES
                    break
                self._on_frame(kind, flags, stream_id & frames.MAX_STREAM_ID, data[start:at])
        except ProtocolFault as fault:
            self.is_draining = True
            self._output.append(frames.goaway(0, fault.code, str(fault)))
            raise
        finally:
            self._rest = data[at:]

    def _on_frame(self, kind: int, flags: int, stream_id: int, payload: bytes) -> None:
        if not self.is_ready and kind != frames.SETTINGS:
            raise ProtocolFault(ErrorCode.PROTOCOL_ERROR, "the first frame is not the settings")
        if self._block is not None and kind != frames.CONTINUATION:
            raise ProtocolFault(ErrorCode.PROTOCOL_ERROR, "headers are not continued")
        handler = self._handlers.get(kind)  # others are to be ignored
        if handler is None:
            return
        try:
            handler(flags, stream_id, payload)
        except StreamFault as fault:
            stream = self.streams.get(stream_id)
            if stream is not None:
                self.reset(stream, fault.code)
                stream.broke(fault.error)

    def _on_data(self, flags: int, stream_id: int, payload: bytes) -> None:
        length = len(payload)
        self._unacknowledged += length
        if self._unacknowledged > frames.MAX_WINDOW_BYTES // 2:
            self._output.append(frames.window_update(0, self._unacknowledged))
            self._unacknowledged = 0
        stream = self.streams.get(stream_id)
        if stream is None:
            self._check_not_idle(stream_id)
            return
        stream.received += length
        if stream.received - stream.credited > STREAM_WINDOW_BYTES:
            raise ProtocolFault(ErrorCode.FLOW_CONTROL_ERROR, f"stream {stream_id} exceeds its window")
        if flags & frames.PADDED:
            payload = _without_padding(payload)
        stream.data(payload)
        if flags & frames.END_STREAM:
            self._ended(stream)
        else:
            self._credit(stream)

    def _on_headers(self, flags: int, stream_id: int, payload: bytes) -> None:
        if flags & frames.PADDED:
            payload = _without_padding(payload)
        if flags & frames.HAS_PRIORITY:
            if len(payload) < 5:
                raise ProtocolFault(ErrorCode.FRAME_SIZE_ERROR, "headers that are shorter than their priority")
            payload = payload[5:]
        if flags & frames.END_HEADERS:
            self._on_block(stream_id, flags, payload)
        else:
            self._block, self._block_stream_id, self._block_flags = bytearray(payload), stream_id, flags

    def _on_continuation(self, flags: int, stream_id: int, payload: bytes) -> None:
        if self._block is None or stream_id != self._block_stream_id:
            raise ProtocolFault(ErrorCode.PROTOCOL_ERROR, "a continuation of nothing")
        if not payload and not flags & frames.END_HEADERS:
            raise ProtocolFault(ErrorCode.ENHANCE_YOUR_CALM, "headers are continued with nothing")
        self._block += payload
        if len(self._block) > MAX_BLOCK_BYTES:
            raise ProtocolFault(ErrorCode.ENHANCE_YOUR_CALM, "headers without end")
        if flags & frames.END_HEADERS:
            block, self._block = bytes(self._block), None
            self._on_block(stream_id, self._block_flags, block)

    def _on_block(self, stream_id: int, flags: int, block: bytes) -> None:
        """Headers, whole. Those of a stream that is gone are decoded too: they change the table."""
        try:
            headers = self._decoder.decode(block)
        except BadHeaders as error:
            raise ProtocolFault(ErrorCode.COMPRESSION_ERROR, str(error)) from error
        stream = self.streams.get(stream_id)
        if stream is None:
            self._check_not_idle(stream_id)
            return
        stream.headers(headers)
        if flags & frames.END_STREAM:
            self._ended(stream)

    def _on_rst_stream(self, flags: int, stream_id: int, payload: bytes) -> None:
        _check_length(payload, 4, "RST_STREAM")
        stream = self.streams.get(stream_id)
        if stream is None:
            self._check_not_idle(stream_id)
            return
        code = frames.read_number(payload)
        error = TransportError(
            _BROKEN.get(code, Code.INTERNAL),
            f"the server reset the stream: {error_name(code)}",
            processed=code != ErrorCode.REFUSED_STREAM,
        )
        self._forget(stream)
        self._break(stream, error)

    def _on_settings(self, flags: int, stream_id: int, payload: bytes) -> None:
        if stream_id:
            raise ProtocolFault(ErrorCode.PROTOCOL_ERROR, "settings on a stream")
        if flags & frames.ACK:
            _check_length(payload, 0, "an acknowledgement of settings")
            if not self.is_ready:
                raise ProtocolFault(ErrorCode.PROTOCOL_ERROR, "the first frame is not the settings")
            return
        if len(payload) % 6:
            raise ProtocolFault(ErrorCode.FRAME_SIZE_ERROR, f"settings of {len(payload)} bytes")
        self._output.append(frames.frame(frames.SETTINGS, frames.ACK, 0, b""))
        for name, value in frames.read_settings(payload):
            self._apply(name, value)
        self.is_ready = True
        self._open_waiting()
        self._send_blocked()

    def _apply(self, name: int, value: int) -> None:
        if name == Setting.HEADER_TABLE_SIZE:
            self._encoder.resize(value)
        elif name == Setting.MAX_CONCURRENT_STREAMS:
            self._max_streams = value
        elif name == Setting.INITIAL_WINDOW_SIZE:
            if value > frames.MAX_WINDOW_BYTES:
                raise ProtocolFault(ErrorCode.FLOW_CONTROL_ERROR, f"an initial window of {value} bytes")
            for stream in self.streams.values():
                stream.send_window += value - self._initial_window
                if stream.send_window > frames.MAX_WINDOW_BYTES:
                    raise ProtocolFault(ErrorCode.FLOW_CONTROL_ERROR, f"the window of stream {stream.id} overflows")
            self._initial_window = value
        elif name == Setting.MAX_FRAME_SIZE:
            if not frames.MAX_PAYLOAD_BYTES <= value <= frames.LARGEST_MAX_PAYLOAD_BYTES:
                raise ProtocolFault(ErrorCode.PROTOCOL_ERROR, f"a maximum frame size of {value} bytes")
            self._max_payload = value

    def _on_push_promise(self, flags: int, stream_id: int, payload: bytes) -> None:
        raise ProtocolFault(ErrorCode.PROTOCOL_ERROR, "a push that was forbidden")

    def _on_ping(self, flags: int, stream_id: int, payload: bytes) -> None:
        if stream_id:
            raise ProtocolFault(ErrorCode.PROTOCOL_ERROR, "a ping on a stream")
        _check_length(payload, 8, "a ping")
        if not flags & frames.ACK:
            self._pings.append(payload)
            if len(self._pings) > _MAX_PINGS:
                raise ProtocolFault(ErrorCode.ENHANCE_YOUR_CALM, "pings and no end")

    def _on_goaway(self, flags: int, stream_id: int, payload: bytes) -> None:
        if stream_id or len(payload) < 8:
            raise ProtocolFault(ErrorCode.PROTOCOL_ERROR, "a malformed GOAWAY")
        last = frames.read_number(payload) & frames.MAX_STREAM_ID
        said = payload[8:].decode(errors="replace")
        self.going_away = f"{error_name(frames.read_number(payload, 4))} {said}".strip()
        self.is_draining = True
        reason = f"the server is going away: {self.going_away}"
        self._break_waiting(reason)
        for stream in [stream for stream in self.streams.values() if stream.id > last]:
            self._forget(stream)
            self._break(stream, TransportError(Code.UNAVAILABLE, reason, processed=False))

    def _on_window_update(self, flags: int, stream_id: int, payload: bytes) -> None:
        _check_length(payload, 4, "WINDOW_UPDATE")
        increment = frames.read_number(payload) & frames.MAX_WINDOW_BYTES
        if not stream_id:
            self._send_window += increment
            if not increment or self._send_window > frames.MAX_WINDOW_BYTES:
                raise ProtocolFault(ErrorCode.FLOW_CONTROL_ERROR, f"the window grows by {increment}")
        elif stream := self.streams.get(stream_id):
            stream.send_window += increment
            if not increment or stream.send_window > frames.MAX_WINDOW_BYTES:
                error = TransportError(Code.INTERNAL, f"the server let the stream's window grow by {increment}")
                raise StreamFault(error, ErrorCode.FLOW_CONTROL_ERROR)
        else:
            self._check_not_idle(stream_id)
        if self._blocked:
            self._send_blocked()

    # The life of a stream

    def _ended(self, stream: Stream) -> None:
        """The answer is complete. If the request is not, nobody wants the rest."""
        if not stream.ends or stream.unsent:
            self._output.append(frames.rst_stream(stream.id, ErrorCode.CANCEL))
        stream.is_closed = True
        self._forget(stream)
        stream.ended()

    def _break(self, stream: Stream, error: RpcError) -> None:
        if not stream.is_closed:
            stream.is_closed = True
            stream.broke(error)

    def _break_waiting(self, reason: str) -> None:
        while self.waiting:
            stream = self.waiting.popleft()[0]
            self._break(stream, TransportError(Code.UNAVAILABLE, reason, processed=False))

    def _forget(self, stream: Stream) -> None:
        self.streams.pop(stream.id, None)
        if self._blocked:
            self._blocked.pop(stream.id, None)
        if self.waiting:
            self._open_waiting()

    def _open_waiting(self) -> None:
        while self.waiting and len(self.streams) < self._max_streams:
            if self.is_draining:
                self._break_waiting("the connection has no stream left")
                return
            stream, headers = self.waiting.popleft()
            if not stream.is_closed:
                self._open(stream, headers)

    def _credit(self, stream: Stream) -> None:
        """Let the peer send again what was taken, once it is half of the window."""
        more = stream.received - stream.held - stream.credited
        if more > STREAM_WINDOW_BYTES // 2 and not stream.is_closed:
            stream.credited += more
            self._output.append(frames.window_update(stream.id, more))

    def _check_not_idle(self, stream_id: int) -> None:
        """A stream that is unknown must be one that was: the peer answers a question that it was asked."""
        if not stream_id or stream_id >= self._next_id or not stream_id % 2:
            raise ProtocolFault(ErrorCode.PROTOCOL_ERROR, f"a frame for stream {stream_id}, which was never opened")


_OUR_SETTINGS = {
    Setting.ENABLE_PUSH: 0,
    Setting.INITIAL_WINDOW_SIZE: STREAM_WINDOW_BYTES,
    Setting.MAX_HEADER_LIST_SIZE: MAX_BLOCK_BYTES,
}


def _without_padding(payload: bytes) -> bytes:
    if not payload or payload[0] >= len(payload):
        raise ProtocolFault(ErrorCode.PROTOCOL_ERROR, "more padding than payload")
    return payload[1 : len(payload) - payload[0]]


def _check_length(payload: bytes, length: int, what: str) -> None:
    if len(payload) != length:
        raise ProtocolFault(ErrorCode.FRAME_SIZE_ERROR, f"{what} of {len(payload)} bytes")
