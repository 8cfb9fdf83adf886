"""The JSONPath that a custom resource's columns, scale and selectable fields are given in.

``.spec.replicas``, ``.spec.hosts[0]``, ``.metadata.labels['a.b/c']``, ``.spec.names[*]``,
``.status.conditions[?(@.type=="Ready")].status``: names, positions, all of a list, and items of a list by one field.
A path is compiled once; evaluating it gives every value found. Counterpart: client-go/util/jsonpath, of which this
is the part that single values need.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

_STEP = re.compile(
    r"""
    \.(?P<name>(?:[^.\[\]\\*]|\\.)+)
    | (?P<star>\.\*|\[\*\])
    | \[(?P<index>-?\d+)\]
    | \[(?P<quote>['"])(?P<key>.*?)(?P=quote)\]
    | \[\?\(\s*@(?P<field>\.[\w\\./-]+)\s*
      (?:(?P<operator>==|!=)\s*(?P<literal>"[^"]*"|'[^']*'|-?\d+|true|false)\s*)?\)\]
    """,
    re.VERBOSE,
)
_MAX_STEPS = 64
_MAX_CHARACTERS = 2048

Step = Callable[[Any], Iterable[Any]]


class JSONPathError(ValueError):
    """The path is malformed, or of a form that is not supported."""


class JSONPath:
    """A compiled path. `names` are its steps when all of them are names, else empty. Raises `JSONPathError`."""

    def __init__(self, text: str):
        self.names: tuple[str, ...] = ()
        self._steps: list[Step] = []
        text = text.strip().removeprefix("{").removesuffix("}").removeprefix("$")
        if not text.startswith((".", "[")) or len(text) > _MAX_CHARACTERS:
            raise JSONPathError(f"unrecognized path: {text[:64]!r}")
        position, only_names = 0, True
        while position < len(text):
            found = _STEP.match(text, position)
            if found is None or len(self._steps) == _MAX_STEPS:
                raise JSONPathError(f"unrecognized path at character {position}: {text[:64]!r}")
            position = found.end()
            name = found["key"] if found["key"] is not None else found["name"]
            if name is not None:
                name = name.replace("\\.", ".")
                self.names = (*self.names, name)
                self._steps.append(_by_name(name))
            else:
                only_names = False
                self._steps.append(_other_step(found))
        if not only_names:
            self.names = ()

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


def _by_name(name: str) -> Step:
    return lambda value: (value[name],) if isinstance(value, dict) and name in value else ()


def _other_step(found: re.Match[str]) -> Step:
    if found["star"] is not None:
        return lambda value: value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if found["index"] is not None:
        index = int(found["index"])
        return lambda value: (value[index],) if isinstance(value, list) and -len(value) <= index < len(value) else ()
    return _filter(found["field"], found["operator"], found["literal"])


def _filter(field: str, operator: str | None, literal: str | None) -> Step:
    names = field.strip(".").split(".")
    wanted: Any = None
    if literal is not None:
        wanted = {"true": True, "false": False}.get(literal)
        if wanted is None:
            wanted = literal[1:-1] if literal[0] in "'\"" else int(literal)

    def chosen(item: Any) -> bool:
        for name in names:
            if not isinstance(item, dict) or name not in item:
                return False
            item = item[name]
        return operator is None or (bool(item == wanted) is (operator == "=="))

    return lambda value: [item for item in value if chosen(item)] if isinstance(value, list) else ()
