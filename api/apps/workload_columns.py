"""Columns that controllers of pods share. Counterpart: pkg/printers/internalversion."""

from __future__ import annotations

from datetime import datetime

from pybernetes.api.columns import AGE, CONTAINERS, IMAGES, NAME, NONE, WIDE, format_labels, number_of
from pybernetes.api.definition import Column
from pybernetes.api.object import Json
from pybernetes.api.selectors import format_label_selector


def selector_text(obj: Json, now: datetime) -> str:
    """The selector as one text, whether it is a plain map or a LabelSelector."""
    selector = (obj.get("spec") or {}).get("selector") or {}
    if "matchLabels" in selector or "matchExpressions" in selector:
        return format_label_selector(selector) or NONE
    return format_labels(selector)


SELECTOR = Column("Selector", selector_text, priority=WIDE, description="The labels of the pods that it controls.")

REPLICA_COLUMNS = (
    NAME,
    Column("Desired", number_of("spec", "replicas"), "integer", description="How many pods there shall be."),
    Column("Current", number_of("status", "replicas"), "integer", description="How many pods there are."),
    Column("Ready", number_of("status", "readyReplicas"), "integer", description="How many of them are ready."),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
)
