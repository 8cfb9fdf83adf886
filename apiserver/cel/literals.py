"""Literals that a function reads: a duration, a moment or a pattern that is malformed is known before it runs.

Counterpart: cel-go/cel/validator.go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pybernetes.apiserver.cel.ast import (
    Call,
    Comprehension,
    ListLiteral,
    Literal,
    MapLiteral,
    Node,
    Select,
    StructLiteral,
)
from pybernetes.apiserver.cel.errors import Issue, compile_error, place_of
from pybernetes.apiserver.cel.moments import parse_duration, parse_timestamp
from pybernetes.apiserver.cel.regular import RegexError, compiled


def _is_pattern(text: str) -> bool:
    try:
        compiled(text)
    except RegexError:
        return False
    return True


# By function: which argument of a call, the receiver counted, and what it has to be.
_CHECKS: dict[str, tuple[int, Callable[[str], bool]]] = {
    "duration": (0, lambda text: parse_duration(text) is not None),
    "timestamp": (0, lambda text: parse_timestamp(text) is not None),
    "matches": (1, _is_pattern),
}


def check_literals(source: str, tree: Node) -> None:
    """Raises `CompileError`."""
    issues = [
        Issue(*place_of(source, argument.offset), f"invalid {function} argument")
        for function, argument, fits in _read_literals(tree)
        if not fits(argument.value)
    ]
    if issues:
        raise compile_error(source, issues)


def _read_literals(tree: Node) -> Iterator[tuple[str, Literal, Callable[[str], bool]]]:
    for node in walk(tree):
        if not isinstance(node, Call) or node.function not in _CHECKS:
            continue
        place, fits = _CHECKS[node.function]
        arguments = [*([node.target] if node.target else []), *node.arguments]
        argument = arguments[place] if place < len(arguments) else None
        if isinstance(argument, Literal) and isinstance(argument.value, str):
            yield node.function, argument, fits


def walk(tree: Node) -> Iterator[Node]:
    """Every node of a tree."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += parts_of(node)


def parts_of(node: Node) -> list[Node]:
    """The nodes right below a node."""
    match node:
        case Select():
            return [node.operand]
        case Call():
            return [*([node.target] if node.target else []), *node.arguments]
        case ListLiteral():
            return node.elements
        case MapLiteral():
            return [part for entry in node.entries for part in (entry.key, entry.value)]
        case StructLiteral():
            return [entry.value for entry in node.entries]
        case Comprehension():
            return [node.range, node.initial, node.condition, node.step, node.result]
    return []
