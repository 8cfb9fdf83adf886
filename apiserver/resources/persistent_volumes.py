"""Persistent volumes: since when one is in its phase.

Counterpart: PrepareForCreate and the status strategy's PrepareForUpdate in pkg/registry/core/persistentvolume.
"""

from __future__ import annotations

from pybernetes.api.object import Json
from pybernetes.apiserver.resources.hooks import Hooks, Undo
from pybernetes.apiserver.rest.context import Context

_SINCE = "lastPhaseTransitionTime"


def date_phase(new: Json, old: Json, now: str) -> None:
    """Say when the phase changed, unless whoever changed it does."""
    status, before = new.get("status") or {}, old.get("status") or {}
    if status.get("phase") != before.get("phase") and status.get(_SINCE) in (None, before.get(_SINCE)):
        status[_SINCE] = now


async def _before_create(context: Context, volume: Json) -> Undo | None:
    volume["status"][_SINCE] = context.state.timestamp()
    return None


def _before_status(context: Context, new: Json, old: Json) -> None:
    date_phase(new, old, context.state.timestamp())


HOOKS = Hooks(before_create=_before_create, before_status=_before_status)
