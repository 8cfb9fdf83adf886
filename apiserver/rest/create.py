"""Create: a new object, through every stage of a write.

body → shape and defaults → owners of fields → admission changes it → the server's own metadata → hooks → validation
     → admission judges it → store
"""

from __future__ import annotations

from pybernetes.api.errors import (
    APIError,
    already_exists,
    bad_request,
    failure,
    invalid,
    method_not_allowed,
    no_name_left,
)
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.validation import validate_metadata
from pybernetes.api.object import Json, name_of
from pybernetes.api.schema.constraints import check_constraints
from pybernetes.apiserver.admission.operation import CREATE, Operation
from pybernetes.apiserver.http import Response
from pybernetes.apiserver.resources.hooks import Undo
from pybernetes.apiserver.rest.bodies import decode_object, read_resource
from pybernetes.apiserver.rest.context import Context
from pybernetes.apiserver.rest.forms import included_object, one
from pybernetes.apiserver.rest.managed_fields import track_create
from pybernetes.apiserver.rest.metadata import fill_new
from pybernetes.apiserver.rest.owner_references import AFTER_ADMISSION, drop_repeated_owners
from pybernetes.apiserver.rest.store_write import insert

_GENERATE_TRIES = 8
OTHER_NAMESPACE = "the namespace of the provided object does not match the namespace sent on the request"


async def create(context: Context) -> Response:
    """Create the object in the body. Raises 400, 403, 404, 409, 415, 422."""
    if context.info.name:
        raise method_not_allowed()
    body = read_resource(context.request, context.resource)
    return await create_object(context, body)


async def create_object(context: Context, body: Json) -> Response:
    """Create an object that has been read already (an update of something absent creates it)."""
    obj = decode_object(context.request, body, context.resource, context.definition)
    settle_namespace(context, obj)
    drop_repeated_owners(context.request, obj)
    track_create(context, obj)
    return await create_decoded(context, obj)


def settle_namespace(context: Context, obj: Json) -> None:
    """The object is in the namespace of the path. Raises 400 if it says otherwise."""
    metadata = obj["metadata"]
    if not context.resource.namespaced:
        metadata.pop("namespace", None)
        return
    if metadata.setdefault("namespace", context.info.namespace) != context.info.namespace:
        raise bad_request(OTHER_NAMESPACE)


async def create_decoded(context: Context, obj: Json) -> Response:
    """Create an object that has its shape, its namespace and its owners of fields.

    Tries again with another name when a generated one is taken.
    """
    operation = context.operation(CREATE, obj, None)
    operation.name = name_of(obj)
    await context.state.admission.mutate(operation)
    drop_repeated_owners(context.request, obj, AFTER_ADMISSION)
    generated = not name_of(obj) and bool(obj["metadata"].get("generateName"))
    for attempt in range(_GENERATE_TRIES):
        try:
            return await _create(context, obj, operation)
        except APIError as error:
            if not generated or error.reason != "AlreadyExists":
                raise
            if attempt + 1 == _GENERATE_TRIES:
                raise no_name_left(context.resource.plural, name_of(obj), context.resource.group) from None
            obj["metadata"].pop("name", None)
    raise AssertionError("the last try raises")


async def _create(context: Context, obj: Json, operation: Operation) -> Response:
    definition = context.definition
    version = obj["metadata"].get("resourceVersion")
    fill_new(obj["metadata"], context.state.timestamp(), has_generation=bool(definition.spec_fields))
    if definition.has_status and "create" not in definition.status_written_by:
        _reset_status(context, obj)
    definition.prepare_create(obj)
    operation.name = name_of(obj)
    undo = await context.hooks.before_create(context, obj) if context.hooks.before_create is not None else None
    try:
        _validate(context, obj)
        await context.state.admission.validate(operation)
        if version and not operation.dry_run:
            _check_unversioned(version)
        return await _store(context, obj, dry_run=operation.dry_run, give_back=undo)
    except BaseException as error:
        await operation.failed(error)
        if undo is not None:
            await undo()
        raise


def _check_unversioned(version: str) -> None:
    """What is new has no version yet; one that is no number is ignored. Raises 500, as the error has no class."""
    if version.isascii() and version.isdigit() and int(version):
        raise failure(500, "", "resourceVersion should not be set on objects to be created")


def _reset_status(context: Context, obj: Json) -> None:
    """A client does not create a status: it is the default one."""
    obj.pop("status", None)
    field = context.definition.tree.fields.get("status")
    if field is not None and field.always:
        obj["status"] = context.definition.default_status()


def _validate(context: Context, obj: Json) -> None:
    """Raises 422 with every cause."""
    errors = ErrorList()
    validate_metadata(obj, context.definition, errors)
    check_constraints(obj, context.definition.tree, errors)
    context.definition.validate(obj, errors)
    context.definition.validate_create(obj, errors)
    if context.hooks.validate is not None:
        context.hooks.validate(obj, None, errors)
    context.request.warnings.extend(errors.warnings)
    if errors:
        raise invalid(context.resource.kind, name_of(obj), errors.causes, context.resource.group)
    context.request.warnings.extend(context.definition.warnings(obj, None))


async def _store(context: Context, obj: Json, *, dry_run: bool, give_back: Undo | None) -> Response:
    if dry_run:
        if context.cache.get(context.info.namespace, name_of(obj)) is not None:
            raise already_exists(context.resource.plural, name_of(obj), context.resource.group)
        entry = context.cache.entry_of(obj, 0)
        if give_back is not None:
            await give_back()
    else:
        ttl = context.state.event_ttl_seconds if context.resource.plural == "events" else 0
        entry = await insert(context, obj, ttl_seconds=ttl)
    include = included_object(context.request, context.wanted)
    return Response(201, one(context.cache, entry, context.wanted, context.state.now(), include))
