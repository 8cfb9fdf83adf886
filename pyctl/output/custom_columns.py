"""Columns that the user describes: ``NAME:.metadata.name,IMAGE:.spec.containers[*].image``."""

from __future__ import annotations

from typing import Any, NamedTuple

from pybernetes.pyctl import jsonpath
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.output.tables import NONE


class CustomColumn(NamedTuple):
    header: str
    path: jsonpath.Path


def parse(spec: str) -> list[CustomColumn]:
    """The columns of ``HEADER:path,…``. Raises `Failure`."""
    if not spec:
        raise Failure("custom-columns format specified but no custom columns given")
    columns = []
    for part in _split(spec):
        header, colon, path = part.partition(":")
        if not colon:
            raise Failure(f"unexpected custom-columns spec: {part}, expected <header>:<json-path-expr>")
        columns.append(CustomColumn(header, _path(path)))
    return columns


def _split(spec: str) -> list[str]:
    """At commas that are outside of brackets."""
    parts, depth, start = [], 0, 0
    for position, character in enumerate(spec):
        depth += {"[": 1, "(": 1, "]": -1, ")": -1}.get(character, 0)
        if character == "," and not depth:
            parts.append(spec[start:position])
            start = position + 1
    return [*parts, spec[start:]]


def parse_file(text: str) -> list[CustomColumn]:
    """The columns of a template file: a line of headers over a line of paths. Raises `Failure`."""
    lines = [line.split() for line in text.splitlines() if line.strip()]
    if len(lines) < 2 or len(lines[0]) != len(lines[1]):
        raise Failure("invalid template, missing spec line. Expected a line of headers and a line of paths")
    return [CustomColumn(header, _path(path)) for header, path in zip(lines[0], lines[1], strict=True)]


def _path(text: str) -> jsonpath.Path:
    try:
        return jsonpath.relaxed(text)
    except jsonpath.JSONPathError as error:
        raise Failure(str(error)) from error


def row(columns: list[CustomColumn], obj: Any) -> list[str]:
    """One object's cells."""
    cells = []
    for column in columns:
        try:
            values = jsonpath.find(column.path, obj)
        except jsonpath.JSONPathError:
            values = []
        cells.append(",".join(go_text(value) for value in values) if values else NONE)
    return cells


def go_text(value: Any) -> str:
    """A value as Go's %v prints it: ``map[a:1 b:2]``, ``[a b]``."""
    if value is None:
        return NONE
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "map[" + " ".join(f"{key}:{go_text(value[key])}" for key in sorted(value)) + "]"
    if isinstance(value, list):
        return "[" + " ".join(go_text(item) for item in value) + "]"
    return str(value)
