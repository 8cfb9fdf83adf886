"""The end of a definition: it is held by a finalizer until no object of it is left.

    marked → every object is deleted, as a client would → (those with finalizers of their own are waited for)
           → the resource is withdrawn → what slipped in meanwhile is taken out of the store → the finalizer goes

Counterpart: apiextensions-apiserver/pkg/controller/finalizer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from pybernetes.api.apiextensions.validation import CLEANUP_FINALIZER
from pybernetes.api.errors import APIError, is_not_found
from pybernetes.api.object import Json
from pybernetes.apiserver.cache.entry import Entry
from pybernetes.apiserver.cache.resource_cache import ResourceCache
from pybernetes.apiserver.customresources.naming import terminating
from pybernetes.apiserver.http import Request
from pybernetes.apiserver.paths import PathInfo
from pybernetes.apiserver.rest.context import Context
from pybernetes.apiserver.rest.delete import delete_object
from pybernetes.apiserver.rest.delete_options import Options
from pybernetes.apiserver.state import State
from pybernetes.apiserver.storage.interface import KeyNotFound, RevisionMismatch
from pybernetes.apiserver.user import User

_AT_ONCE = 16
_PAGE_KEYS = 1000
IN_PROGRESS = ("InstanceDeletionInProgress", "CustomResource deletion is in progress")
COMPLETED = ("InstanceDeletionCompleted", "removed all instances")


def before_delete(context: Context, crd: Json) -> None:
    """Hold the definition until its objects are gone, and say so."""
    metadata = crd["metadata"]
    if metadata.get("deletionTimestamp"):
        return
    if CLEANUP_FINALIZER not in (metadata.get("finalizers") or ()):
        metadata["finalizers"] = [*(metadata.get("finalizers") or ()), CLEANUP_FINALIZER]
    message = "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon"
    crd["status"] = terminating(crd, "InstanceDeletionPending", message, context.state.timestamp())


async def delete_objects(state: State, cache: ResourceCache, user: User) -> int:
    """Ask every object to go; how many are left that something holds. Raises the first `APIError` of a delete."""
    await state.cache.catch_up()
    await cache.settled()
    limit = asyncio.Semaphore(_AT_ONCE)

    async def one(entry: Entry) -> None:
        resource = cache.resource
        info = PathInfo(resource.group, resource.version, entry.namespace, resource.plural, entry.name)
        request = Request("DELETE", resource.path(entry.namespace, entry.name), {}, {}, b"", user=user)
        async with limit:
            await delete_object(Context(state, request, info, user, cache), Options(admitted=True))

    waiting: Sequence[Entry] = [entry for entry in cache.entries() if b'"deletionTimestamp":' not in entry.body]
    results = await asyncio.gather(*(one(entry) for entry in waiting), return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException) and not (isinstance(result, APIError) and is_not_found(result)):
            raise result
    return len(cache)


async def clear_keys(state: State, prefix: str) -> None:
    """Take out of the store what was created while the resource was being withdrawn."""
    while True:
        page = await state.store.list(prefix, limit=_PAGE_KEYS)
        for item in page.items:
            try:
                await state.store.delete(item.key, expected_revision=item.revision)
            except (KeyNotFound, RevisionMismatch):
                continue
        if not page.remaining:
            return
