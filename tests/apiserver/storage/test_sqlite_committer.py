"""The committer: what it does on the loop, what it leaves to its thread, and that both keep to the same order."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pybernetes.apiserver.storage import sqlite_committer, sqlite_file
from pybernetes.apiserver.storage.kernel_sync import KernelSync
from pybernetes.apiserver.storage.sqlite_committer import Committer
from pybernetes.apiserver.storage.sqlite_file import SQLiteFile


def row(revision: int, size: int = 10) -> sqlite_file.Row:
    return (revision, f"/k/{revision}", 0, 0, None, bytes(size))


async def committed(committer: Committer, rows: list[sqlite_file.Row]) -> None:
    ended: asyncio.Future[BaseException | None] = asyncio.get_running_loop().create_future()
    committer.commit(rows, sum(len(one[5]) for one in rows), ended.set_result)
    error = await asyncio.wait_for(ended, 10)
    if error is not None:
        raise error


def revisions(path: Path) -> list[int]:
    reader = sqlite3.connect(path)
    found = [revision for (revision,) in reader.execute("SELECT revision FROM log ORDER BY revision")]
    reader.close()
    return found


@pytest.fixture
async def file(tmp_path: Path) -> AsyncIterator[SQLiteFile]:
    file = SQLiteFile(tmp_path / "state.db")
    yield file
    file.close_readers()
    file.release()


@pytest.fixture
async def committer(file: SQLiteFile, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Committer]:
    monkeypatch.setattr(sqlite_committer, "_LONG_WAIT_SECONDS", float("inf"))  # however slow the disk of the test
    committer = Committer(file.writer, file.path)
    yield committer
    await committer.close()


@pytest.fixture
def inserted_by(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Who inserted each batch: "loop" or "thread"."""
    who: list[str] = []
    insert, loop_thread = sqlite_file.insert, threading.get_ident()

    def noting(writer: sqlite3.Connection, rows: list[sqlite_file.Row]) -> None:
        who.append("loop" if threading.get_ident() == loop_thread else "thread")
        insert(writer, rows)

    monkeypatch.setattr(sqlite_file, "insert", noting)
    return who


async def test_few_rows_are_inserted_on_the_loop_and_many_in_the_thread(
    committer: Committer, file: SQLiteFile, inserted_by: list[str]
) -> None:
    await committed(committer, [row(2)])
    await committed(committer, [row(revision) for revision in range(3, 103)])
    await committed(committer, [row(103, 1 << 20)])
    await committed(committer, [row(104)])
    assert inserted_by == ["loop", "thread", "thread", "loop"]
    assert revisions(file.path) == list(range(2, 105))


async def test_a_commit_comes_after_the_work_that_was_handed_over_before(
    committer: Committer, file: SQLiteFile, inserted_by: list[str]
) -> None:
    seen: list[list[int]] = []
    working = asyncio.create_task(committer.run(lambda writer: seen.append(revisions(file.path))))
    await asyncio.sleep(0)
    await committed(committer, [row(2)])
    await working
    assert (seen, inserted_by) == ([[]], ["thread"])


async def test_the_log_is_brought_into_the_database_by_the_thread(
    committer: Committer, file: SQLiteFile, inserted_by: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_file, "CHECKPOINT_BYTES", 100_000)
    monkeypatch.setattr(sqlite_file, "_CHECKPOINT_PAGES", 4)
    before = file.path.stat().st_size
    for revision in range(2, 42):
        await committed(committer, [row(revision, 5000)])
    assert "thread" in inserted_by
    assert file.path.stat().st_size > before
    assert revisions(file.path) == list(range(2, 42))


async def test_while_the_kernel_is_slow_the_thread_does_it(
    committer: Committer, file: SQLiteFile, inserted_by: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_committer, "_DETOURS", 2)
    monkeypatch.setattr(sqlite_committer, "_LONG_WAIT_SECONDS", -1.0)
    await committed(committer, [row(2)])
    monkeypatch.setattr(sqlite_committer, "_LONG_WAIT_SECONDS", float("inf"))
    for revision in range(3, 7):
        await committed(committer, [row(revision)])
    assert inserted_by == ["loop", "thread", "thread", "loop", "loop"]
    assert revisions(file.path) == list(range(2, 7))


async def test_whoever_has_locked_the_file_is_waited_for_in_the_thread(
    committer: Committer, file: SQLiteFile, inserted_by: list[str]
) -> None:
    other = sqlite3.connect(file.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waiting = asyncio.create_task(committed(committer, [row(2)]))
    while inserted_by != ["loop", "thread"]:
        await asyncio.sleep(0)
    other.execute("ROLLBACK")
    other.close()
    await waiting
    assert revisions(file.path) == [2]


async def test_a_commit_that_cannot_be_synced_has_an_unknown_outcome(
    committer: Committer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(committer._sync, KernelSync), "this machine's kernel syncs"

    def fails(done: sqlite_committer.Done) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(committer._sync, "start", fails)
    with pytest.raises(OSError, match="Input/output"):
        await committed(committer, [row(2)])


async def test_where_the_kernel_does_not_sync_the_thread_does_all(
    file: SQLiteFile, inserted_by: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_committer, "_kernel_sync", lambda file: None)
    committer = Committer(file.writer, file.path)
    await committed(committer, [row(2)])
    assert file.writer.execute("PRAGMA synchronous").fetchone() == (2,)
    await committer.close()
    assert inserted_by == ["thread"]
    assert revisions(file.path) == [2]
