"""What is served: the documents that clients build their picture of the API from.

Legacy discovery has a document for the groups and one for each group version; aggregated discovery has all in one.
Both are made from the resources that are served and kept as bytes until those change. Counterpart: apiserver's
endpoints/discovery.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from typing import Protocol

from pybernetes.api.object import Json
from pybernetes.api.resources import Resource
from pybernetes.apiserver.aggregation.priorities import (
    CUSTOM_GROUP,
    CUSTOM_VERSION,
    GROUPS,
    built_in_version,
    in_order,
    versions_in_order,
)
from pybernetes.apiserver.aggregation.remote import Remote
from pybernetes.apiserver.http import json_line

# The kind that a subresource takes or gives, as (group, version, kind), where it is not the resource's own.
_SUBRESOURCE_KINDS = {
    "scale": ("autoscaling", "v1", "Scale"),
    "binding": ("", "v1", "Binding"),
    "eviction": ("policy", "v1", "Eviction"),
    "token": ("authentication.k8s.io", "v1", "TokenRequest"),
    "attach": ("", "v1", "PodAttachOptions"),
    "exec": ("", "v1", "PodExecOptions"),
    "portforward": ("", "v1", "PodPortForwardOptions"),
}
_PROXY_KINDS = {"pods": "PodProxyOptions", "services": "ServiceProxyOptions", "nodes": "NodeProxyOptions"}
SUBRESOURCE_VERBS = {
    "status": ("get", "patch", "update"),
    "scale": ("get", "patch", "update"),
    "ephemeralcontainers": ("get", "patch", "update"),
    "resize": ("get", "patch", "update"),
    "approval": ("get", "patch", "update"),
    "finalize": ("update",),
    "binding": ("create",),
    "eviction": ("create",),
    "token": ("create",),
    "log": ("get",),
    "exec": ("create", "get"),
    "attach": ("create", "get"),
    "portforward": ("create", "get"),
    "proxy": ("create", "delete", "get", "patch", "update"),
}
# The group and version that objects are stored in, where it is not the only one that they are served in.
_STORED_AS = {"events.events.k8s.io": ("", "v1"), "horizontalpodautoscalers.autoscaling": ("autoscaling", "v2")}


class RemoteVersion(Protocol):
    """A group version that another server answers for, as discovery tells of it."""

    @property
    def remote(self) -> Remote: ...

    @property
    def version_entry(self) -> Json: ...


class Discovery:
    """The documents for a set of resources."""

    def __init__(self, resources: Iterable[Resource]):
        self._remote: dict[tuple[str, str], RemoteVersion] = {}
        self._address = ""
        self._documents: dict[str, bytes] = {}
        self.show(tuple(resources))

    def reached_at(self, address: str) -> None:
        """Tell clients that this is where the server is: an address and a port."""
        self._address = address
        self._documents.pop("/api", None)

    def show(self, resources: Sequence[Resource]) -> None:
        """Tell of these resources from now on."""
        self.resources = tuple(resources)
        self._gather()

    def show_remote(self, versions: Iterable[RemoteVersion]) -> None:
        """Tell from now on of what other servers answer for."""
        self._remote = {(one.remote.group, one.remote.version): one for one in versions}
        self._gather()

    def _gather(self) -> None:
        """The groups and the versions of each, with their priorities."""
        self._groups: dict[str, dict[str, int]] = {}
        self._priorities: dict[str, int] = {}
        for resource in self.resources:
            group, known = resource.group, GROUPS.get(resource.group)
            self._priorities[group] = known or CUSTOM_GROUP
            priority = built_in_version(group, resource.version) if known else CUSTOM_VERSION
            self._groups.setdefault(group, {})[resource.version] = priority
        for (group, version), one in self._remote.items():
            self._priorities[group] = max(self._priorities.get(group, 0), one.remote.group_priority)
            self._groups.setdefault(group, {})[version] = one.remote.version_priority
        self._documents = {}

    def group_names(self) -> list[str]:
        """The named groups, most preferred first."""
        return in_order(self._priorities)

    def versions(self, group: str) -> list[str]:
        """The versions of a group, the preferred one first; empty for a group that is not served."""
        return versions_in_order(self._groups.get(group, {}))

    def document(self, path: str) -> bytes | None:
        """The legacy document at ``/api``, ``/api/v1``, ``/apis``, ``/apis/apps`` or ``/apis/apps/v1``."""
        found = self._documents.get(path)
        if found is None:
            value = self._build(path.strip("/").split("/"))
            if value is None:
                return None
            found = self._documents[path] = json_line(value)
        return found

    def _build(self, parts: list[str]) -> Json | None:
        match parts:
            case ["api"]:
                addresses = [{"clientCIDR": "0.0.0.0/0", "serverAddress": self._address}]
                return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": addresses}
            case ["apis"]:
                groups = [self._group(name) for name in self.group_names()]
                return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}
            case ["api", version] if version in self.versions(""):
                return self._resource_list("", version)
            case ["apis", group] if group in self._groups:
                return {"kind": "APIGroup", "apiVersion": "v1", **self._group(group)}
            case ["apis", group, version] if group and version in self.versions(group):
                return self._resource_list(group, version)
        return None

    def _group(self, name: str) -> Json:
        versions = [{"groupVersion": f"{name}/{version}", "version": version} for version in self.versions(name)]
        return {"name": name, "versions": versions, "preferredVersion": versions[0]}

    def _resource_list(self, group: str, version: str) -> Json:
        entries: list[Json] = []
        for resource in self._of(group, version):
            entries.append(_legacy_entry(resource))
            entries.extend(_legacy_subresource(resource, name) for name in resource.subresources)
        group_version = f"{group}/{version}" if group else version
        head: Json = {"kind": "APIResourceList", "apiVersion": "v1"} if group else {"kind": "APIResourceList"}
        return {**head, "groupVersion": group_version, "resources": entries}

    def _of(self, group: str, version: str) -> list[Resource]:
        found = [item for item in self.resources if item.group == group and item.version == version]
        return sorted(found, key=lambda item: item.plural)

    def aggregated(self, path: str, version: str) -> bytes:
        """The aggregated document of ``/api`` or ``/apis``; `version` is v2 or v2beta1 of apidiscovery.k8s.io."""
        key = f"{path} {version}"
        found = self._documents.get(key)
        if found is None:
            names = [""] if path == "/api" else self.group_names()
            items = [self._aggregated_group(name) for name in names]
            document = {
                "kind": "APIGroupDiscoveryList",
                "apiVersion": f"apidiscovery.k8s.io/{version}",
                "metadata": {},
                "items": items,
            }
            found = self._documents[key] = json_line(document)
        return found

    def _aggregated_group(self, name: str) -> Json:
        metadata: Json = {"name": name} if name else {}
        return {"metadata": metadata, "versions": [self._version_entry(name, one) for one in self.versions(name)]}

    def _version_entry(self, group: str, version: str) -> Json:
        remote = self._remote.get((group, version))
        if remote is not None:
            return remote.version_entry
        resources = [_aggregated_entry(resource) for resource in self._of(group, version)]
        return {"version": version, "resources": resources, "freshness": "Current"}


def etag(document: bytes) -> str:
    return f'"{hashlib.sha512(document).hexdigest().upper()}"'


def _legacy_entry(resource: Resource) -> Json:
    entry: Json = {
        "name": resource.plural,
        "singularName": resource.singular,
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": list(resource.verbs),
    }
    if resource.short_names:
        entry["shortNames"] = list(resource.short_names)
    if resource.categories:
        entry["categories"] = list(resource.categories)
    if "list" in resource.verbs:
        entry["storageVersionHash"] = _storage_version_hash(resource)
    return entry


def _storage_version_hash(resource: Resource) -> str:
    group, version = _STORED_AS.get(resource.qualified_name, (resource.group, resource.version))
    text = f"{group}/{version}/{resource.kind}".encode()
    return base64.b64encode(hashlib.sha256(text).digest()[:8]).decode()


def subresource_kind(resource: Resource, name: str) -> tuple[str, str, str]:
    if name == "proxy":
        return "", "v1", _PROXY_KINDS[resource.plural]
    return _SUBRESOURCE_KINDS.get(name, (resource.group, resource.version, resource.kind))


def _response_kind(resource: Resource, subresource: str) -> Json:
    """The kind of a subresource. Group and version are empty where they are those of the resource."""
    group, version, kind = subresource_kind(resource, subresource)
    if (group, version) == (resource.group, resource.version):
        group = version = ""
    return {"group": group, "version": version, "kind": kind}


def _legacy_subresource(resource: Resource, name: str) -> Json:
    group, version, kind = subresource_kind(resource, name)
    entry: Json = {"name": f"{resource.plural}/{name}", "singularName": "", "namespaced": resource.namespaced}
    if (group, version) != (resource.group, resource.version):
        entry |= {"group": group, "version": version}
    return {**entry, "kind": kind, "verbs": list(SUBRESOURCE_VERBS[name])}


def _aggregated_entry(resource: Resource) -> Json:
    entry: Json = {
        "resource": resource.plural,
        "responseKind": {"group": "", "version": "", "kind": resource.kind},  # both empty: those of this version
        "scope": "Namespaced" if resource.namespaced else "Cluster",
        "singularResource": resource.singular,
        "verbs": list(resource.verbs),
    }
    if resource.short_names:
        entry["shortNames"] = list(resource.short_names)
    if resource.categories:
        entry["categories"] = list(resource.categories)
    if resource.subresources:
        entry["subresources"] = [
            {
                "subresource": name,
                "responseKind": _response_kind(resource, name),
                "verbs": list(SUBRESOURCE_VERBS[name]),
            }
            for name in resource.subresources
        ]
    return entry
