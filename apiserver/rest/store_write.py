"""The one road into the store: encode, compare and swap, wait until the caches show it."""

from __future__ import annotations

from collections.abc import Awaitable

import orjson

from pybernetes.api.errors import OBJECT_MODIFIED, APIError, already_exists, conflict, failure
from pybernetes.api.object import Json, name_of, namespace_of, object_key
from pybernetes.apiserver.cache.entry import Entry
from pybernetes.apiserver.cache.resource_cache import Written
from pybernetes.apiserver.rest.context import Context
from pybernetes.apiserver.storage.interface import (
    KeyExists,
    KeyNotFound,
    RevisionMismatch,
    StoreError,
    StoreUnavailable,
)

_KUBERNETES_PLACES = {
    "endpoints": "services/endpoints",
    "events.events.k8s.io": "events",
    "ingresses.networking.k8s.io": "ingress",
    "nodes": "minions",
    "replicationcontrollers": "controllers",
    "services": "services/specs",
}
_GROUPS_WITH_PLACES = ("apiextensions.k8s.io", "apiregistration.k8s.io")


def store_key(context: Context, obj: Json) -> str:
    return context.cache.key_prefix + object_key(namespace_of(obj), name_of(obj))


def kubernetes_key(context: Context) -> str:
    """Where Kubernetes keeps the object that the path names: its errors say so."""
    resource, info = context.resource, context.info
    place = _KUBERNETES_PLACES.get(resource.qualified_name, resource.plural)
    if resource.group in _GROUPS_WITH_PLACES or not resource.is_built_in:
        place = f"{resource.group}/{resource.plural}"
    return f"/registry/{place}/{object_key(info.namespace if resource.namespaced else '', info.name)}"


async def insert(context: Context, obj: Json, *, ttl_seconds: int = 0) -> Entry:
    """Store a new object. Raises 409 AlreadyExists."""
    key, value = store_key(context, obj), await _stored(context, obj)
    try:
        _announce(context, key, value, obj, None, 0)
        revision = await _outcome(context, key, context.state.store.create(key, value, ttl_seconds=ttl_seconds))
    except KeyExists:
        raise already_exists(context.resource.plural, name_of(obj), context.resource.group) from None
    return await _shown(context, obj, revision)


async def replace(context: Context, obj: Json, old: Json, entry: Entry) -> Entry:
    """Store a new state of an object that is still as in `entry`, which is `old`. Raises 409 Conflict, 404."""
    key, value = store_key(context, obj), await _stored(context, obj)
    ttl = context.state.event_ttl_seconds if context.resource.plural == "events" else 0
    try:
        _announce(context, key, value, obj, old, entry.revision)
        store = context.state.store
        revision = await _outcome(
            context, key, store.update(key, value, expected_revision=entry.revision, ttl_seconds=ttl)
        )
    except RevisionMismatch:
        raise modified(context, name_of(obj)) from None
    except KeyNotFound:
        raise context.not_found(name_of(obj)) from None
    return await _shown(context, obj, revision)


async def remove(context: Context, obj: Json, old: Entry) -> int:
    """Remove an object that is still at `old`; the revision of the removal. Raises 409 Conflict, 404."""
    key = store_key(context, obj)
    try:
        revision = await context.state.store.delete(key, expected_revision=old.revision)
    except RevisionMismatch:
        raise modified(context, name_of(obj)) from None
    except KeyNotFound:
        raise context.not_found(name_of(obj)) from None
    except StoreUnavailable as error:
        raise unavailable(error) from error
    await context.state.cache.wait_for(revision)
    if context.hooks.after_delete is not None:
        await context.hooks.after_delete(context, obj)
    return revision


async def is_outdated(context: Context, obj: Json) -> bool:
    """Whether an object that stays as it is should be stored anew: in another version, shape or encryption."""
    key = store_key(context, obj)
    if context.state.is_stale(key):
        return True
    if not context.cache.reshapes:
        return False
    kept, value = await context.state.store.get(key), await _stored(context, obj)
    return kept is not None and orjson.loads(kept.value) != orjson.loads(value)


def modified(context: Context, name: str) -> APIError:
    """Somebody else's write came first."""
    return conflict(context.resource.plural, name, OBJECT_MODIFIED, context.resource.group)


def unavailable(error: StoreError) -> APIError:
    """The store did not answer, so the outcome of a write is unknown: 500 as kube-apiserver answers then."""
    return failure(500, "InternalError", f"the store is not available: {error}")


async def _stored(context: Context, obj: Json) -> bytes:
    """The bytes to store. Raises 500 where a webhook fails to convert."""
    cache = context.cache
    return await cache.storable(obj) if cache.converts else cache.stored(obj)


def _announce(context: Context, key: str, value: bytes, obj: Json, old: Json | None, replaced: int) -> None:
    """Tell the cache what is about to come, of a write that is sent at once."""
    written = Written(context.cache, value, context.cache.selector_fields(obj), obj, old, replaced)
    context.state.cache.expect(key, written)


async def _outcome(context: Context, key: str, write: Awaitable[int]) -> int:
    """The revision of a write that has been announced."""
    try:
        return await write
    except StoreUnavailable as error:
        raise unavailable(error) from error
    except BaseException:
        context.state.cache.unexpect(key)
        raise


async def _shown(context: Context, obj: Json, revision: int) -> Entry:
    """The entry that this write made, once the caches are there."""
    await context.state.cache.wait_for(revision)
    if context.cache.converts:
        await context.cache.settled(namespace_of(obj), name_of(obj))
    entry = context.cache.get(namespace_of(obj), name_of(obj))
    if entry is not None and entry.revision == revision:
        return entry
    return context.cache.entry_of(obj, revision)  # a later write came before we ran again
