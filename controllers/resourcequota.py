"""What resource quotas have counted: status.used follows the objects of the namespace.

Admission adds to status.used before it lets an object in; this loop finds what has gone, and puts right whatever
the two have missed. Caches are opened only for what some quota counts. Counterpart: pkg/controller/resourcequota.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from fractions import Fraction

from pybernetes.api.core.quota_usage import (
    PODS,
    Usage,
    add,
    is_about,
    resource_counted_by,
    resources_counted,
    usage_of,
)
from pybernetes.api.object import Json, is_deleting, key_of, namespace_of
from pybernetes.api.quantity import format_quantity
from pybernetes.client.client import resource_for
from pybernetes.client.informer import Informer
from pybernetes.client.reconciler import run_workers
from pybernetes.controllers.context import Context, wait_synced
from pybernetes.controllers.status_writer import write_status

log = logging.getLogger(__name__)

_COMPONENT = "resourcequota-controller"
_WHOLE = (PODS, "services", "persistentvolumeclaims")  # of all others only the number counts


def used(quota: Json, objects: Mapping[str, Iterable[Json]], now: datetime) -> dict[str, str]:
    """status.used. `objects` has the namespace's objects by resource; what is not in it is not told."""
    total: Usage = {}
    for resource, items in objects.items():
        for obj in items:
            if is_about(quota, resource, obj):
                add(total, usage_of(resource, obj, now))
    hard = (quota.get("spec") or {}).get("hard") or {}
    return {
        name: format_quantity(total.get(name, Fraction(0)), like=limit)
        for name, limit in hard.items()
        if resource_counted_by(name) in objects
    }


class ResourceQuotaController:
    """Keys are quotas."""

    def __init__(self, context: Context):
        self._context, self._client, self._clock = context, context.client, context.clock
        self._workers = context.options.concurrent_resource_quota_syncs
        self._period = context.options.resource_quota_sync_period
        self._queue = context.queue("resourcequota_primary")
        self._quotas = context.informers.informer("resourcequotas")
        self._counted: dict[str, Informer] = {}
        self._group: asyncio.TaskGroup | None = None
        self._quotas.add_handler(self._enqueue, lambda new, old: self._quota_updated(new, old))

    async def run(self) -> None:
        await wait_synced(self._quotas)
        async with asyncio.TaskGroup() as group:
            self._group = group
            await run_workers(_COMPONENT, self._queue, self.reconcile, workers=self._workers)

    def _enqueue(self, quota: Json) -> None:
        self._queue.add(key_of(quota))

    def _quota_updated(self, quota: Json, old: Json) -> None:
        if (quota.get("spec"), quota.get("status")) != (old.get("spec"), old.get("status")):
            self._enqueue(quota)

    def _object_changed(self, resource: str, obj: Json) -> None:
        for quota in self._quotas.items(namespace_of(obj)):
            if resource in resources_counted(quota):
                self._enqueue(quota)

    async def reconcile(self, key: str) -> float | None:
        """Make the quota's status say what is used."""
        quota = self._quotas.get(key)
        if quota is None or is_deleting(quota):
            return None
        namespace, objects = namespace_of(quota), {}
        for resource in resources_counted(quota):
            informer = await self._follow(resource)
            if informer is not None:
                objects[resource] = informer.items(namespace)
        status = {
            "hard": (quota.get("spec") or {}).get("hard") or {},
            "used": used(quota, objects, self._clock.now()),
        }
        if status != quota.get("status"):
            await write_status(self._client, "resourcequotas", quota, status)
        return self._period

    async def _follow(self, resource: str) -> Informer | None:
        """The cache of a resource; None for one that is not ours to count."""
        informer = self._counted.get(resource)
        if informer is None:
            informer = self._open(resource)
            if informer is None:
                return None
        await informer.wait_synced()
        return informer

    def _open(self, resource: str) -> Informer | None:
        try:
            kind = resource_for(resource)
        except KeyError:
            log.warning("a quota counts what is not served", extra={"resource": resource})
            return None
        informer = self._context.informers.existing(resource)
        if informer is None and resource in _WHOLE:
            informer = self._context.informers.informer(resource)
        if informer is None:
            assert self._group is not None, "reconciles run inside run()"
            informer = Informer(self._client, kind, metadata_only=True, clock=self._clock)
            self._group.create_task(informer.run(), name=f"number of {resource}")
        self._counted[resource] = informer

        def changed(obj: Json) -> None:
            self._object_changed(resource, obj)

        def updated(new: Json, old: Json) -> None:
            if resource in _WHOLE and self._counts_differently(resource, new, old):
                changed(new)

        informer.add_handler(changed, updated, changed)
        return informer

    def _counts_differently(self, resource: str, new: Json, old: Json) -> bool:
        now = self._clock.now()
        return usage_of(resource, new, now) != usage_of(resource, old, now)


def resource_quota(context: Context) -> ResourceQuotaController:
    return ResourceQuotaController(context)
