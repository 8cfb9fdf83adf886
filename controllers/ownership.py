"""Whose an object is: adopting orphans that match, releasing what matches no more.

A controller owns what carries an owner reference to it with ``controller: true``. Selectors only say what may be
taken; two controllers with one selector do not fight, since each object has one managing controller. Before the
first adoption the controller is read live: a controller that was deleted and made again must not adopt on behalf of
its namesake. Counterpart: BaseControllerRefManager.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum, auto

from pybernetes.api.errors import APIError, conflict, is_not_found
from pybernetes.api.object import (
    Json,
    controller_of,
    controller_reference,
    is_deleting,
    labels_of,
    name_of,
    namespace_of,
    uid_of,
)
from pybernetes.api.selectors import Selector
from pybernetes.client.client import Client, resource_for


class Claim(Enum):
    """What a controller does about an object."""

    KEEP = auto()
    ADOPT = auto()
    RELEASE = auto()
    LEAVE = auto()


def decide_claim(controller: Json, obj: Json, selector: Selector) -> Claim:
    """Whether `controller`, with this selector, keeps, adopts, releases or leaves the object."""
    owner = controller_of(obj)
    matches = selector.matches(labels_of(obj))
    if owner is not None:
        if owner["uid"] != uid_of(controller):
            return Claim.LEAVE
        if matches:
            return Claim.KEEP
        return Claim.LEAVE if is_deleting(controller) else Claim.RELEASE
    if is_deleting(controller) or is_deleting(obj) or not matches or namespace_of(obj) != namespace_of(controller):
        return Claim.LEAVE
    return Claim.ADOPT


async def claim_all(
    client: Client, controller_kind: str, controller: Json, kind: str, objects: Iterable[Json], selector: Selector
) -> list[Json]:
    """The objects that are the controller's, after adopting and releasing. Raises the first `APIError` at the end."""
    ours, first_error, may_adopt = [], None, False
    for obj in objects:
        claim = decide_claim(controller, obj, selector)
        try:
            if claim is Claim.ADOPT:
                if not may_adopt:
                    await _check_alive(client, controller_kind, controller)
                    may_adopt = True
                if not await _adopt(client, controller, kind, obj):
                    continue
            elif claim is Claim.RELEASE:
                await _release(client, controller, kind, obj)
        except APIError as error:
            first_error = first_error or error
            continue
        if claim in (Claim.KEEP, Claim.ADOPT):
            ours.append(obj)
    if first_error is not None:
        raise first_error
    return ours


async def _check_alive(client: Client, kind: str, controller: Json) -> None:
    fresh = await client.get(kind, name_of(controller), namespace_of(controller))
    resource = resource_for(kind)
    if uid_of(fresh) != uid_of(controller):
        why = f"original {kind} {name_of(controller)} is gone: got uid {uid_of(fresh)}, wanted {uid_of(controller)}"
        raise conflict(resource.plural, name_of(controller), why, resource.group)
    if is_deleting(fresh):
        why = f"it has just been deleted at {fresh['metadata']['deletionTimestamp']}"
        raise conflict(resource.plural, name_of(controller), why, resource.group)


async def _adopt(client: Client, controller: Json, kind: str, obj: Json) -> bool:
    """False when the object is gone meanwhile."""
    patch = {"metadata": {"ownerReferences": [controller_reference(controller)], "uid": uid_of(obj)}}
    return await _patch(client, kind, obj, patch)


async def _release(client: Client, controller: Json, kind: str, obj: Json) -> None:
    reference = {"$patch": "delete", "uid": uid_of(controller)}
    try:
        await _patch(client, kind, obj, {"metadata": {"ownerReferences": [reference], "uid": uid_of(obj)}})
    except APIError as error:
        if error.reason != "Invalid":  # the object has no such owner any more, or is another one
            raise


async def _patch(client: Client, kind: str, obj: Json, patch: Json) -> bool:
    try:
        await client.patch(kind, name_of(obj), patch, namespace_of(obj), type="strategic")
    except APIError as error:
        if is_not_found(error):
            return False
        raise
    return True
