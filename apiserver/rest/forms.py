"""The object itself, a Table of it for people, or its metadata alone.

The object's own form is bytes that exist already; the other two are joined from those bytes and what `table_rows`
keeps beside them (`rest.negotiation` says which is wanted). Watch events are encoded once for all watchers that want
them alike.
"""

from __future__ import annotations

from datetime import datetime

import orjson

from pybernetes.api.definition import Column, Definition
from pybernetes.api.errors import APIError, bad_request, not_acceptable_form
from pybernetes.api.go_json import dumps
from pybernetes.api.object import Json
from pybernetes.api.protobuf.codec import watch_frame, watch_frame_of
from pybernetes.api.resources import Resource
from pybernetes.apiserver.cache.entry import Entry
from pybernetes.apiserver.cache.events import CacheEvent, at_revision, event_line
from pybernetes.apiserver.cache.messages import enveloped
from pybernetes.apiserver.cache.resource_cache import ResourceCache
from pybernetes.apiserver.http import ListResponse, Request, Response
from pybernetes.apiserver.rest.negotiation import PROTOBUF, Form, Wanted
from pybernetes.apiserver.rest.table_rows import partial_pieces, row_pieces

_JOINED_BYTES = 64 << 10  # what is no more goes out in one write
_INCLUDED = ("", "None", "Metadata", "Object")

_NAME = Column("Name", lambda obj, now: obj["metadata"]["name"], format="name")
_AGE_SOURCE = Column("Created At", lambda obj, now: obj["metadata"].get("creationTimestamp"), type="date")


def columns_of(definition: Definition) -> tuple[Column, ...]:
    return tuple(definition.columns) or (_NAME, _AGE_SOURCE)


def column_definitions(definition: Definition) -> list[Json]:
    return [
        {
            "name": column.name,
            "type": column.type,
            "format": column.format,
            "description": column.description or column.name,
            "priority": column.priority,
        }
        for column in columns_of(definition)
    ]


def included_object(request: Request, wanted: Wanted) -> str:
    """What of an object goes with its row of a Table: None, Metadata or Object. Raises 400."""
    if wanted.form is not Form.TABLE:
        return "Metadata"
    include = request.query.get("includeObject", "")
    if include not in _INCLUDED:
        raise bad_request(
            f'Unable to convert to Table as requested: includeObject: Invalid value: "{include}": '
            "must be 'Metadata', 'Object', 'None', or empty"
        )
    return include or "Metadata"


def partial(obj: Json, meta_version: str) -> Json:
    return {"kind": "PartialObjectMetadata", "apiVersion": meta_version, "metadata": obj["metadata"]}


def table_row(obj: Json, definition: Definition, now: datetime, include_object: str, meta_version: str) -> Json:
    """`include_object` is None, Metadata or Object, as the query says."""
    row: Json = {"cells": [column.cell(obj, now) for column in columns_of(definition)]}
    conditions = definition.row_conditions(obj) if definition.row_conditions is not None else None
    if conditions:
        row["conditions"] = conditions
    if include_object == "Object":
        row["object"] = obj
    elif include_object == "None":
        row["object"] = None
    else:
        row["object"] = partial(obj, meta_version)
    return row


def table(rows: list[Json], metadata: Json, columns: list[Json] | None, meta_version: str) -> Json:
    result: Json = {"kind": "Table", "apiVersion": meta_version, "metadata": metadata}
    result["columnDefinitions"] = columns
    result["rows"] = rows
    return result


def one(cache: ResourceCache, entry: Entry, wanted: Wanted, now: datetime, include_object: str) -> bytes:
    """The bytes of a single object in a form. Raises 406."""
    if wanted.form is Form.OBJECT:
        return cache.bytes_of(entry)
    if wanted.form is Form.PARTIAL_LIST:
        raise not_a_list(cache.resource)
    version = wanted.meta_version
    if wanted.form is Form.PARTIAL:
        return b"".join(partial_pieces(cache, (entry,), version))
    empty = table([], {"resourceVersion": str(entry.revision)}, column_definitions(cache.definition), version)
    return _filled(empty, row_pieces(cache, columns_of(cache.definition), (entry,), now, include_object, version))


def many(
    cache: ResourceCache, entries: list[Entry], metadata: Json, wanted: Wanted, now: datetime, include_object: str
) -> Response:
    """A list in a form. `metadata` is the list's. Raises 406."""
    if wanted.form is Form.OBJECT:
        return _objects(cache, entries, metadata)
    if wanted.form is Form.PARTIAL:
        raise _a_list(cache.resource)
    version = wanted.meta_version
    if wanted.form is Form.PARTIAL_LIST:
        empty = {"kind": "PartialObjectMetadataList", "apiVersion": version, "metadata": metadata, "items": []}
        return Response(200, _filled(empty, partial_pieces(cache, entries, version)))
    empty = table([], metadata, column_definitions(cache.definition), version)
    rows = row_pieces(cache, columns_of(cache.definition), entries, now, include_object, version)
    return Response(200, _filled(empty, rows))


def _objects(cache: ResourceCache, entries: list[Entry], metadata: Json) -> Response:
    """The objects themselves, joined now or, if that is much, as they are sent."""
    head = b'{"kind":"%b","apiVersion":%b,"metadata":%b,"items":[' % (
        cache.resource.list_kind.encode(),
        orjson.dumps(cache.resource.api_version),
        orjson.dumps(metadata),
    )
    if not entries:
        return Response(200, head + b"]}\n")
    start, bodies = cache.item_prefix, [entry.body for entry in entries]
    size = sum(map(len, bodies))
    if size > _JOINED_BYTES:
        return ListResponse(head + start, bodies, b"," + start, b"]}\n", size)
    return Response(200, b"".join((head, start, (b"," + start).join(bodies), b"]}\n")))


def _filled(empty: Json, items: list[bytes | memoryview]) -> bytes:
    """A list whose last field is its items, with these."""
    return b"".join((dumps(empty).removesuffix(b"]}"), *items, b"]}\n"))


def _go_package(resource: Resource) -> str:
    return resource.group.partition(".")[0] or "core"


def _a_list(resource: Resource) -> APIError:
    kind = f"*{_go_package(resource)}.{resource.kind}List" if resource.is_built_in else "*unstructured.UnstructuredList"
    return not_acceptable_form(f"you requested PartialObjectMetadata, but the requested object is a list ({kind})")


def not_a_list(resource: Resource) -> APIError:
    kind = f"*{_go_package(resource)}.{resource.kind}" if resource.is_built_in else "*unstructured.Unstructured"
    return not_acceptable_form(
        f"you requested PartialObjectMetadataList, but the requested object is not a list ({kind})"
    )


class EventEncoder:
    """Watch events as one watch wants them. Of Tables, only the first has the column definitions."""

    def __init__(self, cache: ResourceCache, wanted: Wanted, now: datetime, include_object: str):
        self._cache = cache
        self._wanted = wanted
        self._binary = wanted.media == PROTOBUF
        self._plain = wanted.form is Form.OBJECT and not self._binary
        self._messages = wanted.form is Form.OBJECT and self._binary
        self._now = now
        self._include_object = include_object
        self._columns: list[Json] | None = column_definitions(cache.definition)

    def __call__(self, event: CacheEvent, event_type: bytes, entry: Entry) -> bytes:
        if self._plain:
            return event.line(event_type, entry)
        key = None
        if self._wanted.form is not Form.TABLE:
            key = (event_type, entry is event.new, self._wanted)
            known = event.kept(key)
            if known is not None:
                return known
        if self._messages and entry.revision == event.revision:
            return event.keep(key, self.added(event_type, entry))
        body = entry.body if entry.revision == event.revision else at_revision(entry.body, event.revision)
        encoded = self.decoded(event_type, orjson.loads(self._cache.prefix + body))
        return event.keep(key, encoded) if key is not None else encoded

    def added(self, event_type: bytes, entry: Entry) -> bytes:
        """One event about an entry as it stands in the cache."""
        if self._plain:
            return event_line(event_type, self._cache.prefix, entry.body)
        if self._messages:
            return watch_frame_of(event_type.decode(), enveloped(self._cache, entry))
        return self.decoded(event_type, self._cache.object(entry))

    def decoded(self, event_type: bytes, obj: Json) -> bytes:
        """One event around a decoded object."""
        return self.whole(event_type, self._formed(obj))

    def whole(self, event_type: bytes, value: Json) -> bytes:
        """One event around what is already in its form: a bookmark, an error."""
        if self._binary:
            return watch_frame(event_type.decode(), value)
        return b'{"type":"%b","object":%b}\n' % (event_type, dumps(value))

    def _formed(self, obj: Json) -> Json:
        form, version = self._wanted.form, self._wanted.meta_version
        if form is Form.PARTIAL:
            return partial(obj, version)
        if form is not Form.TABLE:
            return obj
        row = table_row(obj, self._cache.definition, self._now, self._include_object, version)
        return self._table(row, obj["metadata"].get("resourceVersion", ""))

    def _table(self, row: Json, resource_version: str) -> Json:
        columns, self._columns = self._columns, None
        return table([row], {"resourceVersion": resource_version}, columns, self._wanted.meta_version)

    def bookmark(self, metadata: Json) -> bytes:
        """An event that only tells the version: around an object of the kind in which nothing else is set."""
        form, resource = self._wanted.form, self._cache.resource
        marker: Json = {"kind": "PartialObjectMetadata", "apiVersion": self._wanted.meta_version, "metadata": metadata}
        if form is Form.OBJECT:
            empty = self._cache.definition.zero if resource.is_built_in else {}
            marker = {**empty, "kind": resource.kind, "apiVersion": resource.api_version, "metadata": metadata}
        elif form is Form.TABLE:
            marker = self._table(self._empty_row(metadata, marker), metadata["resourceVersion"])
        return self.whole(b"BOOKMARK", marker)

    def _empty_row(self, metadata: Json, marker: Json) -> Json:
        """The row of an object in which nothing is set but its version."""
        definition = self._cache.definition
        zero = {name: value for name, value in definition.zero.items() if value} if definition.shape else {}
        row = table_row({**zero, "metadata": {"name": "", **metadata}}, definition, self._now, "None", "")
        return {**row, "object": marker if self._include_object != "None" else None}
