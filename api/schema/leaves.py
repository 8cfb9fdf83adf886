"""Leaves that Go reads with code of their own, and writes in one form only: times and base64.

A time is kept in UTC, of whole seconds; a micro time has exactly six digits more, and so must what a client sends;
base64 has its padding, no line ends, and nothing in the bits that no byte needs. What is wrong is said as Go says it.

Counterparts: Time and MicroTime of apimachinery, which use Go's time.Parse; encoding/base64.
"""

from __future__ import annotations

import binascii
import re
from datetime import UTC, datetime, timedelta

_LAYOUT, _MICRO_LAYOUT = "2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05.000000Z07:00"
_MICRO_DIGITS = 6
_STEPS = (
    ("2006", re.compile(r"[0-9]{4}")),
    ("-", re.compile("-")),
    ("01", re.compile(r"[0-9]{2}")),
    ("-", re.compile("-")),
    ("02", re.compile(r"[0-9]{2}")),
    ("T", re.compile("T")),
    ("15", re.compile(r"[0-9]{1,2}")),
    (":", re.compile(":")),
    ("04", re.compile(r"[0-9]{2}")),
    (":", re.compile(":")),
    ("05", re.compile(r"[0-9]{2}")),
)
_FRACTION, _MICRO_FRACTION = re.compile(r"([.,][0-9]+)?"), re.compile(r"\.[0-9]{6}")
_ZONE = re.compile(r"Z|[+-][0-9]{2}:[0-9]{2}")
_LETTERS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
_QUANTUM = 4
_LINE_ENDS = b"\r\n"


def canonical_time(text: str) -> str:
    """A time as Kubernetes writes it: ``2026-01-01T00:00:00Z``. Raises ValueError."""
    return _parsed(text, _LAYOUT).strftime("%Y-%m-%dT%H:%M:%SZ").rjust(len("2026-01-01T00:00:00Z"), "0")


def canonical_micro_time(text: str) -> str:
    """A time with its microseconds: ``2026-01-01T00:00:00.000000Z``. Raises ValueError."""
    moment = _parsed(text, _MICRO_LAYOUT)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(len("2026-01-01T00:00:00.000000Z"), "0")


def _parsed(text: str, layout: str) -> datetime:
    numbers, position = [], 0
    micro = layout is _MICRO_LAYOUT
    fraction = (".000000", _MICRO_FRACTION) if micro else ("", _FRACTION)
    for element, pattern in (*_STEPS, fraction, ("Z07:00", _ZONE)):
        found = pattern.match(text, position)
        if found is None:
            raise ValueError(
                f'parsing time {_quoted(text)} as "{layout}": cannot parse {_quoted(text[position:])} as "{element}"'
            )
        numbers.append(found[0])
        position = found.end()
    if position < len(text):
        raise ValueError(f"parsing time {_quoted(text)}: extra text: {_quoted(text[position:])}")
    year, month, day, hour, minute, second = (int(number) for number in numbers[0:11:2])
    micros = int(numbers[11][1:].ljust(_MICRO_DIGITS, "0")[:_MICRO_DIGITS]) if numbers[11] else 0
    limits = (("month", 1 <= month <= 12), ("hour", hour < 24), ("minute", minute < 60), ("second", second < 60))
    for name, is_inside in limits:
        if not is_inside:
            raise ValueError(f"parsing time {_quoted(text)}: {name} out of range")
    zone = numbers[12]
    offset = timedelta() if zone == "Z" else timedelta(hours=int(zone[1:3]), minutes=int(zone[4:]))
    try:
        moment = datetime(year, month, day, hour, minute, second, micros, UTC)
        return moment + offset if zone[0] == "-" else moment - offset
    except ValueError:
        raise ValueError(f"parsing time {_quoted(text)}: day out of range") from None
    except OverflowError:
        raise ValueError("year is outside of range [0,9999]") from None


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def canonical_base64(text: str) -> str:
    """Bytes as Go writes them. Raises ValueError with the place of the first byte that cannot be."""
    try:
        decoded = binascii.a2b_base64(text, strict_mode=True)
    except (binascii.Error, ValueError):
        data = text.encode()
        wrong = _first_wrong(data)
        if wrong is not None:
            raise ValueError(f"illegal base64 data at input byte {wrong}") from None
        decoded = binascii.a2b_base64(data.translate(None, _LINE_ENDS))
    return binascii.b2a_base64(decoded, newline=False).decode()


def _first_wrong(data: bytes) -> int | None:
    """Where Go stops reading; None if it reads all."""
    position, filled = 0, 0
    while position < len(data):
        letter = data[position]
        if letter in _LINE_ENDS:
            position += 1
        elif letter in _LETTERS:
            position += 1
            filled = (filled + 1) % _QUANTUM
        elif letter != b"="[0] or filled < 2:
            return position
        else:
            return _after_padding(data, position + 1, filled)
    return position - filled if filled else None


def _after_padding(data: bytes, position: int, filled: int) -> int | None:
    """The same from behind the first ``=``, of a quantum that has so many letters."""
    if filled == 2:
        position = _past_line_ends(data, position)
        if position == len(data):
            return position
        if data[position] != b"="[0]:
            return position - 1
        position += 1
    position = _past_line_ends(data, position)
    return position if position < len(data) else None


def _past_line_ends(data: bytes, position: int) -> int:
    while position < len(data) and data[position] in _LINE_ENDS:
        position += 1
    return position
