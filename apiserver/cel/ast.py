"""A parsed expression: a tree of nodes, each with the place in the source that errors about it are told at.

The checker writes into each node what it finds: its type, and for a call the overloads that may apply.

Counterpart: cel-go/common/ast.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pybernetes.apiserver.cel.types import DYN, Type

if TYPE_CHECKING:
    from pybernetes.apiserver.cel.functions import Overload

ACCUMULATOR = "@result"


@dataclass(eq=False, slots=True)
class Node:
    """What all nodes have. `offset` is in characters."""

    offset: int
    type: Type = field(default=DYN, init=False)


@dataclass(eq=False, slots=True)
class Literal(Node):
    value: Any


@dataclass(eq=False, slots=True)
class Ident(Node):
    """A variable; or, where `named` is set, a type."""

    name: str
    named: Type | None = None


@dataclass(eq=False, slots=True)
class Select(Node):
    """A field of an operand, or with `test_only` whether it has one."""

    operand: Node
    field: str
    test_only: bool = False


@dataclass(eq=False, slots=True)
class Call(Node):
    function: str
    target: Node | None
    arguments: list[Node]
    overloads: Sequence[Overload] = ()


@dataclass(eq=False, slots=True)
class ListLiteral(Node):
    """`optional` has the places of elements that may be missing."""

    elements: list[Node]
    optional: frozenset[int] = frozenset()


@dataclass(eq=False, slots=True)
class Entry:
    """An entry of a map (`key` is a node) or of a struct (`key` is a name)."""

    offset: int
    key: Any
    value: Node
    optional: bool = False


@dataclass(eq=False, slots=True)
class MapLiteral(Node):
    entries: list[Entry]


@dataclass(eq=False, slots=True)
class StructLiteral(Node):
    name: str
    entries: list[Entry]


@dataclass(eq=False, slots=True)
class Comprehension(Node):
    """What the macros over lists and maps become: a fold. `variable2` is empty in those of one variable."""

    range: Node
    variable: str
    variable2: str
    accumulator: str
    initial: Node
    condition: Node
    step: Node
    result: Node


def qualified_name(node: Node) -> str | None:
    """``a.b.c`` where the node is a name with fields."""
    parts: list[str] = []
    while isinstance(node, Select):
        if node.test_only:
            return None
        parts.append(node.field)
        node = node.operand
    if not isinstance(node, Ident):
        return None
    return ".".join([node.name, *reversed(parts)])
