"""The columns of a custom resource's Table: its name, then what the definition names, or else its age.

Counterpart: apiextensions-apiserver/pkg/registry/customresource/tableconvertor.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

import orjson

from pybernetes.api.apiextensions.json_path import JSONPath, JSONPathError
from pybernetes.api.columns import AGE, NAME
from pybernetes.api.definition import Column
from pybernetes.api.duration import age
from pybernetes.api.object import Json

log = logging.getLogger(__name__)

_INVALID = "<invalid>"


def columns_of_version(version: Json) -> tuple[Column, ...]:
    """The columns of one version of a definition."""
    declared: Sequence[Json] = version.get("additionalPrinterColumns") or ()
    return (NAME, *_columns(declared)) if declared else (NAME, AGE)


def _columns(declared: Sequence[Json]) -> Iterator[Column]:
    """Up to the first whose path cannot be read: what is wrong with a column is not told when it is declared."""
    try:
        for one in declared:
            yield _column(one)
    except JSONPathError as error:
        log.info("a column cannot be shown", extra={"error": str(error)})


def _column(declared: Json) -> Column:
    path = declared["jsonPath"]
    description = declared.get("description") or (
        f"Custom resource definition column (in JSONPath format): {path.removeprefix('.')}"
    )
    return Column(
        declared["name"],
        _cell(JSONPath(path), declared["type"]),
        declared["type"],
        declared.get("format", ""),
        declared.get("priority", 0),
        description,
    )


def _cell(path: JSONPath, kind: str) -> Callable[[Json, datetime], Any]:
    def cell(obj: Json, now: datetime) -> Any:
        value = path.first(obj)
        return None if value is None else _shown(value, kind, now)

    return cell


def _shown(value: Any, kind: str, now: datetime) -> Any:
    """A value as a column of its type shows it; None where it has another type."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    match kind:
        case "integer":
            return int(value) if is_number else None
        case "number":
            return value if is_number else None
        case "boolean":
            return value if isinstance(value, bool) else None
        case "date":
            return _since(value, now)
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _since(value: Any, now: datetime) -> str:
    try:
        return str(age({"metadata": {"creationTimestamp": value}}, now))
    except (ValueError, TypeError):
        return _INVALID
