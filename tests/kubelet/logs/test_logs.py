"""CRI's log format, read in every way that is asked for, across rotations."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from pybernetes.kubelet.logs.cri_format import LogLine, last_lines, parse_line, parse_timestamp, tail_offset
from pybernetes.kubelet.logs.reader import LogOptions, read_log
from pybernetes.kubelet.logs.rotation import needs_rotation, surplus


def line(second: int, text: str, stream: str = "stdout", tag: str = "F") -> str:
    return f"2026-01-01T00:00:{second:02d}.123456789Z {stream} {tag} {text}\n"


LOG = line(1, "one") + line(2, "tw", tag="P") + line(2, "o") + line(3, "bad", "stderr") + line(4, "")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"T stdout F hi\n", LogLine(b"T", b"stdout", b"hi\n", False)),
        (b"T stderr P hi\n", LogLine(b"T", b"stderr", b"hi", True)),
        (b"T stdout F \n", LogLine(b"T", b"stdout", b"\n", False)),
        (b"T stdout F:tag a b\n", LogLine(b"T", b"stdout", b"a b\n", False)),
        (b"nonsense\n", None),
        (b"T other F x\n", None),
    ],
)
def test_lines(raw: bytes, expected: LogLine | None) -> None:
    assert parse_line(raw) == expected


def test_timestamps_have_nine_digits_or_fewer() -> None:
    assert parse_timestamp("2026-01-01T00:00:00.123456789Z").microsecond == 123456
    assert parse_timestamp("2026-01-01T00:00:00.1+02:00").microsecond == 100000
    with pytest.raises(ValueError):
        parse_timestamp("2026-01-01T00:00:00")


async def read(file: Path, **options: object) -> str:
    pieces = [piece async for piece in read_log(file, LogOptions(**options), lambda: False)]  # type: ignore[arg-type]
    return b"".join(pieces).decode()


async def test_what_is_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "0.log"
    file.write_text(LOG + "2026-01-01T00:00:05Z stdout F unfinished")
    assert await read(file) == "one\ntwo\nbad\n\n"
    assert await read(file, tail_lines=3) == "bad\n\n"
    assert await read(file, tail_lines=0) == ""
    assert await read(file, stream=b"stderr") == "bad\n"
    assert await read(file, since=parse_timestamp("2026-01-01T00:00:03Z")) == "bad\n\n"
    assert await read(file, limit_bytes=5) == "one\nt"
    stamped = (await read(file, timestamps=True)).splitlines()
    assert stamped[1] == "2026-01-01T00:00:02.123456789Z two"


@pytest.mark.parametrize(("lines", "expected"), [(0, ""), (1, "c\n"), (2, "b\nc\n"), (9, "a\nb\nc\n")])
def test_tails(tmp_path: Path, lines: int, expected: str) -> None:
    file = tmp_path / "log"
    file.write_text("a\nb\nc\n")
    assert file.read_text()[tail_offset(file, lines) :] == expected


def test_tails_of_large_files(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_text("".join(f"{'x' * (index % 700)} {index}\n" for index in range(500)))
    for lines in (1, 7, 100, 499, 500):
        assert file.read_text()[tail_offset(file, lines) :].count("\n") == lines


def test_last_lines(tmp_path: Path) -> None:
    file = tmp_path / "log"
    assert last_lines(file, 2, 100) == ""
    file.write_text(LOG)
    assert last_lines(file, 2, 100) == "bad\n\n"
    assert last_lines(file, 2, 3) == "d\n\n"


async def test_following_goes_on_in_the_next_file_and_ends_with_the_container(tmp_path: Path) -> None:
    file = tmp_path / "0.log"
    file.write_text(line(1, "one"))
    running, got = True, []

    async def follow() -> None:
        async for piece in read_log(file, LogOptions(follow=True), lambda: running):
            got.append(piece)

    async def until(text: bytes) -> None:
        async with asyncio.timeout(5):
            while b"".join(got) != text:
                await asyncio.sleep(0.001)

    task = asyncio.create_task(follow())
    await until(b"one\n")
    with file.open("a") as handle:
        handle.write(line(2, "two"))
    await until(b"one\ntwo\n")
    file.rename(tmp_path / "0.log.1")
    file.write_text(line(3, "three"))
    await until(b"one\ntwo\nthree\n")
    running = False
    await asyncio.wait_for(task, 5)


@pytest.mark.parametrize(
    ("names", "keep", "remove", "compress"),
    [
        ([], 4, [], []),
        (["l.1"], 4, [], []),
        (["l.1", "l.2"], 4, [], ["l.1"]),
        (["l.1.gz", "l.2", "l.3"], 2, ["l.1.gz"], ["l.2"]),
        (["l.1.gz", "l.2.gz.tmp", "l.2"], 4, ["l.2.gz.tmp"], []),
    ],
)
def test_what_becomes_of_rotated_files(names: list[str], keep: int, remove: list[str], compress: list[str]) -> None:
    assert surplus(names, keep) == (remove, compress)


def test_what_needs_rotation(tmp_path: Path) -> None:
    file = tmp_path / "0.log"
    assert needs_rotation(file, 10)  # renamed, and the kubelet was killed
    file.write_text("x" * 10)
    assert not needs_rotation(file, 10)
    file.write_text("x" * 11)
    assert needs_rotation(file, 10)
