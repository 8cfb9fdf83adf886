"""The paths and verbs of a resource, as OpenAPI operations.

Counterpart: apiserver's endpoints.APIInstaller, which makes one route a verb, and openapi.GetOperationIDAndTags, which
names them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pybernetes.api.object import Json
from pybernetes.api.resources import Resource
from pybernetes.apiserver.customresources.kind import CustomResource
from pybernetes.apiserver.openapi import parameters
from pybernetes.apiserver.openapi.parameters import Parameter
from pybernetes.apiserver.openapi.path_items import Operation, Paths
from pybernetes.apiserver.openapi.schemas import META, Schemas
from pybernetes.apiserver.openapi.subresources import Exchange, exchange_of

_ANYTHING = ("*/*",)
_TEXTUAL = ("application/json", "application/yaml")
_ANSWERS = (*_TEXTUAL, "application/vnd.kubernetes.protobuf", "application/cbor")
_STREAMS = ("application/json;stream=watch", "application/vnd.kubernetes.protobuf;stream=watch", "application/cbor-seq")
_PATCHES = (
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
    "application/apply-patch+yaml",
    "application/apply-patch+cbor",
)
_CUSTOM_PATCHES = tuple(kind for kind in _PATCHES if "strategic" not in kind)
_PROXIED = ("delete", "get", "head", "options", "patch", "post", "put")
_STREAMED = ("get", "post")
_STATUS, _EVENT = f"{META}.Status", f"{META}.WatchEvent"


def in_operation_id(text: str, *, capital: bool = True) -> str:
    """``FlowcontrolApiserver`` of ``flowcontrol.apiserver``: the letters and digits, with capitals between words."""
    result = ""
    for position, character in enumerate(text):
        if character.isalpha() or character == "_" or (position and character.isdigit()):
            result += character.upper() if capital else character
            capital = False
        else:
            capital = True
    return result


def group_in_operation_id(group: str, *, capital: bool = True) -> str:
    return in_operation_id(group.removesuffix(".k8s.io") or "core", capital=capital)


def add_paths(paths: Paths, schemas: Schemas, resource: Resource, name: str, gvk: Json) -> None:
    """Every path of the resource with its operations. `name` is its definition's."""
    builder = _Builder(resource, name, gvk, schemas)
    for path, operations in (*builder.own_paths(), *builder.watch_paths()):
        if operations:
            paths.add(path, operations)


class _Builder:
    def __init__(self, resource: Resource, name: str, gvk: Json, schemas: Schemas):
        self._resource, self._name, self._gvk, self._schemas = resource, name, gvk, schemas
        self._custom = isinstance(resource, CustomResource)
        self._verbs = frozenset(resource.verbs)
        self._group = f"{group_in_operation_id(resource.group)}{in_operation_id(resource.version)}"
        self._tag = f"{group_in_operation_id(resource.group, capital=False)}_{resource.version}"
        self._scope = "Namespaced" if resource.namespaced else ""
        self._in_path: tuple[Parameter, ...] = (parameters.NAMESPACE,) if resource.namespaced else ()
        self._named = (parameters.object_name(resource.kind), *self._in_path)
        self._answers = _TEXTUAL if self._custom else _ANSWERS
        self._events = _TEXTUAL if self._custom else (*_ANSWERS, *_STREAMS)
        inside = "/namespaces/{namespace}" if resource.namespaced else ""
        self._collection = f"{inside}/{resource.plural}"

    def own_paths(self) -> Iterator[tuple[str, dict[str, Operation]]]:
        base, single = self._resource.base_path, f"{self._collection}/{{name}}"
        yield f"{base}{self._collection}", self._of_collection()
        yield f"{base}{single}", self._of_object()
        if self._resource.namespaced and "list" in self._verbs:
            yield f"{base}/{self._resource.plural}", {"get": self._list("", "ForAllNamespaces")}
        for subresource in self._resource.subresources:
            yield from self._subresource(f"{base}{single}/{subresource}", subresource)

    def watch_paths(self) -> Iterator[tuple[str, dict[str, Operation]]]:
        """The old form of a watch, by a path of its own. Custom resources do not have it."""
        if self._custom or "watch" not in self._verbs:
            return
        base, kind = f"{self._resource.base_path}/watch", self._resource.kind
        of_list = replace(self._list(self._scope), answer=_EVENT, action="watchlist")
        listed = replace(of_list, id=self._id("watch", f"{self._scope}{kind}List"))
        yield f"{base}{self._collection}", {"get": listed}
        single = replace(of_list, id=self._id("watch", f"{self._scope}{kind}"), action="watch")
        single = replace(single, parameters=(*self._named, parameters.PRETTY, *parameters.LIST))
        yield f"{base}{self._collection}/{{name}}", {"get": single}
        if self._resource.namespaced:
            everywhere = replace(of_list, id=self._id("watch", f"{kind}ListForAllNamespaces"))
            everywhere = replace(everywhere, parameters=(parameters.PRETTY, *parameters.LIST))
            yield f"{base}/{self._resource.plural}", {"get": everywhere}

    def _of_collection(self) -> dict[str, Operation]:
        found: dict[str, Operation] = {}
        if "deletecollection" in self._verbs:
            found["delete"] = self._operation(
                "deletecollection",
                _STATUS,
                (*self._in_path, *parameters.DELETE_MANY),
                id=self._id("delete", f"Collection{self._scope}{self._resource.kind}"),
                body=f"{META}.DeleteOptions",
                body_required=False,
            )
        if "list" in self._verbs:
            found["get"] = self._list(self._scope)
        if "create" in self._verbs:
            found["post"] = self._write("post", self._in_path, Exchange(self._name, self._gvk), "")
        return found

    def _of_object(self) -> dict[str, Operation]:
        whole = Exchange(self._name, self._gvk)
        found = self._exchanged([verb for verb in ("get", "patch", "update") if verb in self._verbs], whole, "")
        if "delete" in self._verbs:
            found["delete"] = self._operation(
                "delete",
                self._name if self._resource.returns_deleted else _STATUS,
                (*self._named, *parameters.DELETE),
                codes=("200", "202"),
                id=self._id("delete", f"{self._scope}{self._resource.kind}"),
                body=f"{META}.DeleteOptions",
                body_required=False,
            )
        return found

    def _subresource(self, path: str, subresource: str) -> Iterator[tuple[str, dict[str, Operation]]]:
        exchange = exchange_of(self._resource, subresource, Exchange(self._name, self._gvk), self._schemas)
        suffix = in_operation_id(subresource)
        if exchange.connects:
            methods = _PROXIED if subresource == "proxy" else _STREAMED
            yield path, {method: self._connect(method, exchange, subresource, suffix) for method in methods}
            if subresource == "proxy":
                rest = f"{suffix}WithPath"
                operations = {method: self._connect(method, exchange, subresource, rest) for method in methods}
                yield (
                    f"{path}/{{path}}",
                    {
                        method: replace(one, parameters=(*one.parameters, parameters.PROXY_REST))
                        for method, one in operations.items()
                    },
                )
        elif subresource == "log":
            read = self._operation(
                "get",
                "string",
                (*self._named, *parameters.LOG),
                id=self._id("read", f"{self._scope}{self._resource.kind}Log"),
                produces=("text/plain", *self._answers),
            )
            yield path, {"get": read}
        else:
            yield path, self._exchanged(exchange.verbs, exchange, suffix)

    def _exchanged(self, verbs: list[str] | tuple[str, ...], exchange: Exchange, suffix: str) -> dict[str, Operation]:
        """The operations on an object, or on a part of it, that get or send what `exchange` says."""
        found: dict[str, Operation] = {}
        if "get" in verbs:
            found["get"] = self._operation(
                "get",
                exchange.definition,
                self._named,
                gvk=exchange.gvk,
                id=self._id("read", f"{self._scope}{self._resource.kind}{suffix}"),
            )
        if "patch" in verbs:
            found["patch"] = self._operation(
                "patch",
                exchange.definition,
                (*self._named, *parameters.PATCH),
                gvk=exchange.gvk,
                id=self._id("patch", f"{self._scope}{self._resource.kind}{suffix}"),
                codes=("200", "201"),
                body=f"{META}.Patch",
                consumes=_CUSTOM_PATCHES if self._custom else _PATCHES,
            )
        for verb, method in (("create", "post"), ("update", "put")):
            if verb in verbs:
                found[method] = self._write(method, self._named, exchange, suffix)
        return found

    def _write(self, method: str, given: tuple[Parameter, ...], exchange: Exchange, suffix: str) -> Operation:
        word, codes = ("create", ("200", "201", "202")) if method == "post" else ("replace", ("200", "201"))
        return self._operation(
            method,
            exchange.definition,
            (*given, *parameters.WRITE),
            gvk=exchange.gvk,
            codes=codes,
            id=self._id(word, f"{self._scope}{self._resource.kind}{suffix}"),
            body=exchange.definition,
        )

    def _list(self, scope: str, suffix: str = "") -> Operation:
        given = self._in_path if scope or not self._resource.namespaced else ()
        return self._operation(
            "list",
            f"{self._name}List",
            (*given, *parameters.LIST),
            produces=self._events,
            id=self._id("list", f"{scope}{self._resource.kind}{suffix}"),
        )

    def _connect(self, method: str, exchange: Exchange, subresource: str, suffix: str) -> Operation:
        one = self._operation(
            "connect",
            "string",
            (),
            gvk=exchange.gvk,
            produces=_ANYTHING,
            id=self._id("connect", f"{method.capitalize()}{self._scope}{self._resource.kind}{suffix}"),
        )
        return replace(one, parameters=(*self._named, *parameters.CONNECT[subresource]))

    def _id(self, word: str, rest: str) -> str:
        return f"{word}{self._group}{rest}"

    def _operation(
        self,
        action: str,
        answer: str,
        given: tuple[Parameter, ...],
        *,
        id: str,
        gvk: Json | None = None,
        body: str = "",
        body_required: bool = True,
        codes: tuple[str, ...] = ("200",),
        consumes: tuple[str, ...] = (),
        produces: tuple[str, ...] = (),
    ) -> Operation:
        return Operation(
            id=id,
            description=f"{_WORDS[action]} {self._resource.kind}.",
            tag=self._tag,
            answer=answer,
            parameters=(*given, parameters.PRETTY),
            body=body,
            body_required=body_required,
            action=action,
            gvk=gvk or self._gvk,
            codes=codes,
            consumes=consumes or (_TEXTUAL if self._custom else _ANYTHING),
            produces=produces or self._answers,
        )


_WORDS = {
    "connect": "Open a connection to this part of the",
    "delete": "Delete the",
    "deletecollection": "Delete every chosen",
    "get": "Read the",
    "list": "List or watch objects of kind",
    "patch": "Change part of the",
    "post": "Create a",
    "put": "Replace the",
}
