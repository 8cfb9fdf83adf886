"""The file of events: turned over when it is large, old ones removed."""

from __future__ import annotations

from pathlib import Path

import orjson

from pybernetes.apiserver.audit.log_file import LogFile
from pybernetes.component.clock import FakeClock

DAY_SECONDS = 86_400.0
ALMOST_A_MEGABYTE = {"text": "x" * 1_000_000}


async def test_one_line_an_event_after_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "audit.log"
    for number in range(2):
        log_file = LogFile(str(path), clock=FakeClock())
        log_file.write({"number": number})
        await log_file.close()
    assert [orjson.loads(line) for line in path.read_bytes().splitlines()] == [{"number": 0}, {"number": 1}]
    assert path.stat().st_mode & 0o777 == 0o600


async def test_a_large_file_is_put_aside_under_its_time(tmp_path: Path) -> None:
    clock = FakeClock()
    log_file = LogFile(str(tmp_path / "audit.log"), clock=clock, max_megabytes=1)
    for _ in range(3):
        log_file.write(ALMOST_A_MEGABYTE)
        await clock.advance(1.5)
    await log_file.close()
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["audit-2026-01-01T00-00-01.500.log", "audit-2026-01-01T00-00-03.000.log", "audit.log"]


async def test_old_files_go_when_they_are_too_many_or_too_old(tmp_path: Path) -> None:
    clock = FakeClock()
    other = tmp_path / "audit-notes.log"
    other.write_text("somebody's own")
    log_file = LogFile(str(tmp_path / "audit.log"), clock=clock, max_megabytes=1, max_backups=3, max_age_days=2)
    for _ in range(6):
        log_file.write(ALMOST_A_MEGABYTE)
        await clock.advance(DAY_SECONDS / 2)
    assert len(list(tmp_path.iterdir())) == 1 + 3 + 1
    await clock.advance(3 * DAY_SECONDS)
    log_file.write(ALMOST_A_MEGABYTE)
    await log_file.close()
    assert len(list(tmp_path.iterdir())) == 1 + 1 + 1
    assert other.exists()
