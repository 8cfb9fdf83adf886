"""The objects of one resource in memory, its recent history, and its watchers.

`apply` is the only way in. It changes the state, appends to the history and offers the event to every watcher, in
one step without awaiting, so that whoever registers between two steps sees each change exactly once.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from sys import intern
from time import monotonic

import orjson

from pybernetes.api.definition import Definition
from pybernetes.api.go_json import escaped
from pybernetes.api.object import Json, name_of, namespace_of, object_key
from pybernetes.api.resources import Resource
from pybernetes.apiserver.cache.collection import Collection, in_order
from pybernetes.apiserver.cache.entry import Entry, body_at, decode, encode, type_prefix
from pybernetes.apiserver.cache.events import CacheEvent
from pybernetes.apiserver.cache.selection import Selection
from pybernetes.apiserver.cache.shared_values import SharedValues
from pybernetes.apiserver.cache.watcher import Watcher

log = logging.getLogger(__name__)

HISTORY_EVENTS = 4096  # a watch that is cut comes back within seconds; older starts are read from the store
_LONG_FLUSH_SECONDS = 0.001  # some fifty readers; below that, nobody is kept waiting
_MAX_REST_SECONDS = 0.01  # what an event may be late for the sake of fewer writes
MAX_PASTS = 4  # lists of which pages are still to come; their old entries are those of the history

Subscriber = Callable[[str, Json | None, Json | None], None]
SelectorFields = tuple[Mapping[str, str], tuple[str, ...]]  # labels, and the selectable fields in their order


@dataclass(slots=True)
class Written:
    """What a writer knows of the object that it stores, so that nobody has to decode it again.

    `new` is the object and `old` the state that it replaces, of revision `replaced`, in the version of `cache`; neither
    is changed any more.
    """

    cache: ResourceCache
    value: bytes
    known: SelectorFields
    new: Json
    old: Json | None
    replaced: int


def _at(obj: Json, entry: Entry) -> Json:
    """The object with the version of its entry."""
    return {**obj, "metadata": {**obj["metadata"], "resourceVersion": str(entry.revision)}}


class ResourceCache:
    """One resource. Keys are ``namespace/name``, or ``name`` for what has no namespace.

    One that `converts` asks somebody else to bring objects into its version, which takes time. Whoever reads it waits
    until it has `settled`, and brings what comes from the store through `readable` first.
    """

    converts = False
    reshapes = False  # whether what it shows may differ from what is stored

    def __init__(self, resource: Resource, definition: Definition):
        self.resource = resource
        self.definition = definition
        self.prefix = type_prefix(resource.api_version, resource.kind)
        self.item_prefix = b"{"  # what an item of a list starts with: built-in kinds leave out what the list says
        self.key_prefix = f"/registry/{resource.qualified_name}/"
        self._collection = Collection()
        self._shared_values = SharedValues()
        self._history: deque[CacheEvent] = deque(maxlen=HISTORY_EVENTS)
        self._pasts: dict[tuple[str, int], list[Entry]] = {}
        self.history_after = 0
        self.watchers: set[Watcher] = set()
        self._subscribers: list[Subscriber] = []
        self.retired = False
        self._flush_timer: asyncio.TimerHandle | None = None
        self._rest_until = 0.0

    def __len__(self) -> int:
        return len(self._collection)

    # -- reading

    def get(self, namespace: str, name: str) -> Entry | None:
        return self._collection.get(namespace, name)

    def object(self, entry: Entry) -> Json:
        """A decoded copy that the caller may change."""
        return decode(self.prefix, entry.body)

    def shared(self, entry: Entry) -> Json:
        """The decoded object, one for all who ask: never to be changed. For the few objects that are read often."""
        if entry.shared is None:
            entry.shared = self.object(entry)
        return entry.shared

    def bytes_of(self, entry: Entry) -> bytes:
        """The object as JSON, as it is answered: Go ends it with a newline."""
        return b"".join((self.prefix, entry.body, b"\n"))

    def entries(self, namespace: str = "") -> list[Entry]:
        """All entries, or those of a namespace, in the order of their keys. Not to be changed."""
        return self._collection.entries(namespace)

    def select(self, namespace: str, selection: Selection) -> list[Entry]:
        """Those of `entries(namespace)` that match. Not to be changed."""
        return self._collection.select(namespace, selection)

    def entries_at(self, namespace: str, revision: int) -> list[Entry] | None:
        """`entries` as they were at a revision that is not in the future; None if the history does not reach that far.

        The pages of a list ask for the same revision one after the other, so what was made for one serves the next.
        """
        if revision < self.history_after:
            return None
        before: dict[tuple[str, str], Entry | None] = {}
        for event in reversed(self._history):
            if event.revision <= revision:
                break
            subject = event.subject
            if not namespace or subject.namespace == namespace:
                before[subject.namespace, subject.name] = event.old
        if not before:
            return self.entries(namespace)
        for past in [past for past in self._pasts if past[1] < self.history_after]:
            del self._pasts[past]
        found = self._pasts.get((namespace, revision))
        if found is None:
            while len(self._pasts) >= MAX_PASTS:
                del self._pasts[next(iter(self._pasts))]
            untouched = [entry for entry in self.entries(namespace) if (entry.namespace, entry.name) not in before]
            found = in_order([*untouched, *(entry for entry in before.values() if entry is not None)])
            self._pasts[namespace, revision] = found
        return found

    def events_after(self, revision: int) -> Iterator[CacheEvent] | None:
        """The events after a revision, or None if the history does not reach that far back."""
        if revision < self.history_after:
            return None
        return (event for event in self._history if event.revision > revision)

    def stored(self, obj: Json) -> bytes:
        """The bytes to store for an object."""
        return encode(obj)

    async def storable(self, obj: Json) -> bytes:
        """The same, of a cache that converts."""
        return self.stored(obj)

    async def settled(self, namespace: str = "", name: str = "") -> None:
        """Wait until all that came in is shown."""

    def shown_until(self, revision: int) -> int:
        """Up to which revision all is shown, where the store is at a revision."""
        return revision

    async def readable(self, values: Sequence[bytes]) -> list[bytes]:
        """Stored bytes as `entry_at` takes them."""
        return list(values)

    # -- subscribing

    def subscribe(self, changed: Subscriber) -> None:
        """Call `changed(key, new, old)` for each object now and for each change."""
        self._subscribers.append(changed)
        for entry in list(self._collection):
            changed(object_key(entry.namespace, entry.name), self.object(entry), None)

    # -- changing

    def load(self, key: str, value: bytes, revision: int) -> None:
        """Put an object that was there before anyone watched."""
        value, prefix_length, obj = self._shown(value)
        if obj is None:
            obj = orjson.loads(value)
        body = body_at(value, prefix_length, revision)
        self._collection.put(self._made(key, revision, body, self.selector_fields(obj)))
        if self._subscribers:
            obj["metadata"]["resourceVersion"] = str(revision)
            self._tell(key, obj, None)

    def all_keys(self) -> list[str]:
        return [object_key(entry.namespace, entry.name) for entry in self._collection]

    def revision_of(self, key: str) -> int:
        namespace, _, name = key.rpartition("/")
        entry = self._collection.get(namespace, name)
        return entry.revision if entry is not None else 0

    def apply_put(self, key: str, value: bytes, revision: int, written: Written | None) -> None:
        """An object was written. `written` is what the writer knows of it, if it was here."""
        known = written.known if written is not None and written.cache is self else None
        entry = self._entry(key, value, revision, known)
        old = self._collection.put(entry)
        self._announce(key, CacheEvent(self.prefix, entry, old, revision), written)

    def apply_delete(self, key: str, revision: int) -> None:
        """An object was removed."""
        namespace, _, name = key.rpartition("/")
        old = self._collection.remove(namespace, name)
        if old is not None:
            self._announce(key, CacheEvent(self.prefix, None, old, revision))

    def _shown(self, value: bytes) -> tuple[bytes, int, Json | None]:
        """Stored bytes as this cache shows them, the length of their prefix, and the object if it was decoded."""
        return value, len(self.prefix), None

    def _entry(self, key: str, value: bytes, revision: int, known: SelectorFields | None) -> Entry:
        value, prefix_length, obj = self._shown(value)
        if known is None or obj is not None:
            known = self.selector_fields(orjson.loads(value) if obj is None else obj)
        return self._made(key, revision, body_at(value, prefix_length, revision), known)

    def _made(self, key: str, revision: int, body: bytes, known: SelectorFields) -> Entry:
        namespace, _, name = key.rpartition("/")
        old = self._collection.get(namespace, name)
        shared = self._shared_values
        return Entry(
            intern(namespace),
            name if old is None else old.name,  # the key of the dictionary and the name are one string
            revision,
            body,
            shared.labels(known[0]),
            shared.fields(known[1]),
        )

    def entry_at(self, key: str, value: bytes, revision: int) -> Entry:
        """The entry of stored bytes, of now or of the past."""
        return self._entry(key, value, revision, None)

    def entry_of(self, obj: Json, revision: int) -> Entry:
        """The entry of an object as it was written at a revision, whether or not it is still current.

        Revision 0 is that of an object that was not written: it says none.
        """
        labels, fields = self.selector_fields(obj)
        value = encode(obj)
        body = body_at(value, len(self.prefix), revision) if revision else escaped(value[len(self.prefix) :])
        return Entry(namespace_of(obj), name_of(obj), revision, body, labels, fields)

    def selector_fields(self, obj: Json) -> SelectorFields:
        """What selectors need of an object: its labels and the fields that the kind lets be selected."""
        labels = obj["metadata"].get("labels") or {}
        getters = self.definition.fields
        return labels, tuple([getter(obj) for getter in getters.values()]) if getters else ()

    def _announce(self, key: str, event: CacheEvent, written: Written | None = None) -> None:
        if len(self._history) == HISTORY_EVENTS:
            self.history_after = self._history[0].revision
        self._history.append(event)
        for watcher in self.watchers:
            watcher.offer(event)
        if self._subscribers:
            new, old = self._states(event, written)
            self._tell(key, new, old)

    def _tell(self, key: str, new: Json | None, old: Json | None) -> None:
        """Tell every subscriber. One that fails is logged: an object that it chokes on must not end the server."""
        for subscriber in self._subscribers:
            try:
                subscriber(key, new, old)
            except Exception:
                log.exception(
                    "a follower of the cache failed", extra={"resource": self.resource.qualified_name, "key": key}
                )

    def _states(self, event: CacheEvent, written: Written | None) -> tuple[Json | None, Json | None]:
        """The object after and before an event, decoded unless its writer was here."""
        if written is not None and written.cache is self and event.new is not None:
            if event.old is None and written.old is None:
                return _at(written.new, event.new), None
            if event.old is not None and written.old is not None and event.old.revision == written.replaced:
                return _at(written.new, event.new), _at(written.old, event.old)
        new = self.object(event.new) if event.new is not None else None
        old = self.object(event.old) if event.old is not None else None
        return new, old

    def retire(self) -> None:
        """End all watches, now and later: another cache has taken over, or the resource is no more."""
        self.retired = True
        for watcher in self.watchers:
            watcher.dropped.set()

    def flush(self) -> None:
        """Send what the watchers have pending, now or, after a flush that took long, once it has rested as long.

        A write to a reader costs the same for one event as for twenty. Where hundreds watch, resting lets events
        gather, and leaves half of the time to those who make them. A dropped watcher's request ends it itself.
        """
        if not self.watchers or self._flush_timer is not None:
            return
        rest_seconds = self._rest_until - monotonic()
        if rest_seconds > 0:
            self._flush_timer = asyncio.get_running_loop().call_later(rest_seconds, self._flush_now)
        else:
            self._flush_now()

    def _flush_now(self) -> None:
        self._flush_timer = None
        started = monotonic()
        for watcher in self.watchers:
            watcher.flush()
        ended = monotonic()
        if ended - started > _LONG_FLUSH_SECONDS:
            self._rest_until = ended + min(ended - started, _MAX_REST_SECONDS)
