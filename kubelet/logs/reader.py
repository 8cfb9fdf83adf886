"""A container's log as `kubectl logs` wants it: the last lines, since a time, with times, and followed.

    file (CRI's format) → entries → since, stream, timestamps, limit → bytes, in pieces as they come

Following goes on in the next file when the log is rotated, and ends when the container has ended and all is read.
Counterpart: kuberuntime/logs.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from pybernetes.kubelet.logs.cri_format import parse_line, parse_timestamp, tail_offset
from pybernetes.kubelet.logs.inotify import DirectoryWatch

CHUNK_BYTES = 64 * 1024
# How soon the end of a container is noticed that writes nothing more: the kernel tells of writes at once.
END_CHECK_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class LogOptions:
    """What is asked for. `tail_lines` None: all; `stream`: b"stdout", b"stderr" or b"" for both."""

    follow: bool = False
    timestamps: bool = False
    tail_lines: int | None = None
    since: datetime | None = None
    limit_bytes: int | None = None
    stream: bytes = b""


class Formatter:
    """Turns lines of the file into what is sent. Keeps whether the next entry continues a line."""

    def __init__(self, options: LogOptions):
        self._options = options
        self._left = options.limit_bytes
        self._at_line_start = True

    @property
    def is_full(self) -> bool:
        """The limit of bytes is reached."""
        return self._left is not None and self._left <= 0

    def format(self, line: bytes) -> bytes:
        """The bytes for one line of the file; none for what was not asked for."""
        entry = parse_line(line)
        if entry is None or (self._options.stream and entry.stream != self._options.stream):
            return b""
        if self._options.since is not None and _before(entry.time, self._options.since):
            return b""
        text = entry.content
        if self._options.timestamps and self._at_line_start:
            text = entry.time + b" " + text
        self._at_line_start = not entry.partial
        if self._left is None:
            return text
        text = text[: self._left]
        self._left -= len(text)
        return text


def _before(time: bytes, since: datetime) -> bool:
    try:
        return parse_timestamp(time.decode()) < since
    except ValueError:
        return False


async def read_log(file: Path, options: LogOptions, is_running: Callable[[], bool]) -> AsyncIterator[bytes]:
    """The log in pieces. Raises FileNotFoundError. `is_running` says whether there may be more to come."""
    formatter = Formatter(options)
    handle = file.open("rb")
    try:
        if options.tail_lines is not None:
            handle.seek(tail_offset(file, options.tail_lines))
        for piece in _entries(handle, formatter):
            yield piece
        if not options.follow or formatter.is_full:
            return
        with DirectoryWatch(file.parent) as watch:
            while not formatter.is_full:
                ended = not is_running()
                for piece in _entries(handle, formatter):
                    yield piece
                if _was_rotated(handle, file):
                    handle.close()
                    handle = file.open("rb")
                elif ended:
                    return
                else:
                    await watch.wait(END_CHECK_SECONDS)
    finally:
        handle.close()


def _entries(handle: BinaryIO, formatter: Formatter) -> list[bytes]:
    """All whole lines from here on, as pieces of a sendable size; an unfinished line waits for its end."""
    pieces: list[bytes] = []
    gathered: list[bytes] = []
    size = 0
    while not formatter.is_full:
        start = handle.tell()
        line = handle.readline()
        if not line.endswith(b"\n"):
            handle.seek(start)
            break
        text = formatter.format(line)
        gathered.append(text)
        size += len(text)
        if size >= CHUNK_BYTES:
            pieces.append(b"".join(gathered))
            gathered, size = [], 0
    pieces.append(b"".join(gathered))
    return [piece for piece in pieces if piece]


def _was_rotated(handle: BinaryIO, file: Path) -> bool:
    """Whether the name now belongs to another file."""
    try:
        found = file.stat()
    except FileNotFoundError:
        return False
    held = handle.fileno()
    return found.st_ino != Path(f"/proc/self/fd/{held}").stat().st_ino
