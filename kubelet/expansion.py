"""``$(NAME)`` in commands, arguments and environment values. Pure.

A reference to something unknown stays as it is written; ``$$(NAME)`` is the text ``$(NAME)``. Counterpart:
third_party/forked/golang/expansion.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_REFERENCE = re.compile(r"\$(\$|\(([^)]*)\))")


def expand(text: str, *scopes: Mapping[str, str]) -> str:
    """The text with references replaced from the first scope that knows the name."""

    def replace(found: re.Match[str]) -> str:
        if found.group(1) == "$":
            return "$"
        for scope in scopes:
            if found.group(2) in scope:
                return scope[found.group(2)]
        return found.group(0)

    return _REFERENCE.sub(replace, text) if "$" in text else text


def expand_all(texts: Iterable[str], scope: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(expand(text, scope) for text in texts)


def unknown_references(text: str, scope: Mapping[str, str]) -> list[str]:
    """The names that `text` refers to and that are not in scope: an error where they are not allowed to stay."""
    names = (found.group(2) for found in _REFERENCE.finditer(text) if found.group(1) != "$")
    return [name for name in names if name not in scope]
