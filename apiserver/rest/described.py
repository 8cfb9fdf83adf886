"""The object that a request describes to a subresource: a whole one, or the present one patched or applied to."""

from __future__ import annotations

from collections.abc import Callable

from pybernetes.api.object import Json
from pybernetes.apiserver.rest.apply import changed, read_applied
from pybernetes.apiserver.rest.bodies import decode_object, media_type, read_resource
from pybernetes.apiserver.rest.context import Context
from pybernetes.apiserver.rest.patch import apply_patch, read_patch
from pybernetes.apiserver.rest.write_options import APPLY_PATCH


def is_apply(context: Context) -> bool:
    """Whether what the request describes says itself who owns what."""
    return context.request.method == "PATCH" and media_type(context.request) == APPLY_PATCH


def described(context: Context) -> Callable[[Json], Json]:
    """From the object as it is to the one that the request describes; may change what it is given. Raises 400, 415."""
    if is_apply(context):
        applied = read_applied(context)
        return lambda current: changed(context, applied, current)
    if context.request.method == "PATCH":
        patch, kind = read_patch(context)
        return lambda current: apply_patch(context, kind, patch, current)
    body = read_resource(context.request, context.resource)
    sent: Json = decode_object(context.request, body, context.resource, context.definition)
    return lambda current: sent
