"""Leaves: how each scalar type of a declaration stands on the protobuf wire.

Numbers and booleans are varints or 64 bits; strings and bytes are themselves. The others are small messages of
their own: Time and MicroTime {seconds=1, nanos=2}, Quantity {string=1}, IntOrString {type=1, intVal=2, strVal=3},
and free-form JSON {raw=1}, whose bytes are the JSON text.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from pybernetes.api.protobuf.wire import (
    FIXED64,
    LENGTH,
    VARINT,
    WireError,
    delimited,
    read_length,
    read_varint,
    signed32,
    signed64,
    skip,
    tag,
    varint,
)
from pybernetes.api.schema.tree import ScalarType

Read = Callable[[bytes, int, int], Any]
Write = Callable[[Any], bytes]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_SECOND = 253402300799  # 9999-12-31T23:59:59Z: later ones have no RFC 3339 form
_FIRST_SECOND = -62135596800  # 0001-01-01T00:00:00Z, which Go takes for "no time"
_INT_TYPE, _STRING_TYPE = 0, 1  # of an IntOrString

_WIRE_TYPES = {
    ScalarType.BOOLEAN: VARINT,
    ScalarType.INT32: VARINT,
    ScalarType.INT64: VARINT,
    ScalarType.DOUBLE: FIXED64,
}


def wire_type_of(scalar: ScalarType) -> int:
    return _WIRE_TYPES.get(scalar, LENGTH)


def _fields(data: bytes, position: int, end: int) -> dict[int, Any]:
    """The fields of a small message: integers by number, and for texts where they start and stop."""
    found: dict[int, Any] = {}
    while position < end:
        key, position = read_varint(data, position, end)
        if key & 7 == VARINT:
            found[key >> 3], position = read_varint(data, position, end)
        elif key & 7 == LENGTH:
            start, position = read_length(data, position, end)
            found[key >> 3] = (start, position)
        else:
            position = skip(data, position, end, key)
    return found


def _integer(found: dict[int, Any], number: int) -> int:
    value = found.get(number, 0)
    if not isinstance(value, int):
        raise WireError(f"wrong wire type for field {number}")
    return value


def _bytes(data: bytes, found: dict[int, Any], number: int) -> bytes:
    at = found.get(number, (0, 0))
    if not isinstance(at, tuple):
        raise WireError(f"wrong wire type for field {number}")
    return data[at[0] : at[1]]


def text(raw: bytes) -> str:
    """Raises `WireError` for what is not UTF-8: JSON could not hold it."""
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise WireError(f"a string is not UTF-8: {error.reason} at byte {error.start}") from None


def _read_string(data: bytes, start: int, stop: int) -> str:
    return text(data[start:stop])


def _read_base64(data: bytes, start: int, stop: int) -> str:
    return base64.b64encode(data[start:stop]).decode()


def _read_moment(data: bytes, start: int, stop: int) -> tuple[datetime, int] | None:
    """A time's second and its nanoseconds; None for the zero time."""
    found = _fields(data, start, stop)
    seconds, nanos = signed64(_integer(found, 1)), signed32(_integer(found, 2))
    if not seconds and not nanos:
        return None
    if not _FIRST_SECOND <= seconds <= _LAST_SECOND or not 0 <= nanos < 1_000_000_000:
        raise WireError(f"{seconds} seconds and {nanos} nanoseconds are not a time")
    return (_EPOCH + timedelta(seconds=seconds), nanos) if seconds > _FIRST_SECOND or nanos else None


def _read_time(data: bytes, start: int, stop: int) -> str | None:
    moment = _read_moment(data, start, stop)
    return f"{moment[0]:%Y-%m-%dT%H:%M:%S}Z".zfill(20) if moment else None


def _read_micro_time(data: bytes, start: int, stop: int) -> str | None:
    moment = _read_moment(data, start, stop)
    return f"{moment[0]:%Y-%m-%dT%H:%M:%S}.{moment[1] // 1000:06}Z".zfill(27) if moment else None


def _read_quantity(data: bytes, start: int, stop: int) -> str:
    return text(_bytes(data, _fields(data, start, stop), 1)) or "0"


def _read_int_or_string(data: bytes, start: int, stop: int) -> int | str:
    found = _fields(data, start, stop)
    kind = _integer(found, 1)
    if kind == _STRING_TYPE:
        return text(_bytes(data, found, 3))
    if kind != _INT_TYPE:
        raise WireError(f"impossible IntOrString.Type {kind}")
    return signed32(_integer(found, 2))


def _read_json(data: bytes, start: int, stop: int) -> Any:
    raw = _bytes(data, _fields(data, start, stop), 1)
    if not raw:
        return None
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise WireError(f"a free-form part is not JSON: {error}") from None


READ_DELIMITED: dict[ScalarType, Read] = {
    ScalarType.STRING: _read_string,
    ScalarType.BASE64: _read_base64,
    ScalarType.TIME: _read_time,
    ScalarType.MICRO_TIME: _read_micro_time,
    ScalarType.QUANTITY: _read_quantity,
    ScalarType.INT_OR_STRING: _read_int_or_string,
    ScalarType.RAW_OBJECT: _read_json,
    ScalarType.ANY: _read_json,
}

FROM_VARINT: dict[ScalarType, Callable[[int], Any]] = {
    ScalarType.BOOLEAN: bool,
    ScalarType.INT32: signed32,
    ScalarType.INT64: signed64,
}


def _write_time(value: str) -> bytes:
    moment = datetime.fromisoformat(value.upper().replace("Z", "+00:00")) - _EPOCH
    seconds, nanos = moment.days * 86_400 + moment.seconds, moment.microseconds * 1000
    written = tag(1, VARINT) + varint(seconds)
    return written + tag(2, VARINT) + varint(nanos) if nanos else written


def _write_int_or_string(value: int | str) -> bytes:
    if isinstance(value, str):
        return tag(1, VARINT) + varint(_STRING_TYPE) + delimited(3, value.encode())
    return tag(1, VARINT) + varint(_INT_TYPE) + tag(2, VARINT) + varint(value)


def _write_json(value: Any) -> bytes:
    return delimited(1, orjson.dumps(value))


def _prefixed(write: Write) -> Write:
    """With the length before it."""

    def prefixed(value: Any) -> bytes:
        written = write(value)
        return varint(len(written)) + written

    return prefixed


WRITE: dict[ScalarType, Write] = {
    ScalarType.BOOLEAN: lambda value: b"\x01" if value else b"\x00",
    ScalarType.INT32: varint,
    ScalarType.INT64: varint,
    ScalarType.DOUBLE: struct.Struct("<d").pack,
    ScalarType.STRING: _prefixed(str.encode),
    ScalarType.BASE64: _prefixed(base64.b64decode),
    ScalarType.TIME: _prefixed(_write_time),
    ScalarType.MICRO_TIME: _prefixed(_write_time),
    ScalarType.QUANTITY: _prefixed(lambda value: delimited(1, value.encode())),
    ScalarType.INT_OR_STRING: _prefixed(_write_int_or_string),
    ScalarType.RAW_OBJECT: _prefixed(_write_json),
    ScalarType.ANY: _prefixed(_write_json),
}
