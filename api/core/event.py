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
    """A report of something that happened to an object. Events are kept for a short while only."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Required[Annotated[ObjectMeta, Always()]]
    "The name, labels and other data that every object has."
    action: str
    "What was done or failed, in a word."
    count: Int32
    "How often it happened."
    eventTime: Annotated[MicroTime, Always()]
    "When it was first noticed, to the microsecond."
    firstTimestamp: Annotated[Time, Always()]
    "When it first happened."
    involvedObject: Required[Annotated[ObjectReference, Always()]]
    "The object that it is about."
    lastTimestamp: Annotated[Time, Always()]
    "When it last happened."
    message: str
    "A sentence for people about what happened."
    reason: str
    "A word in CamelCase for why it happened."
    related: ObjectReference
    "A second object that had a part in it."
    reportingComponent: Annotated[str, Always()]
    "The controller that reports, such as kubernetes.io/kubelet."
    reportingInstance: Annotated[str, Always()]
    "The instance of that controller, such as the name of its pod or node."
    series: EventSeries
    "Set when it keeps happening."
    source: Annotated[EventSource, Always()]
    "Who reports."
    type: str
    "Normal or Warning."


class EventSeries(TypedDict, total=False):
    """Something that keeps happening."""

    count: Int32
    "How often it has happened up to now."
    lastObservedTime: Annotated[MicroTime, Always()]
    "When it was last noticed."


class EventSource(TypedDict, total=False):
    """Who reports an event."""

    component: str
    "The component that reports."
    host: str
    "The node on which it runs."


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
