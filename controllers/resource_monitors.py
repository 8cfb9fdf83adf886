"""Follows every resource that can be deleted, those that custom resource definitions add among them.

What other controllers cache anyway is taken from their informers; of the rest only metadata is fetched and kept.
New definitions and API services are seen as they come, which is when discovery is asked again.

Counterpart: the monitors of pkg/controller/garbagecollector.GraphBuilder.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from pybernetes.api.errors import APIError
from pybernetes.api.object import Json
from pybernetes.api.resources import Resource
from pybernetes.client.informer import Informer
from pybernetes.client.transport import TransportError
from pybernetes.controllers.context import Context, wait_synced
from pybernetes.controllers.discovery import Discovery, discover
from pybernetes.controllers.owner_graph import is_relevant_change

log = logging.getLogger(__name__)

IGNORED = frozenset((("", "events"), ("events.k8s.io", "events")))
_DEFINITIONS = ("customresourcedefinitions.apiextensions.k8s.io", "apiservices.apiregistration.k8s.io")
_SETTLE_SECONDS = 0.2  # definitions come in bunches; ask once for all
_RETRY_SECONDS = 5.0
_FIRST_LISTS_SECONDS = 30.0
_KEPT = ("name", "namespace", "uid", "resourceVersion", "ownerReferences", "finalizers", "deletionTimestamp")

Observed = Callable[[Json, Resource], None]
Gone = Callable[[Json], None]


def monitored(found: Discovery) -> dict[str, Resource]:
    """The resources to follow, by their names for a client."""
    return {
        resource.qualified_name: resource
        for resource in found.resources
        if {"delete", "list", "watch"} <= set(resource.verbs) and (resource.group, resource.plural) not in IGNORED
    }


def _only_ownership(obj: Json) -> Json:
    return {"metadata": {name: obj["metadata"][name] for name in _KEPT if name in obj["metadata"]}}


class ResourceMonitors:
    """Calls `on_observed` for each object that appears or changes hands, `on_gone` for each that goes."""

    def __init__(self, context: Context, on_observed: Observed, on_gone: Gone):
        self._context, self._on_observed, self._on_gone = context, on_observed, on_gone
        self.discovery = Discovery()
        self._informers: dict[str, Informer] = {}
        self._own: dict[str, asyncio.Task[None]] = {}
        self._changed = asyncio.Event()
        self._started = asyncio.Event()
        self._definitions: set[str] = set()

    def _definition_changed(self, definition: Json) -> None:
        self._changed.set()

    async def wait_synced(self) -> None:
        """Wait until the first discovery is followed by a list of each resource; not for ever for one that has none."""
        await self._started.wait()
        lists = asyncio.ensure_future(wait_synced(*self._informers.values()))
        limit = asyncio.ensure_future(self._context.clock.sleep(_FIRST_LISTS_SECONDS))
        try:
            await asyncio.wait((lists, limit), return_when=asyncio.FIRST_COMPLETED)
        finally:
            lists.cancel()
            limit.cancel()

    async def run(self) -> None:
        """Follow what there is, and what comes, until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._changed.clear()
                complete = await self._refresh(group)
                self._follow_definitions()
                await self._wait_for_change(None if complete else _RETRY_SECONDS)

    def _follow_definitions(self) -> None:
        """Look out for new kinds, where the server serves what defines them."""
        served = {resource.qualified_name for resource in self.discovery.resources}
        for kind in _DEFINITIONS:
            if kind in served and kind not in self._definitions:
                self._definitions.add(kind)
                self._context.informers.informer(kind).add_handler(
                    self._definition_changed, lambda new, old: self._changed.set(), self._definition_changed
                )

    async def _wait_for_change(self, seconds: float | None) -> None:
        """Until a definition changes, or, when some group could not be asked, a little while."""
        clock = self._context.clock
        waits = [asyncio.ensure_future(self._changed.wait())]
        if seconds is not None:
            waits.append(asyncio.ensure_future(clock.sleep(seconds)))  # type: ignore[arg-type]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        await clock.sleep(_SETTLE_SECONDS)

    async def _refresh(self, group: asyncio.TaskGroup) -> bool:
        """Ask what there is, start and stop informers. False when not all could be asked."""
        try:
            found = await discover(self._context.client)
        except (APIError, TransportError) as error:
            log.warning("discovery failed", extra={"error": str(error)})
            return False
        wanted = monitored(found)
        if found.failures:
            log.warning("discovery is incomplete", extra={"failing": sorted(found.failures)})
            found.resources += [r for r in self.discovery.resources if r.api_version in found.failures]
            wanted = {**monitored(self.discovery), **wanted}
        self.discovery = found
        for name, resource in wanted.items():
            if name not in self._informers:
                self._follow(group, name, resource)
        for name in [name for name in self._own if name not in wanted]:
            self._unfollow(name)
        self._started.set()
        return not found.failures

    def _follow(self, group: asyncio.TaskGroup, name: str, resource: Resource) -> None:
        informer = self._context.informers.existing(name)
        if informer is None:
            informer = Informer(
                self._context.client,
                resource,
                metadata_only=True,
                transform=_only_ownership,
                clock=self._context.clock,
            )
            self._own[name] = group.create_task(informer.run(), name=f"metadata of {name}")
        self._informers[name] = informer

        def updated(new: Json, old: Json) -> None:
            if is_relevant_change(new, old):
                self._on_observed(new, resource)

        informer.add_handler(lambda obj: self._on_observed(obj, resource), updated, self._on_gone)

    def _unfollow(self, name: str) -> None:
        """The resource is served no more: what was left of it is gone."""
        self._own.pop(name).cancel()
        for obj in self._informers.pop(name).items():
            self._on_gone(obj)
