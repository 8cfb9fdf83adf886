"""JSONPath templates in kubectl's dialect: ``{range .items[*]}{.metadata.name}{"\\n"}{end}``.

A template is text with actions in braces; an action is paths, quoted texts and numbers, printed with a space between
results, or ``range``/``end``. A path is made of steps: ``.name`` (dots escaped with a backslash), ``..`` for all
descendants, ``*``, ``[1]``, ``[-1:]``, ``[0,2]``, ``['name']`` and filters ``[?(@.x=="y")]``. Parsing gives a tree of
nodes, evaluating is a pure function of it. Counterpart: client-go/util/jsonpath, with missing keys allowed.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from pybernetes.pyctl.output.json_text import compact


class JSONPathError(Exception):
    """The template is malformed, or does not fit the object."""


class Field(NamedTuple):
    name: str


class Wildcard(NamedTuple):
    pass


class Descend(NamedTuple):
    """All values below, the value itself among them."""


class Slice(NamedTuple):
    start: int | None
    end: int | None
    step: int | None


class Index(NamedTuple):
    at: int


class Union(NamedTuple):
    options: tuple[Any, ...]


class Filter(NamedTuple):
    left: Path | Literal
    operator: str
    right: Path | Literal | None


class Path(NamedTuple):
    steps: tuple[Any, ...]


class Literal(NamedTuple):
    value: Any


class Action(NamedTuple):
    """One pair of braces."""

    parts: tuple[Any, ...]


class Range(NamedTuple):
    path: Path
    body: tuple[Any, ...]


_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "'": "'", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_COMPARISON = re.compile(r"^([^!<>=]+)([!<>=]+)(.+?)$", re.DOTALL)
_OPERATORS = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge
}  # fmt: skip
_END_OF_NAME = frozenset(".,[]$@{} \t\r\n()")


def parse(template: str) -> tuple[Any, ...]:
    """The nodes of a template. Raises `JSONPathError`."""
    nodes, rest = _parse_nodes(_pieces(template), inside_range=False)
    assert rest == 0
    return nodes


def _pieces(template: str) -> list[tuple[str, str]]:
    """(``text`` or ``action``, content), the braces taken off."""
    pieces, position = [], 0
    while position < len(template):
        opening = template.find("{", position)
        if opening < 0:
            pieces.append(("text", template[position:]))
            break
        if opening > position:
            pieces.append(("text", template[position:opening]))
        closing = _closing_brace(template, opening + 1)
        pieces.append(("action", template[opening + 1 : closing].strip()))
        position = closing + 1
    return pieces


def _closing_brace(template: str, position: int) -> int:
    quoted = ""
    while position < len(template):
        character = template[position]
        if character == "\\":
            position += 1
        elif quoted:
            quoted = "" if character == quoted else quoted
        elif character in "\"'":
            quoted = character
        elif character == "}":
            return position
        position += 1
    raise JSONPathError("unclosed action")


def _parse_nodes(pieces: list[tuple[str, str]], *, inside_range: bool) -> tuple[tuple[Any, ...], int]:
    nodes: list[Any] = []
    while pieces:
        kind, content = pieces.pop(0)
        if kind == "text":
            nodes.append(Literal(content))
        elif content == "end":
            if not inside_range:
                raise JSONPathError("not in range, nothing to end")
            return tuple(nodes), 0
        elif re.match(r"range(?![\w-])", content):
            parts = _Scanner(content[5:].strip()).parts()
            body, _ = _parse_nodes(pieces, inside_range=True)
            path = parts[0] if parts and isinstance(parts[0], Path) else Path(())
            nodes.append(Range(path, body))
        else:
            nodes.append(Action(tuple(_Scanner(content).parts())))
    if inside_range:
        raise JSONPathError("unmatched range, no end")
    return tuple(nodes), 0


class _Scanner:
    """Reads one action."""

    def __init__(self, text: str):
        self.text = text
        self.at = 0

    def _peek(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else ""

    def parts(self) -> list[Path | Literal]:
        found: list[Path | Literal] = []
        while self.at < len(self.text):
            character = self._peek()
            if character.isspace() or character == ",":
                self.at += 1
            elif character in "\"'":
                found.append(Literal(self.quoted()))
            elif number := re.compile(r"[-+]?\d+(\.\d+)?(?![\w])").match(self.text, self.at):
                self.at = number.end()
                found.append(Literal(float(number[0]) if "." in number[0] else int(number[0])))
            elif word := re.compile(r"(true|false)\b").match(self.text, self.at):
                self.at = word.end()
                found.append(Literal(word[0] == "true"))
            elif character in ".$@[*":
                found.append(self.path())
            else:
                raise JSONPathError(f"unrecognized identifier {re.split(r'[^a-zA-Z0-9_]', self.text[self.at :])[0]}")
        return found

    def quoted(self) -> str:
        mark, self.at = self._peek(), self.at + 1
        text = []
        while self._peek() != mark:
            if not self._peek():
                raise JSONPathError("unterminated quoted string")
            if self._peek() == "\\":
                self.at += 1
                text.append(_ESCAPES.get(self._peek(), "\\" + self._peek()))
            else:
                text.append(self._peek())
            self.at += 1
        self.at += 1
        return "".join(text)

    def path(self) -> Path:
        steps: list[Any] = []
        if self._peek() in ("$", "@"):
            self.at += 1
        while self.at < len(self.text):
            if self.text.startswith("..", self.at):
                self.at += 2
                steps.append(Descend())
                if self._peek() not in ("[", ""):
                    steps.append(self._field())
            elif self._peek() == ".":
                self.at += 1
                if self._peek() and self._peek() not in _END_OF_NAME:
                    steps.append(self._field())
            elif self._peek() == "[":
                steps.append(self._bracket())
            elif self._peek() == "*" and not steps:
                steps.append(self._field())
            else:
                break
        return Path(tuple(steps))

    def _field(self) -> Field | Wildcard:
        name = []
        while self._peek() and self._peek() not in _END_OF_NAME:
            if self._peek() == "\\":
                self.at += 1
            name.append(self._peek())
            self.at += 1
        return Wildcard() if name == ["*"] else Field("".join(name))

    def _bracket(self) -> Any:
        content = self._inside_brackets()
        if content.startswith("?(") and content.endswith(")"):
            return _parse_filter(content[2:-1])
        options = tuple(_parse_option(option.strip()) for option in _split_union(content))
        return options[0] if len(options) == 1 else Union(options)

    def _inside_brackets(self) -> str:
        start, depth, quoted = self.at + 1, 0, ""
        while self.at < len(self.text):
            character = self._peek()
            if quoted:
                if character == "\\":
                    self.at += 1
                elif character == quoted:
                    quoted = ""
            elif character in "\"'":
                quoted = character
            elif character in "[]":
                depth += 1 if character == "[" else -1
                if not depth:
                    self.at += 1
                    return self.text[start : self.at - 1].strip()
            self.at += 1
        raise JSONPathError("unterminated array")


def _split_union(content: str) -> list[str]:
    return re.findall(r"(?:'[^']*'|\"[^\"]*\"|[^,'\"])+", content) or [content]


def _parse_option(text: str) -> Any:
    if text == "*":
        return Wildcard()
    if text[:1] in ("'", '"'):
        return _quoted_keys(_Scanner(text).quoted())
    if re.fullmatch(r"-?\d+", text):
        return Index(int(text))
    bounds = re.fullmatch(r"(-?\d*)(?::(-?\d*))(?::(-?\d*))?", text)
    if bounds:
        return Slice(*(int(part) if part else None for part in bounds.groups()))
    if re.fullmatch(r"[\w\-.]+", text):
        return Field(text)
    raise JSONPathError(f"invalid array index {text}")


def _quoted_keys(text: str) -> Any:
    """What is quoted in brackets is a path of its own, where dots that belong to a name are escaped."""
    steps = _Scanner("." + text).path().steps
    return steps[0] if len(steps) == 1 else Path(steps)


def _parse_filter(text: str) -> Filter:
    found = _COMPARISON.match(text)
    if not found:
        return Filter(_operand(text), "exists", None)
    if found[2] not in _OPERATORS:
        raise JSONPathError(f"unrecognized filter operator {found[2]}")
    return Filter(_operand(found[1]), found[2], _operand(found[3]))


def _operand(text: str) -> Path | Literal:
    parts = _Scanner(text.strip()).parts()
    if len(parts) != 1:
        raise JSONPathError(f"filter operand {text.strip()!r} is not one value")
    return parts[0]


def find(path: Path, value: Any) -> list[Any]:
    """All values that a path leads to; missing keys lead nowhere. Raises `JSONPathError`."""
    current = [value]
    for step in path.steps:
        current = [result for item in current for result in _step(step, item)]
    return current


def _step(step: Any, value: Any) -> Iterator[Any]:
    if isinstance(step, Field):
        if isinstance(value, dict) and step.name in value:
            yield value[step.name]
    elif isinstance(step, Wildcard):
        yield from value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    elif isinstance(step, Index):
        yield from _at_index(step.at, value)
    elif isinstance(step, Slice):
        if isinstance(value, list):
            yield from value[slice(step.start, step.end, step.step)]
    elif isinstance(step, Descend):
        yield from _descend(value)
    elif isinstance(step, Union):
        for option in step.options:
            yield from _step(option, value)
    elif isinstance(step, Path):
        yield from find(step, value)
    elif isinstance(step, Filter):
        yield from (item for item in value if _passes(step, item)) if isinstance(value, list) else ()


def _at_index(at: int, value: Any) -> Iterator[Any]:
    if value is None:
        return
    if not isinstance(value, list):
        raise JSONPathError(f"{compact(value)} is not array or slice")
    if not -len(value) <= at < len(value):
        raise JSONPathError(f"array index out of bounds: index {at}, length {len(value)}")
    yield value[at]


def _descend(value: Any) -> Iterator[Any]:
    yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        if isinstance(inner, dict | list):
            yield from _descend(inner)


def _passes(step: Filter, item: Any) -> bool:
    left = _operand_values(step.left, item)
    if step.operator == "exists" or step.right is None:
        return bool(left)
    right = _operand_values(step.right, item)
    if not left or not right:
        return False
    return _compare(left[0], step.operator, right[0])


def _operand_values(operand: Path | Literal, item: Any) -> list[Any]:
    return [operand.value] if isinstance(operand, Literal) else find(operand, item)


def _compare(left: Any, name: str, right: Any) -> bool:
    if isinstance(left, bool) or isinstance(right, bool) or isinstance(left, str) != isinstance(right, str):
        same_kind = isinstance(left, bool) and isinstance(right, bool)
        return same_kind and (left == right if name == "==" else left != right if name == "!=" else False)
    try:
        return bool(_OPERATORS[name](left, right))
    except TypeError:
        return False


def render(nodes: tuple[Any, ...], value: Any) -> str:
    """The text that a template makes of a value. Raises `JSONPathError`."""
    return "".join(_render_one(node, value) for node in nodes)


def _render_one(node: Any, value: Any) -> str:
    if isinstance(node, Literal):
        return value_text(node.value)
    if isinstance(node, Range):
        return "".join(render(node.body, item) for item in find(node.path, value))
    results: list[str] = []
    for part in node.parts:
        results += [value_text(part.value)] if isinstance(part, Literal) else map(value_text, find(part, value))
    return " ".join(results)


def value_text(value: Any) -> str:
    """A result as it is printed: text as it is, objects and lists as JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    return compact(value)


def relaxed(expression: str) -> Path:
    """A path alone, as --sort-by and custom columns take it: braces and the first dot may be left out."""
    text = expression.strip()
    if text.startswith("{") and text.endswith("}"):
        text = text[1:-1]
    if not text.startswith((".", "[", "$", "@")):
        text = "." + text
    parts = _Scanner(text).parts()
    if len(parts) != 1 or not isinstance(parts[0], Path):
        raise JSONPathError(
            f"unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{{name1.name2}}' or "
            f"'{{.name1.name2}}', got {expression!r}"
        )
    return parts[0]
