"""The protobuf wire: varints, tags, and what one field takes up.

A message is a run of fields; each is a tag (number << 3 | wire type) and a value whose length follows from the wire
type. Reading works on one `bytes` with positions, so that nested messages cost no copy. Every length is checked
against the end of the message around it.
"""

from __future__ import annotations

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5

_MAX_SHIFT = 63  # a varint has at most ten bytes of seven bits
_MASK_64 = (1 << 64) - 1
_SIGN_64, _SIGN_32 = 1 << 63, 1 << 31


class WireError(ValueError):
    """The bytes are not a message."""


def read_varint(data: bytes, position: int, end: int) -> tuple[int, int]:
    """The unsigned value at `position` and where it ends. Raises `WireError`."""
    result = shift = 0
    while True:
        if position >= end:
            raise WireError("unexpected EOF")
        byte = data[position]
        position += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            return result & _MASK_64, position
        shift += 7
        if shift > _MAX_SHIFT:
            raise WireError("integer overflow")


def read_length(data: bytes, position: int, end: int) -> tuple[int, int]:
    """Where a length-delimited value starts and stops. Raises `WireError`."""
    length, start = read_varint(data, position, end)
    stop = start + length
    if stop > end:
        raise WireError("unexpected EOF")
    return start, stop


def skip(data: bytes, position: int, end: int, tag: int) -> int:
    """Where the value after `tag` ends, whatever it is. Raises `WireError`."""
    if not tag >> 3:
        raise WireError(f"illegal tag {tag >> 3} (wire type {tag & 7})")
    match tag & 7:
        case 0:
            return read_varint(data, position, end)[1]
        case 2:
            return read_length(data, position, end)[1]
        case 1:
            stop = position + 8
        case 5:
            stop = position + 4
        case wire_type:
            raise WireError(f"unsupported wire type {wire_type}")
    if stop > end:
        raise WireError("unexpected EOF")
    return stop


def signed64(value: int) -> int:
    return value - (1 << 64) if value & _SIGN_64 else value


def signed32(value: int) -> int:
    """An int32 is sent as the 64 bits of its value; only the lower half counts."""
    value &= 0xFFFFFFFF
    return value - (1 << 32) if value & _SIGN_32 else value


def varint(value: int) -> bytes:
    """The bytes of an integer; a negative one has ten."""
    if 0 <= value < 0x80:
        return _ONE_BYTE[value]
    value &= _MASK_64
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


_ONE_BYTE = tuple(bytes((value,)) for value in range(0x80))


def tag(number: int, wire_type: int) -> bytes:
    return varint(number << 3 | wire_type)


def delimited(number: int, value: bytes) -> bytes:
    """A whole field that is a string, bytes or a message."""
    return tag(number, LENGTH) + varint(len(value)) + value
