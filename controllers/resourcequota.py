"""What resource quotas have counted: status.used follows the objects of the namespace.

Admission adds to status.used before it lets an object in; this loop finds what has gone, and puts right whatever
the two have missed. Caches are opened only for what some quota counts. Counterpart: pkg/controller/resourcequota.

Two write one number, so that the rule is: a count is written over the state it was made beside, or not at all; and
no count lowers what admission has just charged for, since the object may not have come to our cache yet. What is
certain even then is what has been freed since: that much is taken off, and the count waits until charges have settled.
"""

from __future__ import annotations

import asyncio
import logging
import math
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
from pybernetes.api.errors import APIError, is_conflict
from pybernetes.api.object import Json, is_deleting, key_of, namespace_of
from pybernetes.api.quantity import format_quantity, parse_quantity
from pybernetes.client.client import resource_for
from pybernetes.client.informer import Informer
from pybernetes.client.reconciler import run_workers
from pybernetes.controllers.context import Context, wait_synced

log = logging.getLogger(__name__)

_COMPONENT = "resourcequota-controller"
_SETTLE_SECONDS = 1.0  # from a charge until its object is stored and seen here: milliseconds, unless all is overloaded
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


def used_of(quota: Json) -> Json:
    return (quota.get("status") or {}).get("used") or {}


def is_lower(new: Mapping[str, str], old: Mapping[str, str]) -> bool:
    """Whether any amount is less than it was."""
    return any(parse_quantity(new[name]) < parse_quantity(old[name]) for name in new.keys() & old.keys())


def less_freed(counted: Mapping[str, str], known: Mapping[str, str], freed: Usage) -> dict[str, str]:
    """What was known to be used less what has been freed since, but no less than what has been counted."""
    result = dict(counted)
    for name in counted.keys() & known.keys():
        left = parse_quantity(known[name]) - freed.get(name, Fraction(0))
        if left > parse_quantity(counted[name]):
            result[name] = format_quantity(left, like=known[name])
    return result


def freed_by(quota: Json, resource: str, new: Json | None, old: Json, now: datetime) -> Usage:
    """What a change of an object, or its end, gives back to a quota."""
    before = usage_of(resource, old, now) if is_about(quota, resource, old) else {}
    after = usage_of(resource, new, now) if new is not None and is_about(quota, resource, new) else {}
    less = {name: amount - after.get(name, 0) for name, amount in before.items()}
    return {name: amount for name, amount in less.items() if amount > 0}


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
        self._written: dict[str, Json] = {}
        self._charged_at: dict[str, float] = {}
        self._freed: dict[str, Usage] = {}
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
        now_used = used_of(quota)
        if now_used != used_of(old) and now_used != self._written.get(key_of(quota)):
            self._charged_at[key_of(quota)] = self._clock.monotonic()

    def _object_changed(self, resource: str, new: Json | None, old: Json | None) -> None:
        now = self._clock.now()
        for quota in self._quotas.items(namespace_of(new or old or {})):
            if resource not in resources_counted(quota):
                continue
            if old is not None:
                add(self._freed.setdefault(key_of(quota), {}), freed_by(quota, resource, new, old, now))
            self._enqueue(quota)

    async def reconcile(self, key: str) -> float | None:
        """Make the quota's status say what is used."""
        quota = self._quotas.get(key)
        if quota is None or is_deleting(quota):
            self._written.pop(key, None)
            self._charged_at.pop(key, None)
            self._freed.pop(key, None)
            return None
        namespace, objects = namespace_of(quota), {}
        for resource in resources_counted(quota):
            informer = await self._follow(resource)
            if informer is not None:
                objects[resource] = informer.items(namespace)
        counted, known = used(quota, objects, self._clock.now()), used_of(quota)
        freed, look_again = self._freed.pop(key, {}), self._period
        wait = self._charged_at.get(key, -math.inf) + _SETTLE_SECONDS - self._clock.monotonic()
        if wait > 0 and is_lower(counted, known):
            counted, look_again = less_freed(counted, known, freed), wait
        status = {"hard": (quota.get("spec") or {}).get("hard") or {}, "used": counted}
        if status != quota.get("status") and not await self._write(key, quota, status):
            add(self._freed.setdefault(key, {}), freed)
        return look_again

    async def _write(self, key: str, quota: Json, status: Json) -> bool:
        """Write the status unless the quota has changed since; then the change is about to bring it here again."""
        self._written[key] = status["used"]
        try:
            await self._client.update_status("resourcequotas", {**quota, "status": status})
        except APIError as error:
            if not is_conflict(error):
                raise
            return False
        return True

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

        def updated(new: Json, old: Json) -> None:
            if resource in _WHOLE and self._counts_differently(resource, new, old):
                self._object_changed(resource, new, old)

        informer.add_handler(
            lambda new: self._object_changed(resource, new, None),
            updated,
            lambda old: self._object_changed(resource, None, old),
        )
        return informer

    def _counts_differently(self, resource: str, new: Json, old: Json) -> bool:
        now = self._clock.now()
        return usage_of(resource, new, now) != usage_of(resource, old, now)


def resource_quota(context: Context) -> ResourceQuotaController:
    return ResourceQuotaController(context)
