"""Delete: at once, after a grace period, or once every finalizer is gone.

    finalizers, or a grace period   →  deletionTimestamp is set; the object stays until nothing holds it
    neither                         →  it is removed

What happens to dependents is said with a finalizer that the garbage collector acts on: ``foregroundDeletion``
(dependents first), ``orphan`` (dependents stay); without one they go in the background.
"""

from __future__ import annotations

from datetime import timedelta

from pybernetes.api.errors import APIError, conflict, is_conflict
from pybernetes.api.object import Json, deep_copy, format_time, name_of, parse_time
from pybernetes.apiserver.admission.operation import DELETE
from pybernetes.apiserver.cache.entry import Entry
from pybernetes.apiserver.http import Response, json_response, success_status
from pybernetes.apiserver.rest.context import Context
from pybernetes.apiserver.rest.delete_options import Options, read_options
from pybernetes.apiserver.rest.store_write import remove, replace
from pybernetes.apiserver.rest.update import may_go, respond, same_object

FOREGROUND_FINALIZER = "foregroundDeletion"
ORPHAN_FINALIZER = "orphan"
_TRIES = 100  # as for an update


async def delete(context: Context) -> Response:
    """Delete the object that the path names. Raises 400, 404, 409, 422."""
    return await delete_object(context, read_options(context))


async def delete_object(context: Context, options: Options) -> Response:
    for attempt in range(_TRIES):
        entry = await context.current()
        obj = context.cache.object(entry)
        _check_preconditions(context, options, obj)
        try:
            return await _delete(context, options, obj, entry)
        except APIError as error:
            if not is_conflict(error) or options.resource_version or attempt + 1 == _TRIES:
                raise
            await context.state.cache.catch_up()
    raise AssertionError("the last try raises")


def _check_preconditions(context: Context, options: Options, obj: Json) -> None:
    metadata = obj["metadata"]
    for what, since, wanted, found in (
        ("UID", "deleted and then recreated", options.uid, metadata.get("uid")),
        ("ResourceVersion", "modified", options.resource_version, metadata["resourceVersion"]),
    ):
        if wanted and wanted != found:
            why = (
                f"the {what} in the precondition ({wanted}) does not match the {what} in record ({found}). "
                f"The object might have been {since}"
            )
            raise conflict(context.resource.kind, context.info.name, why, context.resource.group)


async def _delete(context: Context, options: Options, obj: Json, entry: Entry) -> Response:
    dry_run = options.dry_run
    if not options.admitted:
        operation = context.operation(DELETE, None, obj)
        operation.dry_run, operation.options, operation.of_collection = dry_run, options.sent, options.of_collection
        await context.state.admission.mutate(operation)
        await context.state.admission.validate(operation)
    if context.hooks.before_delete is not None:
        context.hooks.before_delete(context, obj)
    before = deep_copy(obj)
    _mark(context, options, obj)
    if may_go(context, obj):
        if not dry_run:
            await _end(context, obj, before, entry)
        return _gone(context, obj)
    status = 202 if options.keeps_no_dependents else 200
    if same_object(obj, before):
        return respond(context, entry, status)
    if dry_run:
        return respond(context, context.cache.entry_of(obj, entry.revision), status)
    return respond(context, await replace(context, obj, before, entry), status)


async def _end(context: Context, obj: Json, before: Json, entry: Entry) -> None:
    """Remove the object. Where deletes are graceful, watchers are shown first that it is being deleted."""
    if context.hooks.graceful is not None and not same_object(obj, before):
        entry = await replace(context, obj, before, entry)
        obj["metadata"]["resourceVersion"] = str(entry.revision)
    revision = await remove(context, obj, entry)
    obj["metadata"]["resourceVersion"] = str(revision)


def _mark(context: Context, options: Options, obj: Json) -> None:
    """Say in the object that it is being deleted, how long that may take, and what happens to its dependents."""
    metadata = obj["metadata"]
    if "deletionTimestamp" in metadata:
        if not _shorten(context, options, metadata):
            _set_finalizers(context, options, metadata)
        return
    _set_finalizers(context, options, metadata)
    graceful = context.hooks.graceful
    grace = graceful(obj, options.grace_seconds) if graceful is not None else 0
    metadata["deletionTimestamp"] = format_time(context.state.now() + timedelta(seconds=grace))
    metadata["deletionGracePeriodSeconds"] = grace
    if metadata.get("generation"):
        metadata["generation"] = int(metadata["generation"]) + 1


def _shorten(context: Context, options: Options, metadata: Json) -> bool:
    """A second delete can only shorten the wait; whether the object still waits as it did, so that nothing changes."""
    current = metadata.get("deletionGracePeriodSeconds")
    if context.hooks.graceful is None or current is None:
        return False
    wanted = options.grace_seconds
    grace = current if wanted is None else max(wanted, 0) or (1 if wanted < 0 else 0)
    if grace >= current:
        return True
    shorter = parse_time(metadata["deletionTimestamp"]) - timedelta(seconds=current - grace)
    metadata["deletionTimestamp"] = format_time(shorter)
    metadata["deletionGracePeriodSeconds"] = grace
    return False


def _set_finalizers(context: Context, options: Options, metadata: Json) -> None:
    held = [name for name in metadata.get("finalizers") or () if name not in (FOREGROUND_FINALIZER, ORPHAN_FINALIZER)]
    existing = set(metadata.get("finalizers") or ())
    policy = options.propagation if context.hooks.default_propagation else "Background"
    if not policy:
        if FOREGROUND_FINALIZER in existing:
            policy = "Foreground"
        elif ORPHAN_FINALIZER in existing:
            policy = "Orphan"
        else:
            policy = context.hooks.default_propagation
    if policy == "Foreground":
        held.append(FOREGROUND_FINALIZER)
    elif policy == "Orphan":
        held.append(ORPHAN_FINALIZER)
    if held:
        metadata["finalizers"] = held
    else:
        metadata.pop("finalizers", None)


def _gone(context: Context, obj: Json) -> Response:
    """The answer for an object that is no more: itself for some kinds, a Status for the others."""
    if context.resource.returns_deleted:
        return json_response(obj)
    details: Json = {"name": name_of(obj)}
    if context.resource.group:
        details["group"] = context.resource.group
    details |= {"kind": context.resource.plural, "uid": obj["metadata"].get("uid", "")}
    return json_response(success_status(details))
