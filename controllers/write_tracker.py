"""What a controller wrote and its cache does not show yet, for objects of which it keeps several at once.

A controller that plans over all slices of a service must see its own last writes, or it would plan the same ones
again. Until its informer has caught up, it waits: the event that brings the cache up to date also brings the key
back. Versions of one cluster are whole numbers that only grow. Counterpart: EndpointSliceTracker.
"""

from __future__ import annotations

from pybernetes.api.object import Json, is_deleting, key_of, resource_version_of, uid_of
from pybernetes.client.informer import Informer


class WriteTracker:
    """By the key of what is reconciled: the objects that were written for it."""

    def __init__(self, informer: Informer):
        self._informer = informer
        self._written: dict[str, dict[str, int]] = {}
        self._deleted: dict[str, set[str]] = {}

    def wrote(self, key: str, obj: Json) -> None:
        self._written.setdefault(key, {})[key_of(obj)] = int(resource_version_of(obj))

    def deleted(self, key: str, obj: Json) -> None:
        self._deleted.setdefault(key, set()).add(uid_of(obj))
        self._written.get(key, {}).pop(key_of(obj), None)

    def seen_deletion(self, obj: Json) -> None:
        """The informer has seen the object go: whoever wrote it last need not wait for it."""
        for written in self._written.values():
            written.pop(key_of(obj), None)

    def caught_up(self, key: str, cached: list[Json]) -> bool:
        """Whether the cache shows all writes for the key. `cached` are its objects in the cache."""
        written = self._written.get(key)
        if written:
            for name in [name for name, version in written.items() if self._version(name) >= version]:
                del written[name]
            if written:
                return False
        self._written.pop(key, None)
        gone = self._deleted.get(key)
        if gone:
            gone &= {uid_of(obj) for obj in cached if not is_deleting(obj)}
            if gone:
                return False
        self._deleted.pop(key, None)
        return True

    def forget(self, key: str) -> None:
        self._written.pop(key, None)
        self._deleted.pop(key, None)

    def _version(self, name: str) -> int:
        obj = self._informer.get(name)
        return int(resource_version_of(obj)) if obj is not None else -1
