"""What `get events` prints, for either API. Counterpart: printEvent in pkg/printers/internalversion."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from pybernetes.api.columns import NAME, WIDE
from pybernetes.api.definition import Column
from pybernetes.api.duration import since
from pybernetes.api.events.validation import core_event
from pybernetes.api.object import Json


def _first_seen(event: Json, now: datetime) -> str:
    return since(event.get("firstTimestamp") or event.get("eventTime"), now)


def _last_seen(event: Json, now: datetime) -> str:
    series = event.get("series")
    if series is not None:
        return since(series.get("lastObservedTime"), now)
    if event.get("lastTimestamp"):
        return since(event["lastTimestamp"], now)
    return _first_seen(event, now)


def _object(event: Json, now: datetime) -> str:
    about = event.get("involvedObject") or {}
    kind = str(about.get("kind") or "").lower()
    return f"{kind}/{about['name']}" if about.get("name") else kind


def _source(event: Json, now: datetime) -> str:
    source = event.get("source") or {}
    component = source.get("component") or event.get("reportingComponent") or ""
    host = source.get("host") or event.get("reportingInstance") or ""
    return f"{component}, {host}" if host else str(component)


def _count(event: Json, now: datetime) -> int:
    series = event.get("series")
    return int((series.get("count") if series is not None else event.get("count")) or (0 if series is not None else 1))


def _subobject(event: Json, now: datetime) -> str:
    return str((event.get("involvedObject") or {}).get("fieldPath") or "")


def _field(name: str) -> Callable[[Json, datetime], str]:
    return lambda event, now: str(event.get(name) or "").strip()


def _of_either(cell: Callable[[Json, datetime], Any]) -> Callable[[Json, datetime], Any]:
    """A cell that takes an event of either API."""
    return lambda event, now: cell(core_event(event), now)


EVENT_COLUMNS = (
    Column("Last Seen", _of_either(_last_seen), description="How long ago it happened last."),
    Column("Type", _field("type"), description="Normal or Warning."),
    Column("Reason", _field("reason"), description="Why it happened, in one word."),
    Column("Object", _of_either(_object), description="What it is about."),
    Column("Subobject", _of_either(_subobject), priority=WIDE, description="Which part of the object."),
    Column("Source", _of_either(_source), priority=WIDE, description="Who says so."),
    Column("Message", _of_either(_field("message")), description="What happened."),
    Column("First Seen", _of_either(_first_seen), priority=WIDE, description="How long ago it happened first."),
    Column("Count", _of_either(_count), priority=WIDE, description="How often it happened."),
    Column("Name", NAME.cell, format="name", priority=WIDE, description=NAME.description),
)
