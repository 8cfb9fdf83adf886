"""Taints of devices: one that does not say since when it is there is there from now on.

Counterpart: SetDefaults_DeviceTaint in pkg/apis/resource/v1.
"""

from __future__ import annotations

from pybernetes.api.object import Json
from pybernetes.apiserver.resources.hooks import Hooks, Undo
from pybernetes.apiserver.rest.context import Context


def date_taints(resource_slice: Json, now: str) -> None:
    """Say since when taints are there, where that is not said."""
    for device in (resource_slice.get("spec") or {}).get("devices") or ():
        for taint in device.get("taints") or ():
            if taint.get("timeAdded") is None:
                taint["timeAdded"] = now


async def _before_create(context: Context, resource_slice: Json) -> Undo | None:
    date_taints(resource_slice, context.state.timestamp())
    return None


async def _before_update(context: Context, new: Json, old: Json) -> Undo | None:
    date_taints(new, context.state.timestamp())
    return None


HOOKS = Hooks(before_create=_before_create, before_update=_before_update)
