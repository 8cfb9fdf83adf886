"""Follows the definitions of custom resources and serves what they declare.

Each definition is reconciled on its own, one after the other: names are accepted, the resource is served, and then
the definition says that it is established, so that whoever reads that can use it. A failure is logged and the
definition looked at again. Every API server does this for itself; a status is written by whoever is first.

Counterpart: apiextensions-apiserver's crdHandler and its controllers.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from pybernetes.api.apiextensions.validation import CLEANUP_FINALIZER
from pybernetes.api.errors import APIError, is_conflict, is_not_found, method_not_allowed
from pybernetes.api.object import Json, deep_copy
from pybernetes.api.resources import Resource
from pybernetes.apiserver.customresources.conversion_webhook import ConversionWebhook
from pybernetes.apiserver.customresources.converting_cache import ConvertingCache
from pybernetes.apiserver.customresources.kind import CustomDefinition, definitions_of
from pybernetes.apiserver.customresources.naming import (
    ESTABLISHED,
    NAMES_ACCEPTED,
    TERMINATING,
    condition_is_true,
    status_of,
    terminating,
)
from pybernetes.apiserver.customresources.removal import COMPLETED, IN_PROGRESS, clear_keys, delete_objects
from pybernetes.apiserver.customresources.scale import HANDLERS
from pybernetes.apiserver.customresources.version_cache import VersionCache
from pybernetes.apiserver.resources.hooks import Hooks, Undo
from pybernetes.apiserver.rest.context import Context
from pybernetes.apiserver.state import State
from pybernetes.apiserver.storage.interface import StoreError
from pybernetes.apiserver.user import User

log = logging.getLogger(__name__)

DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io"
EXTENSION = "custom resources"
_PATH = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_FOLLOW_SECONDS = 1.0  # a look takes milliseconds; what takes longer has failed, and is looked at again by itself
_AGAIN_SECONDS = 1.0  # for objects whose finalizers hold them, and after a failure

Submit = Callable[[str, str, Json | None], Awaitable[Json]]


class Shown(Protocol):
    """What tells clients which resources there are."""

    def show(self, resources: Sequence[Resource]) -> None: ...


class CustomResources:
    """The custom resources of one server. Keys are names of definitions, which are the resources' qualified names."""

    def __init__(self, state: State, submit: Submit, user: User, built_in: Sequence[Resource], shown: Sequence[Shown]):
        self._state, self._submit, self._user = state, submit, user
        self._built_in, self._shown = tuple(built_in), shown
        self._served: dict[str, Json] = {}  # what of each definition the caches were made from
        self._resources: dict[str, list[Resource]] = {}
        self._queue: asyncio.Queue[str] = asyncio.Queue()
        self._queued: set[str] = set()
        self._later: set[str] = set()
        self._looked = asyncio.Event()  # set at the end of a look at a definition, and then another one
        state.extensions[EXTENSION] = self

    async def followed(self, crd: Json) -> None:
        """Wait until what is served is what an established definition says, but not for long.

        Whoever changes a definition and then writes an object finds the new definition in force.
        """
        name, wanted = _name(crd), _wanted(crd)
        try:
            async with asyncio.timeout(_FOLLOW_SECONDS):
                while self._served.get(name) != wanted:
                    await self._looked.wait()
        except TimeoutError:
            log.warning("a changed definition is not served yet", extra={"crd": name})

    async def arrived(self, name: str) -> None:
        """Wait until a resource is served that was established by now, perhaps by another server."""
        await self._state.cache.catch_up()
        crd = self._state.cache.get(DEFINITIONS, name)
        if crd is not None and condition_is_true(crd, ESTABLISHED):
            await self.followed(crd)

    async def load(self) -> None:
        """Serve what was established before this server started."""
        for crd in self._state.cache.list(DEFINITIONS):
            if condition_is_true(crd, ESTABLISHED):
                try:
                    await self._serve(crd)
                except ValueError as error:
                    log.error("a definition cannot be served", extra={"crd": _name(crd), "error": str(error)})

    async def run(self) -> None:
        """Reconcile definitions as they change, until cancelled."""
        self._state.cache.subscribe(DEFINITIONS, lambda key, new, old: self._add(key))
        async with asyncio.TaskGroup() as group:
            while True:
                name = await self._queue.get()
                self._queued.discard(name)
                delay = await self._attempt(name)
                self._looked.set()
                self._looked = asyncio.Event()
                if delay and name not in self._later:
                    self._later.add(name)
                    group.create_task(self._add_later(name, delay), name=f"look again at {name}")

    def _add(self, name: str) -> None:
        if name not in self._queued:
            self._queued.add(name)
            self._queue.put_nowait(name)

    async def _add_later(self, name: str, seconds: float) -> None:
        await self._state.clock.sleep(seconds)
        self._later.discard(name)
        self._add(name)

    async def _attempt(self, name: str) -> float:
        """Reconcile; the seconds until the next look, 0 when only a change calls for one."""
        try:
            return await self.reconcile(name)
        except APIError as error:
            if is_conflict(error) or is_not_found(error):
                return 0.0 if is_not_found(error) else _AGAIN_SECONDS
            log.warning("a definition could not be seen to", extra={"crd": name, "error": str(error)})
        except (StoreError, ValueError) as error:
            log.warning("a definition could not be seen to", extra={"crd": name, "error": str(error)})
        return _AGAIN_SECONDS

    async def reconcile(self, name: str) -> float:
        """Bring what is served, and the definition's status, to what the definition says."""
        crd = self._state.cache.get(DEFINITIONS, name)
        if crd is None:
            self._withdraw(name)
            return 0.0
        if crd["metadata"].get("deletionTimestamp"):
            return await self._remove(crd)
        others = self._state.cache.list(DEFINITIONS)
        status = status_of(crd, others, self._built_in, self._state.timestamp())
        if any(condition_is_true({"status": status}, one) for one in (NAMES_ACCEPTED, ESTABLISHED)):
            await self._serve({**crd, "status": status})
        if status != crd.get("status"):
            await self._write_status(crd, status)
        return 0.0

    async def _serve(self, crd: Json) -> None:
        """Put caches in place for every version, unless those that are there fit."""
        name = _name(crd)
        wanted = _wanted(crd)
        if self._served.get(name) == wanted:
            return
        definitions = definitions_of(crd)
        self._state.hooks[name] = Hooks(before_create=self._refuse_while_terminating, handlers=HANDLERS)
        await self._state.cache.install(self._caches(crd, definitions))
        self._served[name] = deep_copy(wanted)
        self._resources[name] = [one.resource for one in definitions if one.served and one.resource is not None]
        self._show()

    def _caches(self, crd: Json, definitions: Sequence[CustomDefinition]) -> list[VersionCache]:
        schemas = {one.resource.api_version: one.schema for one in definitions if one.resource is not None}
        conversion = crd["spec"].get("conversion") or {}
        if conversion.get("strategy") != "Webhook":
            return [VersionCache(one, schemas) for one in definitions]
        webhook = ConversionWebhook(self._state.extensions["webhooks"], _name(crd), conversion["webhook"])
        return [ConvertingCache(one, schemas, webhook) for one in definitions]

    def _withdraw(self, name: str) -> None:
        if self._served.pop(name, None) is None:
            return
        self._state.cache.withdraw(name)
        self._state.hooks.pop(name, None)
        del self._resources[name]
        self._show()
        for crd in self._state.cache.list(DEFINITIONS):  # a name is free now that another may have waited for
            if not condition_is_true(crd, NAMES_ACCEPTED):
                self._add(_name(crd))

    def _show(self) -> None:
        custom = [resource for name in sorted(self._resources) for resource in self._resources[name]]
        for one in self._shown:
            one.show((*self._built_in, *custom))

    async def _refuse_while_terminating(self, context: Context, obj: Json) -> Undo | None:
        crd = self._state.cache.get(DEFINITIONS, context.resource.qualified_name)
        if crd is None or condition_is_true(crd, TERMINATING):
            resource = context.resource
            why = "create not allowed while custom resource definition is terminating"
            raise method_not_allowed(why, {"group": resource.group, "kind": resource.plural})
        return None

    async def _remove(self, crd: Json) -> float:
        """Take a definition that is going one step nearer to its end."""
        name = _name(crd)
        if CLEANUP_FINALIZER not in (crd["metadata"].get("finalizers") or ()):
            return 0.0
        now = self._state.timestamp()
        status = terminating(crd, *IN_PROGRESS, now)
        if status != crd.get("status"):
            crd = await self._write_status(crd, status)
        cache = self._state.cache.caches.get(name)
        if cache is not None and await delete_objects(self._state, cache, self._user):
            return _AGAIN_SECONDS
        self._withdraw(name)
        await clear_keys(self._state, f"/registry/{name}/")
        crd = await self._write_status(crd, terminating(crd, *COMPLETED, now, over=True))
        left = [one for one in crd["metadata"]["finalizers"] if one != CLEANUP_FINALIZER]
        await self._submit("PUT", f"{_PATH}/{name}", {**crd, "metadata": {**crd["metadata"], "finalizers": left}})
        return 0.0

    async def _write_status(self, crd: Json, status: Json) -> Json:
        return await self._submit("PUT", f"{_PATH}/{_name(crd)}/status", {**crd, "status": status})


def _wanted(crd: Json) -> Json:
    """What of a definition decides what is served."""
    return {"spec": crd["spec"], "names": crd["status"]["acceptedNames"]}


def _name(crd: Json) -> str:
    return str(crd["metadata"]["name"])
