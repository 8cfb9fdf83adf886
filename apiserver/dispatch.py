"""From a parsed path to the verb that answers it.

What a resource serves is in the resource table; a behaviour of its own (a hook's handler) goes before the generic
verb. A method that the resource does not have answers 405, a path that nothing serves 404.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from pybernetes.api.errors import bad_request, method_not_allowed, path_not_found
from pybernetes.apiserver.attributes import Attributes, selected_name
from pybernetes.apiserver.cache.resource_cache import ResourceCache
from pybernetes.apiserver.http import Answer, Request
from pybernetes.apiserver.paths import PathInfo
from pybernetes.apiserver.rest.context import Context
from pybernetes.apiserver.rest.create import create
from pybernetes.apiserver.rest.delete import delete
from pybernetes.apiserver.rest.deletecollection import deletecollection
from pybernetes.apiserver.rest.get import get
from pybernetes.apiserver.rest.list import list_
from pybernetes.apiserver.rest.patch import patch
from pybernetes.apiserver.rest.update import update
from pybernetes.apiserver.rest.watch import watch
from pybernetes.apiserver.state import State
from pybernetes.apiserver.user import User

Verb = Callable[[Context], Awaitable[Answer]]

_TRUE = frozenset(("true", "1", "True", "t", "T", "TRUE"))
_ON_OBJECTS = {"GET": "get", "HEAD": "get", "PUT": "update", "PATCH": "patch", "DELETE": "delete", "POST": "create"}
_ON_COLLECTIONS = {"GET": "list", "HEAD": "list", "POST": "create", "DELETE": "deletecollection"}
_GENERIC: dict[str, Verb] = {
    "get": get,
    "list": list_,
    "watch": watch,
    "create": create,
    "update": update,
    "patch": patch,
    "delete": delete,
    "deletecollection": deletecollection,
}
_GENERIC_SUBRESOURCES = frozenset(("status",))  # any other is a behaviour of its own, through a hook's handler


def verb_of(request: Request, info: PathInfo) -> str:
    """Kubernetes' verb: what RBAC rules name. Raises 405 for a method that means nothing here."""
    method = request.method
    if info.name:
        if method == "GET" and (info.deprecated_watch or request.query.get("watch") in _TRUE) and not info.subresource:
            return "watch"
        verb = _ON_OBJECTS.get(method)
    else:
        if method == "GET" and (info.deprecated_watch or request.query.get("watch") in _TRUE):
            return "watch"
        verb = _ON_COLLECTIONS.get(method)
    if verb is None:
        raise method_not_allowed()
    return verb


def attributes_of(user: User, verb: str, info: PathInfo, request: Request) -> Attributes:
    """What authorization decides on."""
    selector = request.query.get("fieldSelector", "") if verb in ("list", "watch", "deletecollection") else ""
    return Attributes(
        user,
        verb,
        info.group,
        info.version,
        info.resource,
        info.subresource,
        info.namespace,
        info.name or (selected_name(selector) if selector else ""),
        request.path,
        selector,
    )


async def dispatch(state: State, request: Request, info: PathInfo, verb: str, user: User) -> Answer:
    """Answer a request for a resource that has been allowed. Raises `APIError`."""
    cache = state.cache.find(info.qualified_resource, info.version)
    if cache is None or cache.resource.version != info.version or not cache.definition.served:
        raise path_not_found()
    if cache.definition.deprecation_warning:
        request.warnings.append(cache.definition.deprecation_warning)
    context = Context(state, request, info, user, cache)
    handler = context.hooks.handlers.get((verb, info.subresource)) if context.hooks.handlers else None
    if handler is None:
        handler = _generic(cache, info, verb, request)
    return await handler(context)


def _generic(cache: ResourceCache, info: PathInfo, verb: str, request: Request) -> Verb:
    resource = cache.resource
    if info.subresource:
        if info.subresource not in resource.subresources:
            raise path_not_found()
        if info.subresource not in _GENERIC_SUBRESOURCES:
            raise method_not_allowed()
        if verb not in ("get", "update", "patch"):
            raise method_not_allowed()
        return _GENERIC[verb]
    if verb not in resource.verbs:
        raise method_not_allowed()
    if resource.namespaced and not info.namespace and (info.name or verb == "create"):
        if verb == "create" and not info.name:
            raise bad_request("an empty namespace may not be set during creation")
        raise path_not_found()
    if not resource.namespaced and info.namespace and resource.plural != "namespaces":
        raise path_not_found()
    if verb == "watch" and info.name:
        _watch_one(request, info)
    return _GENERIC[verb]


def _watch_one(request: Request, info: PathInfo) -> None:
    """A watch of one object is a watch of its collection with a selector on the name."""
    selector = f"metadata.name={info.name}"
    given = request.query.get("fieldSelector")
    request.query = {**request.query, "fieldSelector": f"{given},{selector}" if given else selector}
