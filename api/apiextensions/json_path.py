"""The JSONPath that a custom resource's columns, scale and selectable fields are given in.

``.spec.replicas``, ``.metadata.labels['a.b/c']``: names; ``.spec.hosts[0]``, ``[-1:]``, ``[0,2]``: positions;
``.spec.names[*]``: all; ``.status.conditions[?(@.type=="Ready")].status``: items by what is in them;
``..name``: at any depth. A path is compiled once; evaluating it gives every value found.

Counterpart: client-go/util/jsonpath, of which this is the part that single values need.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

_STEP = re.compile(
    r"""
    (?P<deep>\.(?=\.)) | \.(?P<name>(?:[^.\[\]\\*]|\\.)+)
    | (?P<star>\.\*|\[\*\])
    | \[(?P<positions>-?\d+(?:\s*,\s*-?\d+)*)\]
    | \[(?P<start>-?\d+)?:(?P<end>-?\d+)?(?::(?P<step>-?\d+))?\]
    | \[(?P<keys>(?:'[^']*'|"[^"]*")(?:\s*,\s*(?:'[^']*'|"[^"]*"))*)\]
    | \[\?\(\s*@(?P<field>[\w\\./\-\[\]'"]*?)\s*
      (?:(?P<operator>==|!=|<=|>=|<|>)\s*(?P<literal>"[^"]*"|'[^']*'|-?\d+(?:\.\d+)?|true|false)\s*)?\)\]
    """,
    re.VERBOSE,
)
_MAX_STEPS = 64
_MAX_CHARACTERS = 2048
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

Step = Callable[[Any], Iterable[Any]]


class JSONPathError(ValueError):
    """The path is malformed, or of a form that is not supported."""


class JSONPath:
    """A compiled path. `names` are its steps when all of them are names, else empty. Raises `JSONPathError`."""

    def __init__(self, text: str):
        names: list[str] = []
        self._steps: list[Step] = []
        text = text.strip().removeprefix("{").removesuffix("}").removeprefix("$")
        if not text.startswith((".", "[")) or len(text) > _MAX_CHARACTERS:
            raise JSONPathError(f"unrecognized path: {text[:64]!r}")
        position = 0
        while position < len(text):
            found = _STEP.match(text, position)
            if found is None or len(self._steps) == _MAX_STEPS:
                raise JSONPathError(f"unrecognized path at character {position}: {text[:64]!r}")
            if found["deep"] is not None and _below in self._steps:  # each one multiplies what is looked at
                raise JSONPathError(f"more than one recursive descent: {text[:64]!r}")
            position = found.end()
            name = _name_of(found)
            if name is not None:
                names.append(name)
            self._steps.append(_step(found) if name is None else _by_names((name,)))
        self.names = tuple(names) if len(names) == len(self._steps) else ()

    def find(self, obj: Any) -> list[Any]:
        """Every value at the path, in order."""
        values = [obj]
        for step in self._steps:
            values = [found for value in values for found in step(value)]
        return values

    def first(self, obj: Any) -> Any:
        """The first value at the path, or None."""
        found = self.find(obj)
        return found[0] if found else None


def _name_of(found: re.Match[str]) -> str | None:
    """The name of a step that is one."""
    if found["name"] is not None:
        return found["name"].replace("\\.", ".")
    keys = _keys_of(found["keys"]) if found["keys"] is not None else []
    return keys[0] if len(keys) == 1 else None


def _keys_of(text: str) -> list[str]:
    return [one[1:-1] for one in re.findall(r"""'[^']*'|"[^"]*\"""", text)]


def _step(found: re.Match[str]) -> Step:
    if found["deep"] is not None:
        return _below
    if found["star"] is not None:
        return lambda value: value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if found["keys"] is not None:
        return _by_names(tuple(_keys_of(found["keys"])))
    if found["positions"] is not None:
        return _by_positions([int(one) for one in found["positions"].split(",")])
    if found["field"] is not None:
        return _filter(found["field"], found["operator"], found["literal"])
    return _slice(*(int(found[part]) if found[part] else None for part in ("start", "end", "step")))


def _by_names(names: tuple[str, ...]) -> Step:
    return lambda value: [value[name] for name in names if name in value] if isinstance(value, dict) else ()


def _by_positions(positions: list[int]) -> Step:
    def choose(value: Any) -> Iterable[Any]:
        if not isinstance(value, list):
            return ()
        return [value[place] for place in positions if -len(value) <= place < len(value)]

    return choose


def _slice(start: int | None, end: int | None, step: int | None) -> Step:
    if step is not None and step <= 0:
        raise JSONPathError("step must be > 0")
    chosen = slice(start, end, step)
    return lambda value: value[chosen] if isinstance(value, list) else ()


def _below(value: Any) -> Iterator[Any]:
    """The value and everything in it."""
    yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _below(part)


def _filter(field: str, comparison: str | None, literal: str | None) -> Step:
    path = JSONPath(field) if field else None
    wanted = _literal(literal) if literal is not None else None

    def chosen(item: Any) -> bool:
        found = path.find(item) if path is not None else [item]
        if not found or comparison is None:
            return bool(found)
        if _kind(found[0]) is not _kind(wanted):
            return comparison == "!="
        return _COMPARISONS[comparison](found[0], wanted)

    return lambda value: [item for item in value if chosen(item)] if isinstance(value, list) else ()


def _literal(text: str) -> Any:
    if text in ("true", "false"):
        return text == "true"
    if text[0] in "'\"":
        return text[1:-1]
    return float(text) if "." in text else int(text)


def _kind(value: Any) -> type:
    return float if isinstance(value, int | float) and not isinstance(value, bool) else type(value)
