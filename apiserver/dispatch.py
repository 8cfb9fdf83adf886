"""From a parsed path to the verb that answers it.

What a resource serves is in the resource table; a behaviour of its own (a hook's handler) goes before the generic
verb. A method that the resource does not have answers 405, a path that nothing serves 404: built-in resources as
go-restful's router does it, custom ones as the handler of custom resources does.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from pybernetes.api.errors import (
    PageNotFound,
    bad_request,
    method_not_allowed,
    method_not_supported,
    not_found,
    path_not_found,
)
from pybernetes.api.resources import Resource
from pybernetes.apiserver.attributes import Attributes, selected_name
from pybernetes.apiserver.cache.resource_cache import ResourceCache
from pybernetes.apiserver.http import Answer, Request
from pybernetes.apiserver.paths import PathInfo
from pybernetes.apiserver.query import is_true
from pybernetes.apiserver.rest.bodies import media_type
from pybernetes.apiserver.rest.context import Context
from pybernetes.apiserver.rest.create import create
from pybernetes.apiserver.rest.delete import delete
from pybernetes.apiserver.rest.deletecollection import deletecollection
from pybernetes.apiserver.rest.get import get
from pybernetes.apiserver.rest.list import list_
from pybernetes.apiserver.rest.media import in_media, is_for_people
from pybernetes.apiserver.rest.negotiation import JSON, PLAIN, Form, Wanted, negotiate, routed_media_type_error
from pybernetes.apiserver.rest.own_answers import has_tables, in_form
from pybernetes.apiserver.rest.patch import ROUTED_PATCHES, patch
from pybernetes.apiserver.rest.update import update
from pybernetes.apiserver.rest.watch import watch
from pybernetes.apiserver.rest.write_options import APPLY_PATCH, WRITES, check_write_options
from pybernetes.apiserver.state import State
from pybernetes.apiserver.user import User

Verb = Callable[[Context], Awaitable[Answer]]

_ON_OBJECTS = {"GET": "get", "HEAD": "get", "PUT": "update", "PATCH": "patch", "DELETE": "delete", "POST": "create"}
_ON_COLLECTIONS = {**_ON_OBJECTS, "GET": "list", "HEAD": "list", "DELETE": "deletecollection"}
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
_RAW_SUBRESOURCES = frozenset(("attach", "exec", "log", "portforward", "proxy"))  # their answers are no objects
_GENERIC_SUBRESOURCES = frozenset(("status",))  # any other is a behaviour of its own, through a hook's handler


def verb_of(request: Request, info: PathInfo) -> str:
    """Kubernetes' verb: what RBAC rules name. Empty for a method that means nothing here."""
    if info.deprecated_watch:
        return "watch"
    if info.name:
        return _ON_OBJECTS.get(request.method, "")
    verb = _ON_COLLECTIONS.get(request.method, "")
    return "watch" if verb == "list" and request.query and is_true(request.query, "watch") else verb


def attributes_of(user: User, verb: str, info: PathInfo, request: Request) -> Attributes:
    """What authorization decides on."""
    selects = bool(request.query) and verb in ("list", "watch", "deletecollection")
    selector = request.query.get("fieldSelector", "") if selects else ""
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
        request.query.get("labelSelector", "") if selects else "",
    )


async def dispatch(state: State, request: Request, info: PathInfo, verb: str, user: User) -> Answer:
    """Answer a request for a resource that has been allowed. Raises `APIError`."""
    cache = _served(state, info)
    if cache is None:
        if _is_built_in(state, info.group):
            raise path_not_found()
        await state.extensions["custom resources"].arrived(info.qualified_resource)
        cache = _served(state, info)
        if cache is None:
            raise PageNotFound()
    if cache.definition.deprecation_warning:
        request.warnings.append(cache.definition.deprecation_warning)
    context = Context(state, request, info, user, cache)
    handler = context.hooks.handlers.get((verb, info.subresource)) if context.hooks.handlers else None
    own = handler is not None
    if handler is None:
        handler = _generic(cache, info, verb, request)
    if info.subresource in _RAW_SUBRESOURCES:
        return await handler(context)
    wanted = context.wanted = _wanted(cache.resource, info, verb, request)
    if (request.query and verb in WRITES) or (verb == "patch" and media_type(request) == APPLY_PATCH):
        check_write_options(request, verb)
    answer = await handler(context)
    if own and wanted.form is not Form.OBJECT:
        answer = in_form(context, answer, wanted)
    pretty = wanted.pretty or is_for_people(request)
    return in_media(answer, wanted, pretty=pretty) if pretty or wanted.media != JSON else answer


def _served(state: State, info: PathInfo) -> ResourceCache | None:
    """The cache of the resource in the version that the path names, if that is served."""
    cache = state.cache.find(info.qualified_resource, info.version)
    if cache is None or cache.resource.version != info.version or not cache.definition.served:
        return None
    return cache


def _is_built_in(state: State, group: str) -> bool:
    """An API that is built in says that it does not have a resource; elsewhere there is no API that could."""
    caches = state.cache.caches.values()
    return not group or any(one.resource.group == group and one.resource.is_built_in for one in caches)


def _wanted(resource: Resource, info: PathInfo, verb: str, request: Request) -> Wanted:
    """How the answer is wanted. Raises 406, and 415 for a patch in a form that the router does not know."""
    headers, built_in = request.headers, resource.is_built_in
    if verb == "patch" and built_in and media_type(request) not in ROUTED_PATCHES:
        raise routed_media_type_error()
    accept = headers.get("accept", "")
    if not accept or accept == JSON:
        return PLAIN
    bodiless = request.method in ("POST", "PUT", "PATCH") and not request.body
    stream = verb == "watch"
    tables = has_tables(resource, info.subresource)
    return negotiate(
        accept, routed=built_in, collection=verb == "list", stream=stream, bodiless=bodiless, tables=tables
    )


def _generic(cache: ResourceCache, info: PathInfo, verb: str, request: Request) -> Verb:
    resource = cache.resource
    if resource.namespaced != bool(info.namespace) and not _across_namespaces(cache, info, verb):
        raise path_not_found() if resource.is_built_in else PageNotFound()
    if info.subresource:
        return _GENERIC[_subresource_verb(cache, info, verb, request)]
    if not _has(cache, info, verb, request):
        if resource.is_built_in:
            raise method_not_allowed()
        raise method_not_supported(resource.plural, verb, resource.group)
    if verb == "watch" and info.name:
        _watch_one(request, info)
    return _GENERIC[verb]


def _across_namespaces(cache: ResourceCache, info: PathInfo, verb: str) -> bool:
    """Whether a path without a namespace, or with one too many, means something after all."""
    if cache.resource.plural == "namespaces" and not cache.resource.group:
        return True
    if not cache.resource.namespaced or info.name:
        return False
    return True if cache.resource.is_built_in else verb in ("list", "watch")


def _has(cache: ResourceCache, info: PathInfo, verb: str, request: Request) -> bool:
    """Whether the resource, or the object of it, has a route for the method."""
    if verb not in cache.resource.verbs or (request.method == "HEAD" and cache.resource.is_built_in):
        return False
    if verb == "watch":
        return request.method == "GET"
    if cache.resource.namespaced and not info.namespace:
        return verb == "list"
    return (verb in ("list", "create", "deletecollection")) is not bool(info.name)


def _subresource_verb(cache: ResourceCache, info: PathInfo, verb: str, request: Request) -> str:
    """The verb, if the subresource has it. Raises 404, 405."""
    resource = cache.resource
    if info.subresource not in resource.subresources:
        raise path_not_found() if resource.is_built_in else not_found(resource.plural, info.name, resource.group)
    known = verb in ("get", "update", "patch") and (request.method != "HEAD" or not resource.is_built_in)
    if info.subresource not in _GENERIC_SUBRESOURCES or not known or info.rest:
        if resource.is_built_in:
            raise path_not_found() if info.rest else method_not_allowed()
        raise method_not_supported(resource.plural, verb, resource.group)
    return verb


def _watch_one(request: Request, info: PathInfo) -> None:
    """A watch of one object is a watch of its collection with a selector on the name. Raises 400."""
    given = request.query.get("fieldSelector")
    if given and selected_name(given) != info.name:
        raise bad_request("fieldSelector metadata.name doesn't match requested name")
    request.query = {**request.query, "fieldSelector": given or f"metadata.name={info.name}"}
