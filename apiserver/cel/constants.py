"""What of an expression is known before it runs, and what of it is a path.

Counterpart: the constant folding of cel-go/interpreter, and its attributes.
"""

from __future__ import annotations

from typing import Any

from pybernetes.apiserver.cel.ast import Call, Ident, ListLiteral, Literal, MapLiteral, Node, Select
from pybernetes.apiserver.cel.errors import EvaluationError, ProgramError
from pybernetes.apiserver.cel.values import type_value

_CONVERSIONS = frozenset(("bool", "bytes", "double", "duration", "dyn", "int", "string", "timestamp", "uint"))


def constant(node: Node) -> tuple[Any] | None:
    """The value of what is written out, in a tuple: literals, types, lists and maps of them, and their conversions.

    Raises `ProgramError` for a conversion that fails.
    """
    match node:
        case Literal():
            return (node.value,)
        case Ident() if node.named is not None:
            return (type_value(node.named),)
        case ListLiteral() if not node.optional:
            items = [constant(item) for item in node.elements]
            known = [item[0] for item in items if item is not None]
            return (known,) if len(known) == len(items) else None
        case MapLiteral() if not any(entry.optional for entry in node.entries):
            pairs = [(constant(entry.key), constant(entry.value)) for entry in node.entries]
            found = {key[0]: value[0] for key, value in pairs if key is not None and value is not None}
            return (found,) if len(found) == len(pairs) else None
        case Call() if node.function in _CONVERSIONS and node.target is None and len(node.arguments) == 1:
            return _converted(node)
    return None


def _converted(node: Call) -> tuple[Any] | None:
    known = constant(node.arguments[0])
    if known is None:
        return None
    for overload in node.overloads:
        if overload.takes(known):
            try:
                return (overload.run(*known),)
            except EvaluationError as error:
                raise ProgramError(str(error)) from error
    return None


def is_path(node: Node) -> bool:
    """Whether it is a variable with fields and places behind it, or a choice, which is looked at like one."""
    if isinstance(node, Select):
        return not node.test_only
    if isinstance(node, Call):
        return node.function in ("_[_]", "_[?_]", "_?._")
    return isinstance(node, Ident) and node.named is None


def step_cost(operand: Node) -> int:
    """What a field or a place costs: one, and one more where a path begins with it."""
    begins = not (is_path(operand) or (isinstance(operand, Call) and operand.function == "_?_:_"))
    return 2 if begins else 1
