"""The objects of a custom resource as one version shows them.

Every version has a cache of its own, fed from the same keys: the stored bytes may have been written in any version,
and under a schema that has changed since, so each object is brought into this version's shape when it comes in: the
schema that it was stored under drops what it does not know and fills in its defaults, and this version's schema drops
what it does not know. What needs no change keeps its bytes.

Counterpart: apiextensions-apiserver's crdConversionRESTOptionsGetter.
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from pybernetes.api.object import Json, deep_copy
from pybernetes.api.schema.structural import Structural
from pybernetes.api.schema.structural_pruning import fill_defaults, prune_object
from pybernetes.apiserver.cache.entry import encode, type_prefix
from pybernetes.apiserver.cache.resource_cache import ResourceCache
from pybernetes.apiserver.customresources.kind import CustomDefinition


class VersionCache(ResourceCache):
    """One version. Items of lists carry their type, as Kubernetes writes custom resources.

    `schemas` are those of all versions, by apiVersion.
    """

    reshapes = True

    def __init__(self, definition: CustomDefinition, schemas: Mapping[str, Structural]):
        assert definition.resource is not None, "a custom definition names its resource"
        super().__init__(definition.resource, definition)
        self.custom = definition
        self.schemas = schemas
        self.item_prefix = self.prefix
        self._storage_prefix = type_prefix(definition.storage_api_version, definition.resource.kind)

    def stored(self, obj: Json) -> bytes:
        return encode({**obj, "apiVersion": self.custom.storage_api_version})

    def in_stored_shape(self, obj: Json) -> Json:
        """An object that was read from the store, changed in place."""
        schema = self.schemas.get(obj["apiVersion"], self.custom.schema)
        prune_object(obj, schema)
        fill_defaults(obj, schema)
        return obj

    def _shown(self, value: bytes) -> tuple[bytes, int, Json | None]:
        obj: Json = orjson.loads(value)
        before = deep_copy(obj)
        self.in_stored_shape(obj)
        if obj["apiVersion"] == self.resource.api_version:
            if obj == before and value.startswith(self.prefix):
                return value, len(self.prefix), obj
        else:
            prune_object(obj, self.custom.schema)
            if obj == before and value.startswith(self._storage_prefix):
                obj["apiVersion"] = self.resource.api_version
                return value, len(self._storage_prefix), obj
        obj["apiVersion"], obj["kind"] = self.resource.api_version, self.resource.kind
        return encode(obj), len(self.prefix), obj
