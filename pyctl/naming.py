"""From what people call a resource to the resource.

``po``, ``pod``, ``pods``, ``deployments.apps``, ``deployments.v1.apps``, ``Deployment`` all name one. The built-in
table answers without a question to the server; for other names (custom resources, categories such as ``all``) the
server's discovery is asked, once.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from pybernetes.api.resources import RESOURCES, Resource, resource_for_kind
from pybernetes.pyctl.failures import Failure

if TYPE_CHECKING:
    from pybernetes.pyctl.session import Session

Json = dict[str, Any]
AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"


class Names:
    """Finds resources for one session."""

    def __init__(self, session: Session):
        self._session = session

    @cached_property
    def discovered(self) -> list[Resource]:
        """Every resource that the server has, the preferred version of each group first."""
        return discover(self._session)

    @cached_property
    def preferred(self) -> list[Resource]:
        """The same with one version of each resource."""
        seen: dict[tuple[str, str], Resource] = {}
        for resource in self.discovered:
            seen.setdefault((resource.group, resource.plural), resource)
        return list(seen.values())

    def resolve(self, text: str) -> Resource:
        """The resource that a name means. Raises `Failure`."""
        found = match(RESOURCES, text) or match(self.discovered, text)
        if found is None:
            raise Failure(f'the server doesn\'t have a resource type "{text}"')
        return found

    def is_type(self, text: str) -> bool:
        """Whether a name means a resource, or several."""
        return (
            match(RESOURCES, text) is not None or bool(self.category(text)) or match(self.discovered, text) is not None
        )

    def category(self, text: str) -> list[Resource]:
        """The resources of a category such as ``all``; empty when it is none."""
        if match(RESOURCES, text) is not None:
            return []
        return [one for one in self.preferred if text.lower() in one.categories and "list" in one.verbs]

    def expand(self, text: str) -> list[Resource]:
        """The resources in a list such as ``pods,svc`` or ``all``."""
        found: list[Resource] = []
        for part in text.split(","):
            found += self.category(part) or [self.resolve(part)]
        return found

    def for_object(self, obj: Json) -> Resource:
        """The resource whose objects have this object's apiVersion and kind. Raises `Failure`."""
        api_version, kind = obj.get("apiVersion") or "", obj.get("kind") or ""
        found = resource_for_kind(api_version, kind)
        if found is not None:
            return found
        for resource in self.discovered:
            if (resource.api_version, resource.kind) == (api_version, kind):
                return resource
        raise Failure(f'no matches for kind "{kind}" in version "{api_version}"')


def match(resources: list[Resource] | tuple[Resource, ...], text: str) -> Resource | None:
    """The first resource of that plural, singular, kind or short name, with a version and group if they are given."""
    word, _, group = text.lower().partition(".")
    version, _, versioned_group = group.partition(".")
    for resource in resources:
        if word not in (resource.plural, resource.singular) and word not in resource.short_names:
            continue
        if not group or resource.group == group or resource.group.startswith(group + "."):
            return resource
        if resource.version == version and resource.group == versioned_group:
            return resource
    return None


def discover(session: Session) -> list[Resource]:
    """Ask the server for all that it has: two requests with aggregated discovery, one a group without."""
    found: list[Resource] = []
    for root in ("/api", "/apis"):
        document = session.connection.json("GET", root, accept=AGGREGATED)
        if document.get("kind") == "APIGroupDiscoveryList":
            for item in document.get("items") or ():
                found += _of_group(item)
        else:
            found += _one_by_one(session, document, root)
    return found


def _of_group(item: Json) -> list[Resource]:
    group = (item.get("metadata") or {}).get("name") or ""
    return [
        Resource(
            group=group,
            version=version["version"],
            plural=entry["resource"],
            kind=entry.get("responseKind", {}).get("kind", ""),
            namespaced=entry.get("scope") == "Namespaced",
            short_names=tuple(entry.get("shortNames") or ()),
            categories=tuple(entry.get("categories") or ()),
            verbs=tuple(entry.get("verbs") or ()),
            subresources=tuple(sub["subresource"] for sub in entry.get("subresources") or ()),
        )
        for version in item.get("versions") or ()
        for entry in version.get("resources") or ()
    ]


def _one_by_one(session: Session, document: Json, root: str) -> list[Resource]:
    if root == "/api":
        versions = [("", version) for version in document.get("versions") or ()]
    else:
        versions = [
            (group["name"], version["version"])
            for group in document.get("groups") or ()
            for version in sorted(group["versions"], key=lambda v: v != group.get("preferredVersion"))
        ]
    found: list[Resource] = []
    for group, version in versions:
        path = f"{root}/{group}/{version}" if group else f"{root}/{version}"
        for entry in session.connection.json("GET", path).get("resources") or ():
            if "/" not in entry["name"]:
                found.append(_of_entry(entry, group, version))
    return found


def _of_entry(entry: Json, group: str, version: str) -> Resource:
    return Resource(
        group=group,
        version=version,
        plural=entry["name"],
        kind=entry["kind"],
        namespaced=bool(entry.get("namespaced")),
        short_names=tuple(entry.get("shortNames") or ()),
        categories=tuple(entry.get("categories") or ()),
        verbs=tuple(entry.get("verbs") or ()),
    )
