"""The object that a request describes to a subresource: a whole one, or the present one with a patch applied."""

from __future__ import annotations

from collections.abc import Callable

from pybernetes.api.object import Json
from pybernetes.apiserver.rest.bodies import decode_object, read_as
from pybernetes.apiserver.rest.context import Context
from pybernetes.apiserver.rest.patch import apply_patch, read_patch


def described(context: Context) -> Callable[[Json], Json]:
    """From the object as it is to the one that the request describes; may change what it is given. Raises 400, 415."""
    if context.request.method == "PATCH":
        patch, kind = read_patch(context)
        return lambda current: apply_patch(context, kind, patch, current)
    body = read_as(context.request, context.resource.api_version, context.resource.kind)
    sent: Json = decode_object(context.request, body, context.resource, context.definition)
    return lambda current: sent
