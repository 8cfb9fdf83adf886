"""Namespaces: they end only when all that is in them has, which the namespace controller sees to.

A delete marks the namespace as terminating; ``spec.finalizers`` holds it until the controller takes its own out
through the finalize subresource.
"""

from __future__ import annotations

from pybernetes.api.core.namespace import validate_namespace_finalizers
from pybernetes.api.errors import forbidden, invalid
from pybernetes.api.field import ErrorList
from pybernetes.api.object import Json
from pybernetes.apiserver.http import Response
from pybernetes.apiserver.resources.hooks import Hooks
from pybernetes.apiserver.rest.bodies import decode_object, read_as
from pybernetes.apiserver.rest.context import Context
from pybernetes.apiserver.rest.update import check_name, respond, write_update

_IMMORTAL = ("default", "kube-system", "kube-public", "kube-node-lease")


def before_delete(context: Context, namespace: Json) -> None:
    if context.info.name in _IMMORTAL:
        raise forbidden("namespaces", context.info.name, "this namespace may not be deleted")
    if (namespace.get("spec") or {}).get("finalizers"):
        namespace["status"] = {**(namespace.get("status") or {}), "phase": "Terminating"}


async def finalize(context: Context) -> Response:
    """PUT namespaces/x/finalize: replace spec.finalizers; the last one gone, a terminating namespace goes too."""
    body = read_as(context.request, "v1", "Namespace")
    wanted = decode_object(context.request, body, context.resource, context.definition)
    check_name(context, wanted["metadata"].get("name"))
    errors = ErrorList()
    validate_namespace_finalizers(wanted, errors)
    if errors:
        raise invalid("Namespace", context.info.name, errors.causes)

    async def change(current: Json) -> Json:
        wanted["status"] = current.get("status") or {}
        return wanted

    return respond(context, await write_update(context, change, apart=True))


HOOKS = Hooks(before_delete=before_delete, handlers={("update", "finalize"): finalize})
