"""Timestamps and durations as text, and their parts.

Counterparts: cel-go/common/types/timestamp.go and duration.go; time.ParseDuration and time.RFC3339 in Go.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from fractions import Fraction
from functools import lru_cache
from zoneinfo import ZoneInfo

from pybernetes.apiserver.cel.errors import EvaluationError
from pybernetes.apiserver.cel.numbers import MAX_INT, as_timestamp
from pybernetes.apiserver.cel.values import Duration, Timestamp

SECOND = 10**9
_UNITS = {
    "ns": 1,
    "us": 10**3,
    "µs": 10**3,
    "μs": 10**3,
    "ms": 10**6,
    "s": SECOND,
    "m": 60 * SECOND,
    "h": 3600 * SECOND,
}
_PART = re.compile(r"([0-9]*)(?:\.([0-9]*))?(ns|us|µs|μs|ms|s|m|h)")
_MAX_CHARACTERS = 256
_MOMENT = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:[.,]([0-9]+))?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_OFFSET = re.compile(r"([+-]?)([0-9]{2}):([0-9]{2})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_duration(text: str) -> Duration | None:
    """What Go reads as a duration: ``1h15m30.918273645s``; None for anything else."""
    rest = text[1:] if text[:1] in ("+", "-") else text
    if rest == "0":
        return Duration(0)
    if not rest or len(text) > _MAX_CHARACTERS:
        return None
    total, at = 0, 0
    while at < len(rest):
        found = _PART.match(rest, at)
        if found is None or not (found[1] or found[2]):
            return None
        total += int(
            (Fraction(int(found[1] or 0)) + Fraction(int(found[2] or 0), 10 ** len(found[2] or ""))) * _UNITS[found[3]]
        )
        at = found.end()
    if total > MAX_INT:
        return None
    return Duration(-total if text.startswith("-") else total)


def duration_text(value: Duration) -> str:
    """In seconds, with as many decimals as it has."""
    whole, rest = divmod(abs(value.nanoseconds), SECOND)
    decimals = f".{rest:09d}".rstrip("0") if rest else ""
    return f"{'-' if value.nanoseconds < 0 else ''}{whole}{decimals}s"


def parse_timestamp(text: str) -> Timestamp | None:
    """RFC 3339; None for anything else."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        return None
    *parts, decimals, offset = found.groups()
    try:
        moment = datetime(*map(int, parts), tzinfo=UTC)  # type: ignore[misc, arg-type]  # six numbers
    except ValueError:
        return None
    seconds = (moment - _EPOCH) // timedelta(seconds=1)
    if offset != "Z":
        minutes = int(offset[1:3]) * 60 + int(offset[4:6])
        seconds -= minutes * 60 * (-1 if offset[0] == "-" else 1)
    try:
        return as_timestamp(seconds * SECOND + int((decimals or "").ljust(9, "0")[:9]))
    except EvaluationError:
        return None


def timestamp_text(value: Timestamp) -> str:
    moment = _EPOCH + timedelta(seconds=value.nanoseconds // SECOND)
    rest = value.nanoseconds % SECOND
    decimals = f".{rest:09d}".rstrip("0") if rest else ""
    return f"{moment.year:04d}-{moment:%m-%dT%H:%M:%S}{decimals}Z"


@lru_cache(64)
def _zone(name: str) -> tzinfo:
    found = _OFFSET.fullmatch(name)
    if found is not None:
        minutes = int(found[2]) * 60 + int(found[3])
        return timezone(timedelta(minutes=-minutes if found[1] == "-" else minutes))
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise EvaluationError(f"unknown time zone {name}") from error


def _part(read: Callable[[datetime], int]) -> Callable[..., int]:
    def part(value: Timestamp, zone: str = "UTC") -> int:
        moment = _EPOCH + timedelta(microseconds=value.nanoseconds // 1000)
        return read(moment.astimezone(_zone(zone)))

    return part


# By name; each takes a timestamp and, if given, a time zone.
PARTS: dict[str, Callable[..., int]] = {
    "getFullYear": _part(lambda moment: moment.year),
    "getMonth": _part(lambda moment: moment.month - 1),
    "getDayOfYear": _part(lambda moment: moment.timetuple().tm_yday - 1),
    "getDayOfMonth": _part(lambda moment: moment.day - 1),
    "getDate": _part(lambda moment: moment.day),
    "getDayOfWeek": _part(lambda moment: (moment.weekday() + 1) % 7),
    "getHours": _part(lambda moment: moment.hour),
    "getMinutes": _part(lambda moment: moment.minute),
    "getSeconds": _part(lambda moment: moment.second),
    "getMilliseconds": _part(lambda moment: moment.microsecond // 1000),
}


def _whole(unit: int) -> Callable[[Duration], int]:
    """How many whole units there are in a duration."""

    def count(value: Duration) -> int:
        number = abs(value.nanoseconds) // unit
        return -number if value.nanoseconds < 0 else number

    return count


DURATION_PARTS: dict[str, Callable[[Duration], int]] = {
    "getHours": _whole(3600 * SECOND),
    "getMinutes": _whole(60 * SECOND),
    "getSeconds": _whole(SECOND),
    "getMilliseconds": _whole(10**6),
}
