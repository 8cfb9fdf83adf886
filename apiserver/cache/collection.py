"""The entries of one resource: by namespace and name, in the order of their keys, and by what selectors ask for.

An entry stands in one place, the dictionary of its namespace; names are the keys there, so that no key is kept beside
them. The sorted lists are made when they are asked for and kept until something in them changes: a write costs its own
namespace's list, and that is made again without sorting unless a name came or went.

An index maps the values of one label or field to the entries that have it. It is built when a selector first asks
for equality on that label or field, and from then on kept current by every change; a list of 10 among 10,000 then
looks at 10. At most `MAX_INDEXES` are kept, and the one that was asked for longest ago goes first.

Order is that of the keys ``namespace/name`` as the store sorts them, so that pages from here and from there agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pybernetes.apiserver.cache.entry import Entry
from pybernetes.apiserver.cache.selection import Equality, Selection

MAX_INDEXES = 16
INDEXED_FROM = 64  # below, looking at all costs less than keeping an index
_SCAN_SHARE = 4  # candidates that are more than a quarter of all are found by looking at all, which needs no sorting


class _Namespace:
    """The entries of one namespace, or of a resource that has none.

    `_names` is sorted; with `_came` and without `_went` it has the keys of `by_name`.
    """

    __slots__ = ("_came", "_names", "_ordered", "_went", "by_name")

    def __init__(self) -> None:
        self.by_name: dict[str, Entry] = {}
        self._names: list[str] = []
        self._came: dict[str, None] = {}
        self._went: set[str] = set()
        self._ordered: list[Entry] | None = None

    def put(self, entry: Entry) -> Entry | None:
        name = entry.name
        old = self.by_name.get(name)
        if old is None:
            if name in self._went:
                self._went.discard(name)
            else:
                self._came[name] = None
        self.by_name[name] = entry
        self._ordered = None
        return old

    def remove(self, name: str) -> Entry | None:
        old = self.by_name.pop(name, None)
        if old is not None:
            if name in self._came:
                del self._came[name]
            else:
                self._went.add(name)
            self._ordered = None
        return old

    def in_order(self) -> list[Entry]:
        if self._ordered is None:
            if self._went:
                self._names = [name for name in self._names if name not in self._went]
                self._went = set()
            if self._came:
                self._names += self._came
                self._names.sort()  # a long sorted run and a short tail: little more than looking at each
                self._came = {}
            by_name = self.by_name
            self._ordered = [by_name[name] for name in self._names]
        return self._ordered


class Collection:
    """Every change goes through `put` and `remove`."""

    def __init__(self) -> None:
        self._namespaces: dict[str, _Namespace] = {}
        self._order: list[str] | None = None  # of the namespaces
        self._all: list[Entry] | None = None
        self._indexes: dict[Equality, dict[str, set[Entry]]] = {}
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Entry]:
        for shelf in self._namespaces.values():
            yield from shelf.by_name.values()

    def get(self, namespace: str, name: str) -> Entry | None:
        shelf = self._namespaces.get(namespace)
        return shelf.by_name.get(name) if shelf is not None else None

    def entries(self, namespace: str = "") -> list[Entry]:
        """All entries, or those of a namespace, in the order of their keys. Not to be changed."""
        if namespace:
            shelf = self._namespaces.get(namespace)
            return shelf.in_order() if shelf is not None else []
        if self._all is None:
            if self._order is None:
                self._order = sorted(self._namespaces, key=lambda name: name + "/")
            shelves = [self._namespaces[name].in_order() for name in self._order]
            self._all = shelves[0] if len(shelves) == 1 else [entry for shelf in shelves for entry in shelf]
        return self._all

    def select(self, namespace: str, selection: Selection) -> list[Entry]:
        """The entries of `entries(namespace)` that match. Not to be changed."""
        if selection.matches_all:
            return self.entries(namespace)
        if selection.name and (namespace or "" in self._namespaces):
            entry = self.get(namespace, selection.name)
            return [entry] if entry is not None and selection.matches(entry) else []
        candidates = self._candidates(namespace, selection)
        matches = selection.matches
        if candidates is None:
            return [entry for entry in self.entries(namespace) if matches(entry)]
        return in_order(
            [entry for entry in candidates if matches(entry) and (not namespace or entry.namespace == namespace)]
        )

    def put(self, entry: Entry) -> Entry | None:
        """Add an entry or take the place of the one of the same name, which is given."""
        shelf = self._namespaces.get(entry.namespace)
        if shelf is None:
            shelf = self._namespaces[entry.namespace] = _Namespace()
            self._order = None
        old = shelf.put(entry)
        if old is None:
            self._size += 1
        self._all = None
        for equality, index in self._indexes.items():
            value, before = equality.value(entry), equality.value(old) if old is not None else None
            if before is not None:
                _discard(index, before, old)
            if value is not None:
                index.setdefault(value, set()).add(entry)
        return old

    def remove(self, namespace: str, name: str) -> Entry | None:
        """Take an entry out and give it, None if there is none."""
        shelf = self._namespaces.get(namespace)
        old = shelf.remove(name) if shelf is not None else None
        if shelf is None or old is None:
            return None
        self._size -= 1
        self._all = None
        if not shelf.by_name:
            del self._namespaces[namespace]
            self._order = None
        for equality, index in self._indexes.items():
            value = equality.value(old)
            if value is not None:
                _discard(index, value, old)
        return old

    def _candidates(self, namespace: str, selection: Selection) -> Iterable[Entry] | None:
        """All entries that can match, and some others; None when looking at all is as good."""
        if not selection.equalities or self._size < INDEXED_FROM:
            return None
        shelf = self._namespaces.get(namespace) if namespace else None
        most = (len(shelf.by_name) if shelf is not None else self._size if not namespace else 0) // _SCAN_SHARE
        best: list[set[Entry]] | None = None
        least = most + 1
        for equality, values in selection.equalities:
            index = self._index(equality)
            found = [index[value] for value in values if value in index]
            size = sum(map(len, found))
            if size < least:
                best, least = found, size
        if best is None:
            return None
        return best[0] if len(best) == 1 else [entry for one in best for entry in one]

    def _index(self, equality: Equality) -> dict[str, set[Entry]]:
        index = self._indexes.pop(equality, None)
        if index is None:
            index = {}
            for entry in self:
                value = equality.value(entry)
                if value is not None:
                    index.setdefault(value, set()).add(entry)
            while len(self._indexes) >= MAX_INDEXES:
                del self._indexes[next(iter(self._indexes))]
        self._indexes[equality] = index  # at the end: asked for last
        return index


def in_order(entries: list[Entry]) -> list[Entry]:
    """The entries in the order of their keys."""
    return sorted(entries, key=lambda entry: (f"{entry.namespace}/", entry.name))


def _discard(index: dict[str, set[Entry]], value: str, entry: Entry | None) -> None:
    held = index.get(value)
    if held is not None and entry is not None:
        held.discard(entry)
        if not held:
            del index[value]
