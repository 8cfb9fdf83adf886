"""`events`: what happened, oldest first."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Any

from pybernetes.api.duration import since
from pybernetes.api.resources import resource
from pybernetes.pyctl.command import Command
from pybernetes.pyctl.commands.get import events as watch_events
from pybernetes.pyctl.commands.get import list_of
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.global_flags import ALL_NAMESPACES, PRINTING
from pybernetes.pyctl.output.printer import object_printer
from pybernetes.pyctl.output.tables import ColumnWriter
from pybernetes.pyctl.session import Session
from pybernetes.pyctl.targets import Target, list_objects

Json = dict[str, Any]


def last_seen(event: Json) -> str:
    """When an event last happened, in RFC 3339."""
    series = event.get("series") or {}
    return str(
        series.get("lastObservedTime")
        or event.get("lastTimestamp")
        or event.get("eventTime")
        or event["metadata"].get("creationTimestamp")
        or ""
    )


def first_seen(event: Json) -> str:
    return str(
        event.get("firstTimestamp") or event.get("eventTime") or event["metadata"].get("creationTimestamp") or ""
    )


def seen_text(event: Json, now: datetime) -> str:
    """``5m``, or ``5s (x3 over 10m)`` for what happened again and again."""
    count = (event.get("series") or {}).get("count") or event.get("count") or 1
    last = since(last_seen(event), now)
    return f"{last} (x{count} over {since(first_seen(event), now)})" if count > 1 else last


def row(event: Json, now: datetime, *, with_namespace: bool) -> list[str]:
    about = event.get("involvedObject") or {}
    cells = [event["metadata"].get("namespace", "")] if with_namespace else []
    return [
        *cells,
        seen_text(event, now),
        event.get("type") or "",
        event.get("reason") or "",
        f"{about.get('kind', '')}/{about.get('name', '')}",
        (event.get("message") or "").strip().replace("\n", "\\n"),
    ]


def run(session: Session) -> int:
    values = session.values
    everywhere = values.on("all-namespaces")
    target = Target(resource("events"), "" if everywhere else session.namespace)
    query = _query(session)
    listed = session.connection.json("GET", target.path, [*query, ("limit", "1")]) if values.on("watch") else {}
    found = sorted((one for one in list_objects(session, target, query) if _is_wanted(session, one)), key=last_seen)
    printer = object_printer(session)
    writer, now = ColumnWriter(), datetime.now(UTC)
    if printer is not None and not values.on("watch"):
        sys.stdout.write(printer(list_of(found)))
        return 0
    if not found and not values.on("watch"):
        where = "" if everywhere else f" in {session.namespace} namespace."
        session.complain(f"No events found{where}" if where else "No events found.")
        return 0
    header = ["NAMESPACE"] if everywhere else []
    header += ["LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"]
    rows = [] if values.on("no-headers") else [header]
    rows += [row(event, now, with_namespace=everywhere) for event in found]
    for line in writer.format(rows):
        session.write(line)
    if values.on("watch"):
        _follow(session, target, query, str(listed["metadata"]["resourceVersion"]), writer, everywhere)
    return 0


def _follow(
    session: Session, target: Target, query: list[tuple[str, str]], version: str, writer: ColumnWriter, everywhere: bool
) -> None:
    sys.stdout.flush()
    watch = [*query, ("watch", "true"), ("resourceVersion", version)]
    for event in watch_events(session, target.path, watch, "application/json"):
        if event["type"] != "DELETED" and _is_wanted(session, event["object"]):
            cells = row(event["object"], datetime.now(UTC), with_namespace=everywhere)
            session.write(writer.format([cells])[0])
            sys.stdout.flush()


def _query(session: Session) -> list[tuple[str, str]]:
    said = session.values.text("for")
    if not said:
        return []
    kind, slash, name = said.partition("/")
    if not slash:
        raise Failure("--for must be in resource/name form")
    wanted = session.names.resolve(kind)
    return [("fieldSelector", f"involvedObject.kind={wanted.kind},involvedObject.name={name}")]


def _is_wanted(session: Session, event: Json) -> bool:
    types = [one.lower() for one in session.values.items("types")]
    return not types or str(event.get("type")).lower() in types


COMMAND = Command(
    "events [(-o|--output=)json|yaml|name|...] [--for TYPE/NAME] [--watch] [--types=Normal,Warning]",
    "List events",
    run,
    (
        ALL_NAMESPACES,
        *PRINTING,
        Flag("for", help="Filter events to only those pertaining to the specified resource."),
        Flag("types", "slice", (), help="Output only events of given types."),
        Flag("watch", "bool", False, short="w", help="Go on with the events that happen from now on."),
        Flag("no-headers", "bool", False, help="Print no header line."),
    ),
)
