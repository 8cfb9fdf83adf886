"""Writing a status: only when it differs, and again from a fresh read when somebody else wrote meanwhile.

Two statuses are the same when they differ only in fields that are zero, empty or absent, which are one thing on the
wire.
"""

from __future__ import annotations

from typing import Any

from pybernetes.api.errors import APIError, is_conflict
from pybernetes.api.object import Json, name_of, namespace_of, uid_of
from pybernetes.client.client import Client, Kind

_TRIES = 3


def bare(value: Any) -> Any:
    """The value without fields that are zero, empty or null."""
    if isinstance(value, dict):
        stripped = {name: bare(item) for name, item in value.items()}
        return {name: item for name, item in stripped.items() if item not in (None, 0, "", [], {}) or item is False}
    if isinstance(value, list):
        return [bare(item) for item in value]
    return value


def same_value(one: Any, other: Any) -> bool:
    """Equal, where zero, empty and absent are the same."""
    return bool(bare(one) == bare(other))


async def write_status(client: Client, kind: Kind, obj: Json, status: Json) -> Json:
    """Make the object's status this one; the object as it is then. Raises `APIError`.

    Only for a status that one controller alone writes: after a conflict it is laid over what is there now.
    """
    for attempt in range(1, _TRIES + 1):
        try:
            return await client.update_status(kind, {**obj, "status": status})
        except APIError as error:
            if attempt == _TRIES or not is_conflict(error):
                raise
        fresh = await client.get(kind, name_of(obj), namespace_of(obj))
        if uid_of(fresh) != uid_of(obj):
            return fresh
        obj = fresh
    raise AssertionError("unreachable")
