"""The file of the embedded store: who may open it, its tables, and every SQL statement.

One table is the history: a row for each write, its primary key the revision, so that rows are only ever appended
and a commit touches few pages. There is no index on the key. It would double what each commit writes and
syncs (measured: 100,000 rows a second without it, 50,000 with it, in commits of 64), and is not needed: the
current keys are in memory (`key_index`), and from there each row points to the one it replaced (`previous`), which
leads to any older state. The price is one pass over the table when the store opens.

    revision  key                     previous  deleted  expires   value
    2         /registry/pods/ns/a     0         0        null      ...
    3         /registry/pods/ns/a     2         0        null      ...
    4         /registry/pods/ns/a     3         1        null      (empty)

`compacted` in the table of numbers is the oldest revision whose state can still be read; `purged` is how far the
rows that only older states needed have really been removed.

Durability: a write-ahead log with synchronous=FULL, so a commit returns after its pages and its commit mark are on
the disk, unless the caller syncs the log itself (`leave_sync_to_caller`). Exclusion: a lock on a file beside the
database, held while the store is open, because SQLite's own locks let several processes in and our memory would then
be wrong.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pybernetes.apiserver.storage.expiry import Deadline
from pybernetes.apiserver.storage.interface import Event, EventType, KeyValue, StoreUnavailable

# "pybn", in the header of every file of ours.
_APPLICATION_ID = 0x7079626E
_FORMAT = 1

# etcd's empty store is at revision 1 too; Kubernetes gives "0" a meaning of its own.
_FIRST_REVISION = 1

# Most objects fit into a page with their key, so that a write of one touches few pages.
PAGE_BYTES = 8192

# 16 MB. A checkpoint pauses commits for some 10 ms, so it should be rare; the log is read through when opening.
CHECKPOINT_BYTES = 16 * 1024 * 1024
_CHECKPOINT_PAGES = CHECKPOINT_BYTES // PAGE_BYTES

# Somebody who has the file locked, a backup tool say, is waited for so long.
_BUSY_MS = 5000

# The bits of an error's code that say which kind it is.
PRIMARY_CODE = 0xFF

# Connections kept open for lists that take several turns of the event loop; more are made when needed.
_SPARE_READERS = 4

_SCHEMA = f"""
BEGIN;
CREATE TABLE log (
    revision INTEGER PRIMARY KEY,
    key      TEXT    NOT NULL,
    previous INTEGER NOT NULL,
    deleted  INTEGER NOT NULL,
    expires  REAL,
    value    BLOB    NOT NULL
);
CREATE TABLE number (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO number VALUES ('compacted', 0), ('purged', 0), ('checks', 0);
PRAGMA application_id = {_APPLICATION_ID};
PRAGMA user_version = {_FORMAT};
COMMIT;
"""

_CURRENT_REVISION = f"""
SELECT max(
    {_FIRST_REVISION},
    (SELECT ifnull(max(revision), 0) FROM log),
    (SELECT value FROM number WHERE name = 'compacted')
)
"""

_REPLAY = """
SELECT log.revision, log.key, log.deleted, log.value, old.revision, old.value
FROM log LEFT JOIN log AS old ON old.revision = log.previous AND NOT old.deleted
WHERE log.revision > ? AND log.revision <= ? AND substr(log.key, 1, ?) = ?
ORDER BY log.revision
"""

_CHANGES = """
SELECT log.key, ifnull(old.revision, 0)
FROM log LEFT JOIN log AS old ON old.revision = log.previous AND NOT old.deleted
WHERE log.revision > ? AND log.revision <= ? AND log.key >= ? AND (? IS NULL OR log.key < ?)
ORDER BY log.revision
"""

_PURGE_REPLACED = """
DELETE FROM log WHERE revision IN (SELECT previous FROM log WHERE revision > ? AND revision <= ? AND previous > 0)
"""

Row = tuple[int, str, int, int, float | None, bytes]
"""(revision, key, previous, deleted, expires, value)"""


class StoreInUse(StoreUnavailable):
    """Another process has the file open."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a file held when it was opened. `revisions`: the current keys; `tombstones`: deleted ones, oldest first."""

    revision: int
    compacted: int
    purged: int
    revisions: dict[str, int]
    tombstones: dict[str, int]
    deadlines: list[Deadline]


class SQLiteFile:
    """An open database file. `writer` belongs to the commit thread once the store runs, all else to the loop."""

    def __init__(self, path: Path) -> None:
        """Open or make the file. Raises `StoreInUse`; `StoreUnavailable` when it is not ours or unreadable."""
        self.path = path
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = _take_lock(path)
        try:
            self.writer = _connect_writer(path)
            self._reader = _connect_reader(path)
        except sqlite3.Error as error:
            os.close(self._lock)
            raise StoreUnavailable(f"cannot open {path}: {error}") from error
        except BaseException:
            os.close(self._lock)
            raise
        self._spare: list[sqlite3.Connection] = []
        self._closed = False

    def load(self) -> Content:
        """Read everything but the values, in one pass over the table."""
        revisions: dict[str, int] = {}
        tombstones: dict[str, int] = {}
        expires_at: dict[str, float] = {}
        rows = self._reader.execute("SELECT revision, key, deleted, expires FROM log ORDER BY revision")
        for revision, key, deleted, expires in rows:
            expires_at.pop(key, None)
            if deleted:
                revisions.pop(key, None)
                tombstones[key] = revision
                continue
            tombstones.pop(key, None)
            revisions[key] = revision
            if expires is not None:
                expires_at[key] = expires
        numbers = dict(self._reader.execute("SELECT name, value FROM number"))
        deadlines = [(expires, key, revisions[key]) for key, expires in expires_at.items()]
        tombstones = {key: at for key, at in tombstones.items() if at > numbers["compacted"]}
        return Content(
            revision=current_revision(self._reader),
            compacted=numbers["compacted"],
            purged=numbers["purged"],
            revisions=revisions,
            tombstones=tombstones,
            deadlines=deadlines,
        )

    def value(self, revision: int) -> bytes | None:
        """The value that a write left; None for a deletion and for a row that was purged."""
        return read_value(self._reader, revision)

    def previous(self, revision: int) -> int:
        """The revision of the row that a write replaced, 0 if there was none."""
        row = self._reader.execute("SELECT previous FROM log WHERE revision = ?", (revision,)).fetchone()
        return int(row[0]) if row else 0

    def replay(self, prefix: str, after: int, up_to: int) -> list[Event]:
        """The changes under `prefix` with after < revision <= up_to."""
        rows = self._reader.execute(_REPLAY, (after, up_to, len(prefix), prefix)).fetchall()
        return [_event(*row) for row in rows]

    def changed(self, start: str, end: str | None, after: int, up_to: int) -> dict[str, int]:
        """Keys of [start, end) that changed in (after, up_to] -> their revision at `after`, 0 if absent then."""
        found: dict[str, int] = {}
        for key, revision in self._reader.execute(_CHANGES, (after, up_to, start, end, end)):
            found.setdefault(key, revision)
        return found

    @contextmanager
    def frozen(self) -> Iterator[sqlite3.Connection]:
        """A connection that goes on seeing the file as it is now, whatever is written or purged meanwhile."""
        reader = self._spare.pop() if self._spare else _connect_reader(self.path)
        reader.execute("BEGIN")
        try:
            reader.execute("SELECT 1 FROM number LIMIT 1").fetchone()
            yield reader
        finally:
            reader.execute("COMMIT")
            if len(self._spare) < _SPARE_READERS and not self._closed:
                self._spare.append(reader)
            else:
                reader.close()

    def close_readers(self) -> None:
        """Close the loop's connections; the writer is closed by the thread that owns it."""
        self._closed = True
        for reader in (self._reader, *self._spare):
            reader.close()
        self._spare = []

    def release(self) -> None:
        """Let another process open the file. Comes last."""
        os.close(self._lock)


def read_value(reader: sqlite3.Connection, revision: int) -> bytes | None:
    """The value of a row, None for a deletion and for a row that is not there."""
    row = reader.execute("SELECT value, deleted FROM log WHERE revision = ?", (revision,)).fetchone()
    return None if row is None or row[1] else row[0]


def insert(writer: sqlite3.Connection, rows: Sequence[Row]) -> None:
    """Commit rows. One statement and no explicit transaction: the interpreter lock is let go once.

    With a statement a row, a thread would queue for the lock after each one, up to 5 ms behind a busy loop.
    """
    statement = "INSERT INTO log VALUES " + ",".join(["(?,?,?,?,?,?)"] * len(rows))
    writer.execute(statement, [field for row in rows for field in row])


def log_path(path: Path) -> Path:
    """The write-ahead log of a database; there while the database is open."""
    return path.with_name(path.name + "-wal")


def leave_sync_to_caller(writer: sqlite3.Connection) -> None:
    """From now on a commit is durable when the caller has synced the log, and commits never wait.

    What is lost when the machine stops before that is the end of the log: the order of commits is kept.
    """
    for pragma in ("synchronous = NORMAL", "wal_autocheckpoint = 0", "busy_timeout = 0"):
        writer.execute(f"PRAGMA {pragma}")


@contextmanager
def waiting_allowed(writer: sqlite3.Connection) -> Iterator[None]:
    """Let commits wait for whoever has locked the file, and bring the log into the database when that is due."""
    writer.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
    writer.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
    try:
        yield
    finally:
        writer.execute("PRAGMA wal_autocheckpoint = 0")
        writer.execute("PRAGMA busy_timeout = 0")


def is_locked(error: sqlite3.Error) -> bool:
    """Whether somebody else has locked the file."""
    return getattr(error, "sqlite_errorcode", 0) & PRIMARY_CODE == sqlite3.SQLITE_BUSY


def holds_any_from(writer: sqlite3.Connection, revision: int) -> bool:
    """Whether a write with this revision or a later one is in the file."""
    return bool(writer.execute("SELECT EXISTS (SELECT 1 FROM log WHERE revision >= ?)", (revision,)).fetchone()[0])


def set_compacted(writer: sqlite3.Connection, revision: int) -> None:
    """Record the oldest revision that may be read from now on."""
    writer.execute("UPDATE number SET value = ? WHERE name = 'compacted'", (revision,))


def purge(writer: sqlite3.Connection, after: int, up_to: int) -> None:
    """Remove the rows that writes in (after, up_to] replaced, and the deletions among those writes."""
    writer.execute("BEGIN IMMEDIATE")
    try:
        writer.execute(_PURGE_REPLACED, (after, up_to))
        writer.execute("DELETE FROM log WHERE revision > ? AND revision <= ? AND deleted", (after, up_to))
        writer.execute("UPDATE number SET value = ? WHERE name = 'purged'", (up_to,))
        writer.execute("COMMIT")
    finally:
        if writer.in_transaction:
            writer.execute("ROLLBACK")


def check_writable(writer: sqlite3.Connection) -> None:
    """Commit something that is no write of the store's history."""
    writer.execute("UPDATE number SET value = value + 1 WHERE name = 'checks'")


def current_revision(reader: sqlite3.Connection) -> int:
    """The newest revision in the file. Purging may remove the newest row, but never beyond `compacted`."""
    return int(reader.execute(_CURRENT_REVISION).fetchone()[0])


def copy(source: Path, target: Path) -> int:
    """Write a consistent, compact copy of a database that may be in use; returns its revision. Blocks.

    The copy appears under its name when it is whole and on the disk.
    """
    partial = target.with_name(target.name + ".partial")
    partial.unlink(missing_ok=True)
    reader = sqlite3.connect(source, isolation_level=None)
    try:
        reader.execute("VACUUM INTO ?", (str(partial),))
    finally:
        reader.close()
    partial.chmod(0o600)
    made = sqlite3.connect(partial)
    try:
        revision = current_revision(made)
    finally:
        made.close()
    _sync(partial)
    partial.replace(target)
    _sync(target.parent)
    return revision


def _event(revision: int, key: str, deleted: int, value: bytes, old_revision: int | None, old: bytes | None) -> Event:
    previous = KeyValue(key, old, old_revision) if old_revision is not None and old is not None else None
    return Event(EventType.DELETE if deleted else EventType.PUT, key, value, revision, previous)


def _take_lock(path: Path) -> int:
    """Lock the file beside the database, which holds our process id for whoever finds it taken."""
    lock_path = path.with_name(path.name + ".lock")
    lock = os.open(lock_path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.pread(lock, 32, 0).decode(errors="replace").strip() or "unknown"
        os.close(lock)
        raise StoreInUse(f"{path} is in use by process {holder}; stop it or name another file") from error
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    return lock


def _connect_writer(path: Path) -> sqlite3.Connection:
    new = not path.exists()
    os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    # One statement for each size of batch stays prepared (see group_commit.BATCH_ROWS).
    writer = sqlite3.connect(
        path, timeout=_BUSY_MS / 1000, isolation_level=None, check_same_thread=False, cached_statements=192
    )
    try:
        application = writer.execute("PRAGMA application_id").fetchone()[0]
        empty = writer.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
        if application != _APPLICATION_ID and not (empty and application == 0):
            raise StoreUnavailable(f"{path} is not a Pybernetes store")
        writer.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("PRAGMA synchronous = FULL")
        writer.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
        if empty:
            writer.executescript(_SCHEMA)
        version = writer.execute("PRAGMA user_version").fetchone()[0]
        if version != _FORMAT:
            raise StoreUnavailable(f"{path} has format {version}; this release reads format {_FORMAT}")
    except BaseException:
        writer.close()
        raise
    if new:
        _sync(path.parent)
    return writer


def _connect_reader(path: Path) -> sqlite3.Connection:
    reader = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    reader.execute("PRAGMA query_only = ON")
    return reader


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
