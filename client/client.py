"""Verbs on resources, over any transport.

A resource is named as in ``kubectl api-resources``: ``pods``, ``deployments.apps``; one that was found by discovery
(a custom resource) is given as its `Resource`. Objects are JSON values. An answer other than 2xx raises `APIError`
with the server's Status.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import orjson

from pybernetes.api.errors import APIError, failure
from pybernetes.api.object import Json, name_of, namespace_of
from pybernetes.api.resources import Resource, resource
from pybernetes.client.transport import Response, Transport

PATCH_TYPES = {
    "json": "application/json-patch+json",
    "merge": "application/merge-patch+json",
    "strategic": "application/strategic-merge-patch+json",
    "apply": "application/apply-patch+yaml",
}
Batch = list[Json]
Kind = str | Resource
METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json"
METADATA_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
_MAX_WATCH_LINE_BYTES = 16 << 20  # an object is at most 3 MiB; one line more than this is a broken stream


class Client:
    """The API as one identity sees it. Safe for any number of concurrent calls."""

    def __init__(self, transport: Transport, *, user_agent: str = "pybernetes"):
        self.transport = transport
        self._headers = {"user-agent": user_agent}

    async def get(
        self, kind: Kind, name: str, namespace: str = "", *, subresource: str = "", metadata_only: bool = False
    ) -> Json:
        """One object; with `metadata_only` just what every object has, as PartialObjectMetadata."""
        path = resource_for(kind).path(namespace, name, subresource)
        return await self.call("GET", path, accept=METADATA if metadata_only else "")

    async def list(
        self,
        kind: Kind,
        namespace: str = "",
        *,
        label_selector: str = "",
        field_selector: str = "",
        resource_version: str = "",
        limit: int = 0,
        metadata_only: bool = False,
    ) -> Json:
        """The whole list object. With `limit`, pages are fetched one after the other and joined."""
        query = _selectors(label_selector, field_selector)
        if resource_version:
            query["resourceVersion"] = resource_version
        path = resource_for(kind).path(namespace)
        accept = METADATA_LIST if metadata_only else ""
        if not limit:
            return await self.call("GET", path, query=query, accept=accept)
        return await self._list_in_pages(path, {**query, "limit": str(limit)}, accept)

    async def _list_in_pages(self, path: str, query: dict[str, str], accept: str) -> Json:
        result = await self.call("GET", path, query=query, accept=accept)
        items: list[Json] = result.get("items") or []
        token = result["metadata"].get("continue")
        query.pop("resourceVersion", None)
        while token:
            page = await self.call("GET", path, query={**query, "continue": token}, accept=accept)
            items.extend(page.get("items") or ())
            token = page["metadata"].get("continue")
        result["items"] = items
        result["metadata"].pop("continue", None)
        result["metadata"].pop("remainingItemCount", None)
        return result

    async def create(
        self, kind: Kind, obj: Json, *, subresource: str = "", namespace: str = "", name: str = ""
    ) -> Json:
        """Create an object, or post to a subresource (binding, eviction, token) of the object `name`."""
        path = resource_for(kind).path(namespace or namespace_of(obj), name if subresource else "", subresource)
        return await self.call("POST", path, body=obj)

    async def update(self, kind: Kind, obj: Json, *, subresource: str = "") -> Json:
        path = resource_for(kind).path(namespace_of(obj), name_of(obj), subresource)
        return await self.call("PUT", path, body=obj)

    async def update_status(self, kind: Kind, obj: Json) -> Json:
        return await self.update(kind, obj, subresource="status")

    async def patch(
        self,
        kind: Kind,
        name: str,
        patch: Any,
        namespace: str = "",
        *,
        type: str = "merge",
        subresource: str = "",
        field_manager: str = "",
        force: bool = False,
    ) -> Json:
        """`type` is one of json, merge, strategic, apply."""
        query = {"fieldManager": field_manager} if field_manager else {}
        if force:
            query["force"] = "true"
        path = resource_for(kind).path(namespace, name, subresource)
        return await self.call("PATCH", path, query=query, body=patch, content_type=PATCH_TYPES[type])

    async def delete(
        self,
        kind: Kind,
        name: str,
        namespace: str = "",
        *,
        uid: str = "",
        resource_version: str = "",
        grace_seconds: int | None = None,
        propagation: str = "",
    ) -> Json:
        """Delete an object; with `uid` or `resource_version` only if it is still that one."""
        options: Json = {"apiVersion": "v1", "kind": "DeleteOptions"}
        preconditions = {"uid": uid, "resourceVersion": resource_version}
        if any(preconditions.values()):
            options["preconditions"] = {key: value for key, value in preconditions.items() if value}
        if grace_seconds is not None:
            options["gracePeriodSeconds"] = grace_seconds
        if propagation:
            options["propagationPolicy"] = propagation
        return await self.call("DELETE", resource_for(kind).path(namespace, name), body=options)

    async def delete_collection(
        self,
        kind: Kind,
        namespace: str = "",
        *,
        label_selector: str = "",
        field_selector: str = "",
        propagation: str = "",
    ) -> Json:
        query = _selectors(label_selector, field_selector)
        if propagation:
            query["propagationPolicy"] = propagation
        return await self.call("DELETE", resource_for(kind).path(namespace), query=query)

    @asynccontextmanager
    async def watch(
        self,
        kind: Kind,
        namespace: str = "",
        *,
        resource_version: str,
        label_selector: str = "",
        field_selector: str = "",
        timeout_seconds: int = 0,
        metadata_only: bool = False,
    ) -> AsyncIterator[AsyncIterator[Batch]]:
        """Watch events ({type, object}) in batches as they arrive, bookmarks included.

        An ERROR event raises `APIError`. The stream ends when the server ends it.
        """
        query = _selectors(label_selector, field_selector)
        query |= {"watch": "true", "resourceVersion": resource_version, "allowWatchBookmarks": "true"}
        if timeout_seconds:
            query["timeoutSeconds"] = str(timeout_seconds)
        path = resource_for(kind).path(namespace)
        headers = {**self._headers, "accept": METADATA} if metadata_only else self._headers
        async with self.transport.stream(path, query=query, headers=headers) as chunks:
            yield _events(chunks)

    @asynccontextmanager
    async def stream(self, path: str, query: Mapping[str, str] | None = None) -> AsyncIterator[AsyncIterator[bytes]]:
        """The body of a GET in pieces: logs that are followed."""
        async with self.transport.stream(path, query=query, headers=self._headers) as chunks:
            yield chunks

    async def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        content_type: str = "application/json",
        accept: str = "",
    ) -> Json:
        """Any request that answers with JSON. Raises `APIError`, `TransportError`."""
        headers = {**self._headers, "accept": accept} if accept else self._headers
        data = None
        if body is not None:
            data = orjson.dumps(body)
            headers = {**headers, "content-type": content_type}
        answer = await self.transport.request(method, path, query=query, body=data, headers=headers)
        if not 200 <= answer.status < 300:
            raise error_from(answer)
        return orjson.loads(answer.body) if answer.body else {}


def resource_for(kind: Kind) -> Resource:
    """The resource of a name that a client uses. Raises KeyError."""
    return kind if isinstance(kind, Resource) else resource(kind)


def _selectors(label_selector: str, field_selector: str) -> dict[str, str]:
    query = {}
    if label_selector:
        query["labelSelector"] = label_selector
    if field_selector:
        query["fieldSelector"] = field_selector
    return query


def error_from(answer: Response) -> APIError:
    """The error that an answer holds, also when it is no Status (a proxy's page, plain text)."""
    try:
        status = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        status = None
    if isinstance(status, dict) and status.get("kind") == "Status":
        return APIError(status)
    text = answer.body.decode(errors="replace").strip() or f"the server answered {answer.status}"
    return failure(answer.status, _REASONS.get(answer.status, "Unknown"), text)


_REASONS = {401: "Unauthorized", 403: "Forbidden", 404: "NotFound", 405: "MethodNotAllowed", 409: "Conflict"}


async def _events(chunks: AsyncIterator[bytes]) -> AsyncIterator[Batch]:
    """Events from the lines of a watch; each batch is what came in one piece."""
    rest = b""
    async for chunk in chunks:
        data = rest + chunk if rest else chunk
        lines = data.split(b"\n")
        rest = lines.pop()
        if len(rest) > _MAX_WATCH_LINE_BYTES:
            raise failure(500, "InternalError", "the watch sent a line that is too long")
        batch = [orjson.loads(line) for line in lines if line]
        failed = next((event for event in batch if event["type"] == "ERROR"), None)
        if failed is None:
            if batch:
                yield batch
            continue
        before = batch[: batch.index(failed)]
        if before:
            yield before
        raise APIError(failed["object"])
