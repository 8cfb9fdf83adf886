"""An object that a webhook or a policy has changed: in its kind's shape again, and in the place of the old one."""

from __future__ import annotations

from pybernetes.api.errors import internal_error
from pybernetes.api.object import Json
from pybernetes.api.resources import Resource
from pybernetes.api.schema.decode import DecodeError
from pybernetes.apiserver.admission.matching import in_version
from pybernetes.apiserver.admission.operation import Operation


def shaped(operation: Operation, obj: Json, resource: Resource) -> Json:
    """An object that somebody changed, in its kind's shape again. Raises 500 for one that has another shape."""
    cache = operation.state.cache.find(resource.qualified_name, resource.version)
    if cache is None or not isinstance(obj, dict):
        raise internal_error("the changed object is none")
    if (obj.get("apiVersion"), obj.get("kind")) != (resource.api_version, resource.kind):
        return obj  # options, a Scale, a Binding
    try:
        result, _ = cache.definition.decoder.decode(obj)
    except (DecodeError, RecursionError) as error:
        raise internal_error(str(error)) from None
    cache.definition.set_defaults(result)
    return result


async def replace_object(operation: Operation, changed: Json, resource: Resource) -> bool:
    """Put the changed object in the place of the operation's; whether it differs."""
    assert operation.obj is not None, "there is an object to replace"
    new = await in_version(operation.state.cache, changed, resource, operation.resource)
    if new == operation.obj:
        return False
    operation.obj.clear()
    operation.obj.update(new)
    return True
