"""Event: the shape on the wire, and its definition. What it shares with events.k8s.io is in `api/events`."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.core.reference import ObjectReference
from pybernetes.api.definition import Definition, text_field
from pybernetes.api.events.columns import EVENT_COLUMNS
from pybernetes.api.events.validation import validate_core
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.names import path_segment
from pybernetes.api.object import Json
from pybernetes.api.scalars import Int32, MicroTime, Time
from pybernetes.api.schema.marks import Always


class Event(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Required[Annotated[ObjectMeta, Always()]]
    action: str
    count: Int32
    eventTime: Annotated[MicroTime, Always()]
    firstTimestamp: Annotated[Time, Always()]
    involvedObject: Required[Annotated[ObjectReference, Always()]]
    lastTimestamp: Annotated[Time, Always()]
    message: str
    reason: str
    related: ObjectReference
    reportingComponent: Annotated[str, Always()]
    reportingInstance: Annotated[str, Always()]
    series: EventSeries
    source: Annotated[EventSource, Always()]
    type: str


class EventSeries(TypedDict, total=False):
    count: Int32
    lastObservedTime: Annotated[MicroTime, Always()]


class EventSource(TypedDict, total=False):
    component: str
    host: str


def _source(event: Json) -> str:
    return str((event.get("source") or {}).get("component") or event.get("reportingComponent") or "")


_REFERENCE = ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")

DEFINITION = Definition(
    columns=EVENT_COLUMNS,
    name_check=path_segment,
    validate=validate_core,
    allow_create_on_update=True,
    fields={
        **{f"involvedObject.{field}": text_field("involvedObject", field) for field in _REFERENCE},
        "reason": text_field("reason"),
        "reportingComponent": text_field("reportingComponent"),
        "source": _source,
        "type": text_field("type"),
    },
)
