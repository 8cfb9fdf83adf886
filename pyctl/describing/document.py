"""Lines at levels of indentation, and the pieces that all kinds have: labels, annotations, events."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pybernetes.api.object import annotations_of, labels_of, parse_time

Json = dict[str, Any]
NONE = "<none>"
HIDDEN_ANNOTATIONS = ("kubectl.kubernetes.io/last-applied-configuration", "control-plane.alpha.kubernetes.io/leader")
MAX_ANNOTATION_LENGTH = 140


class Text:
    """Collects lines; cells are separated by tabs."""

    def __init__(self) -> None:
        self._parts: list[str] = []

    def line(self, level: int, *cells: object) -> None:
        """One line whose cells are separated by tabs, indented by two spaces a level."""
        self._parts.append("  " * level + "\t".join(str(cell) for cell in cells))

    def raw(self, text: str) -> None:
        """Lines as they are."""
        self._parts += text.split("\n")

    def __str__(self) -> str:
        return "\n".join(self._parts) + "\n"


def moment(text: str | None) -> str:
    """``Mon, 02 Jan 2006 15:04:05 +0000``, as RFC 1123 with a numeric zone."""
    if not text:
        return "<unset>"
    return parse_time(text).astimezone(UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")


def now() -> datetime:
    return datetime.now(UTC)


def write_pairs(text: Text, level: int, title: str, pairs: dict[str, str] | None, separator: str = "=") -> None:
    """``Title:  a=1`` and one pair a line below it."""
    if not pairs:
        text.line(level, title, NONE)
        return
    for index, key in enumerate(sorted(pairs)):
        text.line(level, title if not index else "", f"{key}{separator}{pairs[key]}")


def write_labels(text: Text, obj: Json) -> None:
    write_pairs(text, 0, "Labels:", labels_of(obj))


def write_annotations(text: Text, obj: Json, level: int = 0) -> None:
    """The annotations, each shortened, without those that are for machines."""
    shown = {key: value for key, value in annotations_of(obj).items() if key not in HIDDEN_ANNOTATIONS}
    if not shown:
        text.line(level, "Annotations:", NONE)
        return
    indent = "  " * level
    for index, key in enumerate(sorted(shown)):
        value, title = shown[key].removesuffix("\n"), "Annotations:" if not index else indent
        if "\n" in value or len(value) + len(key) + 2 > MAX_ANNOTATION_LENGTH:
            text.line(level, title, f"{key}:")
            for part in value.split("\n"):
                text.line(level, "", f"  {_shortened(part, MAX_ANNOTATION_LENGTH - 2)}")
        else:
            text.line(level, title, f"{key}: {value}")


def _shortened(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 3]}..."


def selector_text(selector: Json | None) -> str:
    """``a=1,b in (x,y)``, or ``<none>``."""
    if not selector:
        return NONE
    if "matchLabels" in selector or "matchExpressions" in selector:
        from pybernetes.api.selectors import format_label_selector

        return format_label_selector(selector) or NONE
    return ",".join(f"{key}={value}" for key, value in sorted(selector.items()))


def write_events(text: Text, events: list[Json] | None) -> None:
    """The table of events at the end; nothing when they were not asked for."""
    if events is None:
        return
    if not events:
        text.line(0, "Events:", NONE)
        return
    from pybernetes.pyctl.commands.events import last_seen, seen_text

    text.line(0, "Events:")
    text.line(1, "Type", "Reason", "Age", "From", "Message")
    text.line(1, "----", "------", "----", "----", "-------")
    for event in sorted(events, key=last_seen):
        source = (event.get("source") or {}).get("component") or event.get("reportingComponent") or ""
        text.line(
            1,
            event.get("type", ""),
            event.get("reason", ""),
            seen_text(event, now()),
            source,
            (event.get("message") or "").strip(),
        )
