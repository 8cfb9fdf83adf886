"""YAML that holds plain values only: what JSON can hold, with no deep nesting.

Deep nesting can exhaust the stack, and a few bytes of aliases can stand for gigabytes. The one is seen in the stream of
parsing events, the other in the graph of nodes: both before anything is built.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import isfinite
from typing import Any

import yaml

MAX_DEPTH = 100
MAX_NODES = 200_000  # with every alias a copy; a body of 3 MiB of plain text has fewer

_ALIAS = re.compile(r"\*?([A-Za-z0-9_-]*)")
_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _PlainLoader(_Base):  # type: ignore[misc]
    """Times stay strings, as they do in JSON."""


_PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in _Base.yaml_implicit_resolvers.items()
}


def load_plain(body: bytes) -> tuple[Any, list[str]]:
    """One document, and what to say of keys that are given twice. Raises `yaml.YAMLError`, ValueError."""
    _check_depth(body)
    loader = _PlainLoader(body)
    try:
        node = loader.get_node() if loader.check_node() else None  # of several documents, Go reads the first
        if node is None:
            return None, []
        _count(node, {})
        return _plain(loader.construct_document(node)), list(_repeated(node))
    finally:
        loader.dispose()


def go_yaml_error(error: Exception, body: bytes) -> str:
    """What is wrong with text that is no such YAML, as Go's parser says it: with the line, unless it is the first."""
    if not isinstance(error, yaml.MarkedYAMLError) or not error.problem:
        return f"yaml: {error}"
    if error.problem == "found undefined alias" and error.problem_mark is not None:
        mark = error.problem_mark
        rest = body.decode("utf-8", "replace").splitlines()[mark.line][mark.column :]
        name = _ALIAS.match(rest)
        return f"yaml: unknown anchor '{name[1] if name else ''}' referenced"
    marks = (error.context_mark, error.problem_mark)
    line = next((mark.line for mark in marks if mark is not None and mark.line), 0)
    if line and isinstance(error, yaml.scanner.ScannerError):
        line += 1
    return f"yaml: line {line}: {error.problem}" if line else f"yaml: {error.problem}"


def _check_depth(body: bytes) -> None:
    depth = 0
    for event in yaml.parse(body, Loader=_Base):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise yaml.YAMLError(f"nested deeper than {MAX_DEPTH} levels")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _count(node: Any, counted: dict[int, int | None]) -> int:
    """How many nodes there are once every alias stands for a copy. Raises `yaml.YAMLError` if that is too many."""
    known = counted.get(id(node), 0)
    if known is None:
        raise yaml.YAMLError("anchor value contains itself")
    if known or isinstance(node, yaml.ScalarNode):
        return known or 1
    counted[id(node)] = None
    parts = node.value if isinstance(node, yaml.SequenceNode) else [part for pair in node.value for part in pair]
    total = 1 + sum(_count(part, counted) for part in parts)
    if total > MAX_NODES:
        raise yaml.YAMLError("document contains excessive aliasing")
    counted[id(node)] = total
    return total


def _plain(value: Any) -> Any:
    """The value as JSON has it: keys are text, nothing is shared. Raises ValueError for what JSON has not."""
    if isinstance(value, dict):
        return {_key(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, float) and not isfinite(value):
        raise ValueError(f"json: unsupported value: {value}")
    if value is None or isinstance(value, str | int | float):
        return value
    raise ValueError(f"json: unsupported type: {type(value).__name__}")


def _key(key: Any) -> str:
    if isinstance(key, str):
        return key
    if isinstance(key, bool):
        return "true" if key else "false"
    if isinstance(key, int | float):
        return str(key)
    raise ValueError(f"unsupported map key of type: {type(key).__name__}")


def _repeated(node: Any) -> Iterator[str]:
    """What to say of keys that are given twice; aliases cost what their copies would."""
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _repeated(item)
    elif isinstance(node, yaml.MappingNode):
        seen = set[str]()
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    yield f'line {value.start_mark.line + 1}: key "{key.value}" already set in map'
                seen.add(key.value)
            yield from _repeated(value)


_BaseDumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class PlainDumper(_BaseDumper):  # type: ignore[misc]
    """Writes no aliases, and text of several lines in literal style."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _write_text(dumper: Any, text: str) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


PlainDumper.add_representer(str, _write_text)
