"""The narrow interface between the API server and whatever keeps its state.

A store is one ordered map from keys to bytes with a history. Every committed write has a revision of its own;
revisions grow by at least one with each write and are shared by all keys, so a revision names a state of the
whole store. The API server hands revisions out as resourceVersion.

Invariants that every backend keeps, and that the shared test suite checks:

- A write that returned is durable: it survives ``kill -9`` of this process and of the store.
- Two writes never share a revision, also when they shared a commit: a watch that is cut between them and resumed
  at the first one's revision still sees the second.
- A watch delivers every change after its start revision, once, in revision order, or fails with `Compacted`.
- A read at a revision that is still in the history sees exactly the state of that revision.

What a store hands out is not to be changed. It is not frozen, because making a frozen value takes three times as long
and every write makes several.

Shape after etcd v3's KV and Watch services, less what Kubernetes never uses.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class StoreError(Exception):
    """Base of everything a store raises on purpose."""


class KeyExists(StoreError):
    """A create found the key present. `current` is what is there."""

    def __init__(self, key: str, current: KeyValue | None = None):
        super().__init__(f"key exists: {key}")
        self.key = key
        self.current = current


class KeyNotFound(StoreError):
    """An update or delete found no key."""

    def __init__(self, key: str):
        super().__init__(f"key not found: {key}")
        self.key = key


class RevisionMismatch(StoreError):
    """A compare-and-swap found another revision than it expected. `current` is what is there now."""

    def __init__(self, key: str, expected: int, current: KeyValue):
        super().__init__(f"{key}: expected revision {expected}, found {current.revision}")
        self.key = key
        self.expected = expected
        self.current = current


class Compacted(StoreError):
    """The revision asked for is older than the history that is kept. `compacted_revision` is the oldest kept."""

    def __init__(self, revision: int, compacted_revision: int):
        super().__init__(f"revision {revision} has been compacted; the oldest kept is {compacted_revision}")
        self.revision = revision
        self.compacted_revision = compacted_revision


class FutureRevision(StoreError):
    """The revision asked for has not happened yet. `current_revision` is the newest one."""

    def __init__(self, revision: int, current_revision: int):
        super().__init__(f"revision {revision} is in the future; the current one is {current_revision}")
        self.revision = revision
        self.current_revision = current_revision


class StoreUnavailable(StoreError):
    """The store did not answer. Whether a write took place is unknown to the caller."""


@dataclass(slots=True)
class KeyValue:
    """A key, its bytes, and the revision of the write that put them there."""

    key: str
    value: bytes
    revision: int


@dataclass(frozen=True, slots=True)
class ListResult:
    """One page of a range: items in key order, the revision it was read at, and how many keys follow it."""

    items: list[KeyValue]
    revision: int
    remaining: int = 0


class EventType(Enum):
    PUT = "PUT"
    DELETE = "DELETE"


@dataclass(slots=True)
class Event:
    """One change. `previous` is what the key held before (None for a create); of a delete, `value` is b""."""

    type: EventType
    key: str
    value: bytes
    revision: int
    previous: KeyValue | None = None


@dataclass(slots=True)
class WatchBatch:
    """Changes in revision order, and the revision up to which the watcher has now seen everything.

    A batch without events is a progress notice: nothing under the prefix changed up to `revision`.
    """

    events: list[Event]
    revision: int


class Watch(Protocol):
    """An open watch, an AsyncIterator[WatchBatch]: iterate it, then close it. One task iterates; any may close."""

    def __aiter__(self) -> Watch: ...

    async def __anext__(self) -> WatchBatch: ...

    async def aclose(self) -> None:
        """Free what the watch holds; whoever waits for its next batch sees the iteration end."""


class Store(Protocol):
    """What the API server needs of a store. Every method may raise `StoreUnavailable`."""

    async def get(self, key: str, *, revision: int = 0) -> KeyValue | None:
        """The value of a key, now or at `revision`. Raises `Compacted`, `FutureRevision`."""

    async def list(self, prefix: str, *, revision: int = 0, start_after: str = "", limit: int = 0) -> ListResult:
        """Keys under `prefix` in key order, after `start_after`, at most `limit` (0: all), as of `revision`.

        Raises `Compacted`, `FutureRevision`.
        """

    async def create(self, key: str, value: bytes, *, ttl_seconds: int = 0) -> int:
        """Put a key that must not exist. Returns the revision. Raises `KeyExists`.

        With `ttl_seconds` the key goes by itself, with a DELETE event, soon after that time.
        """

    async def update(self, key: str, value: bytes, *, expected_revision: int, ttl_seconds: int = 0) -> int:
        """Replace a value that is still at `expected_revision`. Returns the new revision.

        Raises `KeyNotFound`, `RevisionMismatch`.
        """

    async def delete(self, key: str, *, expected_revision: int) -> int:
        """Remove a key that is still at `expected_revision`. Returns the revision of the removal.

        Raises `KeyNotFound`, `RevisionMismatch`.
        """

    async def current_revision(self) -> int:
        """The newest committed revision, read so that no write acknowledged before the call is missed.

        Concurrent callers share one round trip.
        """

    def watch(self, prefix: str, *, after_revision: int) -> Watch:
        """Every change under `prefix` with a revision greater than `after_revision`, in batches, for ever.

        Progress notices (empty batches) come at least every few seconds while nothing happens, and soon after
        `request_progress`. Raises `Compacted` when the start is older than the history; the caller lists anew.
        Closing the iterator (``aclose``) frees what it holds.
        """

    async def request_progress(self) -> None:
        """Ask that every open watch reports its progress soon; several requests may be answered by one notice."""

    async def compact(self, revision: int) -> None:
        """Forget history older than `revision`. Current values stay. Raises `FutureRevision`."""

    async def snapshot(self, path: str) -> int:
        """Write a consistent copy of the whole store to `path`; returns the revision it holds."""

    async def check(self) -> None:
        """Raise `StoreUnavailable` if the store cannot be written to now (for /readyz)."""

    async def close(self) -> None:
        """Finish what was accepted, then release files, connections and tasks."""
