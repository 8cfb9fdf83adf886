"""Certificate signing requests: who asks is what the server knows, and only the approval subresource approves.

The name, groups, uid and extra of a request are those of the user who makes it, whatever the body says: signers put
them into certificates.
"""

from __future__ import annotations

from collections.abc import Callable

from pybernetes.api.certificates.validation import APPROVED, DENIED, conditions_of, validate_status
from pybernetes.api.errors import invalid
from pybernetes.api.field import ErrorList
from pybernetes.api.object import Json, deep_copy, name_of
from pybernetes.apiserver.http import Response
from pybernetes.apiserver.resources.hooks import Hooks, Undo
from pybernetes.apiserver.rest.context import Context
from pybernetes.apiserver.rest.described import described, is_apply
from pybernetes.apiserver.rest.update import respond, write_update
from pybernetes.apiserver.user import User

Conditions = list[Json]
_Take = Callable[[Json, Json, str], Json]


async def before_create(context: Context, request: Json) -> Undo | None:
    set_requester(request, context.user)
    return None


async def before_update(context: Context, new: Json, old: Json) -> Undo | None:
    """What is asked for cannot change."""
    new["spec"] = old["spec"]
    return None


def set_requester(request: Json, user: User) -> None:
    """Write the user into the spec, over whatever stands there."""
    asked: Json = {"username": user.name, "uid": user.uid, "groups": list(user.groups)}
    asked["extra"] = {key: list(values) for key, values in user.extra.items()}
    spec = {key: value for key, value in request["spec"].items() if key not in asked}
    request["spec"] = {**spec, **{key: value for key, value in asked.items() if value}}


async def get(context: Context) -> Response:
    return respond(context, await context.current())


async def approve(context: Context) -> Response:
    """PUT or PATCH …/approval: other conditions, and metadata. Raises 400, 403, 404, 409, 422."""
    return await _update(context, with_approval, approves=True)


async def write_status(context: Context) -> Response:
    """PUT or PATCH …/status: a certificate, and conditions other than those of approval. Raises as `approve`."""
    return await _update(context, with_status, approves=False)


def with_approval(old: Json, wanted: Json, now: str) -> Json:
    """The status with the conditions that are wanted."""
    conditions = (wanted.get("status") or {}).get("conditions") or []
    return {**(old.get("status") or {}), "conditions": stamped(conditions, conditions_of(old), now)}


def with_status(old: Json, wanted: Json, now: str) -> Json:
    """The status that is wanted, with the approval that there was."""
    kept = [one for one in conditions_of(old) if one["type"] in (APPROVED, DENIED)]
    status = dict(wanted.get("status") or {})
    others = [one for one in status.pop("conditions", []) if one["type"] not in (APPROVED, DENIED)]
    conditions = stamped([*kept, *others], conditions_of(old), now)
    return {**status, "conditions": conditions} if conditions else status


def stamped(conditions: Conditions, before: Conditions, now: str) -> Conditions:
    """The conditions with the times that are missing; one whose status is as it was keeps the time of its change."""
    changed = {(one["type"], one["status"]): one.get("lastTransitionTime") for one in before}
    result = []
    for one in conditions:
        times = {
            "lastUpdateTime": one.get("lastUpdateTime") or now,
            "lastTransitionTime": changed.get((one["type"], one["status"])) or one.get("lastTransitionTime") or now,
        }
        result.append({**one, **times})
    return result


async def _update(context: Context, take: _Take, *, approves: bool) -> Response:
    wanted_of = described(context)

    async def change(current: Json) -> Json:
        wanted = wanted_of(deep_copy(current))
        metadata = {key: value for key, value in wanted["metadata"].items() if key != "generation"}
        status = take(current, wanted, context.state.timestamp())
        new = {**current, "metadata": metadata, "status": status}
        errors = ErrorList()
        validate_status(new, current, errors, approves=approves)
        if errors:
            raise invalid(context.resource.kind, name_of(current), errors.causes, context.resource.group)
        return new

    return respond(context, await write_update(context, change, tracked=not is_apply(context)))


HOOKS = Hooks(
    before_create=before_create,
    before_update=before_update,
    handlers={
        ("get", "approval"): get,
        ("update", "approval"): approve,
        ("patch", "approval"): approve,
        ("update", "status"): write_status,
        ("patch", "status"): write_status,
    },
)
