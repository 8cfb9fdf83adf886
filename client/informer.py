"""A cache of one resource that keeps itself current.

A `Reflector` feeds the cache; after each change the handlers are called, in order, with the cache already showing
the new state. Handlers are plain functions that must be quick: they put keys into a queue. What they are given is
shared: read it, never change it (`object.deep_copy` first).

A handler that is added late is first told of everything in the cache. `transform` keeps only what the owner needs
of each object, so that memory grows with what is used. Counterpart: client-go's SharedIndexInformer and Lister.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass

from pybernetes.api.object import Json, key_of, namespace_of, uid_of
from pybernetes.client.client import Client, Kind, resource_for
from pybernetes.client.reflector import Changed, Reflector, Replaced
from pybernetes.component.clock import SYSTEM_CLOCK, Clock

IndexFunction = Callable[[Json], Iterable[str]]
Transform = Callable[[Json], Json]
NAMESPACE = "namespace"


def _namespace_index(obj: Json) -> Iterable[str]:
    return (namespace_of(obj),)


@dataclass(frozen=True, slots=True)
class Handler:
    """What to call when an object appears, changes or goes. An update gets (new, old)."""

    on_add: Callable[[Json], None] | None = None
    on_update: Callable[[Json, Json], None] | None = None
    on_delete: Callable[[Json], None] | None = None


class Informer:
    """The objects of one resource, by ``namespace/name`` and by any index."""

    def __init__(
        self,
        client: Client,
        kind: Kind,
        *,
        namespace: str = "",
        label_selector: str = "",
        field_selector: str = "",
        metadata_only: bool = False,
        transform: Transform | None = None,
        indexers: Mapping[str, IndexFunction] | None = None,
        clock: Clock = SYSTEM_CLOCK,
    ):
        self.kind = resource_for(kind).qualified_name
        self._reflector = Reflector(
            client,
            kind,
            namespace=namespace,
            label_selector=label_selector,
            field_selector=field_selector,
            metadata_only=metadata_only,
            clock=clock,
        )
        self._transform = transform
        self._objects: dict[str, Json] = {}
        self._indexers: dict[str, IndexFunction] = {NAMESPACE: _namespace_index, **(indexers or {})}
        self._indices: dict[str, dict[str, dict[str, Json]]] = {name: {} for name in self._indexers}
        self._handlers: list[Handler] = []
        self._synced = asyncio.Event()

    def get(self, key: str) -> Json | None:
        """The object called ``namespace/name`` (or ``name``), or None."""
        return self._objects.get(key)

    def items(self, namespace: str = "") -> list[Json]:
        """All objects, or those of a namespace."""
        if not namespace:
            return list(self._objects.values())
        return self.by_index(NAMESPACE, namespace)

    def by_index(self, index: str, value: str) -> list[Json]:
        """The objects for which the index function gave `value`."""
        return list(self._indices[index].get(value, {}).values())

    def count(self, index: str, value: str) -> int:
        """How many objects the index function gave `value` for."""
        return len(self._indices[index].get(value, ()))

    def add_indexer(self, name: str, function: IndexFunction) -> None:
        """Add an index, also over what is cached already."""
        if name in self._indexers:
            return
        self._indexers[name] = function
        self._indices[name] = {}
        for key, obj in self._objects.items():
            self._index_one(name, key, obj)

    def add_handler(
        self,
        on_add: Callable[[Json], None] | None = None,
        on_update: Callable[[Json, Json], None] | None = None,
        on_delete: Callable[[Json], None] | None = None,
    ) -> None:
        self._handlers.append(Handler(on_add, on_update, on_delete))
        if on_add is not None:
            for obj in list(self._objects.values()):
                on_add(obj)

    @property
    def has_synced(self) -> bool:
        """Whether the first list is in the cache."""
        return self._synced.is_set()

    async def wait_synced(self) -> None:
        await self._synced.wait()

    async def run(self) -> None:
        """Keep the cache current until cancelled."""
        async with aclosing(self._reflector.changes()) as changes:
            async for change in changes:
                match change:
                    case Replaced(items):
                        self._replace(items)
                        self._synced.set()
                    case Changed(events):
                        for event in events:
                            self._apply(event["type"], event["object"])

    def _replace(self, items: list[Json]) -> None:
        """Make the cache what was listed, telling handlers only of what differs."""
        listed = {key_of(item) for item in items}
        for key in [key for key in self._objects if key not in listed]:
            self._remove(key, self._objects[key])
        for item in items:
            self._store(item)

    def _apply(self, event_type: str, obj: Json) -> None:
        if event_type == "DELETED":
            self._remove(key_of(obj), obj)
        else:
            self._store(obj)

    def _store(self, obj: Json) -> None:
        key = key_of(obj)
        old = self._objects.get(key)
        if old is not None and uid_of(old) != uid_of(obj):
            self._remove(key, old)
            old = None
        if old is not None and old["metadata"].get("resourceVersion") == obj["metadata"].get("resourceVersion"):
            return
        if self._transform is not None:
            obj = self._transform(obj)
        if old is not None:
            self._unindex(key, old)
        self._objects[key] = obj
        for name in self._indexers:
            self._index_one(name, key, obj)
        for handler in self._handlers:
            if old is None:
                if handler.on_add is not None:
                    handler.on_add(obj)
            elif handler.on_update is not None:
                handler.on_update(obj, old)

    def _remove(self, key: str, last: Json) -> None:
        old = self._objects.pop(key, None)
        if old is None:
            return
        self._unindex(key, old)
        if self._transform is not None and last is not old:
            last = self._transform(last)
        for handler in self._handlers:
            if handler.on_delete is not None:
                handler.on_delete(last)

    def _index_one(self, name: str, key: str, obj: Json) -> None:
        for value in self._indexers[name](obj):
            self._indices[name].setdefault(value, {})[key] = obj

    def _unindex(self, key: str, obj: Json) -> None:
        for name, function in self._indexers.items():
            index = self._indices[name]
            for value in function(obj):
                held = index.get(value)
                if held is not None:
                    held.pop(key, None)
                    if not held:
                        del index[value]


class InformerFactory:
    """One informer for each (resource, namespace, selectors), shared by all who ask in a process."""

    def __init__(self, client: Client, *, clock: Clock = SYSTEM_CLOCK):
        self._client = client
        self._clock = clock
        self._informers: dict[tuple[str, str, str, str], Informer] = {}
        self._group: asyncio.TaskGroup | None = None

    def informer(
        self, kind: str, *, namespace: str = "", label_selector: str = "", field_selector: str = ""
    ) -> Informer:
        """The shared informer; it runs as soon as the factory does."""
        identity = (kind, namespace, label_selector, field_selector)
        found = self._informers.get(identity)
        if found is None:
            found = Informer(
                self._client,
                kind,
                namespace=namespace,
                label_selector=label_selector,
                field_selector=field_selector,
                clock=self._clock,
            )
            self._informers[identity] = found
            if self._group is not None:
                self._group.create_task(found.run(), name=f"informer {kind}")
        return found

    def existing(self, kind: str) -> Informer | None:
        """The informer of all objects of a resource, if somebody has asked for it."""
        return self._informers.get((kind, "", "", ""))

    async def run(self) -> None:
        """Run every informer, also those asked for later, until cancelled."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            for informer in self._informers.values():
                group.create_task(informer.run(), name=f"informer {informer.kind}")
            await asyncio.Event().wait()

    async def wait_synced(self) -> None:
        """Wait until every informer asked for so far has its first list."""
        for informer in list(self._informers.values()):
            await informer.wait_synced()
