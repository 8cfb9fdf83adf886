"""One copy of what many entries have in common: label sets, selectable fields, the names of namespaces.

The pods of a replica set have the same labels, and of a hundred thousand pods few have a value that no other has.
Kept once each, they cost an entry three pointers. The pools only find what is equal: forgetting them, which they do
when they are full, costs memory later and is never wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from sys import intern

_POOL_LIMIT = 4096  # 2 MB at most; equal label sets are written close to each other

_NO_LABELS: Mapping[str, str] = {}


class SharedValues:
    """The pools of one resource."""

    def __init__(self) -> None:
        self._labels: dict[tuple[tuple[str, str], ...], Mapping[str, str]] = {}
        self._fields: dict[tuple[str, ...], tuple[str, ...]] = {}

    def labels(self, given: Mapping[str, str]) -> Mapping[str, str]:
        """An equal mapping, the same for all that ask with equal ones in the same order."""
        if not given:
            return _NO_LABELS
        key = tuple(given.items())
        found = self._labels.get(key)
        if found is None:
            if len(self._labels) >= _POOL_LIMIT:
                self._labels.clear()
            found = self._labels[key] = {intern(name): intern(value) for name, value in key}
        return found

    def fields(self, given: tuple[str, ...]) -> tuple[str, ...]:
        found = self._fields.get(given)
        if found is None:
            if len(self._fields) >= _POOL_LIMIT:
                self._fields.clear()
            found = tuple(map(intern, given))
            self._fields[found] = found
        return found
