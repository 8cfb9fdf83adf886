"""Whole OpenAPI documents: v2 for everything, v3 for each group version."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import orjson

from pybernetes.api.definition import definition_of
from pybernetes.api.object import Json
from pybernetes.api.resources import Resource
from pybernetes.apiserver.customresources.kind import CustomResource
from pybernetes.apiserver.openapi.custom import custom_schema
from pybernetes.apiserver.openapi.operations import paths_of
from pybernetes.apiserver.openapi.schemas import META, Schemas

_INFO = {"title": "Kubernetes", "version": "v1.36.0"}
_BEARER = {"BearerToken": {"type": "apiKey", "in": "header", "name": "authorization"}}
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

    def show(self, resources: Sequence[Resource]) -> None:
        """Describe these resources from now on. Documents of group versions whose resources stay are kept."""
        before = self._group_versions()
        self._resources = tuple(resources)
        now = self._group_versions()
        kept = [path for path in self._built if _same(now.get(path), before.get(path))]
        self._built = {path: self._built[path] for path in kept}

    def _group_versions(self) -> dict[str, list[Resource]]:
        groups: dict[str, list[Resource]] = {}
        for resource in self._resources:
            path = f"apis/{resource.group}/{resource.version}" if resource.group else f"api/{resource.version}"
            groups.setdefault(path, []).append(resource)
        return groups

    def v3_index(self) -> Json:
        """Where each group version's document is, with a hash so that clients can cache it for ever."""
        paths = {}
        for path in self._group_versions():
            document = self.v3(path)
            assert document is not None, "every group version has a document"
            digest = hashlib.sha512(document).hexdigest().upper()
            paths[path] = {"serverRelativeURL": f"/openapi/v3/{path}?hash={digest}"}
        return {"paths": paths}

    def v3(self, path: str) -> bytes | None:
        """The document of ``api/v1`` or ``apis/apps/v1``, or None for a group version that is not served."""
        found = self._built.get(path)
        if found is None:
            resources = self._group_versions().get(path)
            if resources is None:
                return None
            schemas, paths = self._describe(resources, v3=True)
            components = {"schemas": schemas.definitions, "securitySchemes": _BEARER}
            document = {"openapi": "3.0.0", "info": _INFO, "paths": paths, "components": components}
            found = self._built[path] = orjson.dumps(document)
        return found

    def v2_value(self) -> Json:
        schemas, paths = self._describe(self._resources, v3=False)
        return {
            "swagger": "2.0",
            "info": _INFO,
            "paths": paths,
            "definitions": schemas.definitions,
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

    def _describe(self, resources: Iterable[Resource], *, v3: bool) -> tuple[Schemas, Json]:
        schemas, paths = Schemas(v3=v3), {}
        for resource in resources:
            gvk = {"group": resource.group, "version": resource.version, "kind": resource.kind}
            if isinstance(resource, CustomResource):
                name = custom_schema(schemas, resource, gvk, v3=v3)
            else:
                name = schemas.struct(definition_of(resource).tree, package_of(resource), gvk)
            if "list" in resource.verbs:
                _add_list(schemas, name, gvk, resource.list_kind)
            paths.update(paths_of(resource, name, gvk, schemas, v3=v3))
        _add_common(schemas)
        return schemas, paths


def _same(now: Sequence[Resource] | None, before: Sequence[Resource] | None) -> bool:
    """Whether a group version has the very same resources as before: equal ones may differ in their schema."""
    return now is not None and before is not None and [*map(id, now)] == [*map(id, before)]


def _add_list(schemas: Schemas, name: str, gvk: Json, kind: str) -> None:
    schemas.definitions[f"{name}List"] = {
        "type": "object",
        "required": ["items"],
        "properties": {
            "apiVersion": {"type": "string"},
            "items": {"type": "array", "items": schemas.reference(name)},
            "kind": {"type": "string"},
            "metadata": schemas.reference(f"{META}.ListMeta"),
        },
        "x-kubernetes-group-version-kind": [{**gvk, "kind": kind}],
    }


def _add_common(schemas: Schemas) -> None:
    """The shapes that every API has: list metadata, delete options, Status, Patch."""
    from pybernetes.api.meta.delete_options import DeleteOptions
    from pybernetes.api.meta.object_meta import ListMeta
    from pybernetes.api.schema.declare import struct_of

    schemas.struct(struct_of(ListMeta), META)
    schemas.struct(struct_of(DeleteOptions), META)
    schemas.definitions.setdefault(f"{META}.Patch", {"type": "object"})
    schemas.definitions.setdefault(
        f"{META}.Status",
        {
            "type": "object",
            "properties": {
                "apiVersion": {"type": "string"},
                "code": {"type": "integer", "format": "int32"},
                "details": {"type": "object"},
                "kind": {"type": "string"},
                "message": {"type": "string"},
                "metadata": schemas.reference(f"{META}.ListMeta"),
                "reason": {"type": "string"},
                "status": {"type": "string"},
            },
            "x-kubernetes-group-version-kind": [{"group": "", "kind": "Status", "version": "v1"}],
        },
    )
