"""Who owns which field, kept with every write: ``metadata.managedFields``.

    create          the creator owns what it sent, as far as it is more than an empty object
    update, patch   the writer owns what it changed
    apply           see `rest.apply`

It happens after decoding and defaulting and before admission, so what admission adds is nobody's. What cannot be owned
is left out before anything is compared: the object's identity, what the server writes itself, and the half of the
object that the request cannot change (the status, or everything but the status).

An object without managedFields is not tracked until something is applied to it: it was made by the server itself, or
somebody has cleared them by sending ``managedFields: [{}]``.

Counterparts: apimachinery/pkg/util/managedfields (FieldManager, stripmeta, skipnonapplied) and the managerOrUserAgent
of apiserver/pkg/endpoints/handlers.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from pybernetes.api.apply.compare import compare
from pybernetes.api.apply.extract import Extractor
from pybernetes.api.apply.field_set import check
from pybernetes.api.apply.managers import (
    MAX_MANAGER_LENGTH,
    Manager,
    Managers,
    Owned,
    after_update,
    read_entries,
    updater,
    write_entries,
)
from pybernetes.api.object import Json
from pybernetes.apiserver.cache.resource_cache import ResourceCache
from pybernetes.apiserver.rest.context import Context

FIELD = "managedFields"
_REMEMBERED_AGENTS = 256
_UNOWNED = frozenset(
    (
        "name",
        "namespace",
        "uid",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "generation",
        FIELD,
        "resourceVersion",
        "selfLink",
    )
)

_extractors: WeakKeyDictionary[ResourceCache, Extractor] = WeakKeyDictionary()


def extractor_of(context: Context) -> Extractor:
    """The extractor for the resource's shape, compiled once for as long as the resource is served."""
    found = _extractors.get(context.cache)
    if found is None:
        found = _extractors[context.cache] = Extractor(context.definition.granular_tree)
    return found


def owned_part(context: Context, obj: Json, subresource: str) -> Json:
    """What of an object the request can own."""
    if subresource == "status":
        part = {"status": obj["status"]} if "status" in obj else {}
        kept = context.definition.kept_by_status
        unowned = _UNOWNED.union(kept) if kept else _UNOWNED
    else:
        part = {name: value for name, value in obj.items() if name not in ("apiVersion", "kind", "metadata")}
        if not subresource and context.definition.has_status:
            part.pop("status", None)
        unowned = _UNOWNED
    metadata = {name: value for name, value in obj["metadata"].items() if name not in unowned}
    part["metadata"] = metadata
    return part


def claimed_part(context: Context, obj: Json, subresource: str) -> Json:
    """What of an object its sender owns: as `owned_part`, but metadata that is there only for the name is nobody's."""
    part = owned_part(context, obj, subresource)
    if not part["metadata"]:
        del part["metadata"]
    return part


def track_create(context: Context, obj: Json) -> None:
    """Say in a new object who owns its fields. Raises 422 for a manager's name that cannot be one."""
    manager = _updater(context, "")
    sent = obj["metadata"].pop(FIELD, None)
    managers = dict(_usable(sent)) if sent else {}
    fields = extractor_of(context).created(claimed_part(context, obj, ""))
    if fields:
        managers[manager] = Owned(fields, manager.api_version, context.state.timestamp())
    if managers:
        obj["metadata"][FIELD] = write_entries(managers)


def track_update(context: Context, new: Json, old: Json, subresource: str) -> None:
    """Say in the new state of an object who owns its fields now. Raises 422 as `track_create`."""
    manager = _updater(context, subresource)
    metadata, before = new["metadata"], old["metadata"].get(FIELD) or []
    sent = metadata.pop(FIELD, None)
    entries = before
    if sent and not subresource and sent != before:
        if not any(sent):
            return  # a list of empty entries clears them
        entries = sent if _usable(sent) else before  # what makes no sense changes nothing
    if not entries:
        return
    owners = read_entries(before) if entries is before else _usable(sent)
    comparison = compare(
        owned_part(context, old, subresource), owned_part(context, new, subresource), extractor_of(context)
    )
    after = after_update(owners, comparison, manager, manager.api_version, context.state.timestamp())
    if after is owners and entries is before:
        metadata[FIELD] = before
    elif after:
        metadata[FIELD] = write_entries(after)


def _usable(entries: Any) -> Managers:
    """The owners in what a client sent, or in what the object has; none if that is not what it should be."""
    try:
        managers = read_entries(entries)
        for owned in managers.values():
            check(owned.fields)
    except ValueError:
        return {}
    return managers


def _updater(context: Context, subresource: str) -> Manager:
    return updater(manager_name(context), context.resource.api_version, subresource)


def manager_name(context: Context) -> str:
    """What the request calls itself, or the client's program."""
    query = context.request.query
    name = query.get("fieldManager", "") if query else ""
    if name:
        return name
    return _program(context.request.headers.get("user-agent", ""))


@lru_cache(_REMEMBERED_AGENTS)
def _program(user_agent: str) -> str:
    """The program's name, as far as it can be shown."""
    agent = user_agent.partition("/")[0]
    if not agent.isprintable():
        agent = "".join(letter for letter in agent if letter.isprintable())
    return agent[:MAX_MANAGER_LENGTH]
