"""Columns that many kinds share: name, age, and what is in a pod template.

Counterpart: pkg/printers/internalversion.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from pybernetes.api.definition import Column
from pybernetes.api.duration import age
from pybernetes.api.object import Json, name_of

NONE = "<none>"
WIDE = 1  # the priority of columns that only `-o wide` shows

NAME = Column(
    "Name", lambda obj, now: name_of(obj), format="name", description="Unique among objects of its kind and namespace."
)
AGE = Column("Age", age, description="How long ago the object was created.")
NAME_AND_AGE = (NAME, AGE)


def created_at(obj: Json, now: datetime) -> Any:
    """The moment of creation itself, as the tables of rbac show it."""
    return (obj.get("metadata") or {}).get("creationTimestamp")


CREATED_AT = Column("Created At", created_at, "date", description="When the object was created.")


def text_of(*names: str, default: str = "") -> Callable[[Json, datetime], str]:
    """A cell with the text at a path."""

    def cell(obj: Json, now: datetime) -> str:
        value: Any = obj
        for name in names:
            value = (value or {}).get(name)
        return default if value is None or value == "" else str(value)

    return cell


def number_of(*names: str) -> Callable[[Json, datetime], int]:
    """A cell with the number at a path; 0 when it is not set."""

    def cell(obj: Json, now: datetime) -> int:
        value: Any = obj
        for name in names:
            value = (value or {}).get(name)
        return int(value or 0)

    return cell


def format_labels(labels: Mapping[str, str] | None) -> str:
    """``app=web,tier=front``, in order of keys."""
    return ",".join(f"{key}={value}" for key, value in sorted((labels or {}).items())) or NONE


def _template_containers(obj: Json) -> Iterable[Json]:
    template = (obj.get("spec") or {}).get("template") or obj.get("template") or {}
    return (template.get("spec") or {}).get("containers") or ()


def container_cells(holder: Callable[[Json], Json] = lambda obj: obj, priority: int = WIDE) -> tuple[Column, Column]:
    """The columns for names and images of a template's containers; `holder` finds what has the template."""

    def texts(field: str) -> Callable[[Json, datetime], str]:
        return lambda obj, now: ",".join(one.get(field, "") for one in _template_containers(holder(obj)))

    return (
        Column("Containers", texts("name"), priority=priority, description="The names of the template's containers."),
        Column("Images", texts("image"), priority=priority, description="The images of the template's containers."),
    )


CONTAINERS, IMAGES = container_cells()
