"""Events as lines of a file, which is turned over when it has become large.

A line is handed to the kernel before the request is answered: what a client was told is in the log even if this
process is killed in that moment. Old files are named for the time at which they were put aside, and go when they
are too many or too old.

Counterpart: apiserver/plugin/pkg/audit/log, with lumberjack.
"""

from __future__ import annotations

import logging
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson

from pybernetes.api.object import Json
from pybernetes.component.clock import Clock

log = logging.getLogger(__name__)

_DEFAULT_MEGABYTES = 100
_TIME_FORMAT = "%Y-%m-%dT%H-%M-%S.%f"


class LogFile:
    """A file of events, one a line. `path` ``-`` is standard output. Zeros keep every old file."""

    def __init__(self, path: str, *, clock: Clock, max_megabytes: int = 0, max_backups: int = 0, max_age_days: int = 0):
        """Raises OSError if the file cannot be written."""
        self._path = Path(path) if path != "-" else None
        self._clock = clock
        self._limit_bytes = (max_megabytes or _DEFAULT_MEGABYTES) << 20
        self._max_backups, self._max_age_days = max_backups, max_age_days
        self._file, self._size = -1, 0
        self._open()

    def _open(self) -> None:
        if self._path is None:
            self._file, self._size = sys.stdout.fileno(), 0
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._size = os.fstat(self._file).st_size

    def write(self, event: Json) -> None:
        line = orjson.dumps(event, option=orjson.OPT_APPEND_NEWLINE)
        try:
            if self._path is not None and self._size and self._size + len(line) > self._limit_bytes:
                self._turn_over()
            os.write(self._file, line)
            self._size += len(line)
        except OSError as error:
            log.error("an audit event is lost", extra={"path": str(self._path), "error": str(error)})

    def _turn_over(self) -> None:
        assert self._path is not None, "standard output is not turned over"
        aside = f"{self._path.stem}-{self._clock.now().strftime(_TIME_FORMAT)[:-3]}{self._path.suffix}"
        os.close(self._file)
        self._path.rename(self._path.with_name(aside))
        self._open()
        self._remove_old()

    def _remove_old(self) -> None:
        assert self._path is not None, "standard output has no old files"
        found = self._path.parent.glob(f"{self._path.stem}-*{self._path.suffix}")
        times = {path: time for path in found if (time := _time_of(path, self._path.stem)) is not None}
        oldest = self._clock.now() - timedelta(days=self._max_age_days)
        for index, (path, put_aside) in enumerate(sorted(times.items(), key=lambda item: item[1], reverse=True)):
            if (self._max_backups and index >= self._max_backups) or (self._max_age_days and put_aside < oldest):
                path.unlink(missing_ok=True)

    async def run(self) -> None:
        """Nothing waits: every event is in the file already."""

    async def close(self) -> None:
        if self._path is not None and self._file >= 0:
            os.close(self._file)
            self._file = -1


def _time_of(path: Path, stem: str) -> datetime | None:
    """When a file was put aside; None if it is not one of ours."""
    try:
        return datetime.strptime(path.stem.removeprefix(f"{stem}-"), _TIME_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        return None
