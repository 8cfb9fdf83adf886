"""HTTP/2's frames as bytes (RFC 9113, sections 4 and 6): numbers, and how a client's frames are made."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from struct import Struct

DATA = 0
HEADERS = 1
PRIORITY = 2
RST_STREAM = 3
SETTINGS = 4
PUSH_PROMISE = 5
PING = 6
GOAWAY = 7
WINDOW_UPDATE = 8
CONTINUATION = 9

END_STREAM = ACK = 0x1
END_HEADERS = 0x4
PADDED = 0x8
HAS_PRIORITY = 0x20

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
HEAD_BYTES = 9
# The largest payload that we take: what everybody starts with and etcd never exceeds.
MAX_PAYLOAD_BYTES = 1 << 14
LARGEST_MAX_PAYLOAD_BYTES = (1 << 24) - 1
DEFAULT_WINDOW_BYTES = (1 << 16) - 1
MAX_WINDOW_BYTES = (1 << 31) - 1
MAX_STREAM_ID = (1 << 31) - 1

# Length (of which the first byte apart), type, flags, stream. The top bit of the stream means nothing.
_HEAD = Struct(">BHBBL")
read_head = _HEAD.unpack_from
_NUMBER = Struct(">L")
_SETTING = Struct(">HL")


class Setting(IntEnum):
    HEADER_TABLE_SIZE = 1
    ENABLE_PUSH = 2
    MAX_CONCURRENT_STREAMS = 3
    INITIAL_WINDOW_SIZE = 4
    MAX_FRAME_SIZE = 5
    MAX_HEADER_LIST_SIZE = 6


class ErrorCode(IntEnum):
    """Why a stream or a connection ended."""

    NO_ERROR = 0
    PROTOCOL_ERROR = 1
    INTERNAL_ERROR = 2
    FLOW_CONTROL_ERROR = 3
    SETTINGS_TIMEOUT = 4
    STREAM_CLOSED = 5
    FRAME_SIZE_ERROR = 6
    REFUSED_STREAM = 7
    CANCEL = 8
    COMPRESSION_ERROR = 9
    CONNECT_ERROR = 10
    ENHANCE_YOUR_CALM = 11
    INADEQUATE_SECURITY = 12
    HTTP_1_1_REQUIRED = 13


def error_name(code: int) -> str:
    """A code in words, also one that nobody has defined."""
    return ErrorCode(code).name if code in ErrorCode._value2member_map_ else f"error {code}"


def head(kind: int, flags: int, stream_id: int, length: int) -> bytes:
    """The nine bytes in front of a payload."""
    return _HEAD.pack(length >> 16, length & 0xFFFF, kind, flags, stream_id)


def frame(kind: int, flags: int, stream_id: int, payload: bytes | memoryview) -> bytes:
    return head(kind, flags, stream_id, len(payload)) + payload


def settings(values: Mapping[Setting, int]) -> bytes:
    return frame(SETTINGS, 0, 0, b"".join(_SETTING.pack(name, value) for name, value in values.items()))


def read_settings(payload: bytes) -> list[tuple[int, int]]:
    """The settings of a payload of whole entries, in their order: a later one of a name counts."""
    return list(_SETTING.iter_unpack(payload))


def window_update(stream_id: int, increment: int) -> bytes:
    return frame(WINDOW_UPDATE, 0, stream_id, _NUMBER.pack(increment))


def rst_stream(stream_id: int, code: int) -> bytes:
    return frame(RST_STREAM, 0, stream_id, _NUMBER.pack(code))


def goaway(last_stream_id: int, code: int, text: str) -> bytes:
    return frame(GOAWAY, 0, 0, _NUMBER.pack(last_stream_id) + _NUMBER.pack(code) + text.encode())


def read_number(payload: bytes, at: int = 0) -> int:
    """Four bytes, without the top bit where it is reserved: the caller masks."""
    number: int = _NUMBER.unpack_from(payload, at)[0]
    return number
