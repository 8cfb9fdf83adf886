"""An API server in memory, for tests of what talks to one: a `Transport` over plain dictionaries.

It keeps the promises that controllers lean on: resource versions and conflicts, generations, generated names,
finalizers, propagation policies, status apart from spec, graceful pods, terminating namespaces, watches that replay
from a version. It does not validate, default or authorize.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import orjson

from pybernetes.api import errors
from pybernetes.api.definition import definition_of
from pybernetes.api.errors import APIError
from pybernetes.api.object import Json, deep_copy, format_time, key_of, labels_of, object_key
from pybernetes.api.patch.merge_patch import apply_merge_patch
from pybernetes.api.patch.strategic_merge import apply_strategic_merge
from pybernetes.api.resources import RESOURCES, Resource
from pybernetes.api.selectors import parse_field_selector, parse_label_selector
from pybernetes.client.client import Client
from pybernetes.client.transport import Response, TransportError
from pybernetes.component.clock import SYSTEM_CLOCK, Clock

Hook = Callable[[str, str, Json], None]
_GRACE_SECONDS = 30


@dataclass
class Target:
    """What a path names."""

    resource: Resource
    namespace: str = ""
    name: str = ""
    subresource: str = ""


@dataclass(eq=False)
class Watcher:
    target: Target
    query: Mapping[str, str]
    events: asyncio.Queue[Json | None] = field(default_factory=asyncio.Queue)


class FakeAPI:
    """A cluster. `requests` lists (method, path); `hooks` may raise `APIError` before a request is done."""

    def __init__(self, clock: Clock = SYSTEM_CLOCK):
        self.clock = clock
        self.resources = [resource for resource in RESOURCES if "list" in resource.verbs]
        self.objects: dict[str, dict[str, Json]] = {}
        self.requests: list[tuple[str, str]] = []
        self.hooks: list[Hook] = []
        self.down = False
        self.refuse_discovery: set[str] = set()
        self._version = 100
        self._names = itertools.count(1)
        self._watchers: list[Watcher] = []
        self._history: list[tuple[Resource, Json]] = []

    def client(self) -> Client:
        return Client(self)

    def all(self, kind: str, namespace: str = "") -> list[Json]:
        """Every object of a kind such as ``pods``, by name."""
        found = self.objects.get(kind, {}).values()
        return sorted(
            (obj for obj in found if not namespace or obj["metadata"].get("namespace") == namespace), key=key_of
        )

    def get(self, kind: str, key: str) -> Json | None:
        return self.objects.get(kind, {}).get(key)

    def count(self, method: str, part: str) -> int:
        """How many requests with this method had `part` in their path."""
        return sum(1 for one, path in self.requests if one == method and part in path)

    def change(self, kind: str, key: str, change: Callable[[Json], None]) -> Json:
        """Change an object as somebody else would, past conflicts and subresources."""
        resource = self._resource_named(kind)
        obj = deep_copy(self.objects[kind][key])
        change(obj)
        return self._store(resource, obj, "MODIFIED")

    def break_watches(self) -> None:
        """End every open watch, as a restarting server does."""
        for watcher in self._watchers:
            watcher.events.put_nowait(None)

    def forget_history(self) -> None:
        """Compact: watches from an old version get 410."""
        self._history.clear()
        self._compacted = self._version

    _compacted = 0

    async def close(self) -> None:
        return None

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        await asyncio.sleep(0)
        if self.down:
            raise TransportError("connection refused")
        self.requests.append((method, path))
        value = orjson.loads(body) if body else {}
        try:
            for hook in self.hooks:
                hook(method, path, value)
            answer = self._answer(method, path, dict(query or {}), value, (headers or {}).get("content-type", ""))
        except APIError as error:
            return Response(error.code, orjson.dumps(error.status))
        return Response(201 if method == "POST" else 200, orjson.dumps(answer))

    @asynccontextmanager
    async def stream(
        self, path: str, *, query: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        if self.down:
            raise TransportError("connection refused")
        self.requests.append(("WATCH", path))
        query = dict(query or {})
        since = int(query.get("resourceVersion") or 0)
        if since < self._compacted:
            raise errors.gone(f"too old resource version: {since} ({self._compacted})")
        watcher = Watcher(self._target(path), query)
        for resource, event in self._history:
            if int(event["object"]["metadata"]["resourceVersion"]) > since:
                self._offer(watcher, resource, event)
        self._watchers.append(watcher)
        try:
            yield self._lines(watcher)
        finally:
            self._watchers.remove(watcher)

    async def _lines(self, watcher: Watcher) -> AsyncIterator[bytes]:
        while True:
            event = await watcher.events.get()
            if event is None:
                return
            yield orjson.dumps(event) + b"\n"

    # What is asked for

    def _target(self, path: str) -> Target:
        parts = path.strip("/").split("/")
        group, rest = ("", parts[2:]) if parts[0] == "api" else (parts[1], parts[3:])
        namespace = ""
        plurals = {r.plural for r in self.resources if r.group == group and r.namespaced}
        if len(rest) >= 3 and rest[0] == "namespaces" and rest[2] in plurals:
            namespace, rest = rest[1], rest[2:]
        for resource in self.resources:
            if resource.group == group and rest and resource.plural == rest[0]:
                return Target(resource, namespace, *rest[1:3])
        raise errors.path_not_found()

    def _resource_named(self, kind: str) -> Resource:
        return next(resource for resource in self.resources if resource.qualified_name == kind)

    def _answer(self, method: str, path: str, query: dict[str, str], body: Any, content_type: str) -> Json:
        discovered = self._discovery(path)
        if discovered is not None:
            return discovered
        target = self._target(path)
        match method:
            case "GET" if target.name:
                return self._read(target)
            case "GET":
                return self._list(target, query)
            case "POST" if target.subresource:
                return self._post_subresource(target, body)
            case "POST":
                return self._create(target, body)
            case "PUT":
                return self._update(target, body)
            case "PATCH":
                return self._update(target, self._patched(target, body, content_type))
            case "DELETE" if target.name:
                return self._delete(target, body)
            case "DELETE":
                for obj in self._list(target, query)["items"]:
                    metadata = obj["metadata"]
                    one = Target(target.resource, metadata.get("namespace", ""), metadata["name"])
                    self._delete(one, body)
                return {"kind": "Status", "status": "Success"}
        raise errors.method_not_allowed()

    def _discovery(self, path: str) -> Json | None:
        groups: dict[str, set[str]] = {}
        for resource in self.resources:
            groups.setdefault(resource.group, set()).add(resource.version)
        if path == "/api":
            return {"kind": "APIVersions", "versions": ["v1"]}
        if path == "/apis":
            found = [
                {
                    "name": group,
                    "versions": [{"groupVersion": f"{group}/{version}", "version": version} for version in versions],
                    "preferredVersion": {
                        "groupVersion": f"{group}/{max(versions)}",
                        "version": max(versions),
                    },
                }
                for group, versions in sorted(groups.items())
                if group
            ]
            return {"kind": "APIGroupList", "apiVersion": "v1", "groups": found}
        parts = path.strip("/").split("/")
        if not (len(parts) == 2 and parts[0] == "api") and not (len(parts) == 3 and parts[0] == "apis"):
            return None
        group, version = ("", parts[1]) if parts[0] == "api" else (parts[1], parts[2])
        if group in self.refuse_discovery:
            raise errors.service_unavailable("the server is currently unable to handle the request")
        listed = [
            {
                "name": resource.plural,
                "singularName": resource.singular,
                "kind": resource.kind,
                "namespaced": resource.namespaced,
                "verbs": list(resource.verbs),
            }
            for resource in self.resources
            if (resource.group, resource.version) == (group, version)
        ]
        group_version = f"{group}/{version}" if group else version
        return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": listed}

    # Reading

    def _stored(self, target: Target) -> Json:
        found = self.objects.get(target.resource.qualified_name, {}).get(object_key(target.namespace, target.name))
        if found is None:
            raise errors.not_found(target.resource.plural, target.name, target.resource.group)
        return found

    def _read(self, target: Target) -> Json:
        return self._stored(target)

    def _list(self, target: Target, query: Mapping[str, str]) -> Json:
        resource = target.resource
        objects = self.objects.get(resource.qualified_name, {})
        items = [obj for _, obj in sorted(objects.items()) if self._selects(target, query, obj)]
        bare = [{name: value for name, value in obj.items() if name not in ("kind", "apiVersion")} for obj in items]
        return {
            "kind": f"{resource.kind}List",
            "apiVersion": resource.api_version,
            "metadata": {"resourceVersion": str(self._version)},
            "items": bare,
        }

    @staticmethod
    def _selects(target: Target, query: Mapping[str, str], obj: Json) -> bool:
        if target.namespace and obj["metadata"].get("namespace") != target.namespace:
            return False
        if "labelSelector" in query and not parse_label_selector(query["labelSelector"]).matches(labels_of(obj)):
            return False
        for requirement in parse_field_selector(query.get("fieldSelector", "")):
            value: Any = obj
            for part in requirement.field.split("."):
                value = (value or {}).get(part)
            if ((value or "") == requirement.value) != requirement.equal:
                return False
        return True

    def _offer(self, watcher: Watcher, resource: Resource, event: Json) -> None:
        if watcher.target.resource == resource and self._selects(watcher.target, watcher.query, event["object"]):
            watcher.events.put_nowait(event)

    # Writing

    def _store(self, resource: Resource, obj: Json, event_type: str) -> Json:
        self._version += 1
        obj["metadata"]["resourceVersion"] = str(self._version)
        kept = self.objects.setdefault(resource.qualified_name, {})
        if event_type == "DELETED":
            kept.pop(key_of(obj), None)
        else:
            kept[key_of(obj)] = obj
        event = {"type": event_type, "object": deep_copy(obj)}
        self._history.append((resource, event))
        for watcher in self._watchers:
            self._offer(watcher, resource, event)
        return obj

    def _create(self, target: Target, body: Json) -> Json:
        resource, obj = target.resource, deep_copy(body)
        metadata = obj.setdefault("metadata", {})
        obj.setdefault("apiVersion", resource.api_version)
        obj.setdefault("kind", resource.kind)
        if target.namespace:
            metadata["namespace"] = target.namespace
        if not metadata.get("name"):
            metadata["name"] = f"{metadata['generateName']}{next(self._names):05d}"
        if self.get(resource.qualified_name, key_of(obj)) is not None:
            raise errors.already_exists(resource.plural, metadata["name"], resource.group)
        self._check_namespace(resource, obj)
        metadata["uid"] = metadata.get("uid") or f"uid-{next(self._names)}"
        metadata["creationTimestamp"] = metadata.get("creationTimestamp") or format_time(self.clock.now())
        metadata["generation"] = 1
        if resource.plural == "namespaces":
            obj.setdefault("spec", {}).setdefault("finalizers", ["kubernetes"])
            obj.setdefault("status", {}).setdefault("phase", "Active")
        if resource.plural == "pods":
            obj.setdefault("status", {}).setdefault("phase", "Pending")
        return self._store(resource, obj, "ADDED")

    def _check_namespace(self, resource: Resource, obj: Json) -> None:
        namespace = self.get("namespaces", obj["metadata"].get("namespace") or "")
        if resource.namespaced and namespace is not None and namespace["metadata"].get("deletionTimestamp"):
            name = namespace["metadata"]["name"]
            why = f"unable to create new content in namespace {name} because it is being terminated"
            error = errors.forbidden(resource.plural, obj["metadata"]["name"], why, resource.group)
            error.status["details"]["causes"] = [{"reason": "NamespaceTerminating", "message": why}]
            raise error

    def _patched(self, target: Target, patch: Any, content_type: str) -> Json:
        current = self._stored(target)
        if "strategic" in content_type:
            struct = definition_of(target.resource).tree
            return apply_strategic_merge(current, patch, struct)
        assert "merge" in content_type, content_type
        return apply_merge_patch(current, patch)  # type: ignore[no-any-return]

    def _update(self, target: Target, body: Json) -> Json:
        current = self._stored(target)
        resource, new, metadata = target.resource, deep_copy(body), current["metadata"]
        wanted_version, wanted_uid = new["metadata"].get("resourceVersion"), new["metadata"].get("uid")
        if wanted_version and wanted_version != metadata["resourceVersion"]:
            raise errors.conflict(resource.plural, target.name, errors.OBJECT_MODIFIED, resource.group)
        if wanted_uid and wanted_uid != metadata["uid"]:
            why = f"Precondition failed: UID in precondition: {wanted_uid}, UID in object meta: {metadata['uid']}"
            raise errors.conflict(resource.plural, target.name, why, resource.group)
        new.setdefault("apiVersion", resource.api_version)
        new.setdefault("kind", resource.kind)
        for kept in ("uid", "creationTimestamp", "generation", "deletionTimestamp", "namespace", "name"):
            if kept in metadata:
                new["metadata"][kept] = metadata[kept]
        if target.subresource == "finalize":
            new = {**deep_copy(current), "spec": new["spec"]}
        elif target.subresource == "status":
            new["spec"] = deep_copy(current.get("spec"))
            new["metadata"] = {**new["metadata"], "labels": metadata.get("labels")}
        elif "status" in resource.subresources:
            new["status"] = deep_copy(current.get("status"))
        new = {name: value for name, value in new.items() if value is not None}
        new["metadata"].pop("resourceVersion", None)
        if new == {**current, "metadata": {k: v for k, v in metadata.items() if k != "resourceVersion"}}:
            return current
        if new.get("spec") != current.get("spec") and target.subresource != "finalize":
            new["metadata"]["generation"] = metadata["generation"] + 1
        if self._is_gone(resource, new):
            return self._store(resource, new, "DELETED")
        return self._store(resource, new, "MODIFIED")

    @staticmethod
    def _is_gone(resource: Resource, obj: Json) -> bool:
        if not obj["metadata"].get("deletionTimestamp") or obj["metadata"].get("finalizers"):
            return False
        if resource.plural == "namespaces":
            return not obj["spec"].get("finalizers")
        return not obj["metadata"].get("deletionGracePeriodSeconds")

    def _delete(self, target: Target, options: Json) -> Json:
        resource, obj = target.resource, deep_copy(self._stored(target))
        metadata = obj["metadata"]
        for name, wanted in (options.get("preconditions") or {}).items():
            if metadata[name] != wanted:
                why = f"Precondition failed: {name} in precondition: {wanted}, in object meta: {metadata[name]}"
                raise errors.conflict(resource.plural, target.name, why, resource.group)
        finalizers = [f for f in metadata.get("finalizers") or () if f not in ("orphan", "foregroundDeletion")]
        policy = {"Orphan": ["orphan"], "Foreground": ["foregroundDeletion"]}.get(options.get("propagationPolicy", ""))
        finalizers += policy or []
        if finalizers:
            metadata["finalizers"] = finalizers
        elif "finalizers" in metadata:
            del metadata["finalizers"]
        grace = self._grace_seconds(resource, obj, options)
        if "deletionTimestamp" not in metadata or grace == 0:
            metadata["deletionTimestamp"] = format_time(self.clock.now() + timedelta(seconds=grace))
            metadata["deletionGracePeriodSeconds"] = grace
        if resource.plural == "namespaces":
            obj["status"]["phase"] = "Terminating"
        return self._store(resource, obj, "DELETED" if self._is_gone(resource, obj) else "MODIFIED")

    @staticmethod
    def _grace_seconds(resource: Resource, obj: Json, options: Json) -> int:
        if resource.plural != "pods" or not (obj.get("spec") or {}).get("nodeName"):
            return 0
        if (obj.get("status") or {}).get("phase") in ("Succeeded", "Failed"):
            return 0
        wanted = options.get("gracePeriodSeconds")
        default = obj["spec"].get("terminationGracePeriodSeconds", _GRACE_SECONDS)
        return int(default if wanted is None else wanted)

    def _post_subresource(self, target: Target, body: Json) -> Json:
        assert target.subresource == "binding", target
        pod = deep_copy(self._stored(target))
        pod["spec"]["nodeName"] = body["target"]["name"]
        self._store(target.resource, pod, "MODIFIED")
        return {"kind": "Status", "status": "Success"}
