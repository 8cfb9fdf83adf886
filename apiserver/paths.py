"""What a URL path names: a resource, an object of it, a subresource, or a bare path.

    /api/v1/namespaces/default/pods/web-0/log
    /apis/apps/v1/deployments
    /api/v1/watch/pods                          (the old form of a watch)
    /healthz                                    (bare)

Pure and quick: it runs for every request, and what clients ask for again and again is remembered.
Counterpart: apiserver's request.RequestInfoFactory.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

_REMEMBERED_PATHS = 8192  # 4 MB with usual names
_NAMESPACE_SUBRESOURCES = ("status", "finalize")


@dataclass(slots=True)
class PathInfo:
    """The parts of a path, shared by all requests for it: not to be changed.

    `resource` is empty for a bare path; `rest` is what follows a proxy subresource.
    """

    group: str = ""
    version: str = ""
    namespace: str = ""
    resource: str = ""
    name: str = ""
    subresource: str = ""
    rest: str = ""
    deprecated_watch: bool = False

    @property
    def qualified_resource(self) -> str:
        return f"{self.resource}.{self.group}" if self.group else self.resource


_BARE = PathInfo()


@lru_cache(_REMEMBERED_PATHS)
def parse_path(path: str) -> PathInfo:
    """The parts of a path that starts with a slash. A path that names no resource gives empty parts."""
    parts = path.split("/")
    if len(parts) < 4:
        return _BARE
    if parts[1] == "api":
        group, version, rest = "", parts[2], parts[3:]
    elif parts[1] == "apis" and len(parts) > 4:
        group, version, rest = parts[2], parts[3], parts[4:]
    else:
        return _BARE
    if rest[-1] == "":
        rest.pop()
    if not rest:
        return _BARE
    watch = rest[0] == "watch" and len(rest) > 1
    if watch:
        rest = rest[1:]
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 2 and not (len(rest) == 3 and rest[2] in _NAMESPACE_SUBRESOURCES):
        namespace, rest = rest[1], rest[2:]
    info = PathInfo(group, version, namespace, rest[0], deprecated_watch=watch)
    if len(rest) > 1:
        info.name = rest[1]
        if info.resource == "namespaces" and not namespace:
            info.namespace = info.name
    if len(rest) > 2:
        info.subresource = rest[2]
        info.rest = "/" + "/".join(rest[3:]) if len(rest) > 3 else ""
    return info
