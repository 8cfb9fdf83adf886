"""Rows of Tables as bytes, made once for each entry.

`kubectl get` shows an age beside cells that change only with the object. So the first Table that shows an entry leaves
with it what it found: the bytes of the cells before and after the age, and where the metadata ends in its own bytes.
Every further row is these joined around an age, and no object is decoded for it. An entry's row goes with the entry;
it costs about 300 bytes.

A cell may look at the clock in other ways (the restarts of a pod tell how long ago the last one was). Cells are given
a moment that notices this; rows with such a cell are made anew each time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import orjson

from pybernetes.api.columns import AGE
from pybernetes.api.definition import Column
from pybernetes.api.duration import since
from pybernetes.api.go_json import dumps
from pybernetes.api.object import Json
from pybernetes.apiserver.cache.entry import Entry, Row
from pybernetes.apiserver.cache.resource_cache import ResourceCache

_METADATA = b'"metadata":'


class Moment(datetime):
    """A time that knows whether anyone has looked at it."""

    looked_at = False

    @classmethod
    def at(cls, now: datetime) -> Moment:
        return cls(
            now.year, now.month, now.day, now.hour, now.minute, now.second, now.microsecond, now.tzinfo, fold=now.fold
        )

    def __getattribute__(self, name: str) -> Any:
        if name != "looked_at" and not name.startswith("__"):
            self.looked_at = True
        return super().__getattribute__(name)


def _noticed(name: str) -> Any:
    operation = getattr(datetime, name)

    def method(self: Moment, *operands: Any) -> Any:
        self.looked_at = True
        return operation(self, *operands)

    return method


for _operator in ("sub", "rsub", "add", "radd", "lt", "le", "gt", "ge", "eq", "ne", "hash", "str", "repr", "format"):
    setattr(Moment, f"__{_operator}__", _noticed(f"__{_operator}__"))


def row_pieces(
    cache: ResourceCache, columns: Sequence[Column], entries: Iterable[Entry], now: datetime, include: str, version: str
) -> list[bytes | memoryview]:
    """A row for each entry, with what `include` says of the object (None, Metadata or Object), and commas between.

    They are pieces to be joined with what stands around them, so that each byte is copied once. `version` is that of
    the PartialObjectMetadata that Metadata asks for.
    """
    partial, whole = partial_start(version), cache.prefix
    ages: dict[str | None, bytes] = {"": b""}
    pieces = list[bytes | memoryview]()
    for entry in entries:
        row = entry.row or _row(cache, columns, entry, now)
        age = ages.get(row.created)
        if age is None:
            age = ages[row.created] = dumps(since(row.created, now))
        if include == "Metadata":
            metadata = memoryview(entry.body)[len(_METADATA) : entry.metadata_end]
            pieces += (row.before, age, row.after, partial, metadata, b"}},")
        elif include == "Object":
            pieces += (row.before, age, row.after, whole, entry.body, b"},")
        else:
            pieces += (row.before, age, row.after, b"null},")
    return _without_last_comma(pieces)


def partial_pieces(cache: ResourceCache, entries: Iterable[Entry], version: str) -> list[bytes | memoryview]:
    """Each entry as PartialObjectMetadata, with commas between."""
    start = partial_start(version)
    pieces = list[bytes | memoryview]()
    for entry in entries:
        end = entry.metadata_end or _metadata_end(entry, cache.object(entry))
        pieces += (start, memoryview(entry.body)[len(_METADATA) : end], b"},")
    return _without_last_comma(pieces)


def _without_last_comma(pieces: list[bytes | memoryview]) -> list[bytes | memoryview]:
    if pieces:
        pieces[-1] = pieces[-1][:-1]
    return pieces


def partial_start(version: str) -> bytes:
    return b'{"kind":"PartialObjectMetadata","apiVersion":%b,"metadata":' % orjson.dumps(version)


def _row(cache: ResourceCache, columns: Sequence[Column], entry: Entry, now: datetime) -> Row:
    """The row of an entry, kept with it unless it depends on the time otherwise than by age."""
    obj, moment = cache.object(entry), Moment.at(now)
    cut = next((index for index, column in enumerate(columns) if column is AGE), len(columns))
    cells = [column.cell(obj, moment if index != cut else now) for index, column in enumerate(columns)]
    before, after = _cells(cells[:cut]), _cells(cells[cut + 1 :])
    created: str | None = ""
    if cut < len(columns):
        created = obj["metadata"].get("creationTimestamp") or None
        before, after = before + (b"," if before else b""), (b"," if after else b"") + after
    tell = cache.definition.row_conditions
    conditions = tell(obj) if tell is not None else None
    said = b',"conditions":%b' % dumps(conditions) if conditions else b""
    row = Row(b'{"cells":[' + before, created, b'%b]%b,"object":' % (after, said))
    _metadata_end(entry, obj)
    if not moment.looked_at:
        entry.row = row
    return row


def _cells(values: list[Any]) -> bytes:
    return dumps(values)[1:-1]


def _metadata_end(entry: Entry, obj: Json) -> int:
    """Where the metadata ends in the body, which was encoded as it is encoded here. Kept with the entry."""
    metadata = dumps(obj["metadata"])
    assert entry.body.startswith(metadata, len(_METADATA)), "what is kept is encoded in the same way"
    entry.metadata_end = len(_METADATA) + len(metadata)
    return entry.metadata_end
