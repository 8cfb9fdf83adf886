"""How many seats a request takes: most take one, a long list or a write that many watch takes more.

Counterpart: apiserver/pkg/util/flowcontrol/request, whose numbers these are.
"""

from __future__ import annotations

from pybernetes.apiserver.attributes import Attributes
from pybernetes.apiserver.cache.watch_cache import WatchCache

MAX_SEATS = 10
_WRITES = frozenset(("create", "update", "patch", "delete", "deletecollection"))
_OBJECTS_A_SEAT = 100
_WATCHERS_A_SEAT = 10


def width_of(cache: WatchCache, attributes: Attributes) -> int:
    """Seats of a request, by what this server holds of the resource and who watches it."""
    verb = attributes.verb
    if verb == "get" or verb == "watch" or not attributes.resource:
        return 1
    group = attributes.group
    found = cache.caches.get(f"{attributes.resource}.{group}" if group else attributes.resource)
    if found is None:
        return 1
    if verb == "list":
        return list_width(len(found))
    return write_width(len(found.watchers)) if verb in _WRITES else 1


def list_width(objects: int) -> int:
    """Seats of a list over a collection of so many objects."""
    return max(1, min(MAX_SEATS, -(-objects // _OBJECTS_A_SEAT)))


def write_width(watchers: int) -> int:
    """Seats of a write whose event goes to so many watchers."""
    return max(1, min(MAX_SEATS, -(-watchers // _WATCHERS_A_SEAT)))
