"""Cron schedules: what they mean, and what is said of those that mean nothing."""

from __future__ import annotations

import pytest

from pybernetes.api.batch.schedule import ScheduleError, parse_go_duration, parse_schedule


def test_fields() -> None:
    schedule = parse_schedule("*/15 1-3,22 1 jan,Mar SUN")
    assert schedule.minutes == {0, 15, 30, 45}
    assert schedule.hours == {1, 2, 3, 22}
    assert (schedule.days, schedule.months, schedule.weekdays) == ({1}, {1, 3}, {0})
    assert schedule.any_day == (False, False)
    assert parse_schedule("5/20 * ? * 1").minutes == {5, 25, 45}
    assert parse_schedule("0 0 ? * 1").any_day == (True, False)
    assert parse_schedule("@weekly") == parse_schedule("0 0 * * 0")
    assert parse_schedule("@every 1h30m").every_seconds == 5400


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty spec string"),
        ("* * * *", "expected exactly 5 fields, found 4: [* * * *]"),
        ("60 * * * *", "end of range (60) above maximum (59): 60"),
        ("* * 0 * *", "beginning of range (0) below minimum (1): 0"),
        ("5-1 * * * *", "beginning of range (5) beyond end of range (1): 5-1"),
        ("*/0 * * * *", "step of range should be a positive number: */0"),
        ("1-2-3 * * * *", "too many hyphens: 1-2-3"),
        ("1/2/3 * * * *", "too many slashes: 1/2/3"),
        ("x * * * *", 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'),
        ("* * * * 7", "end of range (7) above maximum (6): 7"),
        ("@often", "unrecognized descriptor: @often"),
        ("@every x", 'failed to parse duration @every x: time: invalid duration "x"'),
        ("TZ=Nowhere/No * * * * *", "provided bad location Nowhere/No: unknown time zone Nowhere/No"),
        ("TZ=UTC", "invalid schedule format: runtime error: slice bounds out of range [:-1]"),
    ],
)
def test_what_is_wrong(text: str, message: str) -> None:
    with pytest.raises(ScheduleError) as error:
        parse_schedule(text)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("text", "nanoseconds"), [("0", 0), ("1.5s", 1_500_000_000), ("-1m", -60_000_000_000), ("1h2ms", 3_600_002_000_000)]
)
def test_durations(text: str, nanoseconds: int) -> None:
    assert parse_go_duration(text) == nanoseconds


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", 'time: invalid duration ""'),
        ("5", 'time: missing unit in duration "5"'),
        ("5d", 'time: unknown unit "d" in duration "5d"'),
        (".s", 'time: invalid duration ".s"'),
    ],
)
def test_what_is_no_duration(text: str, message: str) -> None:
    with pytest.raises(ValueError) as error:
        parse_go_duration(text)
    assert str(error.value) == message
