"""Update: a new state for an object, in place of the one it has.

`write_update` is the road for everything that changes an existing object: PUT, every kind of patch, and the
behaviours of single resources. It takes a function from the current state to the wanted one and runs it again on a
fresh state if another write came first, unless the caller has said which state it means.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from pybernetes.api.definition import Definition
from pybernetes.api.errors import APIError, bad_request, conflict, failure, invalid, is_conflict
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.validation import validate_metadata, validate_metadata_update
from pybernetes.api.object import Json, name_of
from pybernetes.api.schema.constraints import check_constraints, check_immutable
from pybernetes.apiserver.admission.operation import UPDATE
from pybernetes.apiserver.cache.entry import Entry
from pybernetes.apiserver.http import Response
from pybernetes.apiserver.rest.bodies import decode_object, read_resource
from pybernetes.apiserver.rest.context import Context
from pybernetes.apiserver.rest.create import OTHER_NAMESPACE, create_object, settle_namespace
from pybernetes.apiserver.rest.forms import included_object, one
from pybernetes.apiserver.rest.list_options import parse_version
from pybernetes.apiserver.rest.managed_fields import track_update
from pybernetes.apiserver.rest.metadata import bump_generation, carry_over
from pybernetes.apiserver.rest.owner_references import AFTER_ADMISSION, drop_repeated_owners
from pybernetes.apiserver.rest.store_write import is_outdated, kubernetes_key, modified, remove, replace

_NO_VERSION = "must be specified for an update"
# Each conflict is another's success. kube-apiserver goes on until the request's time is up; nobody contends so long.
_TRIES = 100

Change = Callable[[Json], Awaitable[Json]]


@dataclass(frozen=True, slots=True)
class View:
    """What admission sees in place of the object: `show` makes it, `take` puts its changes back into the object."""

    show: Callable[[Json], Json]
    take: Callable[[Json, Json], None]


async def update(context: Context) -> Response:
    """Replace the object that the path names. Raises 400, 404, 409, 415, 422."""
    resource = context.resource
    body = read_resource(context.request, resource)
    _check_name(context, body)
    if context.definition.allow_create_on_update and not context.info.subresource:
        if context.known() is None:
            await context.state.cache.catch_up()
        if context.cache.get(context.info.namespace, context.info.name) is None:
            return await create_object(context, body)
    wanted = decode_object(context.request, body, resource, context.definition)
    settle_namespace(context, wanted)
    drop_repeated_owners(context.request, wanted)

    untouched = [wanted]

    async def change(current: Json) -> Json:
        wanted = untouched.pop() if untouched else _decode_again(context)
        _check_version_named(context, wanted)
        return wanted

    return respond(context, await write_update(context, change, apart=True))


def _decode_again(context: Context) -> Json:
    """The object in the body, whose first reading an attempt has changed. What it warns of has been told."""
    warnings = context.request.warnings
    told = len(warnings)
    body = read_resource(context.request, context.resource)
    wanted = decode_object(context.request, body, context.resource, context.definition)
    settle_namespace(context, wanted)
    drop_repeated_owners(context.request, wanted)
    del warnings[told:]
    return wanted


def _check_version_named(context: Context, wanted: Json) -> None:
    """Raises 422 if the object does not say which version it replaces, and its kind insists on that."""
    if context.definition.allow_unconditional_update or wanted["metadata"].get("resourceVersion", "0") not in ("", "0"):
        return
    errors = ErrorList()
    errors.invalid("metadata.resourceVersion", 0, "must be specified for an update")
    raise invalid(context.resource.plural, context.info.name, errors.causes, context.resource.group)


def _check_name(context: Context, body: Json) -> None:
    """The object is in the namespace of the path, and has its name. Raises 400."""
    sent = body.get("metadata")
    metadata = sent if isinstance(sent, dict) else {}
    namespace, name = metadata.get("namespace"), metadata.get("name")
    if context.resource.namespaced and namespace and namespace != context.info.namespace:
        raise bad_request(OTHER_NAMESPACE)
    check_name(context, name)


def check_name(context: Context, name: Any) -> None:
    """An object has the name that the path says. Raises 400."""
    if not name:
        raise bad_request(
            f"the name of the object ({context.info.name} based on URL) was undeterminable: name must be provided"
        )
    if name != context.info.name:
        raise bad_request(f"the name of the object ({name}) does not match the name on the URL ({context.info.name})")


def respond(context: Context, entry: Entry, status: int = 200) -> Response:
    """The entry in the form that the request wants."""
    include = included_object(context.request, context.wanted)
    return Response(status, one(context.cache, entry, context.wanted, context.state.now(), include))


async def write_update(
    context: Context,
    change: Change,
    *,
    subresource: str = "",
    tracked: bool = True,
    view: View | None = None,
    admitted: bool = False,
    apart: bool = False,
) -> Entry:
    """Bring the object that the path names to the state that `change` gives; the entry as it is now.

    The wanted state may carry a resourceVersion or a uid: then it is about that state and that object alone, and a
    conflict is the caller's. Raises 404, 409, 422.

    Who owns the fields that change is kept with them, unless `change` sees to that itself (not `tracked`), or the
    request is no write of the object but only leads to one (a binding, an eviction). `subresource` is the one that the
    request came through, where the path that is written does not say it; admission then sees the object through `view`.
    `admitted`: admission has had its say already, of what led to this write. `apart`: `change` leaves the current state
    as it is, and what it gives shares nothing with it that anybody changes in place.
    """
    attempt = _Attempt(context, change, subresource, tracked, view, admitted, apart)
    return await _on_what_is_known(attempt) or await _on_the_newest(attempt)


@dataclass(slots=True)
class _Attempt:
    """The arguments of `write_update`, to be tried on one state after another."""

    context: Context
    change: Change
    subresource: str
    tracked: bool
    view: View | None
    admitted: bool
    apart: bool
    final: bool = False  # whether a conflict in the last try was the caller's own

    async def on(self, entry: Entry) -> Entry:
        """Bring the object from this state to the wanted one. Raises 409 if it is no longer in this one."""
        context, self.final = self.context, True
        old = context.cache.object(entry)
        new = await self.change(old if self.apart else context.cache.object(entry))
        pinned = _check_preconditions(context, new, old, entry)
        if self.tracked and context.request.method in ("PUT", "PATCH"):
            track_update(context, new, old, self.subresource or context.info.subresource)
        new["metadata"]["resourceVersion"] = str(entry.revision)
        self.final = pinned
        return await _write(context, new, old, entry, self.subresource, self.view, self.admitted)


async def _on_what_is_known(attempt: _Attempt) -> Entry | None:
    """Try on the state that this server has seen last, which spares asking the store whether it is the newest.

    A write proves that it was. Whatever else comes of it counts only if the state is the newest after all: None asks
    for another try. A write of which nobody knows what became is a 500, and is not tried again.
    """
    context = attempt.context
    entry = None if context.dry_run else context.known()
    if entry is None:
        return None
    told, written, refusal = len(context.request.warnings), entry, None
    try:
        written = await attempt.on(entry)
    except APIError as error:
        if error.code >= 500:
            raise
        refusal = error
    if written is not entry:
        return written
    if (await context.current()).revision != entry.revision:
        del context.request.warnings[told:]
        return None
    if refusal is not None:
        raise refusal
    return written


async def _on_the_newest(attempt: _Attempt) -> Entry:
    context, told = attempt.context, len(attempt.context.request.warnings)
    for number in range(1, _TRIES + 1):
        try:
            return await attempt.on(await context.current())
        except APIError as error:
            if attempt.final or not is_conflict(error) or number == _TRIES:
                raise
        del context.request.warnings[told:]
    raise AssertionError("the last try raises")


def _check_preconditions(context: Context, new: Json, old: Json, entry: Entry) -> bool:
    """Whether the new state names the version it replaces. Raises 409 if that is not the current one, 422, 500."""
    metadata = new["metadata"]
    uid, current_uid = metadata.get("uid"), old["metadata"].get("uid")
    if uid and uid != current_uid:
        raise _other_object(context, uid, current_uid)
    version = metadata.get("resourceVersion")
    if not version or version == "0":
        if context.request.method == "PUT" and not context.definition.allow_unconditional_update:
            raise _refused(context, context.resource.plural, "resourceVersion", 0, _NO_VERSION)
        return False
    if version != str(entry.revision):
        try:
            parse_version(version)
        except ValueError as error:
            raise failure(500, "", str(error).partition(f'"{version}": ')[2]) from None  # it has no class
        raise modified(context, context.info.name)
    return True


def _other_object(context: Context, uid: str, current_uid: str) -> APIError:
    """An update is about the object with its uid, as a precondition; a patch cannot give it another."""
    if context.request.method == "PATCH":
        return _refused(context, context.resource.kind, "uid", uid, "field is immutable")
    why = (
        f"StorageError: invalid object, Code: 4, Key: {kubernetes_key(context)}, ResourceVersion: 0, "
        f"AdditionalErrorMsg: Precondition failed: UID in precondition: {uid}, UID in object meta: {current_uid}"
    )
    return conflict(context.resource.plural, context.info.name, why, context.resource.group)


def _refused(context: Context, kind: str, field: str, value: Any, why: str) -> APIError:
    errors = ErrorList()
    errors.invalid(f"metadata.{field}", value, why)
    return invalid(kind, context.info.name, errors.causes, context.resource.group)


async def _write(
    context: Context, new: Json, old: Json, entry: Entry, subresource: str, view: View | None, admitted: bool
) -> Entry:
    operation = context.operation(UPDATE, new, old, subresource=subresource)
    if view is not None:
        operation.obj, operation.old = view.show(new), view.show(old)
    if not admitted:
        await context.state.admission.mutate(operation)
        drop_repeated_owners(context.request, new, AFTER_ADMISSION)
    if view is not None and operation.obj is not None:
        view.take(new, operation.obj)
    _prepare(context, new, old)
    hooks = context.hooks
    undo = None
    if hooks.before_update is not None and not context.info.subresource:
        undo = await hooks.before_update(context, new, old)
    elif hooks.before_status is not None and context.info.subresource == "status":
        hooks.before_status(context, new, old)
    try:
        _validate(context, new, old)
        if view is not None:
            operation.obj = view.show(new)
        if not admitted:
            await context.state.admission.validate(operation)
        if operation.dry_run:
            if undo is not None:
                await undo()
            return context.cache.entry_of(new, entry.revision)
        written = await _store(context, new, old, entry)
    except BaseException as error:
        await operation.failed(error)
        if undo is not None:
            await undo()
        raise
    if hooks.after_update is not None and not context.info.subresource:
        await hooks.after_update(context, new, old)
    return written


def _prepare(context: Context, new: Json, old: Json) -> None:
    """What the server decides: its own metadata, and which half of the object this request may change."""
    definition = context.definition
    generation = new["metadata"].get("generation")
    carry_over(new, old)
    if context.info.subresource == "status":
        for field in definition.kept_by_status:
            _copy_field(new["metadata"], old["metadata"], field)
        for field in set(new) | set(old):
            if field not in ("status", "metadata"):
                _copy_field(new, old, field)
        definition.prepare_status(new, old)
        return
    if context.info.subresource:  # its own handler has said what changes, and whether that is a new generation
        if generation is not None:
            new["metadata"]["generation"] = generation
        return
    if definition.has_status and "update" not in definition.status_written_by:
        _copy_field(new, old, "status")
    definition.prepare_update(new, old)
    bump_generation(new, old, definition.spec_fields)


def _copy_field(new: Json, old: Json, field: str) -> None:
    if field in old:
        new[field] = old[field]
    else:
        new.pop(field, None)


def _validate(context: Context, new: Json, old: Json) -> None:
    """Raises 422 with every cause."""
    definition, errors = context.definition, ErrorList(old)
    validate_metadata_update(new, old, errors, qualified_finalizers=definition.qualified_finalizers)
    validate_metadata(new, definition, errors)
    if context.info.subresource == "status":
        definition.validate_status(new, old, errors)
    elif not context.info.subresource:
        validate_replacement(new, old, definition, errors)
        if context.hooks.validate is not None:
            context.hooks.validate(new, old, errors)
    context.request.warnings.extend(errors.warnings)
    if errors:
        raise invalid(context.resource.kind, name_of(new), errors.causes, context.resource.group)
    if not context.info.subresource:
        context.request.warnings.extend(definition.warnings(new, old))


def validate_replacement(new: Json, old: Json, definition: Definition, errors: ErrorList) -> None:
    """The rules on a new state and on the change that it is, in the kind's own order."""
    if definition.change_rules_first:
        definition.validate_update(new, old, errors)
        check_immutable(new, old, definition.tree, errors)
    check_constraints(new, definition.tree, errors)
    definition.validate(new, errors)
    if not definition.change_rules_first:
        check_immutable(new, old, definition.tree, errors)
        definition.validate_update(new, old, errors)


async def _store(context: Context, new: Json, old: Json, entry: Entry) -> Entry:
    """Write it, unless nothing changed. An object that waits to be deleted goes when its last finalizer does."""
    metadata = new["metadata"]
    if metadata.get("deletionTimestamp") and may_go(context, new) and not may_go(context, old):
        await remove(context, new, entry)
        return context.cache.entry_of(new, entry.revision)  # the answer is what was sent, at the version it replaced
    if same_object(new, old) and not await is_outdated(context, new):
        return entry
    return await replace(context, new, old, entry)


def same_object(new: Json, old: Json) -> bool:
    """Whether a write would change nothing."""
    old["metadata"].pop("resourceVersion", None)
    new["metadata"].pop("resourceVersion", None)
    return new == old


def may_go(context: Context, obj: Json) -> bool:
    """Whether nothing holds back the end of an object that is being deleted."""
    metadata = obj["metadata"]
    if metadata.get("finalizers") or metadata.get("deletionGracePeriodSeconds"):
        return False
    return not (context.resource.plural == "namespaces" and (obj.get("spec") or {}).get("finalizers"))
