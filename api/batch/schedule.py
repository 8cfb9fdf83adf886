"""The times of a cron job as text: five fields as in cron, or a word such as ``@hourly``.

    minute hour day-of-month month day-of-week      each *, ?, a number, a name, a range, a step or a list of them
    @yearly @annually @monthly @weekly @daily @midnight @hourly      @every 1h30m

`parse_schedule` says what is wrong in the words that Kubernetes' clients know. Counterpart: robfig/cron v3, which
the CronJob controller and the validation of batch share.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_DESCRIPTORS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_EVERY = "@every "
_FIELDS = 5
_INTEGER = re.compile(r"[+-]?[0-9]+")
_MAX_INT64 = 2**63 - 1
_UNITS_NS = {
    "ns": 1,
    "us": 10**3,
    "µs": 10**3,
    "μs": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}
_DURATION_PART = re.compile(r"([0-9]*\.?[0-9]*)([^0-9.]*)")


class ScheduleError(ValueError):
    """The text is no schedule; the message says why."""


@dataclass(frozen=True)
class _Bounds:
    least: int
    most: int
    names: dict[str, int]


_BOUNDS = (
    _Bounds(0, 59, {}),
    _Bounds(0, 23, {}),
    _Bounds(1, 31, {}),
    _Bounds(1, 12, {name: number for number, name in enumerate(_MONTHS, 1)}),
    _Bounds(0, 6, {name: number for number, name in enumerate(_DAYS)}),
)


@dataclass(frozen=True)
class Schedule:
    """The numbers that each field allows; `every_seconds` instead of them for ``@every``.

    `any_day` says for the day of the month and the day of the week whether it was a star: then the other alone counts.
    """

    minutes: frozenset[int] = frozenset()
    hours: frozenset[int] = frozenset()
    days: frozenset[int] = frozenset()
    months: frozenset[int] = frozenset()
    weekdays: frozenset[int] = frozenset()
    any_day: tuple[bool, bool] = (False, False)
    every_seconds: int = 0


def parse_schedule(text: str) -> Schedule:
    """Raises `ScheduleError`."""
    if not text:
        raise ScheduleError("empty spec string")
    if text.startswith(("TZ=", "CRON_TZ=")):
        text = _without_zone(text)
    if text.startswith("@"):
        return _parse_descriptor(text)
    fields = text.split()
    if len(fields) != _FIELDS:
        raise ScheduleError(f"expected exactly {_FIELDS} fields, found {len(fields)}: [{' '.join(fields)}]")
    parsed = [_parse_field(field, bounds) for field, bounds in zip(fields, _BOUNDS, strict=True)]
    (minutes, _), (hours, _), (days, any_day), (months, _), (weekdays, any_weekday) = parsed
    return Schedule(minutes, hours, days, months, weekdays, (any_day, any_weekday))


def is_time_zone(name: str) -> bool:
    """Whether the time zone database knows the name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _without_zone(text: str) -> str:
    head, space, rest = text.partition(" ")
    if not space:
        raise ScheduleError("invalid schedule format: runtime error: slice bounds out of range [:-1]")
    zone = head.partition("=")[2]
    if zone not in ("", "UTC", "Local") and not is_time_zone(zone):
        raise ScheduleError(f"provided bad location {zone}: unknown time zone {zone}")
    return rest.strip()


def _parse_descriptor(text: str) -> Schedule:
    fields = _DESCRIPTORS.get(text)
    if fields is not None:
        return parse_schedule(fields)
    if text.startswith(_EVERY):
        try:
            nanoseconds = parse_go_duration(text[len(_EVERY) :])
        except ValueError as error:
            raise ScheduleError(f"failed to parse duration {text}: {error}") from None
        return Schedule(every_seconds=max(1, nanoseconds // 10**9))
    raise ScheduleError(f"unrecognized descriptor: {text}")


def parse_go_duration(text: str) -> int:
    """Nanoseconds of a span such as ``1h30m`` or ``1.5s``. Raises ValueError, worded as Go's time.ParseDuration."""
    sign, rest = (-1, text[1:]) if text.startswith("-") else (1, text.removeprefix("+"))
    if rest == "0":
        return 0
    if not rest:
        raise ValueError(f'time: invalid duration "{text}"')
    total = 0
    while rest:
        found = _DURATION_PART.match(rest)
        number, unit = (found.group(1), found.group(2)) if found else ("", "")
        if number in ("", "."):
            raise ValueError(f'time: invalid duration "{text}"')
        if not unit:
            raise ValueError(f'time: missing unit in duration "{text}"')
        if unit not in _UNITS_NS:
            raise ValueError(f'time: unknown unit "{unit}" in duration "{text}"')
        whole, _, fraction = number.partition(".")
        scale = _UNITS_NS[unit]
        total += int(whole or 0) * scale + (int(fraction) * scale // 10 ** len(fraction) if fraction else 0)
        rest = rest[len(number) + len(unit) :]
    if total > _MAX_INT64:
        raise ValueError(f'time: invalid duration "{text}"')
    return sign * total


def _parse_field(field: str, bounds: _Bounds) -> tuple[frozenset[int], bool]:
    """The numbers, and whether one part is a star that leaves none out."""
    numbers: set[int] = set()
    star = False
    for part in field.split(","):
        if part:
            chosen, is_star = _parse_range(part, bounds)
            numbers.update(chosen)
            star = star or is_star
    return frozenset(numbers), star


def _parse_range(part: str, bounds: _Bounds) -> tuple[range, bool]:
    span, *steps = part.split("/")
    ends = span.split("-")
    star = ends[0] in ("*", "?")
    if star:
        first, last = bounds.least, bounds.most
    else:
        first = last = _number_or_name(ends[0], bounds)
        if len(ends) == 2:
            last = _number_or_name(ends[1], bounds)
        elif len(ends) > 2:
            raise ScheduleError(f"too many hyphens: {part}")
    step = 1
    if len(steps) == 1:
        step = _number(steps[0])
        if len(ends) == 1:
            last = bounds.most  # N/step goes on to the end
    elif steps:
        raise ScheduleError(f"too many slashes: {part}")
    _check_range(first, last, step, part, bounds)
    return range(first, last + 1, step), star and step == 1


def _check_range(first: int, last: int, step: int, part: str, bounds: _Bounds) -> None:
    if first < bounds.least:
        raise ScheduleError(f"beginning of range ({first}) below minimum ({bounds.least}): {part}")
    if last > bounds.most:
        raise ScheduleError(f"end of range ({last}) above maximum ({bounds.most}): {part}")
    if first > last:
        raise ScheduleError(f"beginning of range ({first}) beyond end of range ({last}): {part}")
    if step == 0:
        raise ScheduleError(f"step of range should be a positive number: {part}")


def _number_or_name(text: str, bounds: _Bounds) -> int:
    named = bounds.names.get(text.lower())
    return _number(text) if named is None else named


def _number(text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise ScheduleError(f'failed to parse int from {text}: strconv.Atoi: parsing "{text}": invalid syntax')
    number = int(text) if len(text) < 20 else _MAX_INT64 + 1
    if number > _MAX_INT64:
        raise ScheduleError(f'failed to parse int from {text}: strconv.Atoi: parsing "{text}": value out of range')
    if number < 0:
        raise ScheduleError(f"negative number ({number}) not allowed: {text}")
    return number
