"""A store around a store, in which the values of chosen resources are encrypted.

Keys, revisions and the order of events are the inner store's. What cannot be decrypted is not handed out and not
skipped: the call, or the watch, ends with `StoreUnavailable`, whose message names the key; a list that left an
object out, or a watch that lost an event, would be worse. The caches then try again, so that a server that lacks a
key goes on by itself when the key is added to its file.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from pybernetes.apiserver.encryption.configuration import Configuration
from pybernetes.apiserver.encryption.transformers import CannotDecrypt, CannotEncrypt
from pybernetes.apiserver.storage.interface import (
    Event,
    EventType,
    KeyExists,
    KeyValue,
    ListResult,
    RevisionMismatch,
    Store,
    StoreUnavailable,
    Watch,
    WatchBatch,
)

_REGISTRY = "/registry/"


class EncryptedStore:
    """A `Store`. `configuration` may be exchanged at any time: the next value is written and read by the new one.

    It remembers the keys whose value was written by the first key of its resource: any other is stale, and an update
    that changes nothing writes it anew.
    """

    def __init__(self, inner: Store, configuration: Configuration):
        self._inner = inner
        self._configuration = configuration
        self._fresh: set[str] = set()
        self._reconfigured = asyncio.Event()

    @property
    def configuration(self) -> Configuration:
        return self._configuration

    async def reconfigure(self, configuration: Configuration) -> None:
        """Take another configuration. Every value counts as stale until it is seen again."""
        await configuration.poll()
        old, self._configuration = self._configuration, configuration
        self._fresh.clear()
        self._reconfigured.set()
        await old.close()

    async def run_plugins(self) -> None:
        """Follow the plugins of the configuration, and of another when there is one, until cancelled."""
        while True:
            self._reconfigured.clear()
            following = asyncio.create_task(self._configuration.run(), name="KMS plugins")
            try:
                await self._reconfigured.wait()
            finally:
                following.cancel()

    async def check_plugins(self) -> None:
        """Raises RuntimeError with what is wrong with a plugin."""
        await self._configuration.check_plugins()

    def is_stale(self, key: str) -> bool:
        """Whether the value should be written anew even if the object stays as it is."""
        return key not in self._fresh and self._configuration.providers(resource_of(key)) is not None

    # -- the one place where values change

    def _encrypt(self, key: str, value: bytes) -> bytes:
        providers = self._configuration.providers(resource_of(key))
        if providers is None:
            return value
        try:
            return providers.encrypt(key, value)
        except CannotEncrypt as error:
            raise StoreUnavailable(f'unable to transform key "{key}": {error}') from error

    async def _prepare(self, *items: KeyValue | None) -> None:
        """Have ready what plugins have to tell before these can be decrypted. Raises StoreUnavailable."""
        if not self._configuration.envelopes:
            return
        for item in items:
            providers = self._configuration.providers(resource_of(item.key)) if item is not None else None
            if item is None or providers is None:
                continue
            try:
                await providers.prepare(item.value)
            except CannotDecrypt as error:
                raise StoreUnavailable(f'unable to transform key "{item.key}": {error}') from error

    def _decrypt(self, key: str, stored: bytes, *, current: bool = True) -> bytes:
        """Raises StoreUnavailable."""
        providers = self._configuration.providers(resource_of(key))
        if providers is None:
            return stored
        try:
            found = providers.decrypt(key, stored)
        except CannotDecrypt as error:
            raise StoreUnavailable(f'unable to transform key "{key}": {error}') from error
        if current:
            (self._fresh.discard if found.stale else self._fresh.add)(key)
        return found.value

    def _plain(self, item: KeyValue) -> KeyValue:
        return replace(item, value=self._decrypt(item.key, item.value))

    def _plain_event(self, event: Event) -> Event:
        previous = event.previous
        if previous is not None:
            previous = replace(previous, value=self._decrypt(previous.key, previous.value, current=False))
        if event.type is EventType.DELETE:
            self._fresh.discard(event.key)
            return replace(event, previous=previous)
        return replace(event, value=self._decrypt(event.key, event.value), previous=previous)

    async def _plain_batch(self, batch: WatchBatch) -> WatchBatch:
        """Raises StoreUnavailable."""
        if not batch.events:
            return batch
        for event in batch.events if self._configuration.envelopes else ():
            value = None if event.type is EventType.DELETE else KeyValue(event.key, event.value, event.revision)
            await self._prepare(value, event.previous)
        return replace(batch, events=[self._plain_event(event) for event in batch.events])

    # -- Store

    async def get(self, key: str, *, revision: int = 0) -> KeyValue | None:
        found = await self._inner.get(key, revision=revision)
        await self._prepare(found)
        return None if found is None else self._plain(found)

    async def list(self, prefix: str, *, revision: int = 0, start_after: str = "", limit: int = 0) -> ListResult:
        page = await self._inner.list(prefix, revision=revision, start_after=start_after, limit=limit)
        await self._prepare(*page.items)
        return replace(page, items=[self._plain(item) for item in page.items])

    async def create(self, key: str, value: bytes, *, ttl_seconds: int = 0) -> int:
        try:
            return await self._inner.create(key, self._encrypt(key, value), ttl_seconds=ttl_seconds)
        except KeyExists as error:
            await self._prepare(error.current)
            raise KeyExists(key, None if error.current is None else self._plain(error.current)) from None

    async def update(self, key: str, value: bytes, *, expected_revision: int, ttl_seconds: int = 0) -> int:
        stored = self._encrypt(key, value)
        try:
            return await self._inner.update(key, stored, expected_revision=expected_revision, ttl_seconds=ttl_seconds)
        except RevisionMismatch as error:
            await self._prepare(error.current)
            raise RevisionMismatch(key, error.expected, self._plain(error.current)) from None

    async def delete(self, key: str, *, expected_revision: int) -> int:
        try:
            return await self._inner.delete(key, expected_revision=expected_revision)
        except RevisionMismatch as error:
            await self._prepare(error.current)
            raise RevisionMismatch(key, error.expected, self._plain(error.current)) from None

    async def current_revision(self) -> int:
        return await self._inner.current_revision()

    def watch(self, prefix: str, *, after_revision: int) -> Watch:
        inner = self._inner.watch(prefix, after_revision=after_revision)
        return _DecryptingWatch(inner, self._plain_batch)

    async def request_progress(self) -> None:
        await self._inner.request_progress()

    async def compact(self, revision: int) -> None:
        await self._inner.compact(revision)

    async def snapshot(self, path: str) -> int:
        return await self._inner.snapshot(path)

    async def check(self) -> None:
        await self._inner.check()

    async def close(self) -> None:
        await self._configuration.close()
        await self._inner.close()


class _DecryptingWatch:
    """A `Watch` whose events are plain."""

    def __init__(self, inner: Watch, plain: Callable[[WatchBatch], Awaitable[WatchBatch]]):
        self._inner = inner
        self._plain = plain

    def __aiter__(self) -> _DecryptingWatch:
        return self

    async def __anext__(self) -> WatchBatch:
        return await self._plain(await anext(self._inner))

    async def aclose(self) -> None:
        await self._inner.aclose()


def resource_of(key: str) -> str:
    """``secrets`` or ``deployments.apps`` of a key of the store; of another key, what it starts with."""
    return key.removeprefix(_REGISTRY).partition("/")[0]
