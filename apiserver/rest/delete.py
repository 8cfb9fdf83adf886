"""Delete: at once, after a grace period, or once every finalizer is gone.

    finalizers, or a grace period   →  deletionTimestamp is set; the object stays until nothing holds it
    neither                         →  it is removed

What happens to dependents is said with a finalizer that the garbage collector acts on: ``foregroundDeletion``
(dependents first), ``orphan`` (dependents stay); without one they go in the background.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from pybernetes.api.errors import APIError, bad_request, conflict, invalid, is_conflict
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.delete_options import DeleteOptions
from pybernetes.api.object import Json, deep_copy, format_time, name_of, parse_time
from pybernetes.api.schema.declare import struct_of
from pybernetes.api.schema.decode import Decoder
from pybernetes.apiserver.admission.operation import DELETE
from pybernetes.apiserver.cache.entry import Entry
from pybernetes.apiserver.http import Response, json_response, success_status
from pybernetes.apiserver.rest.bodies import decode_as, read_object
from pybernetes.apiserver.rest.context import Context
from pybernetes.apiserver.rest.store_write import remove, replace
from pybernetes.apiserver.rest.update import may_go, respond, same_object

FOREGROUND_FINALIZER = "foregroundDeletion"
ORPHAN_FINALIZER = "orphan"
_POLICIES = ("Background", "Foreground", "Orphan")
_TRIES = 6

_decoder: Decoder | None = None


@dataclass(frozen=True, slots=True)
class Options:
    """What a delete was asked to do. Empty strings and None mean that the request does not say.

    `sent` are the DeleteOptions as admission sees them; `admitted`: admission has had its say, of what led to this.
    """

    grace_seconds: int | None = None
    propagation: str = ""
    uid: str = ""
    resource_version: str = ""
    dry_run: bool = False
    sent: Json | None = None
    admitted: bool = False
    of_collection: bool = False


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


def read_options(context: Context) -> Options:
    """From the body, or from the query as old clients send them. Raises 400, 422."""
    global _decoder
    request, body = context.request, {}
    if request.body:
        if _decoder is None:
            _decoder = Decoder(struct_of(DeleteOptions))
        raw = read_object(request)
        if raw.get("kind") not in (None, "", "DeleteOptions"):
            raise bad_request(f'no kind "{raw.get("kind")}" is registered for a delete; send DeleteOptions')
        body = decode_as(request, raw, _decoder, "DeleteOptions", "v1")
    query = request.query
    grace = body.get("gracePeriodSeconds")
    if grace is None and query.get("gracePeriodSeconds"):
        text = query["gracePeriodSeconds"]
        if not text.lstrip("-").isdigit():
            raise bad_request(f'invalid gracePeriodSeconds "{text}"')
        grace = int(text)
    policy = body.get("propagationPolicy") or query.get("propagationPolicy") or ""
    orphan = body.get("orphanDependents")
    _check_options(policy, orphan, grace)
    if orphan is not None:
        policy = "Orphan" if orphan else "Background"
    if not policy and context.hooks.default_propagation_warning:
        request.warnings.append(context.hooks.default_propagation_warning)
    preconditions = body.get("preconditions") or {}
    dry_run = context.dry_run or bool(body.get("dryRun"))
    uid, version = preconditions.get("uid") or "", preconditions.get("resourceVersion") or ""
    return Options(grace, policy, uid, version, dry_run, _sent(body, grace, policy, dry_run))


def _sent(body: Json, grace: int | None, policy: str, dry_run: bool) -> Json:
    """The options as one object, wherever the request said them."""
    said = {"gracePeriodSeconds": grace, "propagationPolicy": policy or None, "dryRun": ["All"] if dry_run else None}
    options = {"kind": "DeleteOptions", "apiVersion": "meta.k8s.io/v1", **body, "orphanDependents": None, **said}
    options |= {"kind": "DeleteOptions", "apiVersion": "meta.k8s.io/v1"}
    return {name: value for name, value in options.items() if value is not None}


def _check_options(policy: str, orphan: bool | None, grace: int | None) -> None:
    errors = ErrorList()
    if policy and orphan is not None:
        errors.invalid("propagationPolicy", policy, "orphanDependents and deletionPropagation cannot be both set")
    if policy and policy not in _POLICIES:
        errors.not_supported("propagationPolicy", policy, _POLICIES)
    if errors:
        raise invalid("DeleteOptions", "", errors.causes, "meta.k8s.io")


def _check_preconditions(context: Context, options: Options, obj: Json) -> None:
    metadata = obj["metadata"]
    for what, wanted, found in (
        ("UID", options.uid, metadata.get("uid")),
        ("ResourceVersion", options.resource_version, metadata["resourceVersion"]),
    ):
        if wanted and wanted != found:
            why = f"Precondition failed: {what} in precondition: {wanted}, {what} in object meta: {found}"
            raise conflict(context.resource.plural, context.info.name, why, context.resource.group)


async def _delete(context: Context, options: Options, obj: Json, entry: Entry) -> Response:
    dry_run = options.dry_run or context.dry_run
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
            await remove(context, obj, entry)
        return _gone(context, obj)
    if same_object(obj, before):
        return respond(context, entry)
    if dry_run:
        return respond(context, context.cache.entry_of(obj, entry.revision))
    return respond(context, await replace(context, obj, before, entry))


def _mark(context: Context, options: Options, obj: Json) -> None:
    """Say in the object that it is being deleted, how long that may take, and what happens to its dependents."""
    metadata = obj["metadata"]
    _set_finalizers(context, options, metadata)
    graceful = context.hooks.graceful
    grace = graceful(obj, options.grace_seconds) if graceful is not None else 0
    deleting = "deletionTimestamp" in metadata
    if deleting:
        current = int(metadata.get("deletionGracePeriodSeconds") or 0)
        if graceful is not None and grace < current:  # a second delete can only shorten the wait
            shorter = parse_time(metadata["deletionTimestamp"]) - timedelta(seconds=current - grace)
            metadata["deletionTimestamp"] = format_time(shorter)
            metadata["deletionGracePeriodSeconds"] = grace
        return
    metadata["deletionTimestamp"] = format_time(context.state.now() + timedelta(seconds=grace))
    metadata["deletionGracePeriodSeconds"] = grace
    if context.definition.spec_fields and metadata.get("generation"):
        metadata["generation"] = int(metadata["generation"]) + 1


def _set_finalizers(context: Context, options: Options, metadata: Json) -> None:
    held = [name for name in metadata.get("finalizers") or () if name not in (FOREGROUND_FINALIZER, ORPHAN_FINALIZER)]
    existing = set(metadata.get("finalizers") or ())
    policy = options.propagation
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
