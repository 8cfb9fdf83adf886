"""YAML that holds plain values only: what JSON can hold, with no aliases and no deep nesting.

A few bytes of aliases can stand for gigabytes, and deep nesting can exhaust the stack; both are seen in the stream of
parsing events, before anything is built.
"""

from __future__ import annotations

from typing import Any

import yaml

MAX_DEPTH = 100

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _PlainLoader(_Base):  # type: ignore[misc]
    """Times stay strings, as they do in JSON."""


_PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in _Base.yaml_implicit_resolvers.items()
}


def load_plain(body: bytes) -> Any:
    """One document. Raises `yaml.YAMLError`, UnicodeDecodeError."""
    _check(body)
    return yaml.load(body, Loader=_PlainLoader)


def _check(body: bytes) -> None:
    depth = 0
    for event in yaml.parse(body, Loader=_Base):
        if isinstance(event, yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not allowed")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise yaml.YAMLError(f"nested deeper than {MAX_DEPTH} levels")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


_BaseDumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class PlainDumper(_BaseDumper):  # type: ignore[misc]
    """Writes no aliases, and text of several lines in literal style."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _write_text(dumper: Any, text: str) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


PlainDumper.add_representer(str, _write_text)
