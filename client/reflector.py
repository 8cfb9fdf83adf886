"""List, then watch, then watch again: one unbroken stream of what changed.

    list at R  →  watch from R  →  (stream ends: watch from the last version seen)
                                →  (410 Gone, or the version is unknown: list anew)

The consumer sees `Replaced` with a whole list, then `Changed` with batches of events in order. A connection that
breaks costs nothing but the reconnect, with back-off that grows to a limit and is spread so that many clients do
not come back at once. Counterpart: client-go's tools/cache.Reflector.
"""

from __future__ import annotations

import logging
import random
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass

from pybernetes.api.errors import APIError, is_expired
from pybernetes.api.object import Json
from pybernetes.client.client import Client, Kind, resource_for
from pybernetes.client.transport import TransportError
from pybernetes.component.clock import SYSTEM_CLOCK, Clock

log = logging.getLogger(__name__)

_BACKOFF_FIRST_SECONDS = 0.1
_BACKOFF_MOST_SECONDS = 15.0  # a restarted server is found within this time
_LIST_PAGE = 5000
_SHORT_WATCH_SECONDS = 1.0  # a watch that ends sooner, time after time, must not make us spin
_WATCH_SECONDS = 480  # the server ends a watch after this; spread up to twice that


@dataclass(frozen=True, slots=True)
class Replaced:
    """Everything that exists now."""

    items: list[Json]


@dataclass(frozen=True, slots=True)
class Changed:
    """Events ({type, object}) in order, without bookmarks."""

    events: list[Json]


class Reflector:
    """Follows one resource, optionally in one namespace or under selectors."""

    def __init__(
        self,
        client: Client,
        kind: Kind,
        *,
        namespace: str = "",
        label_selector: str = "",
        field_selector: str = "",
        metadata_only: bool = False,
        clock: Clock = SYSTEM_CLOCK,
    ):
        self._client = client
        self.kind = resource_for(kind).qualified_name
        self._resource = resource_for(kind)
        self._metadata_only = metadata_only
        self._namespace = namespace
        self._selectors = {"label_selector": label_selector, "field_selector": field_selector}
        self._clock = clock
        self._version = ""
        self._failures = 0

    async def changes(self) -> AsyncGenerator[Replaced | Changed, None]:
        """The stream. It never ends by itself; errors of the server or the network are waited out."""
        while True:
            try:
                if not self._version:
                    yield Replaced(await self._list())
                async for events in self._watch():
                    yield Changed(events)
            except (APIError, TransportError) as error:
                await self._recover(error)

    async def _list(self) -> list[Json]:
        found = await self._client.list(
            self._resource, self._namespace, limit=_LIST_PAGE, metadata_only=self._metadata_only, **self._selectors
        )
        items: list[Json] = found.get("items") or []
        kind, api_version = str(found["kind"]).removesuffix("List"), found["apiVersion"]
        for item in items:
            item.setdefault("kind", kind)
            item.setdefault("apiVersion", api_version)
        self._version = found["metadata"]["resourceVersion"]
        return items

    async def _watch(self) -> AsyncIterator[list[Json]]:
        seconds = int(_WATCH_SECONDS * random.uniform(1, 2))
        opened = self._client.watch(
            self._resource,
            self._namespace,
            resource_version=self._version,
            timeout_seconds=seconds,
            metadata_only=self._metadata_only,
            **self._selectors,
        )
        started = self._clock.monotonic()
        useful = False
        try:
            async with opened as batches:
                async for batch in batches:
                    useful = True
                    self._version = batch[-1]["object"]["metadata"]["resourceVersion"]
                    events = [event for event in batch if event["type"] != "BOOKMARK"]
                    if events:
                        yield events
        finally:
            useful = useful or self._clock.monotonic() - started >= _SHORT_WATCH_SECONDS
            if useful:
                self._failures = 0
        if not useful:
            raise TransportError("the watch ended as soon as it began")

    async def _recover(self, error: APIError | TransportError) -> None:
        if is_expired(error):
            self._version = ""
            if self._failures == 0:
                log.info("watch is too old, listing anew", extra={"resource": self.kind})
                self._failures = 1
                return
        delay = min(_BACKOFF_MOST_SECONDS, _BACKOFF_FIRST_SECONDS * 2 ** min(self._failures, 16))
        self._failures += 1
        log.warning("watch broke", extra={"resource": self.kind, "error": str(error), "retry_seconds": delay})
        await self._clock.sleep(delay * random.uniform(0.75, 1.25))
