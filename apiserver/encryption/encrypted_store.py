"""A store around a store, in which the values of chosen resources are encrypted.

Keys, revisions and the order of events are the inner store's. What cannot be decrypted is not handed out and not
skipped: the call, or the watch, ends with `StoreUnavailable`, whose message names the key; a list that left an
object out, or a watch that lost an event, would be worse. The caches then try again, so that a server that lacks a
key goes on by itself when the key is added to its file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pybernetes.apiserver.encryption.configuration import Configuration
from pybernetes.apiserver.encryption.transformers import CannotDecrypt
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

    def reconfigure(self, configuration: Configuration) -> None:
        """Take another configuration. Every value counts as stale until it is seen again."""
        self._configuration = configuration
        self._fresh.clear()

    def is_stale(self, key: str) -> bool:
        """Whether the value should be written anew even if the object stays as it is."""
        return key not in self._fresh and self._configuration.providers(resource_of(key)) is not None

    # -- the one place where values change

    def _encrypt(self, key: str, value: bytes) -> bytes:
        providers = self._configuration.providers(resource_of(key))
        return value if providers is None else providers.encrypt(key, value)

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

    # -- Store

    async def get(self, key: str, *, revision: int = 0) -> KeyValue | None:
        found = await self._inner.get(key, revision=revision)
        return None if found is None else self._plain(found)

    async def list(self, prefix: str, *, revision: int = 0, start_after: str = "", limit: int = 0) -> ListResult:
        page = await self._inner.list(prefix, revision=revision, start_after=start_after, limit=limit)
        return replace(page, items=[self._plain(item) for item in page.items])

    async def create(self, key: str, value: bytes, *, ttl_seconds: int = 0) -> int:
        try:
            return await self._inner.create(key, self._encrypt(key, value), ttl_seconds=ttl_seconds)
        except KeyExists as error:
            raise KeyExists(key, None if error.current is None else self._plain(error.current)) from None

    async def update(self, key: str, value: bytes, *, expected_revision: int, ttl_seconds: int = 0) -> int:
        stored = self._encrypt(key, value)
        try:
            return await self._inner.update(key, stored, expected_revision=expected_revision, ttl_seconds=ttl_seconds)
        except RevisionMismatch as error:
            raise RevisionMismatch(key, error.expected, self._plain(error.current)) from None

    async def delete(self, key: str, *, expected_revision: int) -> int:
        try:
            return await self._inner.delete(key, expected_revision=expected_revision)
        except RevisionMismatch as error:
            raise RevisionMismatch(key, error.expected, self._plain(error.current)) from None

    async def current_revision(self) -> int:
        return await self._inner.current_revision()

    def watch(self, prefix: str, *, after_revision: int) -> Watch:
        return _DecryptingWatch(self._inner.watch(prefix, after_revision=after_revision), self._plain_event)

    async def request_progress(self) -> None:
        await self._inner.request_progress()

    async def compact(self, revision: int) -> None:
        await self._inner.compact(revision)

    async def snapshot(self, path: str) -> int:
        return await self._inner.snapshot(path)

    async def check(self) -> None:
        await self._inner.check()

    async def close(self) -> None:
        await self._inner.close()


class _DecryptingWatch:
    """A `Watch` whose events are plain."""

    def __init__(self, inner: Watch, plain: Callable[[Event], Event]):
        self._inner = inner
        self._plain = plain

    def __aiter__(self) -> _DecryptingWatch:
        return self

    async def __anext__(self) -> WatchBatch:
        batch = await anext(self._inner)
        return replace(batch, events=[self._plain(event) for event in batch.events]) if batch.events else batch

    async def aclose(self) -> None:
        await self._inner.aclose()


def resource_of(key: str) -> str:
    """``secrets`` or ``deployments.apps`` of a key of the store; of another key, what it starts with."""
    return key.removeprefix(_REGISTRY).partition("/")[0]
