"""Varints, tags and lengths, as the protobuf encoding defines them."""

from __future__ import annotations

import pytest

from pybernetes.api.protobuf.wire import (
    WireError,
    delimited,
    read_length,
    read_varint,
    signed32,
    signed64,
    skip,
    varint,
)

VARINTS = [
    (0, "00"),
    (1, "01"),
    (127, "7f"),
    (128, "80 01"),
    (300, "ac 02"),
    (2**32, "80 80 80 80 10"),
    (2**64 - 1, "ff ff ff ff ff ff ff ff ff 01"),
]


@pytest.mark.parametrize(("value", "written"), VARINTS)
def test_a_varint_and_its_bytes(value: int, written: str) -> None:
    data = bytes.fromhex(written)
    assert varint(value) == data
    assert read_varint(data, 0, len(data)) == (value, len(data))


@pytest.mark.parametrize("value", [-1, -30, -(2**31), -(2**63)])
def test_a_negative_number_takes_ten_bytes(value: int) -> None:
    data = varint(value)
    assert len(data) == 10
    read, _ = read_varint(data, 0, 10)
    assert signed64(read) == value
    assert signed32(read) == (value if value >= -(2**31) else 0)


@pytest.mark.parametrize("data", ["", "80", "ff ff", "ff ff ff ff ff ff ff ff ff ff 01"])
def test_a_varint_that_does_not_end_is_refused(data: str) -> None:
    with pytest.raises(WireError):
        read_varint(bytes.fromhex(data), 0, len(bytes.fromhex(data)))


def test_a_length_beyond_the_end_is_refused() -> None:
    assert read_length(b"\x02ab", 0, 3) == (1, 3)
    with pytest.raises(WireError):
        read_length(b"\x03ab", 0, 3)
    with pytest.raises(WireError):
        read_length(b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 0, 10)


SKIPPED = [(1 << 3 | 0, "96 01", 2), (1 << 3 | 1, "00" * 8, 8), (1 << 3 | 2, "02 61 62", 3), (1 << 3 | 5, "00" * 4, 4)]


@pytest.mark.parametrize(("tag", "value", "size"), SKIPPED)
def test_any_value_can_be_passed_over(tag: int, value: str, size: int) -> None:
    data = bytes.fromhex(value)
    assert skip(data, 0, len(data), tag) == size
    with pytest.raises(WireError):
        skip(data[:-1], 0, len(data) - 1, tag)


@pytest.mark.parametrize("tag", [0, 2, 1 << 3 | 3, 1 << 3 | 4, 1 << 3 | 6, 1 << 3 | 7])
def test_groups_and_field_zero_are_refused(tag: int) -> None:
    with pytest.raises(WireError):
        skip(b"\x00" * 16, 0, 16, tag)


def test_a_delimited_field() -> None:
    assert delimited(2, b"testing") == bytes.fromhex("12 07") + b"testing"
    assert delimited(16, b"") == bytes.fromhex("82 01 00")
