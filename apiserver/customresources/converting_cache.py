"""The objects of a custom resource as one version shows them, where a webhook converts between versions.

The store's changes come one after the other for all resources, and must not wait for a webhook: what is stored in
another version is put in a queue, in the order of the changes, and shown once it has been converted. Readers wait
until the queue is empty. An object that cannot be converted is remembered; who reads it, or all, has it tried again
and gets the webhook's error.

    change ── of this version, nothing waits ──────────────────────────────→ shown
       └──── else → queue → webhook, a batch at a time, in order ─── done ──→ shown
                                                               └── failed ──→ remembered; watches end
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import orjson

from pybernetes.api.errors import APIError
from pybernetes.api.object import Json, object_key
from pybernetes.api.schema.structural import Structural
from pybernetes.api.schema.structural_pruning import prune_object
from pybernetes.apiserver.cache.entry import encode
from pybernetes.apiserver.cache.resource_cache import Written
from pybernetes.apiserver.customresources.conversion_webhook import ConversionWebhook
from pybernetes.apiserver.customresources.kind import CustomDefinition
from pybernetes.apiserver.customresources.version_cache import VersionCache

_BATCH = 256


class _Converted(bytes):
    """The bytes of an object that is in this version's shape already."""


@dataclass(slots=True, eq=False)
class _Change:
    """A change that could not be shown at once; a removal has no value."""

    key: str
    value: bytes | None
    revision: int
    before_watches: bool = False


class ConvertingCache(VersionCache):
    """One version of a resource whose versions are converted by a webhook."""

    converts = True

    def __init__(self, definition: CustomDefinition, schemas: Mapping[str, Structural], webhook: ConversionWebhook):
        super().__init__(definition, schemas)
        self._webhook = webhook
        self._waiting: deque[_Change] = deque()
        self._failed: dict[str, _Change] = {}
        self._task: asyncio.Task[None] | None = None

    # -- reading

    async def settled(self, namespace: str = "", name: str = "") -> None:
        """Wait until all that came in is shown. Raises 500 if what is asked for cannot be converted."""
        while True:
            while self._waiting:
                await asyncio.shield(self._working())
            again = [change for change in self._failed.values() if _is_of(change, namespace, name)]
            if not again:
                return
            results = await self._in_this_version([change.value or b"" for change in again])
            for change, result in zip(again, results, strict=True):
                if self._failed.get(change.key) is change and not isinstance(result, APIError):
                    self._recover(change, result)
            wrong = next((result for result in results if isinstance(result, APIError)), None)
            if wrong is not None:
                raise wrong

    def shown_until(self, revision: int) -> int:
        return self._waiting[0].revision - 1 if self._waiting else revision

    async def readable(self, values: Sequence[bytes]) -> list[bytes]:
        """Raises 500."""
        found = await self._in_this_version(values)
        wrong = next((value for value in found if isinstance(value, APIError)), None)
        if wrong is not None:
            raise wrong
        return [value for value in found if isinstance(value, bytes)]

    # -- writing

    async def storable(self, obj: Json) -> bytes:
        """Raises 500."""
        target = self.custom.storage_api_version
        if target != self.resource.api_version:
            obj = await self._webhook.convert(obj, target)
            prune_object(obj, self.schemas[target])
        return encode(obj)

    # -- changing

    def load(self, key: str, value: bytes, revision: int) -> None:
        if self._at_once(value):
            super().load(key, value, revision)
        else:
            self._defer(_Change(key, value, revision, before_watches=True))

    def apply_put(self, key: str, value: bytes, revision: int, written: Written | None) -> None:
        if self._at_once(value):
            self._failed.pop(key, None)
            super().apply_put(key, value, revision, written)
        else:
            self._defer(_Change(key, value, revision))

    def apply_delete(self, key: str, revision: int) -> None:
        if self._waiting:
            self._defer(_Change(key, None, revision))
        else:
            self._failed.pop(key, None)
            super().apply_delete(key, revision)

    def all_keys(self) -> list[str]:
        waiting = (change.key for change in self._waiting)
        return list(dict.fromkeys([*super().all_keys(), *self._failed, *waiting]))

    def revision_of(self, key: str) -> int:
        for change in reversed(self._waiting):
            if change.key == key:
                return change.revision if change.value is not None else 0
        failed = self._failed.get(key)
        return failed.revision if failed is not None else super().revision_of(key)

    def _at_once(self, value: bytes) -> bool:
        return not self._waiting and (isinstance(value, _Converted) or value.startswith(self.prefix))

    def _defer(self, change: _Change) -> None:
        self._waiting.append(change)
        self._working()

    def _working(self) -> asyncio.Task[None]:
        """The task that works the queue off."""
        if self._task is None:
            work, name = self._work_off(), f"convert {self.resource.plural} to {self.resource.api_version}"
            self._task = asyncio.get_running_loop().create_task(work, name=name)
        return self._task

    async def _work_off(self) -> None:
        """Show what waits, in its order."""
        try:
            while self._waiting:
                batch = list(islice(self._waiting, _BATCH))
                values = [change.value for change in batch if change.value is not None]
                results = iter(await self._in_this_version(values))
                for change in batch:
                    self._waiting.popleft()
                    self._show(change, next(results) if change.value is not None else None)
                self.flush()
        finally:
            self._task = None

    def _show(self, change: _Change, result: bytes | APIError | None) -> None:
        self._failed.pop(change.key, None)
        if result is None:
            super().apply_delete(change.key, change.revision)
        elif isinstance(result, APIError):
            self._failed[change.key] = change
            for watcher in self.watchers:
                watcher.dropped.set()
        elif change.before_watches:
            super().load(change.key, result, change.revision)
        else:
            super().apply_put(change.key, result, change.revision, None)

    def _recover(self, change: _Change, value: bytes) -> None:
        """Show what could not be shown in its time: the history does not have it, so it begins anew."""
        del self._failed[change.key]
        self._history.clear()
        self.history_after = max(self.history_after, self._newest(), change.revision)
        super().load(change.key, value, change.revision)

    def _newest(self) -> int:
        return max((entry.revision for entry in self.entries()), default=0)

    # -- converting

    async def _in_this_version(self, values: Sequence[bytes]) -> list[bytes | APIError]:
        """Stored bytes, each in this version's shape or with the error that it gave."""
        found: list[bytes | APIError] = list(values)
        others: list[tuple[int, Json]] = []
        for index, value in enumerate(values):
            if isinstance(value, _Converted) or value.startswith(self.prefix):
                continue
            obj: Json = orjson.loads(value)
            if obj["apiVersion"] != self.resource.api_version:
                others.append((index, self.in_stored_shape(obj)))
        desired = self.resource.api_version
        converted = await self._webhook.convert_all([obj for _, obj in others], desired)
        for (index, _), result in zip(others, converted, strict=True):
            found[index] = result if isinstance(result, APIError) else self._encoded(result)
        return found

    def _encoded(self, obj: Json) -> bytes:
        prune_object(obj, self.custom.schema)
        return _Converted(encode(obj))

    def _shown(self, value: bytes) -> tuple[bytes, int, Json | None]:
        if isinstance(value, _Converted):
            plain = bytes(value)  # the parser takes no subclass
            return plain, len(self.prefix), orjson.loads(plain)
        return super()._shown(value)


def _is_of(change: _Change, namespace: str, name: str) -> bool:
    if name:
        return change.key == object_key(namespace, name)
    return not namespace or change.key.startswith(f"{namespace}/")
