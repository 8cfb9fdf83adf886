"""CRI's log format: ``<RFC 3339 time> <stdout|stderr> <P|F>[:tags] <content>``, a line each. Pure but for the tails.

A long line of a container is written in parts, all but the last of them marked P; joining the contents gives the
line back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

_BLOCK_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class LogLine:
    """One entry. `content` ends with a newline unless the entry is a part of a longer line."""

    time: bytes
    stream: bytes
    content: bytes
    partial: bool


def parse_line(line: bytes) -> LogLine | None:
    """An entry from a line with its newline; None for one that is not CRI's."""
    parts = line.split(b" ", 3)
    if len(parts) < 3 or parts[1] not in (b"stdout", b"stderr"):
        return None
    partial = parts[2].split(b":", 1)[0].rstrip(b"\n") == b"P"
    content = parts[3] if len(parts) > 3 else b"\n"
    return LogLine(parts[0], parts[1], content.removesuffix(b"\n") if partial else content, partial)


def time_of_line(line: bytes) -> datetime | None:
    """When a line was written; None for one without a time."""
    text = line.split(b" ", 1)[0].decode(errors="replace")
    try:
        return parse_timestamp(text)
    except ValueError:
        return None


def parse_timestamp(text: str) -> datetime:
    """RFC 3339 with up to nine digits of fraction, cut to microseconds. Raises ValueError."""
    text = text.replace("Z", "+00:00")
    main, dot, rest = text.partition(".")
    if dot:
        digits = next((i for i, character in enumerate(rest) if not character.isdigit()), len(rest))
        text = f"{main}.{rest[: min(digits, 6)].ljust(6, '0')}{rest[digits:]}"
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return moment


def tail_offset(file: Path, lines: int) -> int:
    """Where the last `lines` lines of a file begin; an unfinished last line counts as one."""
    with file.open("rb") as handle:
        end = handle.seek(0, 2)
        if lines <= 0:
            return end
        position, wanted = end, lines
        if end:
            handle.seek(end - 1)
            wanted += handle.read(1) == b"\n"
        while position > 0:
            start = max(0, position - _BLOCK_BYTES)
            handle.seek(start)
            block = handle.read(position - start)
            found = block.count(b"\n")
            if found >= wanted:
                at = len(block)
                for _ in range(wanted):
                    at = block.rfind(b"\n", 0, at)
                return start + at + 1
            wanted -= found
            position = start
    return 0


def last_lines(file: Path, lines: int, most_bytes: int) -> str:
    """The contents of the last lines of a log, at most so many bytes; "" when there is no file."""
    try:
        offset = tail_offset(file, lines)
        with file.open("rb") as handle:
            handle.seek(offset)
            entries = [parse_line(line) for line in handle]
    except FileNotFoundError:
        return ""
    content = b"".join(entry.content for entry in entries if entry is not None)
    return content[-most_bytes:].decode(errors="replace")
