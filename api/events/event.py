"""Event: the shape on the wire, and its definition."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.core.event import EventSource
from pybernetes.api.core.reference import ObjectReference
from pybernetes.api.definition import Definition, text_field
from pybernetes.api.events.columns import EVENT_COLUMNS
from pybernetes.api.events.validation import validate_strict, validate_strict_update
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.object import Json
from pybernetes.api.scalars import Int32, MicroTime, Time
from pybernetes.api.schema.marks import Always


class Event(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    action: str
    deprecatedCount: Int32
    deprecatedFirstTimestamp: Annotated[Time, Always()]
    deprecatedLastTimestamp: Annotated[Time, Always()]
    deprecatedSource: Annotated[EventSource, Always()]
    eventTime: Required[MicroTime]
    note: str
    reason: str
    regarding: Annotated[ObjectReference, Always()]
    related: ObjectReference
    reportingController: str
    reportingInstance: str
    series: EventSeries
    type: str


class EventSeries(TypedDict, total=False):
    count: Required[Int32]
    lastObservedTime: Required[MicroTime]


def _source(event: Json) -> str:
    return str((event.get("deprecatedSource") or {}).get("component") or event.get("reportingController") or "")


_REFERENCE = ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")

DEFINITION = Definition(
    columns=EVENT_COLUMNS,
    validate=validate_strict,
    validate_update=validate_strict_update,
    allow_create_on_update=True,
    fields={
        **{f"regarding.{field}": text_field("regarding", field) for field in _REFERENCE},
        "reason": text_field("reason"),
        "reportingController": text_field("reportingController"),
        "source": _source,
        "type": text_field("type"),
    },
)
