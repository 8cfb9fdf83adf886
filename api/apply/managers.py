"""The owners of an object's fields: what an update or an apply does to them.

An owner is a manager in one role: who, whether by apply or by update, through which subresource, and for updates also
in which version. Each has a set of fields, and the moment when that set or a value in it last changed.

    update   the writer owns what it changed; whoever owned that otherwise loses it; what is gone, nobody owns
    apply    the writer owns what its configuration speaks of, and nothing else. Changing what another owns is a
             conflict, unless forced; wanting the value that is there is none, and both own it. What it owned before
             and speaks of no more is removed, if no other owns it.

Only so many updaters are kept apart: beyond that the oldest become one, named ``ancient-changes``.

All functions give new values; nothing is changed in place.

Counterparts: merge.Updater of structured-merge-diff; managedfields/internal of apimachinery (buildmanagerinfo,
capmanagers, managedfieldsupdater).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pybernetes.api.apply import field_set
from pybernetes.api.apply.compare import Comparison, compare
from pybernetes.api.apply.extract import Extractor
from pybernetes.api.apply.field_set import FieldSet, Path, path_text
from pybernetes.api.apply.merge import merge, remove, with_named_parents
from pybernetes.api.object import Json

APPLY, UPDATE = "Apply", "Update"
ANCIENT_CHANGES = "ancient-changes"
BEFORE_FIRST_APPLY = "before-first-apply"
UNKNOWN = "unknown"
MAX_UPDATERS = 10  # what kube-apiserver keeps: enough for the controllers that write one object
MAX_MANAGER_LENGTH = 128


class Manager(NamedTuple):
    """An owner's identity. An applier is the same one in every version."""

    name: str
    operation: str
    api_version: str = ""
    subresource: str = ""


class Owned(NamedTuple):
    """What a manager owns, in the terms of which version, and since when as RFC 3339 (empty if that is not known)."""

    fields: FieldSet
    api_version: str
    time: str = ""


Managers = Mapping[Manager, Owned]


class Conflicts(Exception):
    """An apply would change fields that others own. `found` has each with its owner."""

    def __init__(self, found: Sequence[tuple[Manager, Path]]):
        super().__init__(conflict_message(found))
        self.found = tuple(found)


def applier(name: str, subresource: str = "") -> Manager:
    return Manager(name or UNKNOWN, APPLY, "", subresource)


def updater(name: str, api_version: str, subresource: str = "") -> Manager:
    return Manager(name or UNKNOWN, UPDATE, api_version, subresource)


def read_entries(entries: Sequence[Json]) -> dict[Manager, Owned]:
    """The owners in ``metadata.managedFields``. Raises ValueError for an entry that is none."""
    result = {}
    for index, entry in enumerate(entries):
        operation, version = entry.get("operation"), entry.get("apiVersion") or ""
        if operation not in (APPLY, UPDATE) or not version or entry.get("fieldsType") != "FieldsV1":
            raise ValueError(_wrong(entry, index))
        fields = entry.get("fieldsV1") or {}
        manager = Manager(
            entry.get("manager") or UNKNOWN,
            operation,
            "" if operation == APPLY else version,
            entry.get("subresource") or "",
        )
        result[manager] = Owned(fields, version, entry.get("time") or "")
    return result


def _wrong(entry: Json, index: int) -> str:
    """Why an entry names no owner, in Kubernetes' words."""
    if entry.get("operation") not in (APPLY, UPDATE):
        return "operation must be `Apply` or `Update`"
    if not entry.get("apiVersion"):
        return "apiVersion must not be empty"
    kind = entry.get("fieldsType")
    return (
        f'invalid fieldsType "{kind}" in managed fields entry {index}'
        if kind
        else (f"missing fieldsType in managed fields entry {index}")
    )


def write_entries(managers: Managers) -> list[Json]:
    """``metadata.managedFields``: appliers first, then the oldest first."""
    if len(managers) == 1:
        return [_entry(*one) for one in managers.items()]
    return [
        _entry(manager, owned)
        for manager, owned in sorted(
            managers.items(),
            key=lambda item: (
                item[0].operation,
                item[1].time,
                item[0].name,
                item[1].api_version,
                item[0].subresource,
            ),
        )
    ]


def _entry(manager: Manager, owned: Owned) -> Json:
    entry: Json = {
        "apiVersion": owned.api_version,
        "fieldsType": "FieldsV1",
        "fieldsV1": owned.fields,
        "manager": manager.name,
        "operation": manager.operation,
    }
    if manager.subresource:
        entry["subresource"] = manager.subresource
    if owned.time:
        entry["time"] = owned.time
    return entry


def after_update(managers: Managers, comparison: Comparison, manager: Manager, api_version: str, now: str) -> Managers:
    """The owners once `manager` has made the changes in `comparison`."""
    if comparison.is_same:
        return managers
    changed = field_set.union(comparison.added, comparison.modified)
    own = managers.get(manager)
    if own is not None and not comparison.removed and _is_alone(managers, manager, changed):
        if own.time == now and own.api_version == api_version:
            return managers
        return {**managers, manager: Owned(own.fields, api_version, now)}
    result = _without(managers, field_set.union(changed, comparison.removed), keep=manager)
    fields = field_set.union(field_set.difference(own.fields, comparison.removed), changed) if own else changed
    if fields:
        time = now if changed or own is None else own.time
        result[manager] = Owned(fields, api_version, time)
    else:
        result.pop(manager, None)
    return capped(result)


def _is_alone(managers: Managers, manager: Manager, changed: FieldSet) -> bool:
    """Whether the changed fields are the manager's already, and nobody else's: then its time is all that changes."""
    if len(managers) > MAX_UPDATERS or not field_set.covers(managers[manager].fields, changed):
        return False
    return all(
        one is manager or one == manager or (owned.fields and not field_set.touches(owned.fields, changed))
        for one, owned in managers.items()
    )


def _without(managers: Managers, taken: FieldSet, *, keep: Manager) -> dict[Manager, Owned]:
    """The owners, all but one without these fields; those that own nothing then are gone."""
    result = {}
    for manager, owned in managers.items():
        if manager != keep and taken and (not owned.fields or field_set.touches(owned.fields, taken)):
            fields = field_set.difference(owned.fields, taken)
            if not fields:
                continue
            owned = owned._replace(fields=fields)
        result[manager] = owned
    return result


def capped(managers: Managers) -> Managers:
    """With too many updaters, the oldest of each version in one entry."""
    updaters = [manager for manager in managers if manager.operation == UPDATE]
    excess = len(updaters) - MAX_UPDATERS
    if excess <= 0:
        return managers
    result, first_of = dict(managers), dict[str, Manager]()
    for manager in sorted(updaters, key=lambda one: (managers[one].time, one.name)):
        if excess <= 0:
            break
        first = first_of.setdefault(manager.api_version, manager)
        if first is manager:
            continue
        bucket = Manager(ANCIENT_CHANGES, UPDATE, manager.api_version)
        merged = result.pop(first) if bucket not in result else result[bucket]
        owned = result.pop(manager)
        fields = field_set.union(merged.fields, owned.fields)
        result[bucket] = Owned(fields, owned.api_version, owned.time)
        excess -= 1
    return result


def apply(
    live: Json,
    config: Json,
    managers: Managers,
    manager: Manager,
    extractor: Extractor,
    *,
    api_version: str,
    now: str,
    force: bool = False,
) -> tuple[Json, Managers]:
    """The object with the configuration applied, and its owners then.

    What `live` and `config` hold must be only what may be owned. The object may have nulls: those of the configuration,
    and parts of which nothing is left. Raises `Conflicts`.
    """
    fields = extractor.configuration(config)
    before = managers.get(manager)
    claimed = {**managers, manager: Owned(fields, api_version, now)}
    new = merge(live, config, extractor.struct)
    if before is not None:
        new = _give_up(new, before.fields, claimed, extractor)
    comparison = compare(live, new, extractor)
    changed = field_set.union(comparison.added, comparison.modified)
    if not force:
        _refuse_conflicts(managers, changed, manager)
    result = _without(claimed, field_set.union(changed, comparison.removed), keep=manager)
    if not fields:
        result.pop(manager)
    elif comparison.is_same and before is not None and before.fields == fields:
        result[manager] = before._replace(api_version=api_version)
    return new, result


def _give_up(merged: Json, owned_before: FieldSet, managers: Managers, extractor: Extractor) -> Json:
    """Without what the applier owned and speaks of no more, as far as nobody else owns it."""
    struct = extractor.struct
    given_up = with_named_parents(owned_before, struct)
    for owned in managers.values():
        given_up = field_set.difference(given_up, with_named_parents(owned.fields, struct))
    return remove(merged, given_up, struct) if given_up else merged


def _refuse_conflicts(managers: Managers, changed: FieldSet, manager: Manager) -> None:
    found = [
        (other, path)
        for other, owned in managers.items()
        if other != manager
        for path in field_set.members(field_set.intersection(owned.fields, changed))
    ]
    if found:
        raise Conflicts(found)


def conflict_message(found: Sequence[tuple[Manager, Path]]) -> str:
    """What kube-apiserver says of conflicts."""
    if len(found) == 1:
        manager, path = found[0]
        return f"Apply failed with 1 conflict: conflict with {manager_text(manager)}: {path_text(path)}"
    by_manager: dict[str, list[str]] = {}
    for manager, path in found:
        by_manager.setdefault(manager_text(manager), []).append(path_text(path))
    lines = []
    for text in sorted(by_manager):
        lines.append(f"conflicts with {text}:")
        lines.extend(f"- {path}" for path in by_manager[text])
    return f"Apply failed with {len(found)} conflicts: " + "\n".join(lines)


def manager_text(manager: Manager) -> str:
    text = f'"{manager.name}"'
    if manager.subresource:
        text += f' with subresource "{manager.subresource}"'
    return f"{text} using {manager.api_version}" if manager.operation == UPDATE else text
