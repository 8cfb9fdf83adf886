"""Whole OpenAPI documents: v2 for everything, v3 for each group version and each bare path."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

import orjson

from pybernetes.api.definition import definition_of
from pybernetes.api.object import Json
from pybernetes.api.resources import Resource
from pybernetes.apiserver.customresources.kind import CustomResource
from pybernetes.apiserver.openapi.bare_paths import ALONE, add_all, add_group, add_group_version
from pybernetes.apiserver.openapi.common_kinds import add_common_kinds
from pybernetes.apiserver.openapi.custom import custom_schema
from pybernetes.apiserver.openapi.operations import add_paths
from pybernetes.apiserver.openapi.path_items import GVK, Paths
from pybernetes.apiserver.openapi.schemas import META, Schemas

_INFO = {"title": "Kubernetes", "version": "v1.36.0"}
_TOKEN = "A token, after the word Bearer."
_BEARER = {"BearerToken": {"type": "apiKey", "in": "header", "name": "authorization", "description": _TOKEN}}
_PACKAGES = {
    "apiextensions.k8s.io": "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions",
    "apiregistration.k8s.io": "io.k8s.kube-aggregator.pkg.apis.apiregistration",
}


def package_of(resource: Resource) -> str:
    """The prefix of a kind's definition name: ``io.k8s.api.apps.v1``."""
    base = _PACKAGES.get(resource.group) or f"io.k8s.api.{resource.group.partition('.')[0] or 'core'}"
    return f"{base}.{resource.version}"


class OpenAPI:
    """The documents for a set of resources. Each is built when it is first asked for."""

    def __init__(self, resources: Iterable[Resource]):
        self._resources = tuple(resources)
        self._built: dict[str, bytes] = {}
        self._hashes: dict[str, str] = {}
        self._remote: Mapping[str, str] = {}

    def show_remote(self, urls: Mapping[str, str]) -> None:
        """Name these documents of other servers, by path, in the index of version 3."""
        self._remote = urls

    def show(self, resources: Sequence[Resource]) -> None:
        """Describe these resources from now on. Documents of group versions whose resources stay are kept."""
        before = self._group_versions()
        self._resources = tuple(resources)
        now = self._group_versions()
        kept = [path for path in self._built if path in ALONE or _same(now.get(path), before.get(path))]
        self._built = {path: self._built[path] for path in kept}
        self._hashes = {path: self._hashes[path] for path in kept if path in self._hashes}

    def _group_versions(self) -> dict[str, list[Resource]]:
        groups: dict[str, list[Resource]] = {}
        for resource in self._resources:
            groups.setdefault(resource.base_path.strip("/"), []).append(resource)
        return groups

    def _v3_paths(self) -> list[str]:
        groups = {f"apis/{group}" for group, _ in _built_in_versions(self._resources) if group}
        return sorted({*ALONE, *groups, *self._group_versions()})

    def v3_index(self) -> Json:
        """Where each group version's document is, with a hash so that clients can cache it for ever."""
        urls = {path: self.v3_url(path) for path in self._v3_paths() if path not in self._remote} | dict(self._remote)
        return {"paths": {path: {"serverRelativeURL": urls[path]} for path in sorted(urls)}}

    def v3_url(self, path: str) -> str:
        return f"/openapi/v3/{path}?hash={self.v3_hash(path)}"

    def v3_hash(self, path: str) -> str:
        """What tells one state of a document from another. The path must be one that is served."""
        document = self.v3(path)
        assert document is not None, "every path of the index has a document"
        return self.hash_of(path, document)

    def v3(self, path: str) -> bytes | None:
        """The document of ``api/v1``, ``apis/apps/v1``, ``apis/apps`` or ``version``; None for what is not served."""
        found = self._built.get(path)
        if found is None and path in self._v3_paths():
            schemas = Schemas(v3=True)
            paths = Paths(schemas, v3=True)
            self._fill_v3(path, paths, schemas)
            components = {"schemas": schemas.definitions, "securitySchemes": _BEARER}
            document = {"openapi": "3.0.0", "info": _INFO, "paths": paths.paths, "components": components}
            found = self._built[path] = orjson.dumps(document)
        return found

    def _fill_v3(self, path: str, paths: Paths, schemas: Schemas) -> None:
        if path in ALONE:
            ALONE[path](paths, schemas)
        elif path.count("/") == 1 and path.startswith("apis/"):
            add_group(paths, schemas, path.partition("/")[2])
        else:
            _describe(self._group_versions()[path], paths, schemas, v3=True)

    def hash_of(self, name: str, document: bytes) -> str:
        """What tells one state of a document from another; `name` is what it is kept as."""
        found = self._hashes.get(name)
        if found is None:
            found = self._hashes[name] = hashlib.sha512(document).hexdigest().upper()
        return found

    def v2_value(self) -> Json:
        schemas = Schemas(v3=False)
        paths = Paths(schemas, v3=False)
        _describe(self._resources, paths, schemas, v3=False)
        add_all(paths, schemas, _built_in_versions(self._resources))
        return {
            "swagger": "2.0",
            "info": _INFO,
            "paths": dict(sorted(paths.paths.items())),
            "definitions": dict(sorted(schemas.definitions.items())),
            "parameters": dict(sorted(paths.parameters.items())),
            "securityDefinitions": _BEARER,
            "security": [{"BearerToken": []}],
        }

    def v2(self) -> bytes:
        """The one document that holds everything, as JSON."""
        found = self._built.get("v2")
        if found is None:
            found = self._built["v2"] = orjson.dumps(self.v2_value())
        return found

    def v2_protobuf(self) -> bytes:
        """The same in gnostic's binary form."""
        found = self._built.get("v2 protobuf")
        if found is None:
            from pybernetes.apiserver.openapi.protobuf import encode_document

            found = self._built["v2 protobuf"] = encode_document(self.v2_value())
        return found


def _same(now: Sequence[Resource] | None, before: Sequence[Resource] | None) -> bool:
    """Whether a group version has the very same resources as before: equal ones may differ in their schema."""
    return now is not None and before is not None and [*map(id, now)] == [*map(id, before)]


def _describe(resources: Iterable[Resource], paths: Paths, schemas: Schemas, *, v3: bool) -> None:
    """The definitions and the paths of these resources."""
    add_common_kinds(schemas)
    for resource in resources:
        gvk = {"group": resource.group, "kind": resource.kind, "version": resource.version}
        if isinstance(resource, CustomResource):
            name = custom_schema(schemas, resource, gvk, v3=v3)
        else:
            name = schemas.struct(definition_of(resource).tree, package_of(resource), gvk)
        if "list" in resource.verbs:
            _add_list(schemas, name, gvk, resource)
        add_paths(paths, schemas, resource, name, gvk)
    for group, version in _built_in_versions(resources):
        add_group_version(paths, schemas, group, version)


def _built_in_versions(resources: Iterable[Resource]) -> list[tuple[str, str]]:
    """Each group with each of its versions. Those of custom resources have no discovery documents of their own here."""
    found = {(one.group, one.version): None for one in resources if not isinstance(one, CustomResource)}
    return list(found)


def _add_list(schemas: Schemas, name: str, gvk: Json, resource: Resource) -> None:
    schemas.definitions[f"{name}List"] = {
        "type": "object",
        "description": f"A list of objects of kind {resource.kind}.",
        "required": ["items"],
        "properties": {
            "apiVersion": {"type": "string", "description": "The group and version of the API of the list."},
            "items": {"type": "array", "description": "The objects.", "items": schemas.reference(name)},
            "kind": {"type": "string", "description": "The name of the kind of list."},
            "metadata": schemas.reference(f"{META}.ListMeta"),
        },
        GVK: [{**gvk, "kind": resource.list_kind}],
    }
