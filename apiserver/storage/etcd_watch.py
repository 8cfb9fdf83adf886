"""The stream of changes of an etcd cluster, whatever becomes of single members.

When a stream breaks, the next one, at whichever endpoint, resumes from the last revision that was whole.

A stream asks for one revision more than it needs, and drops it: etcd then refuses a start exactly when the state
at that revision is compacted, and never starts in a place where it has forgotten a deletion (3.4 forgets those at
the compacted revision itself).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

from google.protobuf.message import DecodeError

from pybernetes.apiserver.storage import etcd_rpc
from pybernetes.apiserver.storage.etcd_endpoints import Endpoints
from pybernetes.apiserver.storage.etcd_keyspace import EVERY_KEY, Keyspace
from pybernetes.apiserver.storage.etcdpb import etcd_pb2 as pb
from pybernetes.apiserver.storage.interface import Compacted, StoreUnavailable, WatchBatch
from pybernetes.apiserver.storage.rpc.channel import ServerStream
from pybernetes.apiserver.storage.rpc.status import Code, RpcError, TransportError

log = logging.getLogger(__name__)

# etcd ends a stream whose member has lost its leader, instead of leaving it silent.
_REQUIRE_LEADER = (("hasleader", "true"),)


async def read_changes(endpoints: Endpoints, keyspace: Keyspace, after: int) -> AsyncGenerator[WatchBatch, None]:
    """Every change later than `after`, for ever, whatever becomes of single endpoints.

    Raises `Compacted`. While no endpoint can be reached it goes on trying.
    """
    # Nothing ever happened at revision 1, and etcd's start revision 0 would mean "from now on".
    position = max(after, 1)
    failures = 0
    while True:
        try:
            async with _open(endpoints, position) as stream, aclosing(_whole(stream)) as batches:
                async for events in batches:
                    failures = 0
                    reached = max(position, events[-1].kv.mod_revision)
                    batch = WatchBatch(keyspace.events(events, position), reached)
                    if reached > position:
                        position = reached
                        yield batch
            reason = "the stream ended"
        except _Canceled as canceled:
            if canceled.compact_revision:
                raise Compacted(after, canceled.compact_revision) from canceled
            reason = str(canceled)
        except (RpcError, StoreUnavailable) as error:
            reason = str(error)
        failures += 1
        log.warning("etcd watch at revision %d: %s; resuming", position, reason)
        await endpoints.pause(failures)


class _Canceled(Exception):
    """etcd ended the watch; `compact_revision` is set when it was because its start is forgotten."""

    def __init__(self, reason: str, compact_revision: int) -> None:
        super().__init__(f"the watch was canceled: {reason}")
        self.compact_revision = compact_revision


@asynccontextmanager
async def _open(endpoints: Endpoints, start: int) -> AsyncIterator[ServerStream]:
    """The stream of responses from `start` on at the endpoint preferred now; one that fails is preferred no more."""
    endpoint = await endpoints.ready()
    create = pb.WatchCreateRequest(
        key=EVERY_KEY, range_end=EVERY_KEY, start_revision=start, prev_kv=True, fragment=True
    )
    request = pb.WatchRequest(create_request=create).SerializeToString()
    try:
        stream = endpoint.channel.stream(etcd_rpc.WATCH.path, request, metadata=_REQUIRE_LEADER)
        try:
            yield stream
        finally:
            stream.cancel()
    except (RpcError, _Canceled):
        endpoints.failed(endpoint)
        raise


async def _whole(stream: ServerStream) -> AsyncGenerator[list[Any], None]:
    """The events of all responses that came together, fragments put together: a revision is never split."""
    gathered: list[Any] = []
    while messages := await stream.take():
        is_fragment = False
        for message in messages:
            response = _read(message)
            gathered.extend(response.events)
            is_fragment = response.fragment
        if gathered and not is_fragment:
            yield gathered
            gathered = []


def _read(message: bytes) -> Any:
    """Raises `RpcError`, `_Canceled`."""
    try:
        response = pb.WatchResponse.FromString(message)
    except DecodeError as error:
        raise TransportError(Code.INTERNAL, f"an answer of the watch cannot be read: {error}") from error
    if response.canceled:
        raise _Canceled(response.cancel_reason, response.compact_revision)
    return response


async def oldest_kept(endpoints: Endpoints, revision: int, *, timeout: float) -> int:
    """etcd's compacted revision, given one that is older: reads do not tell it, a refused watch does."""
    try:
        async with asyncio.timeout(timeout), _open(endpoints, revision) as stream:
            while messages := await stream.take():
                for message in messages:
                    _read(message)
    except _Canceled as canceled:
        return canceled.compact_revision
    except (RpcError, TimeoutError, StoreUnavailable) as error:
        log.warning("cannot tell which revision etcd has compacted: %s", error)
    return revision + 1
