"""The objects that a binding gives a policy as parameters: the policy must hold for each of them."""

from __future__ import annotations

from pybernetes.api.object import Json, labels_of
from pybernetes.api.selectors import selector_from_object
from pybernetes.apiserver.cache.resource_cache import ResourceCache
from pybernetes.apiserver.cache.watch_cache import WatchCache


class Misconfigured(Exception):
    """A policy or a binding that cannot be put into effect; the text says why."""


def resource_of_kind(cache: WatchCache, kind: tuple[str, str]) -> ResourceCache:
    """The resource of a paramKind. Raises `Misconfigured` for a kind that is not served."""
    api_version, name = kind
    for one in list(cache.caches.values()):
        for version in cache.versions(one.resource.qualified_name):
            if (version.api_version, version.kind) == kind:
                found = cache.find(version.qualified_name, version.version)
                assert found is not None, "a version that is listed is there"
                return found
    group, _, version_name = api_version.rpartition("/")
    raise Misconfigured(f"failed to find resource referenced by paramKind: '{group}/{version_name}, Kind={name}'")


def parameters_of(
    cache: WatchCache, kind: tuple[str, str] | None, ref: Json | None, namespace: str
) -> list[Json | None]:
    """The parameters; one None where the policy has none. An empty list means: pass. Raises `Misconfigured`."""
    if kind is None or ref is None:
        return [None]
    params = resource_of_kind(cache, kind)
    given = ref.get("namespace") or ""
    if not params.resource.namespaced:
        if given:
            raise Misconfigured("paramRef.namespace must not be provided for a cluster-scoped `paramKind`")
        place = ""
    else:
        place = given or namespace
        if not place:
            raise Misconfigured(
                "cannot use namespaced paramRef in policy binding that matches cluster-scoped resources"
            )
    found: list[Json | None] = []
    if ref.get("name"):
        entry = params.get(place, ref["name"])
        found = [params.shared(entry)] if entry is not None else []
    elif ref.get("selector") is not None:
        selector = selector_from_object(ref["selector"])
        objects = map(params.shared, params.entries(place))
        found = [obj for obj in objects if selector.matches(labels_of(obj))]
    else:
        raise Misconfigured("one of name or selector must be provided")
    if not found and ref.get("parameterNotFoundAction") == "Deny":
        raise Misconfigured("no params found for policy binding with `Deny` parameterNotFoundAction")
    return found
