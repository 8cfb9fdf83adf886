"""What only the embedded store has: a file that one process owns, its upkeep, and what a full disk does."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from pybernetes.apiserver.storage import sqlite_file
from pybernetes.apiserver.storage.interface import KeyValue, StoreUnavailable
from pybernetes.apiserver.storage.recent_values import RecentValues
from pybernetes.apiserver.storage.sqlite import SQLiteStore
from pybernetes.apiserver.storage.sqlite_file import StoreInUse


def rows(path: Path) -> list[tuple[int, str]]:
    reader = sqlite3.connect(path)
    try:
        return reader.execute("SELECT revision, key FROM log ORDER BY revision").fetchall()
    finally:
        reader.close()


async def test_only_one_may_open_the_file(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    store = await SQLiteStore.open(path)
    with pytest.raises(StoreInUse, match="is in use by process"):
        await SQLiteStore.open(path)
    program = f"""
import asyncio
from pybernetes.apiserver.storage.sqlite import SQLiteStore
asyncio.run(SQLiteStore.open({str(path)!r}))
"""
    other = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert other.returncode != 0
    assert "StoreInUse" in other.stderr and "is in use by process" in other.stderr
    await store.create("/a", b"")
    await store.close()
    await (await SQLiteStore.open(path)).close()


async def test_only_the_owner_may_read_the_files(tmp_path: Path) -> None:
    store = await SQLiteStore.open(tmp_path / "new" / "state.db")
    await store.create("/secret", b"")
    await store.snapshot(str(tmp_path / "new" / "copy"))
    for path in (tmp_path / "new").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    await store.close()


async def test_who_watches_is_told_of_a_write_before_its_writer(tmp_path: Path) -> None:
    store = await SQLiteStore.open(tmp_path / "state.db")
    order: list[str] = []
    watch = store.watch("/", after_revision=0)

    async def follow() -> None:
        async for batch in watch:
            order.extend(f"seen {event.key}" for event in batch.events)

    async def write(key: str) -> None:
        await store.create(key, b"")
        order.append(f"written {key}")

    following = asyncio.create_task(follow())
    await write("/first")
    order.clear()
    await asyncio.gather(*(write(f"/{number}") for number in range(3)))
    for number in range(3):
        assert order.index(f"seen /{number}") < order.index(f"written /{number}")
    await store.close()
    with pytest.raises(StoreUnavailable):
        await following


@pytest.mark.parametrize("content", [b"not a database at all" * 100, None])
async def test_a_file_of_another_kind_is_refused_and_left_alone(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "other"
    if content is None:
        other = sqlite3.connect(path)
        other.execute("CREATE TABLE theirs (x)")
        other.close()
    else:
        path.write_bytes(content)
    before = path.read_bytes()
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="not a"):
            await SQLiteStore.open(path)
    assert path.read_bytes() == before


async def test_a_file_of_a_later_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    await (await SQLiteStore.open(path)).close()
    writer = sqlite3.connect(path)
    writer.execute("PRAGMA user_version = 99")
    writer.close()
    with pytest.raises(StoreUnavailable, match="format 99"):
        await SQLiteStore.open(path)


async def test_compaction_removes_rows_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    store = await SQLiteStore.open(path)
    revision = await store.create("/a", b"0")
    kept = await store.create("/kept", b"")
    for i in range(1500):
        revision = await store.update("/a", b"%d" % i, expected_revision=revision)
    gone = await store.create("/gone", b"")
    deleted = await store.delete("/gone", expected_revision=gone)
    await store.compact(deleted)
    assert rows(path) == [(kept, "/kept"), (revision, "/a")]
    assert await store.get("/a", revision=deleted) == KeyValue("/a", b"1499", revision)
    await store.close()


async def test_a_revision_is_never_used_again_though_its_row_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    store = await SQLiteStore.open(path)
    created = await store.create("/a", b"")
    deleted = await store.delete("/a", expected_revision=created)
    await store.compact(deleted)
    assert rows(path) == []
    await store.close()
    store = await SQLiteStore.open(path)
    assert await store.current_revision() == deleted
    assert await store.create("/a", b"") == deleted + 1
    await store.close()


async def test_a_compaction_that_was_cut_off_is_finished_by_the_next(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    store = await SQLiteStore.open(path)
    revisions = [await store.create("/a", b"0")]
    for i in range(20):
        revisions.append(await store.update("/a", b"%d" % i, expected_revision=revisions[-1]))
    await store.close()
    writer = sqlite3.connect(path, isolation_level=None)
    sqlite_file.set_compacted(writer, revisions[10])
    writer.close()
    store = await SQLiteStore.open(path)
    assert len(rows(path)) == 21
    await store.compact(revisions[15])
    assert [revision for revision, _ in rows(path)] == revisions[15:]
    await store.close()


async def test_a_full_disk_fails_writes_and_nothing_more(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    store = await SQLiteStore.open(path)
    first = await store.create("/a", b"1")
    # SQLite's own limit on the size of the file gives the error of a full disk.
    await store._committer.run(limit_pages(20))
    results = await asyncio.gather(
        *(store.create(f"/big/{i}", bytes(10_000)) for i in range(50)), return_exceptions=True
    )
    refused = [result for result in results if not isinstance(result, int)]
    taken = sorted(result for result in results if isinstance(result, int))
    assert len(refused) >= 40
    assert all(isinstance(result, StoreUnavailable) and "full" in str(result) for result in refused)
    assert sorted(kv.revision for kv in (await store.list("/big/")).items) == taken
    assert await store.current_revision() == max(taken, default=first)
    await store.check()
    small = await store.update("/a", b"2", expected_revision=first)
    await store._committer.run(limit_pages(1_000_000))
    missing = [i for i, result in enumerate(results) if not isinstance(result, int)]
    again = await asyncio.gather(*(store.create(f"/big/{i}", bytes(10_000)) for i in missing))
    assert min(again) > small
    await store.close()
    store = await SQLiteStore.open(path)
    assert [kv.revision for kv in (await store.list("/")).items if kv.key == "/a"] == [small]
    assert len((await store.list("/big/")).items) == 50
    await store.close()


def limit_pages(count: int):  # type: ignore[no-untyped-def]
    def work(writer: sqlite3.Connection) -> None:
        writer.execute(f"PRAGMA max_page_count = {count}").fetchone()

    return work


async def test_after_a_failure_of_unknown_effect_writes_stop_and_reads_go_on(tmp_path: Path) -> None:
    store = await SQLiteStore.open(tmp_path / "state.db")
    revision = await store.create("/a", b"1")
    await store._committer.run(lambda writer: writer.execute("DROP TABLE number") and None)
    await store._committer.run(lambda writer: writer.execute("ALTER TABLE log RENAME TO lost") and None)
    with pytest.raises(StoreUnavailable, match="could not be committed"):
        await store.update("/a", b"2", expected_revision=revision)
    with pytest.raises(StoreUnavailable, match="must be opened again"):
        await store.update("/a", b"2", expected_revision=revision)
    with pytest.raises(StoreUnavailable):
        await store.check()
    assert await store.get("/a") == KeyValue("/a", b"1", revision)
    await store.close()


async def test_a_list_of_many_goes_on_while_rows_are_purged(tmp_path: Path) -> None:
    store = await SQLiteStore.open(tmp_path / "state.db")
    store._recent = RecentValues(0)
    keys = [f"/k/{i:04}" for i in range(1000)]
    revisions = await asyncio.gather(*(store.create(key, b"old") for key in keys))
    listing = asyncio.create_task(store.list("/k/"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not listing.done()
    updates = [store.update(k, b"new", expected_revision=r) for k, r in zip(keys, revisions, strict=True)]
    purged = asyncio.create_task(compact_after(store, asyncio.gather(*updates)))
    listed = await listing
    await purged
    assert [kv.value for kv in listed.items] == [b"old"] * 1000
    assert [kv.value for kv in (await store.list("/k/")).items] == [b"new"] * 1000
    await store.close()


async def compact_after(store: SQLiteStore, writes: asyncio.Future[list[int]]) -> None:
    await store.compact(max(await writes))


def test_recent_values_are_bounded() -> None:
    recent = RecentValues(10)
    recent.add(1, b"12345")
    recent.add(2, b"12345")
    assert recent.get(1) == b"12345"
    recent.add(3, b"1")
    assert (recent.get(1), recent.get(2), recent.get(3)) == (None, b"12345", b"1")
    recent.drop(2)
    recent.add(4, b"123456789")
    assert (recent.get(3), recent.get(4)) == (b"1", b"123456789")
    recent.add(5, bytes(11))
    assert recent.get(5) is None


def test_importing_the_embedded_store_imports_no_grpc() -> None:
    program = """
import sys
import pybernetes.apiserver.storage.open, pybernetes.apiserver.storage.sqlite
print([name for name in sys.modules if name.split('.')[0] in ('grpc', 'google')])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
