"""Objects and lists in protobuf, joined from the messages that the cache keeps.

Every built-in kind has this form, and no other is asked for in it (`rest.negotiation`). The messages of a long list are
made a few at a time, so that nobody waits for all of them.
"""

from __future__ import annotations

import asyncio

from pybernetes.api.object import Json
from pybernetes.api.protobuf.codec import ENVELOPE_END, envelope_start, message
from pybernetes.api.protobuf.wire import LENGTH, tag, varint
from pybernetes.apiserver.cache.entry import Entry
from pybernetes.apiserver.cache.messages import enveloped, item_of
from pybernetes.apiserver.cache.resource_cache import ResourceCache
from pybernetes.apiserver.http import ListResponse, Response
from pybernetes.apiserver.rest.negotiation import PROTOBUF

_MADE_AT_ONCE = 100  # 3 ms


def in_protobuf(cache: ResourceCache, entry: Entry) -> Response:
    """One object."""
    return Response(200, enveloped(cache, entry), PROTOBUF)


async def listed(cache: ResourceCache, entries: list[Entry], metadata: Json) -> Response:
    """A list. `metadata` is the list's."""
    resource = cache.resource
    empty = {"apiVersion": resource.api_version, "kind": resource.list_kind, "metadata": metadata}
    head, items = message(empty), await _items(cache, entries)
    size = sum(map(len, items))
    start = envelope_start(resource.api_version, resource.list_kind)
    start += tag(2, LENGTH) + varint(len(head) + size) + head
    if not items:
        return Response(200, start + ENVELOPE_END, PROTOBUF)
    return ListResponse(start, items, b"", ENVELOPE_END, size, PROTOBUF)


async def _items(cache: ResourceCache, entries: list[Entry]) -> list[bytes]:
    items, made = [], 0
    for entry in list(entries):  # what the cache gave may change while others have their turn
        if entry.message is None:
            made += 1
            if made % _MADE_AT_ONCE == 0:
                await asyncio.sleep(0)
        items.append(item_of(cache, entry))
    return items
