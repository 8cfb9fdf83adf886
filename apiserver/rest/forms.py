"""How an answer is wanted: the object itself, a Table of it for people, or its metadata alone.

The `Accept` header says: ``application/json;as=Table;v=v1;g=meta.k8s.io,application/json``. Clients send the same
few headers all the time, so what they mean is remembered. The object's own form is bytes that exist already; the
other two are made from the decoded object when they are asked for.
"""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from functools import lru_cache
from typing import Any

import orjson

from pybernetes.api.definition import Column, Definition
from pybernetes.api.errors import not_acceptable
from pybernetes.api.object import Json
from pybernetes.apiserver.cache.entry import Entry
from pybernetes.apiserver.cache.events import CacheEvent, at_revision
from pybernetes.apiserver.cache.resource_cache import ResourceCache

_REMEMBERED_HEADERS = 256


PROTOBUF = "application/vnd.kubernetes.protobuf"
_READABLE = ("application/json", "*/*", "application/*", "application/yaml")


class Form(Enum):
    OBJECT = "object"
    TABLE = "Table"
    PARTIAL = "PartialObjectMetadata"


@lru_cache(_REMEMBERED_HEADERS)
def accepted_form(accept: str) -> Form:
    """The first form of an Accept header that we can give. Raises 406."""
    if not accept:
        return Form.OBJECT
    for choice in accept.split(","):
        media, *parameters = (part.strip() for part in choice.split(";"))
        if media not in _READABLE and not (media == PROTOBUF and wants_protobuf(accept)):
            continue
        wanted = dict(parameter.split("=", 1) for parameter in parameters if "=" in parameter)
        kind = wanted.get("as", "")
        if not kind:
            return Form.OBJECT
        if wanted.get("g") != "meta.k8s.io" or wanted.get("v") != "v1":
            continue
        if kind == "Table" and media != PROTOBUF:
            return Form.TABLE
        if kind in ("PartialObjectMetadata", "PartialObjectMetadataList"):
            return Form.PARTIAL
    raise not_acceptable(("application/json", "application/yaml", PROTOBUF))


@lru_cache(_REMEMBERED_HEADERS)
def wants_protobuf(accept: str) -> bool:
    """Whether the client reads protobuf and nothing else; who reads JSON too gets the bytes that exist already."""
    media = [choice.partition(";")[0].strip() for choice in accept.split(",")]
    return PROTOBUF in media and not any(kind in _READABLE for kind in media)


@lru_cache(_REMEMBERED_HEADERS)
def wants_yaml(accept: str) -> bool:
    """Whether YAML is what the client would rather have than JSON."""
    media = [choice.partition(";")[0].strip() for choice in accept.split(",")]
    readable = [kind for kind in media if kind in ("application/json", "application/yaml", "*/*", "application/*")]
    return bool(readable) and readable[0] == "application/yaml"


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


def partial(obj: Json) -> Json:
    return {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": obj["metadata"]}


def table_row(obj: Json, definition: Definition, now: datetime, include_object: str) -> Json:
    """`include_object` is None, Metadata or Object, as the query says."""
    row: Json = {"cells": [column.cell(obj, now) for column in columns_of(definition)]}
    if include_object == "Object":
        row["object"] = obj
    elif include_object != "None":
        row["object"] = partial(obj)
    return row


def table(rows: list[Json], metadata: Json, columns: list[Json] | None) -> Json:
    result: Json = {"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata}
    result["columnDefinitions"] = columns if columns is not None else []
    result["rows"] = rows
    return result


def one(cache: ResourceCache, entry: Entry, form: Form, now: datetime, include_object: str) -> bytes:
    """The bytes of a single object in a form."""
    if form is Form.OBJECT:
        return cache.bytes_of(entry)
    obj = cache.object(entry)
    if form is Form.PARTIAL:
        return orjson.dumps(partial(obj))
    row = table_row(obj, cache.definition, now, include_object)
    metadata = {"resourceVersion": str(entry.revision)}
    return orjson.dumps(table([row], metadata, column_definitions(cache.definition)))


def many(
    cache: ResourceCache, entries: list[Entry], metadata: Json, form: Form, now: datetime, include_object: str
) -> bytes:
    """The bytes of a list in a form. `metadata` is the list's."""
    if form is Form.OBJECT:
        head = b'{"kind":"%b","apiVersion":%b,"metadata":%b,"items":[' % (
            cache.resource.list_kind.encode(),
            orjson.dumps(cache.resource.api_version),
            orjson.dumps(metadata),
        )
        if not entries:
            return head + b"]}"
        start = cache.item_prefix
        return b"".join((head, start, (b"," + start).join([entry.body for entry in entries]), b"]}"))
    objects = [cache.object(entry) for entry in entries]
    if form is Form.PARTIAL:
        kind = {"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": metadata}
        return orjson.dumps({**kind, "items": [partial(obj) for obj in objects]})
    rows = [table_row(obj, cache.definition, now, include_object) for obj in objects]
    return orjson.dumps(table(rows, metadata, column_definitions(cache.definition)))


class EventEncoder:
    """Watch events in a form. Of Tables, only the first has the column definitions."""

    def __init__(self, cache: ResourceCache, form: Form, now: datetime, include_object: str):
        self._cache = cache
        self._form = form
        self._now = now
        self._include_object = include_object
        self._columns: list[Json] | None = column_definitions(cache.definition)

    def __call__(self, event: CacheEvent, event_type: bytes, entry: Entry) -> bytes:
        if self._form is Form.OBJECT:
            return event.line(event_type, entry)
        body = entry.body if entry.revision == event.revision else at_revision(entry.body, event.revision)
        return self.line(event_type, orjson.loads(self._cache.prefix + body))

    def line(self, event_type: bytes, obj: Json) -> bytes:
        """One event around a decoded object."""
        value: Any
        if self._form is Form.PARTIAL:
            value = partial(obj)
        else:
            row = table_row(obj, self._cache.definition, self._now, self._include_object)
            version = {"resourceVersion": obj["metadata"].get("resourceVersion", "")}
            value = table([row], version, self._columns)
            self._columns = None
        return b'{"type":"%b","object":%b}\n' % (event_type, orjson.dumps(value))
