"""Writing what every cluster has, at each start: the part that acts on what `reconcile` decides.

Namespaces come first since role bindings are in them. Everything else is written at once: the store puts the writes
of one moment into one commit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Protocol

from pybernetes.api.errors import APIError, is_already_exists, is_conflict, is_not_found
from pybernetes.api.object import Json, name_of, namespace_of
from pybernetes.api.resources import resource, resource_for_kind
from pybernetes.apiserver.bootstrap.bindings import cluster_role_bindings, role_bindings
from pybernetes.apiserver.bootstrap.flow_schemas import (
    mandatory_levels,
    mandatory_schemas,
    suggested_levels,
    suggested_schemas,
)
from pybernetes.apiserver.bootstrap.namespace_roles import NAMESPACE_ROLES
from pybernetes.apiserver.bootstrap.objects import namespaces, priority_classes
from pybernetes.apiserver.bootstrap.reconcile import Write, reconcile_binding, reconcile_role
from pybernetes.apiserver.bootstrap.roles import cluster_roles

_TRIES = 3  # another server may write the same objects at the same moment


class Submit(Protocol):
    """One request to the API. Raises `APIError`."""

    async def __call__(self, method: str, path: str, obj: Json | None = None) -> Json: ...


Decide = Callable[[Json | None, Json], Write | None]


async def bootstrap(submit: Submit) -> None:
    """Bring the cluster's own objects to what this version wants. Raises `APIError`."""
    await _together(_ensure(submit, obj, _only_if_missing) for obj in namespaces())
    made_once = (
        *priority_classes(),
        *mandatory_levels(),
        *suggested_levels(),
        *mandatory_schemas(),
        *suggested_schemas(),
    )
    decisions: list[tuple[Json, Decide]] = [(obj, _only_if_missing) for obj in made_once]
    decisions += [(role, reconcile_role) for role in (*cluster_roles(), *NAMESPACE_ROLES)]
    decisions += [(binding, reconcile_binding) for binding in (*cluster_role_bindings(), *role_bindings())]
    await _together(_ensure(submit, obj, decide) for obj, decide in decisions)


async def _together(work: Iterable[Coroutine[Any, Any, None]]) -> None:
    async with asyncio.TaskGroup() as group:
        for one in work:
            group.create_task(one)


def _only_if_missing(existing: Json | None, wanted: Json) -> Write | None:
    return Write(wanted, create=True) if existing is None else None


async def _ensure(submit: Submit, wanted: Json, decide: Decide) -> None:
    kind = resource_for_kind(wanted["apiVersion"], wanted["kind"])
    assert kind is not None, "bootstrap objects are of built-in kinds"
    path = kind.path(namespace_of(wanted), name_of(wanted))
    for attempt in range(_TRIES):
        write = decide(await _find(submit, path), wanted)
        if write is None:
            return
        try:
            if write.replace:
                await submit("DELETE", path)
            if write.create:
                await submit("POST", resource(kind.qualified_name).path(namespace_of(wanted)), write.obj)
            else:
                await submit("PUT", path, write.obj)
            return
        except APIError as error:
            if not (is_conflict(error) or is_already_exists(error)) or attempt + 1 == _TRIES:
                raise


async def _find(submit: Submit, path: str) -> Json | None:
    try:
        return await submit("GET", path)
    except APIError as error:
        if is_not_found(error):
            return None
        raise
