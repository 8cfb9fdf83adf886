"""The objects of one resource in memory, its recent history, and its watchers.

`apply` is the only way in. It changes the state, appends to the history and offers the event to every watcher, in
one step without awaiting, so that whoever registers between two steps sees each change exactly once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping

import orjson

from pybernetes.api.definition import Definition
from pybernetes.api.object import Json, name_of, namespace_of, object_key
from pybernetes.api.resources import Resource
from pybernetes.apiserver.cache.entry import Entry, body_at, decode, encode, type_prefix
from pybernetes.apiserver.cache.events import CacheEvent
from pybernetes.apiserver.cache.watcher import Watcher

HISTORY_EVENTS = 4096  # a watch that is cut comes back within seconds; older starts are read from the store

Subscriber = Callable[[str, Json | None, Json | None], None]
SelectorFields = tuple[Mapping[str, str], Mapping[str, str]]

_NONE: Mapping[str, str] = {}


class ResourceCache:
    """One resource. Keys are ``namespace/name``, or ``name`` for what has no namespace."""

    def __init__(self, resource: Resource, definition: Definition):
        self.resource = resource
        self.definition = definition
        self.prefix = type_prefix(resource.api_version, resource.kind)
        self.item_prefix = b"{"  # what an item of a list starts with: built-in kinds leave out what the list says
        self.key_prefix = f"/registry/{resource.qualified_name}/"
        self._entries: dict[str, Entry] = {}
        self._namespaces: dict[str, dict[str, Entry]] = {}
        self._sorted: dict[str, list[Entry]] = {}
        self._history: deque[CacheEvent] = deque(maxlen=HISTORY_EVENTS)
        self.history_after = 0
        self.watchers: set[Watcher] = set()
        self._subscribers: list[Subscriber] = []
        self.retired = False

    def __len__(self) -> int:
        return len(self._entries)

    # -- reading

    def get(self, namespace: str, name: str) -> Entry | None:
        return self._entries.get(object_key(namespace, name))

    def object(self, entry: Entry) -> Json:
        """A decoded copy that the caller may change."""
        return decode(self.prefix, entry.body)

    def shared(self, entry: Entry) -> Json:
        """The decoded object, one for all who ask: never to be changed. For the few objects that are read often."""
        if entry.shared is None:
            entry.shared = self.object(entry)
        return entry.shared

    def bytes_of(self, entry: Entry) -> bytes:
        """The object as JSON."""
        return self.prefix + entry.body

    def entries(self, namespace: str = "") -> list[Entry]:
        """All entries, or those of a namespace, in the order of their keys. Not to be changed."""
        found = self._sorted.get(namespace)
        if found is None:
            source = self._namespaces.get(namespace, {}) if namespace else self._entries
            found = self._sorted[namespace] = [source[key] for key in sorted(source)]
        return found

    def events_after(self, revision: int) -> Iterator[CacheEvent] | None:
        """The events after a revision, or None if the history does not reach that far back."""
        if revision < self.history_after:
            return None
        return (event for event in self._history if event.revision > revision)

    def stored(self, obj: Json) -> bytes:
        """The bytes to store for an object."""
        return encode(obj)

    # -- subscribing

    def subscribe(self, changed: Subscriber) -> None:
        """Call `changed(key, new, old)` for each object now and for each change."""
        self._subscribers.append(changed)
        for key, entry in list(self._entries.items()):
            changed(key, self.object(entry), None)

    # -- changing

    def load(self, key: str, value: bytes, revision: int) -> None:
        """Put an object that was there before anyone watched."""
        entry = self._entry(key, value, revision, None)
        self._put(key, entry)
        for subscriber in self._subscribers:
            subscriber(key, self.object(entry), None)

    def forget_all(self) -> None:
        self._entries.clear()
        self._namespaces.clear()
        self._sorted.clear()
        self._history.clear()

    def all_keys(self) -> list[str]:
        return list(self._entries)

    def revision_of(self, key: str) -> int:
        entry = self._entries.get(key)
        return entry.revision if entry is not None else 0

    def apply_put(self, key: str, value: bytes, revision: int, known: SelectorFields | None) -> None:
        """An object was written. `known` are its selector fields if the writer was here."""
        entry = self._entry(key, value, revision, known)
        old = self._entries.get(key)
        self._put(key, entry)
        self._announce(key, CacheEvent(self.prefix, entry, old, revision))

    def apply_delete(self, key: str, revision: int) -> None:
        """An object was removed."""
        old = self._entries.pop(key, None)
        if old is None:
            return
        self._sorted.pop("", None)
        if old.namespace:
            self._sorted.pop(old.namespace, None)
            held = self._namespaces[old.namespace]
            del held[key]
            if not held:
                del self._namespaces[old.namespace]
        self._announce(key, CacheEvent(self.prefix, None, old, revision))

    def _put(self, key: str, entry: Entry) -> None:
        self._entries[key] = entry
        self._sorted.pop("", None)
        if entry.namespace:
            self._namespaces.setdefault(entry.namespace, {})[key] = entry
            self._sorted.pop(entry.namespace, None)

    def _entry(self, key: str, value: bytes, revision: int, known: SelectorFields | None) -> Entry:
        namespace, _, name = key.rpartition("/")
        labels, fields = known if known is not None else self.selector_fields(orjson.loads(value))
        return Entry(namespace, name, revision, body_at(value, len(self.prefix), revision), labels, fields)

    def entry_at(self, key: str, value: bytes, revision: int) -> Entry:
        """The entry of stored bytes, of now or of the past."""
        return self._entry(key, value, revision, None)

    def entry_of(self, obj: Json, revision: int) -> Entry:
        """The entry of an object as it was written at a revision, whether or not it is still current."""
        labels, fields = self.selector_fields(obj)
        body = body_at(encode(obj), len(self.prefix), revision)
        return Entry(namespace_of(obj), name_of(obj), revision, body, labels, fields)

    def selector_fields(self, obj: Json) -> SelectorFields:
        """What selectors need of an object: its labels and the fields that the kind lets be selected."""
        labels = obj["metadata"].get("labels") or _NONE
        getters = self.definition.fields
        fields = {name: getter(obj) for name, getter in getters.items()} if getters else _NONE
        return labels, fields

    def _announce(self, key: str, event: CacheEvent) -> None:
        if len(self._history) == HISTORY_EVENTS:
            self.history_after = self._history[0].revision
        self._history.append(event)
        for watcher in self.watchers:
            watcher.offer(event)
        if self._subscribers:
            new = self.object(event.new) if event.new is not None else None
            old = self.object(event.old) if event.old is not None else None
            for subscriber in self._subscribers:
                subscriber(key, new, old)

    def retire(self) -> None:
        """End all watches, now and later: another cache has taken over, or the resource is no more."""
        self.retired = True
        for watcher in self.watchers:
            watcher.dropped.set()

    def flush(self) -> None:
        """Send what the watchers have pending. A dropped watcher's request ends it itself."""
        for watcher in self.watchers:
            watcher.flush()
