"""The objects of one resource as another version, or another group, shows them.

    autoscaling/v1 HorizontalPodAutoscaler    stored as autoscaling/v2
    events.k8s.io/v1 Event                    stored as v1

It is fed from the same keys as the cache of the resource that is stored: what comes in is brought into this version,
and what is written here goes to the store in that one, so that both see each change at the same revision.
"""

from __future__ import annotations

import orjson

from pybernetes.api.definition import Definition, StoredAs
from pybernetes.api.object import Json
from pybernetes.api.resources import Resource
from pybernetes.apiserver.cache.entry import encode
from pybernetes.apiserver.cache.resource_cache import ResourceCache


class ConvertedCache(ResourceCache):
    """One version that the store does not have."""

    def __init__(self, resource: Resource, definition: Definition, stored_as: StoredAs):
        super().__init__(resource, definition)
        self.key_prefix = f"/registry/{stored_as.resource}/"
        self._stored_as = stored_as

    def stored(self, obj: Json) -> bytes:
        return encode(self._stored_as.to_stored(obj))

    def _shown(self, value: bytes) -> tuple[bytes, int, Json | None]:
        obj = self._stored_as.from_stored(orjson.loads(value))
        return encode(obj), len(self.prefix), obj
