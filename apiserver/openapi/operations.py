"""The paths and verbs of a resource, as OpenAPI operations."""

from __future__ import annotations

from typing import Any

from pybernetes.api.object import Json
from pybernetes.api.resources import Resource
from pybernetes.apiserver.openapi.schemas import META, Schemas

_PATCH_TYPES = (
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
    "application/apply-patch+yaml",
)
_WRITE_QUERY = ("dryRun", "fieldManager", "fieldValidation")
_LIST_QUERY = (
    ("allowWatchBookmarks", "boolean"),
    ("continue", "string"),
    ("fieldSelector", "string"),
    ("labelSelector", "string"),
    ("limit", "integer"),
    ("resourceVersion", "string"),
    ("resourceVersionMatch", "string"),
    ("sendInitialEvents", "boolean"),
    ("timeoutSeconds", "integer"),
    ("watch", "boolean"),
)
_DELETE_QUERY = (("dryRun", "string"), ("gracePeriodSeconds", "integer"), ("propagationPolicy", "string"))


def paths_of(resource: Resource, name: str, gvk: Json, schemas: Schemas, *, v3: bool) -> Json:
    """Every path of the resource with its operations. `name` is its definition's."""
    builder = _Builder(resource, name, gvk, schemas, v3)
    base = resource.base_path
    inside = (
        f"{base}/namespaces/{{namespace}}/{resource.plural}" if resource.namespaced else f"{base}/{resource.plural}"
    )
    paths: Json = {inside: builder.collection()}
    if set(resource.verbs) != {"create"}:
        paths[f"{inside}/{{name}}"] = builder.single()
    if resource.namespaced and "list" in resource.verbs:
        paths[f"{base}/{resource.plural}"] = builder.everywhere()
    for subresource in resource.subresources:
        if subresource in ("status", "ephemeralcontainers", "resize", "approval"):
            paths[f"{inside}/{{name}}/{subresource}"] = builder.status(subresource)
    return paths


class _Builder:
    def __init__(self, resource: Resource, name: str, gvk: Json, schemas: Schemas, v3: bool):
        self._resource, self._name, self._gvk = resource, name, gvk
        self._schemas, self._v3 = schemas, v3

    def collection(self) -> Json:
        item: Json = {"parameters": self._path_parameters(named=False)}
        if "list" in self._resource.verbs:
            item["get"] = self._operation("list", f"{self._name}List", query=_LIST_QUERY)
        if "create" in self._resource.verbs:
            item["post"] = self._operation("post", self._name, query=_strings(_WRITE_QUERY), body=self._name)
        if "deletecollection" in self._resource.verbs:
            query = (*_LIST_QUERY[1:7], *_DELETE_QUERY)
            item["delete"] = self._operation(
                "deletecollection", f"{META}.Status", query=query, body=f"{META}.DeleteOptions"
            )
        return item

    def single(self) -> Json:
        item: Json = {"parameters": self._path_parameters(named=True)}
        item["get"] = self._operation("get", self._name)
        if "update" in self._resource.verbs:
            item["put"] = self._operation("put", self._name, query=_strings(_WRITE_QUERY), body=self._name)
            item["patch"] = self._patch("")
            item["delete"] = self._operation(
                "delete", f"{META}.Status", query=_DELETE_QUERY, body=f"{META}.DeleteOptions"
            )
        return item

    def everywhere(self) -> Json:
        item = {"get": self._operation("list", f"{self._name}List", query=_LIST_QUERY, suffix="ForAllNamespaces")}
        return {**item, "parameters": []}

    def status(self, subresource: str) -> Json:
        suffix = subresource.capitalize()
        item: Json = {"parameters": self._path_parameters(named=True)}
        item["get"] = self._operation("get", self._name, suffix=suffix)
        item["put"] = self._operation("put", self._name, query=_strings(_WRITE_QUERY), body=self._name, suffix=suffix)
        item["patch"] = self._patch(suffix)
        return item

    def _patch(self, suffix: str) -> Json:
        query = (*_strings(_WRITE_QUERY), ("force", "boolean"))
        is_custom = not self._resource.module  # custom resources have no merge keys
        types = tuple(kind for kind in _PATCH_TYPES if not (is_custom and "strategic" in kind))
        return self._operation("patch", self._name, query=query, body=f"{META}.Patch", consumes=types, suffix=suffix)

    def _operation(
        self,
        action: str,
        answer: str,
        *,
        query: tuple[tuple[str, str], ...] = (),
        body: str = "",
        consumes: tuple[str, ...] = ("application/json", "application/yaml"),
        suffix: str = "",
    ) -> Json:
        words = {"list": "list", "get": "read", "post": "create", "put": "replace"}
        group = "".join(part.capitalize() for part in self._resource.group.split(".")[:1]) or "Core"
        scope = "Namespaced" if self._resource.namespaced and suffix != "ForAllNamespaces" else ""
        verb = words.get(action, action)
        operation: Json = {
            "operationId": f"{verb}{group}{self._resource.version.capitalize()}{scope}{self._resource.kind}{suffix}",
            "tags": [f"{self._resource.group.partition('.')[0] or 'core'}_{self._resource.version}"],
            "x-kubernetes-action": action,
            "x-kubernetes-group-version-kind": self._gvk,
            "parameters": [self._parameter(name, kind) for name, kind in query],
        }
        self._add_answers(operation, answer, created=action == "post")
        if body:
            self._add_body(operation, body, consumes)
        return operation

    def _add_answers(self, operation: Json, answer: str, *, created: bool) -> None:
        schema = self._schemas.reference(answer)
        content: Any = {"content": {"application/json": {"schema": schema}}} if self._v3 else {"schema": schema}
        codes = ("200", "201", "202") if created else ("200",)
        operation["responses"] = {code: {"description": "OK", **content} for code in codes}
        operation["responses"]["401"] = {"description": "Unauthorized"}
        if not self._v3:
            operation["produces"] = ["application/json", "application/yaml"]

    def _add_body(self, operation: Json, body: str, consumes: tuple[str, ...]) -> None:
        schema = self._schemas.reference(body)
        if self._v3:
            operation["requestBody"] = {"content": {kind: {"schema": schema} for kind in consumes}}
            return
        operation["consumes"] = list(consumes)
        operation["parameters"].append({"in": "body", "name": "body", "schema": schema})

    def _path_parameters(self, *, named: bool) -> list[Json]:
        names = (["name"] if named else []) + (["namespace"] if self._resource.namespaced else [])
        return [self._parameter(name, "string", where="path") for name in names]

    def _parameter(self, name: str, kind: str, where: str = "query") -> Json:
        parameter: Json = (
            {"in": where, "name": name, "uniqueItems": True} if not self._v3 else {"in": where, "name": name}
        )
        if where == "path":
            parameter["required"] = True
        if self._v3:
            parameter.pop("uniqueItems", None)
            parameter["schema"] = {"type": kind, "uniqueItems": True}
        else:
            parameter["type"] = kind
        return parameter


def _strings(names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((name, "string") for name in names)
