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

from pybernetes.api.errors import APIError, gone, invalid
from pybernetes.api.field import ErrorList
from pybernetes.api.object import Json
from pybernetes.apiserver.cache.entry import Entry
from pybernetes.apiserver.cache.events import ADDED, CacheEvent
from pybernetes.apiserver.cache.watcher import LaterWatcher, Watcher
from pybernetes.apiserver.http import Sink, StreamResponse
from pybernetes.apiserver.rest.context import Context
from pybernetes.apiserver.rest.forms import EventEncoder, included_object
from pybernetes.apiserver.rest.list import not_older_than
from pybernetes.apiserver.rest.list_options import ListOptions, list_options, parse_version
from pybernetes.apiserver.rest.negotiation import PROTOBUF
from pybernetes.apiserver.storage.interface import Compacted, Event, EventType, KeyValue

_BOOKMARK_SECONDS = 60.0
_CONTENT_TYPE = "application/json"
_PROTOBUF_TYPE = f"{PROTOBUF};stream=watch"


async def watch(context: Context) -> StreamResponse:
    """The stream of events that the query asks for. Raises 400, 422 for bad parameters."""
    options = list_options(context, watch=True)
    try:
        revision = parse_version(options.version) if options.version else 0
    except ValueError as error:
        raise _bad_version(context, options.version, error) from None
    if options.send_initial_events is not False and not revision and options.version != "0":
        await context.state.cache.catch_up()
    if context.cache.converts:
        await context.cache.settled()
    session = _Session(context, options, revision)
    content_type = _PROTOBUF_TYPE if context.wanted.media == PROTOBUF else _CONTENT_TYPE
    return StreamResponse(session.run, content_type=content_type)


def _bad_version(context: Context, version: str, error: ValueError) -> APIError:
    errors = ErrorList()
    errors.invalid("resourceVersion", version, str(error).partition(f'"{version}": ')[2])
    return invalid(context.resource.plural, "", errors.causes, context.resource.group)


class _Session:
    """One watch request from its first event to its last."""

    def __init__(self, context: Context, options: ListOptions, revision: int):
        self._context = context
        self._cache = context.cache
        self._selection = options.selection
        self._revision = revision
        self._initial = options.send_initial_events
        self._timeout_seconds = options.timeout_seconds or int(context.state.min_watch_seconds * random.uniform(1, 2))
        self._bookmarks = options.bookmarks
        include = included_object(context.request, context.wanted)
        self._encode = EventEncoder(self._cache, context.wanted, context.state.now(), include)

    async def run(self, sink: Sink) -> None:
        watcher = self._watcher(sink)
        try:
            await self._start(watcher)
            watcher.flush()
            await self._live(sink, watcher)
        except APIError as error:
            sink.write(self._encode.whole(b"ERROR", error.status))
        finally:
            self._cache.watchers.discard(watcher)

    def _watcher(self, sink: Sink) -> Watcher:
        namespace = self._context.info.namespace
        if self._revision > self._context.state.cache.revision and not self._initial:
            after = self._revision
            return LaterWatcher(sink, namespace=namespace, selection=self._selection, encode=self._encode, after=after)
        return Watcher(sink, namespace=namespace, selection=self._selection, encode=self._encode)

    async def _start(self, watcher: Watcher) -> None:
        revision, initial = self._revision, self._initial
        if initial:
            await not_older_than(self._context, revision)
        if self._cache.converts:
            await self._cache.settled()
        self._cache.watchers.add(watcher)
        if self._cache.retired:
            watcher.dropped.set()
        if initial or (initial is None and revision == 0):
            for entry in self._cache.select(self._context.info.namespace, self._selection):
                watcher.push(self._encode.added(ADDED, entry))
            if initial and self._bookmarks:
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
                    old = await self._entry(event.key, event.previous) if event.previous is not None else None
                    new = await self._entry(event.key, event) if event.type is EventType.PUT else None
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

    async def _entry(self, key: str, state: Event | KeyValue) -> Entry:
        """A state that the store has kept."""
        cache, value = self._cache, state.value
        if cache.converts:
            value = (await cache.readable([value]))[0]
        return cache.entry_at(key.removeprefix(cache.key_prefix), value, state.revision)

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
                    watcher.push(self._bookmark(self._cache.shown_until(self._context.state.cache.revision)))
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
        return self._encode.bookmark(metadata)


class _Nowhere:
    """A sink for a watcher that only collects."""

    backlog = 0

    def write(self, data: bytes) -> None:
        raise AssertionError("a collecting watcher is never flushed")

    async def closed(self) -> None:
        await asyncio.Event().wait()
