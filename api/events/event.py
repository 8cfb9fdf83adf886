"""Event: the shape on the wire, and its definition."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.core.event import EventSource
from pybernetes.api.core.reference import ObjectReference
from pybernetes.api.definition import Definition, StoredAs, text_field
from pybernetes.api.events.columns import EVENT_COLUMNS
from pybernetes.api.events.validation import core_event, events_event, validate_strict, validate_strict_update
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.object import Json
from pybernetes.api.scalars import Int32, MicroTime, Time
from pybernetes.api.schema.marks import Always


class Event(TypedDict, total=False):
    """A report of something that happened to an object. Events are kept for a short while only."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    action: str
    "What was done or failed, in a word."
    deprecatedCount: Int32
    "How often it happened, in the form of an older version of the API."
    deprecatedFirstTimestamp: Annotated[Time, Always()]
    "When it first happened, in the form of an older version of the API."
    deprecatedLastTimestamp: Annotated[Time, Always()]
    "When it last happened, in the form of an older version of the API."
    deprecatedSource: Annotated[EventSource, Always()]
    "Who reports, in the form of an older version of the API."
    eventTime: Required[MicroTime]
    "When it was first noticed, to the microsecond."
    note: str
    "A sentence for people about what happened."
    reason: str
    "A word in CamelCase for why it happened."
    regarding: Annotated[ObjectReference, Always()]
    "The object that it is about."
    related: ObjectReference
    "A second object that had a part in it."
    reportingController: str
    "The controller that reports, such as kubernetes.io/kubelet."
    reportingInstance: str
    "The instance of that controller, such as the name of its pod or node."
    series: EventSeries
    "Set when it keeps happening."
    type: str
    "Normal or Warning."


class EventSeries(TypedDict, total=False):
    """Something that keeps happening."""

    count: Required[Int32]
    "How often it has happened up to now."
    lastObservedTime: Required[MicroTime]
    "When it was last noticed."


def _source(event: Json) -> str:
    return str((event.get("deprecatedSource") or {}).get("component") or event.get("reportingController") or "")


_REFERENCE = ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")

DEFINITION = Definition(
    columns=EVENT_COLUMNS,
    validate=validate_strict,
    validate_update=validate_strict_update,
    allow_create_on_update=True,
    stored_as=StoredAs("events", core_event, events_event),
    fields={
        **{f"regarding.{field}": text_field("regarding", field) for field in _REFERENCE},
        "reason": text_field("reason"),
        "reportingController": text_field("reportingController"),
        "source": _source,
        "type": text_field("type"),
    },
)
