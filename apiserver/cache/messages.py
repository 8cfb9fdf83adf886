"""Objects in protobuf, made when somebody first asks and kept with their entries.

client-go's typed clients read protobuf. To make it of an object costs 30 us, forty times what sending its JSON does, so
what was made for one reader serves all: a GET, the items of a list and the events of watches are the same bytes, the
message as field 2 of what is around it.

A message is half as long as the JSON. All that are kept are at most `LIMIT_BYTES`; beyond that they are made each time.
A message gives its bytes back when the last who holds it lets it go: its entry, when the object has changed.
"""

from __future__ import annotations

from pybernetes.api.protobuf.codec import ENVELOPE_END, envelope_start, message
from pybernetes.api.protobuf.wire import delimited
from pybernetes.apiserver.cache.entry import Entry
from pybernetes.apiserver.cache.resource_cache import ResourceCache

LIMIT_BYTES = 64 << 20  # 40,000 pods


class _Held:
    """How much is kept, in this process."""

    bytes = 0


class _Kept(bytes):
    """A message that counts."""

    __slots__ = ()

    def __del__(self) -> None:
        _Held.bytes -= len(self)


def held_bytes() -> int:
    return _Held.bytes


def item_of(cache: ResourceCache, entry: Entry) -> bytes:
    """The object's message as field 2. Raises `UnknownKind` for a kind that has no form in protobuf."""
    found = entry.message
    if found is None:
        found = delimited(2, message(cache.object(entry)))
        if _Held.bytes + len(found) <= LIMIT_BYTES:
            found = entry.message = _Kept(found)
            _Held.bytes += len(found)
    return found


def enveloped(cache: ResourceCache, entry: Entry) -> bytes:
    """The object in its envelope. Raises `UnknownKind`."""
    resource = cache.resource
    return b"".join((envelope_start(resource.api_version, resource.kind), item_of(cache, entry), ENVELOPE_END))
