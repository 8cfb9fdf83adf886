"""Validation errors with the path of the field they are about, worded as Kubernetes words them.

    errors = ErrorList()
    path = Path("spec").child("containers").index(0)
    errors.required(path.child("image"))
    errors.invalid(path.child("name"), name, "must be no more than 63 characters")

Each becomes a cause of the 422 Status. A rule never stops at the first error: the list holds all of them.
Counterpart: k8s.io/apimachinery/pkg/util/validation/field.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from pybernetes.api.object import Json

OMITTED = object()  # stands for a value that an error does not show


class Path:
    """Where a field is: ``spec.containers[0].image``, ``metadata.labels[app]``."""

    __slots__ = ("text",)

    def __init__(self, text: str = ""):
        self.text = text

    def child(self, *names: str) -> Path:
        return Path(".".join(part for part in (self.text, *names) if part))

    def index(self, position: int) -> Path:
        return Path(f"{self.text}[{position}]")

    def key(self, name: str) -> Path:
        return Path(f"{self.text}[{name}]")

    def __str__(self) -> str:
        return self.text


class Verbatim(str):
    """A value that stands in an error as it is, without quotes: JSON already, as `internal_form` makes it."""


def shown(value: Any) -> str:
    """A value as it stands in an error: strings quoted as Go quotes them, the rest as JSON with its keys in order."""
    if isinstance(value, Verbatim):
        return value
    if isinstance(value, str):
        return go_quoted(value)
    return go_json(value, sort_keys=True)


def go_quoted(text: str) -> str:
    """A string as a literal of Go (strconv.Quote)."""
    if text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return '"' + "".join(_go_character(character) for character in text) + '"'


_GO_ESCAPES = {"\a": r"\a", "\b": r"\b", "\f": r"\f", "\n": r"\n", "\r": r"\r", "\t": r"\t", "\v": r"\v"}
_GO_ESCAPES |= {'"': r"\"", "\\": r"\\"}


def _go_character(character: str) -> str:
    code = ord(character)
    if character in _GO_ESCAPES:
        return _GO_ESCAPES[character]
    if character.isprintable():
        return character
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


HTML_ESCAPES = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


def go_json(value: Any, *, sort_keys: bool = False) -> str:
    """JSON as Go writes it: without spaces, and with what means something in HTML escaped."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=sort_keys).translate(HTML_ESCAPES)


class ErrorList:
    """What is wrong with an object. Falsy when nothing is; `warnings` are for who wrote it, and refuse nothing.

    `old` is the state that an update replaces: rules that became stricter over time let stay what stood there.
    """

    def __init__(self, old: Json | None = None) -> None:
        self.old = old
        self.causes: list[Json] = []
        self.warnings: list[str] = []

    def __bool__(self) -> bool:
        return bool(self.causes)

    def __len__(self) -> int:
        return len(self.causes)

    def add(self, reason: str, path: Path | str, message: str) -> None:
        """One cause; the same one twice is kept once."""
        cause = {"reason": reason, "message": message, "field": str(path)}
        if cause not in self.causes:
            self.causes.append(cause)

    def required(self, path: Path | str, detail: str = "") -> None:
        self.add("FieldValueRequired", path, _with("Required value", detail))

    def invalid(self, path: Path | str, value: Any, detail: str) -> None:
        head = "Invalid value" if value is OMITTED else f"Invalid value: {shown(value)}"
        self.add("FieldValueInvalid", path, _with(head, detail))

    def not_supported(self, path: Path | str, value: Any, supported: Iterable[str]) -> None:
        """The choices are named in their order; a set's are sorted."""
        ordered = sorted(supported) if isinstance(supported, set | frozenset) else supported
        choices = ", ".join(shown(choice) for choice in ordered)
        detail = f"supported values: {choices}" if choices else ""
        self.add("FieldValueNotSupported", path, _with(f"Unsupported value: {shown(value)}", detail))

    def duplicate(self, path: Path | str, value: Any, detail: str = "") -> None:
        self.add("FieldValueDuplicate", path, _with(f"Duplicate value: {shown(value)}", detail))

    def forbidden(self, path: Path | str, detail: str) -> None:
        self.add("FieldValueForbidden", path, _with("Forbidden", detail))

    def not_found(self, path: Path | str, value: Any, detail: str = "") -> None:
        self.add("FieldValueNotFound", path, _with(f"Not found: {shown(value)}", detail))

    def too_long(self, path: Path | str, limit: int) -> None:
        self.add("FieldValueTooLong", path, f"Too long: may not be more than {limit} bytes")

    def too_many(self, path: Path | str, count: int, limit: int) -> None:
        self.add("FieldValueTooMany", path, f"Too many: {count}: must have at most {limit} items")

    def type_invalid(self, path: Path | str, value: Any, detail: str) -> None:
        self.add("FieldValueTypeInvalid", path, _with(f"Invalid value: {shown(value)}", detail))

    def internal(self, path: Path | str, detail: str) -> None:
        """The server could not check something."""
        self.add("InternalError", path, f"Internal error: {detail}")

    def each_invalid(self, path: Path | str, value: Any, details: Sequence[str]) -> None:
        """One `invalid` for each thing that a check found wrong with the value."""
        for detail in details:
            self.invalid(path, value, detail)

    def new_invalid(self, path: str, value: Any, details: Sequence[str], was_at: str = "") -> None:
        """The same, unless the old state had the value: in this field, whatever the positions in lists on the way."""
        if details and not (self.old is not None and value in _values_at(self.old, was_at or path)):
            self.each_invalid(path, value, details)


_POSITION = re.compile(r"\[\d+\]")


def _values_at(obj: Any, path: str) -> list[Any]:
    """Every value at a path such as ``spec.hosts[0].ip``, of all items of the lists on the way."""
    found = [obj]
    for name in _POSITION.sub(".[]", path).split("."):
        if name == "[]":
            found = [item for value in found if isinstance(value, list) for item in value]
        else:
            found = [value[name] for value in found if isinstance(value, dict) and name in value]
    return found


def _with(head: str, detail: str) -> str:
    return f"{head}: {detail}" if detail else head
