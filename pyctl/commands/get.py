"""`get`: objects as a table of the server's making, or whole in the form that -o asks for.

The table road is the one that has to be fast: ask for a Table, line up its cells, print. Types after one another make
one block each. A watch goes on where the list ended and keeps the columns' widths.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

from pybernetes.api.errors import APIError
from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure, raise_all
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.global_flags import ALL_NAMESPACES, FIELD_SELECTOR, FILES, PRINTING, SELECTOR
from pybernetes.pyctl.output import tables
from pybernetes.pyctl.output.printer import Printer, object_printer, output_format
from pybernetes.pyctl.session import Session
from pybernetes.pyctl.targets import Target, named_targets, not_served, parse_arguments, selection_query, type_label

Json = dict[str, Any]
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"

FLAGS = (
    *FILES,
    SELECTOR,
    FIELD_SELECTOR,
    ALL_NAMESPACES,
    *PRINTING,
    Flag("watch", "bool", False, short="w", help="After listing the requested objects, watch for changes."),
    Flag("watch-only", "bool", False, help="Watch for changes without listing first."),
    Flag("output-watch-events", "bool", False, help="Show the kind of each watch event."),
    Flag("show-labels", "bool", False, help="Show all labels as the last column"),
    Flag("label-columns", "slice", (), short="L", help="Labels to show as columns"),
    Flag("show-kind", "bool", False, help="Put the resource type before each name."),
    Flag("sort-by", help="Sort by the field at this JSONPath"),
    Flag("no-headers", "bool", False, help="Print no header line"),
    Flag("chunk-size", "int", 500, help="Read large lists in pieces of this size; 0 reads them whole."),
    Flag("ignore-not-found", "bool", False, help="Objects that are not there are no error."),
    Flag("server-print", "bool", True, help="Have the server make the columns."),
    Flag("subresource", help="Read this subresource of the objects: status, scale"),
    Flag("raw", help="Print the raw answer at this path"),
)


def run(session: Session) -> int:
    values = session.values
    if values.text("raw"):
        sys.stdout.write(session.connection.request("GET", *_split_raw(values.text("raw"))).body.decode())
        return 0
    if not values.arguments and not values.items("filename"):
        raise Failure(
            "You must specify the type of resource to get. "
            'Use "pyctl api-resources" for a complete list of supported resources.'
            '\n\nerror: Required resource not specified.\nUse "pyctl explain <resource>" for a detailed description '
            "of that resource (e.g. pyctl explain pods).\nSee 'pyctl get -h' for help and examples",
            prefix="",
        )
    printer = object_printer(session)
    errors: list[Exception] = []
    targets: list[Target] = []
    for target in named_targets(session):
        (errors if isinstance(target, Exception) else targets).append(target)  # type: ignore[arg-type]
    if any(target.name for target in targets) and selection_query(session):
        raise Failure("name cannot be provided when a selector is specified")
    if values.on("watch") or values.on("watch-only"):
        return _watch(session, targets, printer)
    if printer is None:
        _print_tables(session, targets, errors)
    else:
        _print_objects(session, targets, errors, printer)
    raise_all(errors)
    return 0


def _split_raw(raw: str) -> tuple[str, list[tuple[str, str]]]:
    from urllib.parse import parse_qsl

    path, _, query = raw.partition("?")
    return path, parse_qsl(query)


def pages(session: Session, target: Target, accept: str, more: list[tuple[str, str]]) -> Iterator[Json]:
    """The answers for one target: one for an object, one a chunk for a list. Raises `APIError`."""
    values = session.values
    path = target.path
    if target.name:
        if values.text("subresource"):
            path += "/" + values.text("subresource")
        yield session.connection.json("GET", path, more, accept=accept)
        return
    query = [*more, *selection_query(session)]
    if values.number("chunk-size") and not values.text("sort-by"):
        query.append(("limit", values.text("chunk-size")))
    token = ""
    while True:
        page = [*query, ("continue", token)] if token else query
        try:
            answer = session.connection.json("GET", path, page, accept=accept)
        except APIError as error:
            raise not_served(error, target.resource) from error
        yield answer
        token = (answer.get("metadata") or {}).get("continue") or ""
        if not token:
            return


def _ignored(session: Session, error: APIError) -> bool:
    return session.values.on("ignore-not-found") and error.reason == "NotFound"


def _print_tables(session: Session, targets: list[Target], errors: list[Exception]) -> None:
    several = len({target.resource for target in targets}) > 1
    blocks: list[tuple[Target, list[Json], list[Json]]] = []
    for target in targets:
        try:
            for table in pages(session, target, TABLE, _table_query(session)):
                columns, rows = columns_and_rows(table)
                if blocks and blocks[-1][0].resource == target.resource:
                    blocks[-1][2].extend(rows)
                elif rows:
                    blocks.append((target, columns, rows))
        except APIError as error:
            if not _ignored(session, error):
                errors.append(error)
    for number, (target, columns, rows) in enumerate(blocks):
        if number and not session.values.on("no-headers"):
            session.write("")
        options = table_options(session, target, several=several)
        lines = [tables.header_of(columns, options)] if options.headers else []
        lines += tables.rows_of(columns, _sorted_rows(session, rows), options)
        sys.stdout.write("".join(line + "\n" for line in tables.align(lines)))
    if not blocks and not errors and not session.values.on("ignore-not-found"):
        session.complain(nothing_found(session, targets))


def nothing_found(session: Session, targets: list[Target]) -> str:
    """What is said in place of an empty table."""
    namespaced = any(target.resource.namespaced for target in targets)
    if namespaced and not session.values.on("all-namespaces"):
        return f"No resources found in {session.namespace} namespace."
    return "No resources found"


def _table_query(session: Session) -> list[tuple[str, str]]:
    return [("includeObject", "Object")] if session.values.text("sort-by") else []


def table_options(session: Session, target: Target, *, several: bool) -> tables.TableOptions:
    """What to show of one type's table."""
    values = session.values
    return tables.TableOptions(
        wide=output_format(session)[0] == "wide",
        with_namespace=values.on("all-namespaces") and target.resource.namespaced,
        with_kind=type_label(target.resource) if several or values.on("show-kind") else "",
        show_labels=values.on("show-labels"),
        label_columns=values.items("label-columns"),
        headers=not values.on("no-headers"),
    )


def columns_and_rows(answer: Json) -> tuple[list[Json], list[Json]]:
    """A Table's columns and rows; for a server that makes no Table, the names and ages of what it sent."""
    if answer.get("kind") == "Table":
        return answer.get("columnDefinitions") or [], answer.get("rows") or []
    from datetime import UTC, datetime

    from pybernetes.api.duration import age

    now = datetime.now(UTC)
    columns = [{"name": "Name", "format": "name"}, {"name": "Age"}]
    objects = answer.get("items", [answer])
    return columns, [{"cells": [obj["metadata"].get("name"), age(obj, now)], "object": obj} for obj in objects]


def _sorted_rows(session: Session, rows: list[Json]) -> list[Json]:
    if not session.values.text("sort-by"):
        return rows
    from pybernetes.pyctl.sorting import sort_by

    return sort_by(session.values.text("sort-by"), rows, lambda row: row.get("object") or {})


def _print_objects(session: Session, targets: list[Target], errors: list[Exception], printer: Printer) -> None:
    found: list[Json] = []
    for target in targets:
        try:
            for answer in pages(session, target, "application/json", []):
                found += objects_of(answer, target) if not target.name else [answer]
        except APIError as error:
            if not _ignored(session, error):
                errors.append(error)
    if session.values.text("sort-by"):
        from pybernetes.pyctl.sorting import sort_by

        found = sort_by(session.values.text("sort-by"), found, lambda obj: obj)
    single = len(targets) == 1 and bool(targets[0].name)
    if single and not found:
        return
    if not found and errors:
        return
    document = found[0] if single else list_of(found)
    text = printer(document)
    if output_format(session)[0].startswith("custom-columns") and session.values.on("no-headers"):
        text = text.partition("\n")[2]
    sys.stdout.write(text)


def objects_of(answer: Json, target: Target) -> list[Json]:
    """The items of a list, each with its apiVersion and kind."""
    resource = target.resource
    return [{"apiVersion": resource.api_version, "kind": resource.kind, **item} for item in answer.get("items") or ()]


def list_of(objects: list[Json]) -> Json:
    """A List as kubectl puts objects of any types together."""
    return {"apiVersion": "v1", "items": objects, "kind": "List", "metadata": {"resourceVersion": ""}}


def _watch(session: Session, targets: list[Target], printer: Printer | None) -> int:
    if len(targets) != 1:
        raise Failure("you may only specify a single resource type" if targets else "nothing to watch")
    target, values = targets[0], session.values
    writer = tables.ColumnWriter()
    options = table_options(session, target, several=False)
    header_due = options.headers
    collection, query = _watched(session, target)
    accept = TABLE if printer is None else "application/json"
    listed = session.connection.json("GET", collection, query, accept=accept)
    if target.name:
        session.connection.json("GET", target.path)  # says that it is not found, when it is not
    columns, rows = columns_and_rows(listed) if printer is None else ([], [])
    if not values.on("watch-only"):
        if printer is None and rows:
            header_due = not _print_rows(session, writer, options, columns, rows, header_due, "ADDED") and header_due
        elif printer is not None:
            for obj in objects_of(listed, target):
                _print_event_object(printer, obj)
    version = (listed.get("metadata") or {}).get("resourceVersion") or ""
    for event in events(session, collection, [*query, ("watch", "true"), ("resourceVersion", version)], accept):
        if printer is not None:
            _print_event_object(printer, event["object"])
            continue
        new_columns, rows = columns_and_rows(event["object"])
        columns = new_columns or columns
        if _print_rows(session, writer, options, columns, rows, header_due, event["type"]):
            header_due = False
    return 0


def _watched(session: Session, target: Target) -> tuple[str, list[tuple[str, str]]]:
    query = selection_query(session)
    if target.name:
        query.append(("fieldSelector", f"metadata.name={target.name}"))
    return target.resource.path(target.namespace), query


def _print_rows(
    session: Session,
    writer: tables.ColumnWriter,
    options: tables.TableOptions,
    columns: list[Json],
    rows: list[Json],
    header_due: bool,
    event: str,
) -> bool:
    lines = [tables.header_of(columns, options)] if header_due else []
    lines += tables.rows_of(columns, rows, options)
    if session.values.on("output-watch-events"):
        titles = ["EVENT"] if header_due else []
        lines = [[cell, *line] for cell, line in zip([*titles, *[event] * len(rows)], lines, strict=True)]
    sys.stdout.write("".join(line + "\n" for line in writer.format(lines)))
    sys.stdout.flush()
    return bool(lines)


def _print_event_object(printer: Printer, obj: Json) -> None:
    text = printer(obj)
    sys.stdout.write(text if not text.startswith("apiVersion:") else "---\n" + text)
    sys.stdout.flush()


def events(session: Session, path: str, query: list[tuple[str, str]], accept: str) -> Iterator[Json]:
    """A watch's events until the server ends it. Raises `APIError` for an ERROR event."""
    rest = b""
    for piece in session.connection.stream(path, query, accept=accept):
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            if line.strip():
                event = json.loads(line)
                if event["type"] == "ERROR":
                    raise APIError(event["object"])
                if event["type"] != "BOOKMARK":
                    yield event


def types_of(session: Session) -> list[Target]:
    """The types that the arguments name."""
    return parse_arguments(session, session.values.arguments[:1])


COMMAND = Command(
    usage="get (TYPE[.VERSION][.GROUP] [NAME | -l label] | TYPE[.VERSION][.GROUP]/NAME ...) [flags]",
    summary="Display one or many resources",
    flags=FLAGS,
    run=run,
    examples="""
pyctl get pods
pyctl get pods -o wide
pyctl get rc/web service/frontend pods/web-pod-13je7
pyctl get -o json pod web-pod-13je7
pyctl get pods -A -w
""",
)
