"""The store of a cluster with more than one control-plane machine: etcd v3 over gRPC (`rpc`).

    read    Range, linearizable, at the preferred endpoint; the next one if that fails
    write   one Txn: compare the key's revision, then put or delete; if the comparison fails, what is there
    watch   one stream for all watchers (etcd_feed) -> WatchHub

One Txn a write, never several writes in one: they would share a revision, and a watch that is cut between them
could not be resumed without losing one.

A write whose answer is lost (the endpoint died, a time-out) may or may not have been applied, now or in a moment.
A compare-and-swap on a revision can be sent again without harm, because a revision comes but once: at most one of
the two can succeed. If the second succeeds, that is the answer. If it fails, the reason can be our own first one:
only if the value that followed the expected revision is certainly not ours is it a mismatch, and else the caller
learns that the outcome is unknown. Equal bytes are no proof that they are ours: two API servers that give out the
same address from the same bitmap write the same bytes, and both must not believe they did. A create is never sent
again: if the key was created and removed meanwhile, it would be created twice.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

from pybernetes.apiserver.storage import etcd_keyspace, etcd_rpc
from pybernetes.apiserver.storage.etcd_certificates import EtcdCertificates
from pybernetes.apiserver.storage.etcd_endpoints import (
    REQUEST_SECONDS,
    Endpoints,
    EtcdRefused,
    OutcomeUnknown,
    Verdict,
)
from pybernetes.apiserver.storage.etcd_feed import ChangeFeed
from pybernetes.apiserver.storage.etcd_keyspace import EVERY_KEY, Keyspace
from pybernetes.apiserver.storage.etcd_leases import Leases
from pybernetes.apiserver.storage.etcd_watch import oldest_kept
from pybernetes.apiserver.storage.etcdpb import etcd_pb2 as pb
from pybernetes.apiserver.storage.interface import (
    Compacted,
    FutureRevision,
    KeyExists,
    KeyNotFound,
    KeyValue,
    ListResult,
    RevisionMismatch,
    StoreUnavailable,
    Watch,
)
from pybernetes.apiserver.storage.key_index import range_start
from pybernetes.apiserver.storage.rpc.status import RpcError
from pybernetes.apiserver.storage.shared_call import SharedCall
from pybernetes.component.clock import SYSTEM_CLOCK, Clock

log = logging.getLogger(__name__)

# Keys in one answer: 1,000 of 3 KB are parsed in some 5 ms; etcd too prefers several smaller answers.
_KEYS_A_PAGE = 1000

# A list of the present starts anew if compaction overtakes it between two pages, but not for ever.
_LIST_TRIES = 3

# /readyz should tell within the time-out of a probe.
_CHECK_SECONDS = 2.0


class EtcdStore:
    """A `Store` in an etcd cluster. Made by `open`, on the event loop that uses it."""

    def __init__(self, endpoints: Endpoints, keyspace: Keyspace, clock: Clock, revision: int) -> None:
        self._endpoints = endpoints
        self._keyspace = keyspace
        self._clock = clock
        self._leases = Leases(endpoints, clock=clock)
        self._read_revision = SharedCall(
            lambda: _current_revision(endpoints, REQUEST_SECONDS), name="etcd current revision"
        )
        self._feed = ChangeFeed(
            endpoints, keyspace, revision=revision, current_revision=self._read_revision, clock=clock
        )
        self._unusable: StoreUnavailable | None = None
        self._tasks = [
            self._start(self._feed.follow(), "etcd watch"),
            self._start(self._feed.report_progress(), "etcd progress"),
        ]

    @classmethod
    async def open(
        cls,
        endpoints: Sequence[str],
        *,
        clock: Clock = SYSTEM_CLOCK,
        certificates: EtcdCertificates | None = None,
        namespace: str = "",
    ) -> EtcdStore:
        """Connect to the cluster whose members' client URLs are given (http:// or https://).

        `namespace` is put in front of every key there. Raises `StoreUnavailable` when no member answers in time.
        """
        members = Endpoints(endpoints, certificates=certificates, clock=clock)
        try:
            revision = await _current_revision(members, REQUEST_SECONDS)
        except BaseException:
            await members.close()
            raise
        return cls(members, Keyspace(namespace), clock, revision)

    async def get(self, key: str, *, revision: int = 0) -> KeyValue | None:
        request = pb.RangeRequest(key=self._keyspace.key(key), revision=revision)
        response = await self._range(request)
        return self._keyspace.value(response.kvs[0]) if response.kvs else None

    async def list(self, prefix: str, *, revision: int = 0, start_after: str = "", limit: int = 0) -> ListResult:
        for attempt in range(1, _LIST_TRIES + 1):
            try:
                return await self._list(prefix, revision, start_after, limit)
            except Compacted:
                if revision or attempt == _LIST_TRIES:
                    raise
        raise AssertionError("the last try returns or raises")

    async def create(self, key: str, value: bytes, *, ttl_seconds: int = 0) -> int:
        response = await self._put(key, value, 0, ttl_seconds)
        if response.succeeded:
            return int(response.header.revision)
        raise KeyExists(key, self._found(response))

    async def update(self, key: str, value: bytes, *, expected_revision: int, ttl_seconds: int = 0) -> int:
        if expected_revision <= 0:
            await self._refuse_unborn(key, expected_revision)
        response = await self._put(key, value, expected_revision, ttl_seconds)
        return self._swapped(key, expected_revision, response)

    async def delete(self, key: str, *, expected_revision: int) -> int:
        if expected_revision <= 0:
            await self._refuse_unborn(key, expected_revision)
        name = self._keyspace.key(key)
        request = etcd_keyspace.compare_and(name, expected_revision, etcd_keyspace.remove(name))
        response = await self._write(request, key, expected_revision, None)
        return self._swapped(key, expected_revision, response)

    async def current_revision(self) -> int:
        self._check_usable()
        return await self._read_revision()

    def watch(self, prefix: str, *, after_revision: int) -> Watch:
        return self._feed.hub.watch(prefix, after_revision)

    async def request_progress(self) -> None:
        self._check_usable()
        await self._feed.request_progress()

    async def compact(self, revision: int) -> None:
        self._check_usable()
        try:
            await self._endpoints.read(etcd_rpc.COMPACT, pb.CompactionRequest(revision=revision))
        except EtcdRefused as refused:
            if refused.verdict is Verdict.FUTURE:
                raise FutureRevision(revision, await self.current_revision()) from refused
            if refused.verdict is not Verdict.COMPACTED:
                raise
        self._feed.compacted(revision)

    async def snapshot(self, path: str) -> int:
        """As in `Store`. The copy is etcd's own format (`etcdctl snapshot restore` reads it), and the revision is
        the newest that is certainly in it: etcd does not tell exactly.
        """
        self._check_usable()
        target = Path(path)
        partial = target.with_name(target.name + ".partial")
        try:
            revision = await self._copy(partial)
            await asyncio.to_thread(_settle, partial, target)
            return revision
        except RpcError as error:
            raise StoreUnavailable(f"the snapshot broke off: {error}") from error
        except OSError as error:
            raise StoreUnavailable(f"cannot write a snapshot to {path}: {error}") from error

    async def check(self) -> None:
        self._check_usable()
        # Looking at the alarms goes through the cluster's log like a write: it needs a leader and a quorum.
        response = await self._endpoints.read(
            etcd_rpc.ALARM, pb.AlarmRequest(action=pb.AlarmRequest.GET), timeout=_CHECK_SECONDS
        )
        alarms = {pb.AlarmType.Name(alarm.alarm) for alarm in response.alarms}
        if alarms:
            raise StoreUnavailable(f"etcd raised an alarm: {', '.join(sorted(alarms))}")

    async def close(self) -> None:
        if self._tasks:
            self._unusable = StoreUnavailable("the store is closed")
            tasks, self._tasks = self._tasks, []
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._feed.hub.close()
            await self._endpoints.close()

    # Reading

    async def _range(self, request: Any) -> Any:
        self._check_usable()
        try:
            return await self._endpoints.read(etcd_rpc.RANGE, request)
        except EtcdRefused as refused:
            revision = request.revision
            if refused.verdict is Verdict.COMPACTED:
                kept = await oldest_kept(self._endpoints, revision, timeout=_CHECK_SECONDS)
                raise Compacted(revision, kept) from refused
            if refused.verdict is Verdict.FUTURE:
                raise FutureRevision(revision, await self.current_revision()) from refused
            raise

    async def _list(self, prefix: str, revision: int, start_after: str, limit: int) -> ListResult:
        """Page through a range, every page as of the first one's revision."""
        start, end = range_start(prefix, start_after), self._keyspace.end(prefix)
        first = self._keyspace.key(start) or EVERY_KEY
        items: Items = []
        while True:
            wanted = min(limit - len(items), _KEYS_A_PAGE) if limit else _KEYS_A_PAGE
            page = await self._range(pb.RangeRequest(key=first, range_end=end, limit=wanted, revision=revision))
            revision = revision or page.header.revision
            items += map(self._keyspace.value, page.kvs)
            if not page.more or (limit and len(items) >= limit):
                return ListResult(items, revision, page.count - len(page.kvs))
            first = page.kvs[-1].key + b"\0"

    # Writing

    async def _put(self, key: str, value: bytes, expected: int, ttl_seconds: int) -> Any:
        """Write a value under a fresh or shared lease; a lease that etcd has dropped is replaced once."""
        name = self._keyspace.key(key)
        for last_try in (False, True):
            self._check_usable()
            lease = await self._leases.get(ttl_seconds) if ttl_seconds else 0
            request = etcd_keyspace.compare_and(name, expected, etcd_keyspace.put(name, value, lease))
            try:
                return await self._write(request, key, expected, value)
            except EtcdRefused as refused:
                if refused.verdict is not Verdict.NO_LEASE or last_try:
                    raise
                self._leases.forget(lease)
        raise AssertionError("the last try returns or raises")

    async def _write(self, request: Any, key: str, expected: int, value: bytes | None) -> Any:
        """Send a transaction, and again if the outcome is unknown and the comparison makes that safe."""
        self._check_usable()
        deadline = self._clock.monotonic() + REQUEST_SECONDS
        failures = 0
        while True:
            left = max(deadline - self._clock.monotonic(), 0.1)
            try:
                response = await self._endpoints.write(etcd_rpc.TXN, request, timeout=left)
            except OutcomeUnknown:
                failures += 1
                if not expected or self._clock.monotonic() >= deadline:
                    raise
                await self._endpoints.pause(failures)
                continue
            if failures and not response.succeeded and not await self._is_other(response, expected, value):
                raise OutcomeUnknown(f"{key}: the answer to a write was lost, and it may have been applied")
            return response

    async def _is_other(self, response: Any, expected: int, value: bytes | None) -> bool:
        """Whether the failed comparison proves that our write (None: a deletion) was not applied before it."""
        kvs = response.responses[0].response_range.kvs
        if not kvs:
            return False
        if value is None and kvs[0].create_revision <= expected:
            return True
        request = pb.RangeRequest(key=kvs[0].key, revision=kvs[0].mod_revision - 1)
        try:
            before = (await self._range(request)).kvs
        except Compacted:
            return False
        follows = bool(before) and before[0].mod_revision == expected
        return follows and bytes(kvs[0].value) != value

    def _found(self, response: Any) -> KeyValue | None:
        kvs = response.responses[0].response_range.kvs
        return self._keyspace.value(kvs[0]) if kvs else None

    def _swapped(self, key: str, expected: int, response: Any) -> int:
        if response.succeeded:
            return int(response.header.revision)
        current = self._found(response)
        if current is None:
            raise KeyNotFound(key)
        raise RevisionMismatch(key, expected, current)

    async def _refuse_unborn(self, key: str, expected: int) -> None:
        """To etcd revision 0 of a key means that it is absent; to us no key is ever at it."""
        current = await self.get(key)
        if current is None:
            raise KeyNotFound(key)
        raise RevisionMismatch(key, expected, current)

    # Being open

    async def _copy(self, partial: Path) -> int:
        """Stream a member's database into a file, after making sure that the member is up to date."""
        revision = await self.current_revision()
        endpoint = await self._endpoints.ready()
        with partial.open("wb") as file:
            partial.chmod(0o600)
            request = pb.SnapshotRequest().SerializeToString()
            stream = endpoint.channel.stream(etcd_rpc.SNAPSHOT.path, request, end=True)
            try:
                while messages := await stream.take():
                    for message in messages:
                        await asyncio.to_thread(file.write, pb.SnapshotResponse.FromString(message).blob)
            finally:
                stream.cancel()
            file.flush()
            await asyncio.to_thread(os.fsync, file.fileno())
        return revision

    def _check_usable(self) -> None:
        if self._unusable is not None:
            raise self._unusable

    def _start(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=name)
        task.add_done_callback(self._background_ended)
        return task

    def _background_ended(self, task: asyncio.Task[None]) -> None:
        """A background task ends when the store closes; if it ends otherwise, the store is of no more use."""
        if task.cancelled():
            return
        error = task.exception()
        log.critical("%s ended, the store stops", task.get_name(), exc_info=error)
        self._unusable = StoreUnavailable(f"{task.get_name()} ended: {error}")
        self._feed.hub.fail(self._unusable)


Items = list[KeyValue]


async def _current_revision(endpoints: Endpoints, timeout: float) -> int:
    """The revision of the whole etcd: a linearizable read of a key that need not exist tells it."""
    request = pb.RangeRequest(key=EVERY_KEY, count_only=True)
    response = await endpoints.read(etcd_rpc.RANGE, request, timeout=timeout)
    return int(response.header.revision)


def _settle(partial: Path, target: Path) -> None:
    """Give a finished copy its name, durably."""
    partial.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
