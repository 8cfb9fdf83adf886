"""Watch: the changes of a collection as they happen.

    no version, or 0         what there is now as ADDED events, then changes
    a version                the changes after it: from the recent history, or, further back, from the store
    sendInitialEvents        what there is now, then a bookmark that says that was all, then changes

Registering with the resource cache and reading its state or history happen without awaiting in between, so no
change falls into a gap. A past that the store has forgotten is answered with an ERROR event of 410.
"""

from __future__ import annotations

import asyncio
import random

from pybernetes.api.errors import APIError, bad_request, gone
from pybernetes.api.object import Json
from pybernetes.apiserver.cache.events import ADDED, CacheEvent
from pybernetes.apiserver.cache.selection import Selection, selection_of
from pybernetes.apiserver.cache.watcher import Watcher
from pybernetes.apiserver.http import Sink, StreamResponse
from pybernetes.apiserver.rest.context import Context
from pybernetes.apiserver.rest.forms import EventEncoder, included_object, table
from pybernetes.apiserver.rest.list import too_large_version
from pybernetes.apiserver.rest.negotiation import PROTOBUF, Form
from pybernetes.apiserver.storage.interface import Compacted, EventType

_MIN_WATCH_SECONDS = 1800  # spread over half an hour to an hour, so that watches do not all end together
_BOOKMARK_SECONDS = 60.0
_CONTENT_TYPE = "application/json"
_PROTOBUF_TYPE = f"{PROTOBUF};stream=watch"


async def watch(context: Context) -> StreamResponse:
    """The stream of events that the query asks for. Raises 400 for bad parameters, 406."""
    query = context.request.query
    selection = selection_of(query, context.definition)
    wanted = query.get("resourceVersion") or ""
    if wanted and not wanted.isdigit():
        raise bad_request(f'invalid resource version "{wanted}": strconv.ParseUint: parsing "{wanted}": invalid syntax')
    initial = _wants_initial_events(context)
    await _reach(context, int(wanted or 0), initial)
    timeout = int(query.get("timeoutSeconds") or 0) or int(_MIN_WATCH_SECONDS * random.uniform(1, 2))
    session = _Session(context, selection, timeout)
    content_type = _PROTOBUF_TYPE if context.wanted.media == PROTOBUF else _CONTENT_TYPE
    return StreamResponse(lambda sink: session.run(sink, int(wanted or 0), initial), content_type=content_type)


def _wants_initial_events(context: Context) -> bool | None:
    """What sendInitialEvents says; None where it is not given."""
    query = context.request.query
    text = query.get("sendInitialEvents")
    if text is None:
        if query.get("resourceVersionMatch"):
            raise bad_request(
                "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless "
                "sendInitialEvents is provided"
            )
        return None
    if query.get("resourceVersionMatch") != "NotOlderThan":
        raise bad_request(
            "resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
        )
    return text in ("true", "1", "True", "t")


async def _reach(context: Context, revision: int, initial: bool | None) -> None:
    """Be at least at the version asked for; be current where initial events must be."""
    cache = context.state.cache
    if revision > cache.revision or (revision == 0 and (initial or not context.request.query.get("resourceVersion"))):
        await cache.catch_up()
    if revision > cache.revision:
        raise too_large_version(revision, cache.revision)


class _Session:
    """One watch request from its first event to its last."""

    def __init__(self, context: Context, selection: Selection, timeout_seconds: int):
        self._context = context
        self._cache = context.cache
        self._selection = selection
        self._timeout_seconds = timeout_seconds
        query = context.request.query
        self._bookmarks = query.get("allowWatchBookmarks") in ("true", "1")
        include = included_object(context.request, context.wanted)
        self._encode = EventEncoder(self._cache, context.wanted, context.state.now(), include)

    async def run(self, sink: Sink, revision: int, initial: bool | None) -> None:
        watcher = Watcher(sink, namespace=self._context.info.namespace, selection=self._selection, encode=self._encode)
        try:
            await self._start(watcher, revision, initial)
            watcher.flush()
            await self._live(sink, watcher)
        except APIError as error:
            sink.write(self._encode.whole(b"ERROR", error.status))
        finally:
            self._cache.watchers.discard(watcher)

    async def _start(self, watcher: Watcher, revision: int, initial: bool | None) -> None:
        self._cache.watchers.add(watcher)
        if self._cache.retired:
            watcher.dropped.set()
        if initial or (initial is None and revision == 0):
            for entry in self._cache.select(self._context.info.namespace, self._selection):
                watcher.push(self._encode.added(ADDED, entry))
            if initial:
                watcher.push(self._bookmark(self._context.state.cache.revision, end_of_initial=True))
        elif revision:
            await self._resume(watcher, revision)

    async def _resume(self, watcher: Watcher, revision: int) -> None:
        """The changes after a revision, from memory or from the store."""
        events = self._cache.events_after(revision)
        if events is not None:
            for event in events:
                watcher.offer(event)
            return
        watcher.hold()
        past = Watcher(
            _Nowhere(), namespace=self._context.info.namespace, selection=self._selection, encode=self._encode
        )
        await self._read_past(past, revision, self._context.state.cache.revision)
        watcher.release(past.take())

    async def _read_past(self, past: Watcher, revision: int, until: int) -> None:
        cache = self._cache
        batches = self._context.state.store.watch(cache.key_prefix, after_revision=revision)
        try:
            async for batch in batches:
                for event in batch.events:
                    if event.revision > until:
                        return
                    key = event.key.removeprefix(cache.key_prefix)
                    old = None
                    if event.previous is not None:
                        old = cache.entry_at(key, event.previous.value, event.previous.revision)
                    new = None
                    if event.type is EventType.PUT:
                        new = cache.entry_at(key, event.value, event.revision)
                    past.offer(CacheEvent(cache.prefix, new, old, event.revision))
                if batch.revision >= until:
                    return
                if not batch.events:
                    await self._context.state.store.request_progress()
        except Compacted:
            raise gone(f"too old resource version: {revision} ({until})") from None
        finally:
            close = getattr(batches, "aclose", None)
            if close is not None:
                await close()

    async def _live(self, sink: Sink, watcher: Watcher) -> None:
        """Until the time is up or the reader is gone; changes are sent by the cache meanwhile."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._timeout_seconds
        closed = asyncio.ensure_future(sink.closed())
        dropped = asyncio.ensure_future(watcher.dropped.wait())
        try:
            while True:
                wait = min(_BOOKMARK_SECONDS, end - loop.time())
                if wait > 0:
                    await asyncio.wait((closed, dropped), timeout=wait, return_when=asyncio.FIRST_COMPLETED)
                if closed.done() or dropped.done():
                    return
                if self._bookmarks:
                    watcher.push(self._bookmark(self._context.state.cache.revision))
                    watcher.flush()
                if loop.time() >= end:
                    return
        finally:
            closed.cancel()
            dropped.cancel()

    def _bookmark(self, revision: int, *, end_of_initial: bool = False) -> bytes:
        """An event that only tells the version. It must follow every change up to that version."""
        metadata: Json = {"resourceVersion": str(revision)}
        if end_of_initial:
            metadata["annotations"] = {"k8s.io/initial-events-end": "true"}
        resource, wanted = self._cache.resource, self._context.wanted
        marker: Json = {"kind": "PartialObjectMetadata", "apiVersion": wanted.meta_version, "metadata": metadata}
        obj = marker
        if wanted.form is Form.OBJECT:
            obj = {"kind": resource.kind, "apiVersion": resource.api_version, "metadata": metadata}
        elif wanted.form is Form.TABLE:
            rows = [{"cells": [], "object": marker}]
            obj = table(rows, {"resourceVersion": str(revision)}, None, wanted.meta_version)
        return self._encode.whole(b"BOOKMARK", obj)


class _Nowhere:
    """A sink for a watcher that only collects."""

    backlog = 0

    def write(self, data: bytes) -> None:
        raise AssertionError("a collecting watcher is never flushed")

    async def closed(self) -> None:
        await asyncio.Event().wait()
