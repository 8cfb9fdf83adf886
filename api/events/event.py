"""Event: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required, TypedDict

from pybernetes.api.core.event import EventSource
from pybernetes.api.core.reference import ObjectReference
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Int32, MicroTime, Time
from pybernetes.api.schema.marks import Always


class Event(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    action: str
    deprecatedCount: Int32 | None
    deprecatedFirstTimestamp: Time
    deprecatedLastTimestamp: Time
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
