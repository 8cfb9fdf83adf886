"""The API server's own state in memory, for tests of what reads it through `pybernetes.apiserver.reader.Reader`."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pybernetes.api.object import Json, key_of, namespace_of, object_key

Changed = Callable[[str, Json | None, Json | None], None]


class MemoryReader:
    """A `Reader` whose objects a test puts and deletes; subscribers hear of it at once."""

    def __init__(self, objects: Iterable[tuple[str, Json]] = ()):
        self._objects: dict[str, dict[str, Json]] = {}
        self._subscribers: dict[str, list[Changed]] = {}
        for resource, obj in objects:
            self.put(resource, obj)

    def get(self, resource: str, name: str, namespace: str = "") -> Json | None:
        return self._objects.get(resource, {}).get(object_key(namespace, name))

    def list(self, resource: str, namespace: str = "") -> Iterable[Json]:
        found = self._objects.get(resource, {}).values()
        return [obj for obj in found if not namespace or namespace_of(obj) == namespace]

    def subscribe(self, resource: str, changed: Changed) -> None:
        self._subscribers.setdefault(resource, []).append(changed)
        for key, obj in tuple(self._objects.get(resource, {}).items()):
            changed(key, obj, None)

    def put(self, resource: str, obj: Json) -> Json:
        """Create or replace an object."""
        key, objects = key_of(obj), self._objects.setdefault(resource, {})
        old = objects.get(key)
        objects[key] = obj
        for changed in self._subscribers.get(resource, ()):
            changed(key, obj, old)
        return obj

    def delete(self, resource: str, name: str, namespace: str = "") -> None:
        key = object_key(namespace, name)
        old = self._objects[resource].pop(key)
        for changed in self._subscribers.get(resource, ()):
            changed(key, None, old)
