"""Patch: a change described, applied to whatever the object is now.

The media type says how it is described: a list of operations (JSON patch), a partial object (merge patch), a partial
object whose lists merge by the keys that the kind declares (strategic merge patch), or all that one manager wants of
the object (an apply: see `rest.apply`).
"""

from __future__ import annotations

from typing import Any

from pybernetes.api.errors import APIError, bad_request, failure, invalid, too_large, unsupported_media_type
from pybernetes.api.field import ErrorList
from pybernetes.api.object import Json
from pybernetes.api.patch.errors import PatchError
from pybernetes.api.patch.json_patch import apply_json_patch
from pybernetes.api.patch.merge_patch import apply_merge_patch
from pybernetes.api.patch.strategic_merge import apply_strategic_merge
from pybernetes.api.schema.decode import Decoder
from pybernetes.api.schema.names import json_type
from pybernetes.apiserver.http import Response
from pybernetes.apiserver.rest.apply import apply
from pybernetes.apiserver.rest.bodies import cannot_become, media_type, parse_patch, validation_of
from pybernetes.apiserver.rest.context import Context
from pybernetes.apiserver.rest.create import OTHER_NAMESPACE
from pybernetes.apiserver.rest.patched import (
    JSON_PATCH,
    STRATEGIC_MERGE_PATCH,
    decode_patched,
    invalid_patch,
    unreadable,
)
from pybernetes.apiserver.rest.update import check_name, respond, write_update
from pybernetes.apiserver.rest.write_options import APPLY_PATCH

MERGE_PATCH = "application/merge-patch+json"
MEDIA_TYPES = (JSON_PATCH, MERGE_PATCH, STRATEGIC_MERGE_PATCH)
_STATUS_PARTS = frozenset(("apiVersion", "kind", "metadata", "status"))
ROUTED_PATCHES = frozenset((*MEDIA_TYPES, APPLY_PATCH))


async def patch(context: Context) -> Response:
    """Apply the patch in the body to the object that the path names. Raises 400, 404, 409, 413, 415, 422."""
    if media_type(context.request) == APPLY_PATCH:
        return await apply(context)
    described, kind = read_patch(context)
    status_only = _is_of_status_only(context, kind, described)

    async def change(current: Json) -> Json:
        return apply_patch(context, kind, described, current, status_only=status_only)

    return respond(context, await write_update(context, change, apart=True))


def _is_of_status_only(context: Context, kind: str, described: Any) -> bool:
    """Whether the patch, sent to the status, leaves alone what a write to the status does not change anyway."""
    if context.info.subresource != "status" or kind == JSON_PATCH or type(context.definition.decoder) is not Decoder:
        return False
    return set(described) <= _STATUS_PARTS


def read_patch(context: Context) -> tuple[Any, str]:
    """The patch in the body and its media type. Raises 400, 415."""
    kind = media_type(context.request)
    understood = MEDIA_TYPES if context.definition.merges_strategically else MEDIA_TYPES[:2]
    if kind not in understood:
        raise unsupported_media_type((*understood, APPLY_PATCH))
    described = parse_patch(context.request)
    wrong = unreadable(kind, described, strictly=validation_of(context.request) != "Ignore")
    if wrong:
        raise bad_request(wrong)
    return described, kind


def apply_patch(context: Context, kind: str, described: Any, current: Json, *, status_only: bool = False) -> Json:
    """The patched object, in the kind's shape again. Raises 400, 413, 422.

    With `status_only` the other parts are those of `current`, which is in shape: a write to the status leaves them as
    they are. Else nothing that anybody changes is shared with it.
    """
    version, uid = current["metadata"]["resourceVersion"], current["metadata"].get("uid")
    try:
        if kind == JSON_PATCH:
            patched = apply_json_patch(current, described)
        elif kind == MERGE_PATCH:
            patched = apply_merge_patch(current, described)
        else:
            patched = apply_strategic_merge(current, described, context.definition.tree)
    except PatchError as error:
        raise refusal(error) from None
    if not isinstance(patched, dict):
        raise invalid_patch(kind, described, patched, f"json: cannot unmarshal {json_type(patched)} into Go value")
    _check_type(context, kind, described, patched, current)
    _check_identity(context, patched)
    if status_only:
        result = _with_status(context, kind, described, patched, current)
    else:
        result = decode_patched(context, kind, described, patched)
        context.definition.set_defaults(result)
    if result["metadata"].get("resourceVersion") == version:
        del result["metadata"]["resourceVersion"]  # it came from the object, not from the caller
        if _names_version(kind, described):
            result["metadata"]["resourceVersion"] = version
    if result["metadata"].get("uid") == uid:
        result["metadata"].pop("uid", None)
    return result


def _with_status(context: Context, kind: str, described: Any, patched: Json, current: Json) -> Json:
    """The current object with the status and the metadata of the patched one, brought into shape."""
    parts = {name: value for name, value in patched.items() if name in _STATUS_PARTS}
    try:
        decoded = decode_patched(context, kind, described, parts)
    except APIError:
        decoded = decode_patched(context, kind, described, patched)  # refused too, and shown whole
    result = {name: value for name, value in current.items() if name != "status"}
    result |= {name: value for name, value in decoded.items() if name in _STATUS_PARTS}
    context.definition.set_defaults(result)
    return result


def _names_version(kind: str, described: Any) -> bool:
    """Whether the patch itself says which version it is about."""
    if kind == JSON_PATCH:
        return any(operation.get("path") == "/metadata/resourceVersion" for operation in described)
    return bool((described.get("metadata") or {}).get("resourceVersion"))


def _check_type(context: Context, kind: str, described: Any, patched: Json, current: Json) -> None:
    """The object is still of its type; a strategic merge patch is about a struct, which has no other. Raises 422."""
    found = tuple(patched.get(field) or current[field] for field in ("apiVersion", "kind"))
    expected = current["apiVersion"], current["kind"]
    if found == expected:
        return
    patched["apiVersion"], patched["kind"] = expected
    if kind == STRATEGIC_MERGE_PATCH:
        return
    shown = {**patched, "apiVersion": found[0], "kind": found[1]}
    if context.resource.is_built_in:
        raise invalid_patch(kind, described, shown, cannot_become(str(found[0]), str(found[1]), *expected))
    errors = ErrorList()
    for field, given, own in zip(("kind", "apiVersion"), reversed(found), reversed(expected), strict=True):
        if given != own:
            errors.invalid(field, given, f"must be {own}")
    raise invalid(str(found[1]), context.info.name, errors.causes, context.resource.group)


def _check_identity(context: Context, patched: Json) -> None:
    """A patch cannot give an object another name. Raises 400."""
    metadata = patched.get("metadata") or {}
    if not isinstance(metadata, dict):
        return  # the decoder says what is wrong with it
    if context.resource.namespaced and (metadata.get("namespace") or context.info.namespace) != context.info.namespace:
        raise bad_request(OTHER_NAMESPACE)
    check_name(context, metadata.get("name"))


def refusal(error: PatchError) -> Exception:
    """What the client is told of a patch that cannot be applied."""
    message = str(error)
    if error.code == 400:
        return bad_request(message)
    if error.code == 413:
        return too_large(message)
    if error.code == 500:
        return failure(500, "", message)
    return failure(422, "Invalid", "the server rejected our request due to an error in our request", {})
