"""Event: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required, TypedDict

from pybernetes.api.core.reference import ObjectReference
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Int32, MicroTime, Time
from pybernetes.api.schema.marks import Always


class Event(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Required[Annotated[ObjectMeta, Always()]]
    action: str
    count: Int32
    eventTime: MicroTime
    firstTimestamp: Time
    involvedObject: Required[Annotated[ObjectReference, Always()]]
    lastTimestamp: Time
    message: str
    reason: str
    related: ObjectReference
    reportingComponent: str
    reportingInstance: str
    series: EventSeries
    source: Annotated[EventSource, Always()]
    type: str


class EventSeries(TypedDict, total=False):
    count: Int32
    lastObservedTime: MicroTime


class EventSource(TypedDict, total=False):
    component: str
    host: str
