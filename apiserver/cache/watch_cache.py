"""Follows the store and keeps every resource cache at one revision.

At the start all keys are read at one revision, page by page; from there on one watch of everything brings each
change once and in order. `revision` is what the caches show. A write waits until its own revision is here, and a
read that must be current waits for the store's newest (`catch_up`), so what is read from the caches is never older
than what any client was told.

If the watch is cut because the store has forgotten the history (a long pause), everything is read again and what
differs is announced as changes: watchers stay connected and miss no state.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
from collections.abc import Callable, Iterable, Sequence

from pybernetes.api.definition import definition_of
from pybernetes.api.object import Json
from pybernetes.api.resources import Resource
from pybernetes.apiserver.cache.converted_cache import ConvertedCache
from pybernetes.apiserver.cache.resource_cache import ResourceCache, Written
from pybernetes.apiserver.storage.interface import Compacted, Event, EventType, KeyValue, Store, StoreUnavailable
from pybernetes.component.clock import SYSTEM_CLOCK, Clock

log = logging.getLogger(__name__)

REGISTRY = "/registry/"
_PAGE_KEYS = 5000
_RETRY_SECONDS = 0.5


class WatchCache:
    """All resource caches. Implements `reader.Reader` for the inside of the server."""

    def __init__(self, store: Store, resources: Iterable[Resource], *, clock: Clock = SYSTEM_CLOCK):
        self._store = store
        self._clock = clock
        self.revision = 0
        self.caches: dict[str, ResourceCache] = {}
        self._further: dict[str, list[ResourceCache]] = {}  # other versions of the same objects
        self._loads = 0
        self._loading = False
        self._arrivals: dict[str, list[Event]] = {}  # what happens to resources that are being installed
        for resource in resources:
            self.add(resource)
        self._written: dict[str, Written] = {}
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = itertools.count()
        self._loaded = asyncio.Event()

    def add(self, resource: Resource) -> ResourceCache:
        definition = definition_of(resource)
        if definition.stored_as is None:
            cache = self.caches[resource.qualified_name] = ResourceCache(resource, definition)
            return cache
        stored = definition.stored_as.resource
        converted = ConvertedCache(resource, definition, definition.stored_as)
        self._further.setdefault(stored, []).append(converted)
        if resource.qualified_name != stored:
            self.caches[resource.qualified_name] = converted
        return converted

    def find(self, qualified_name: str, version: str) -> ResourceCache | None:
        """The cache that shows a resource in a version."""
        cache = self.caches.get(qualified_name)
        if cache is None or cache.resource.version == version:
            return cache
        return next((one for one in self._further.get(qualified_name, ()) if one.resource.version == version), None)

    def versions(self, qualified_name: str) -> list[Resource]:
        """A resource in every version that shows its objects, the storage version first."""
        return [cache.resource for cache in self._all(qualified_name)]

    async def install(self, caches: Sequence[ResourceCache]) -> None:
        """Serve a resource from now on, one cache a version, the storage version first; takes the place of its caches.

        The objects are read at one revision while changes are put aside; those that came later follow. If meanwhile
        everything had to be read again, changes may be missing, so it starts over.
        """
        name = caches[0].resource.qualified_name
        try:
            while True:
                await self._loaded.wait()
                loads, self._arrivals[name] = self._loads, []
                revision, items = await _read_all(self._store, caches[0].key_prefix)
                await self.wait_for(revision)
                if loads == self._loads and not self._loading:
                    break
            for cache in caches:
                _fill(cache, items, revision, self._arrivals[name])
        finally:
            self._arrivals.pop(name, None)
        self.withdraw(name)
        self.caches[name], self._further[name] = caches[0], list(caches[1:])

    def withdraw(self, qualified_name: str) -> None:
        """Serve a resource no more: its watches end."""
        for cache in self._all(qualified_name):
            cache.retire()
        self.caches.pop(qualified_name, None)
        self._further.pop(qualified_name, None)

    def _all(self, qualified_name: str) -> Sequence[ResourceCache]:
        """The caches of a resource, of every version."""
        first = self.caches.get(qualified_name)
        if first is None:
            return ()
        further = self._further.get(qualified_name)
        return (first, *further) if further else (first,)

    # -- Reader. A resource that is not served has no objects.

    def get(self, resource: str, name: str, namespace: str = "") -> Json | None:
        cache = self.caches.get(resource)
        entry = cache.get(namespace, name) if cache is not None else None
        return cache.shared(entry) if cache is not None and entry is not None else None

    def list(self, resource: str, namespace: str = "") -> Iterable[Json]:
        cache = self.caches.get(resource)
        entries = cache.entries(namespace) if cache is not None else ()
        return [entry.shared or cache.shared(entry) for entry in entries] if cache is not None and entries else ()

    def subscribe(self, resource: str, changed: Callable[[str, Json | None, Json | None], None]) -> None:
        cache = self.caches.get(resource)
        if cache is not None:
            cache.subscribe(changed)

    # -- staying current

    @property
    def is_loaded(self) -> bool:
        return self._loaded.is_set()

    async def wait_loaded(self) -> None:
        await self._loaded.wait()

    async def catch_up(self) -> None:
        """Wait until the caches show everything that was committed before this call."""
        await self.wait_for(await self._store.current_revision())

    async def wait_for(self, revision: int) -> None:
        """Wait until the caches have reached a revision."""
        if self.revision >= revision:
            return
        reached: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (revision, next(self._order), reached))
        await reached

    def expect(self, key: str, written: Written) -> None:
        """The writer's own knowledge of what it is about to store, so that the event need not be decoded."""
        self._written[key] = written

    def unexpect(self, key: str) -> None:
        """The write did not happen."""
        self._written.pop(key, None)

    async def run(self) -> None:
        """Load, then follow the store until cancelled."""
        while True:
            try:
                await self._load()
                await self._follow()
            except Compacted as error:
                log.warning("the store forgot where we were; reading everything again", extra={"error": str(error)})
            except StoreUnavailable as error:
                log.warning("the store does not answer", extra={"error": str(error)})
                await self._clock.sleep(_RETRY_SECONDS)

    async def _load(self) -> None:
        """Read every key at one revision; what differs from the caches is announced."""
        self._loading = True
        seen: dict[ResourceCache, set[str]] = {cache: set() for name in self.caches for cache in self._all(name)}
        revision, last = 0, ""
        while True:
            page = await self._store.list(REGISTRY, revision=revision, start_after=last, limit=_PAGE_KEYS)
            revision = revision or page.revision
            for item in page.items:
                name, key = _split(item.key)
                for cache in self._all(name):
                    if cache in seen:
                        seen[cache].add(key)
                        self._load_one(cache, key, item)
            if not page.remaining:
                break
            last = page.items[-1].key
        self._finish_load(revision, seen)

    def _load_one(self, cache: ResourceCache, key: str, item: KeyValue) -> None:
        if not self.is_loaded:
            cache.load(key, item.value, item.revision)
        elif cache.revision_of(key) != item.revision:
            cache.apply_put(key, item.value, item.revision, None)

    def _finish_load(self, revision: int, seen: dict[ResourceCache, set[str]]) -> None:
        for cache, keys in seen.items():
            if self.is_loaded:
                for key in cache.all_keys():
                    if key not in keys:
                        cache.apply_delete(key, revision)
                cache.flush()
            else:
                cache.history_after = revision
        self._loading = False
        self._loads += 1
        self._loaded.set()
        self._reach(revision)

    async def _follow(self) -> None:
        batches = self._store.watch(REGISTRY, after_revision=self.revision)
        try:
            async for batch in batches:
                touched: set[ResourceCache] = set()
                for event in batch.events:
                    touched.update(self._apply(event))
                for cache in touched:
                    cache.flush()
                self._reach(batch.revision)
        finally:
            close = getattr(batches, "aclose", None)
            if close is not None:
                await close()

    def _apply(self, event: Event) -> Sequence[ResourceCache]:
        name, key = _split(event.key)
        if name in self._arrivals:
            self._arrivals[name].append(event)
        caches = self._all(name)
        if not caches:
            return caches
        written = self._written.pop(event.key, None) if event.type is not EventType.DELETE else None
        if written is not None and written.value != event.value:
            written = None
        for cache in caches:
            _apply_to(cache, key, event, written)
        return caches

    def _reach(self, revision: int) -> None:
        self.revision = max(self.revision, revision)
        while self._waiting and self._waiting[0][0] <= self.revision:
            reached = heapq.heappop(self._waiting)[2]
            if not reached.done():
                reached.set_result(None)


async def _read_all(store: Store, prefix: str) -> tuple[int, list[KeyValue]]:
    """Every key below a prefix, at one revision."""
    revision, last, items = 0, "", list[KeyValue]()
    while True:
        page = await store.list(prefix, revision=revision, start_after=last, limit=_PAGE_KEYS)
        revision = revision or page.revision
        items += page.items
        if not page.remaining:
            return revision, items
        last = page.items[-1].key


def _split(key: str) -> tuple[str, str]:
    """The resource and the object that a key of the store is for."""
    name, _, rest = key[len(REGISTRY) :].partition("/")
    return name, rest


def _apply_to(cache: ResourceCache, key: str, event: Event, written: Written | None) -> None:
    if event.type is EventType.DELETE:
        cache.apply_delete(key, event.revision)
    else:
        cache.apply_put(key, event.value, event.revision, written)


def _fill(cache: ResourceCache, items: Iterable[KeyValue], revision: int, later: Iterable[Event]) -> None:
    """Bring a new cache to where the others are."""
    for item in items:
        cache.load(_split(item.key)[1], item.value, item.revision)
    cache.history_after = revision
    for event in later:
        if event.revision > revision:
            _apply_to(cache, _split(event.key)[1], event, None)
