"""What looks like a function and is a shorter way to write something else: tests of presence, folds over lists and
maps, sorting by a key, names for values, and the handling of optional values.

Counterparts: cel-go/parser/macro.go, cel-go/ext (comprehensions.go, lists.go, bindings.go) and cel-go/cel/library.go.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pybernetes.apiserver.cel.ast import (
    ACCUMULATOR,
    Call,
    Comprehension,
    Ident,
    ListLiteral,
    Literal,
    MapLiteral,
    Node,
    Select,
)

# The tree that a call stands for; None where it is a call after all.
Macro = Callable[[int, Node | None, list[Node]], Node | None]
# By name, count of arguments, and whether there is a receiver.
Macros = Mapping[tuple[str, int, bool], Macro]


class MacroError(Exception):
    """The arguments do not fit."""

    def __init__(self, offset: int, message: str):
        super().__init__(message)
        self.offset, self.message = offset, message


def _has(offset: int, target: Node | None, arguments: list[Node]) -> Node:
    (argument,) = arguments
    if not isinstance(argument, Select) or argument.test_only:
        raise MacroError(argument.offset, "invalid argument to has() macro")
    return Select(offset, argument.operand, argument.field, test_only=True)


def _variable(node: Node, message: str) -> str:
    if not isinstance(node, Ident) or node.name.startswith("."):
        raise MacroError(node.offset, message)
    if node.name in (ACCUMULATOR, "__result__"):
        raise MacroError(node.offset, "iteration variable overwrites accumulator variable")
    return node.name


class _Fold:
    """Makes the nodes of one fold; all of them stand where the macro does."""

    def __init__(self, offset: int):
        self.offset = offset

    def result(self) -> Ident:
        return Ident(self.offset, ACCUMULATOR)

    def literal(self, value: Any) -> Literal:
        return Literal(self.offset, value)

    def call(self, function: str, *arguments: Node) -> Call:
        return Call(self.offset, function, None, list(arguments))

    def over(
        self, target: Node | None, names: tuple[str, str], initial: Node, condition: Node, step: Node, result: Node
    ) -> Node:
        assert target is not None, "these macros are receiver calls"
        return Comprehension(self.offset, target, *names, ACCUMULATOR, initial, condition, step, result)


def _names(arguments: list[Node], count: int, message: str) -> tuple[tuple[str, str], list[Node]]:
    """The variables of a macro, and its other arguments."""
    names = [_variable(node, message) for node in arguments[:count]]
    return (names[0], names[1] if count == 2 else ""), arguments[count:]


_SIMPLE_NAME = "argument must be a simple name"
_IDENTIFIER = "argument is not an identifier"


def _all(variables: int) -> Macro:
    def expand(offset: int, target: Node | None, arguments: list[Node]) -> Node:
        names, (test,) = _names(arguments, variables, _SIMPLE_NAME)
        make = _Fold(offset)
        condition = make.call("@not_strictly_false", make.result())
        step = make.call("_&&_", make.result(), test)
        return make.over(target, names, make.literal(True), condition, step, make.result())

    return expand


def _exists(variables: int) -> Macro:
    def expand(offset: int, target: Node | None, arguments: list[Node]) -> Node:
        names, (test,) = _names(arguments, variables, _SIMPLE_NAME)
        make = _Fold(offset)
        condition = make.call("@not_strictly_false", make.call("!_", make.result()))
        step = make.call("_||_", make.result(), test)
        return make.over(target, names, make.literal(False), condition, step, make.result())

    return expand


def _exists_one(variables: int) -> Macro:
    def expand(offset: int, target: Node | None, arguments: list[Node]) -> Node:
        names, (test,) = _names(arguments, variables, _SIMPLE_NAME)
        make = _Fold(offset)
        more = make.call("_+_", make.result(), make.literal(1))
        step = make.call("_?_:_", test, more, make.result())
        is_one = make.call("_==_", make.result(), make.literal(1))
        return make.over(target, names, make.literal(0), make.literal(True), step, is_one)

    return expand


def _collect(
    variables: int, message: str, initial: type[ListLiteral | MapLiteral], add: Callable[[_Fold, str, Node], Node]
) -> Macro:
    """A macro that gathers something for each element, or for those that a test holds for."""

    def expand(offset: int, target: Node | None, arguments: list[Node]) -> Node:
        names, rest = _names(arguments, variables, message)
        make = _Fold(offset)
        step = add(make, names[0], rest[-1])
        if len(rest) == 2:
            step = make.call("_?_:_", rest[0], step, make.result())
        return make.over(target, names, initial(offset, []), make.literal(True), step, make.result())

    return expand


def _append(make: _Fold, name: str, value: Node) -> Node:
    return make.call("_+_", make.result(), ListLiteral(make.offset, [value]))


def _insert(make: _Fold, name: str, value: Node) -> Node:
    return make.call("cel.@mapInsert", make.result(), Ident(make.offset, name), value)


def _merge(make: _Fold, name: str, value: Node) -> Node:
    return make.call("cel.@mapInsert", make.result(), value)


def _filter(offset: int, target: Node | None, arguments: list[Node]) -> Node:
    names, (test,) = _names(arguments, 1, _IDENTIFIER)
    make = _Fold(offset)
    step = make.call("_?_:_", test, _append(make, names[0], Ident(arguments[0].offset, names[0])), make.result())
    return make.over(target, names, ListLiteral(offset, []), make.literal(True), step, make.result())


def _bound(offset: int, name: str, value: Node, expression: Node) -> Comprehension:
    """An expression in which a name stands for a value: a fold over nothing."""
    nothing, never = ListLiteral(offset, []), Literal(offset, False)
    return Comprehension(offset, nothing, "#unused", "", name, value, never, Ident(offset, name), expression)


_SORTED = "@__sortBy_input__"


def _sort_by(offset: int, target: Node | None, arguments: list[Node]) -> Node:
    if not isinstance(target, ListLiteral | Select | Ident | Comprehension | Call):
        at = offset if target is None else target.offset
        kinds = "list, identifier, comprehension, call or select expression"
        raise MacroError(at, f"sortBy can only be applied to a {kinds}")
    keys = _collect(1, _IDENTIFIER, ListLiteral, _append)(offset, Ident(offset, _SORTED), arguments)
    assert keys is not None
    return _bound(offset, _SORTED, target, Call(offset, "@sortByAssociatedKeys", Ident(offset, _SORTED), [keys]))


def _bind(offset: int, target: Node | None, arguments: list[Node]) -> Node | None:
    """``cel.bind``: one of another receiver is a call."""
    if not isinstance(target, Ident) or target.name != "cel":
        return None
    name, value, expression = arguments
    if not isinstance(name, Ident):
        raise MacroError(name.offset, "cel.bind() variable names must be simple identifiers")
    return _bound(offset, name.name, value, expression)


def _optional_map(name: str, wrap: bool) -> Macro:
    def expand(offset: int, target: Node | None, arguments: list[Node]) -> Node:
        assert target is not None, "a receiver call"
        variable, expression = arguments
        if not isinstance(variable, Ident):
            raise MacroError(variable.offset, f"{name}() variable name must be a simple identifier")
        make = _Fold(offset)
        bound: Node = _bound(offset, variable.name, Call(offset, "value", target, []), expression)
        if wrap:
            bound = make.call("optional.of", bound)
        return make.call("_?_:_", Call(offset, "hasValue", target, []), bound, make.call("optional.none"))

    return expand


MACROS: Macros = {
    ("has", 1, False): _has,
    ("all", 2, True): _all(1),
    ("all", 3, True): _all(2),
    ("exists", 2, True): _exists(1),
    ("exists", 3, True): _exists(2),
    ("exists_one", 2, True): _exists_one(1),
    ("exists_one", 3, True): _exists_one(2),
    ("existsOne", 2, True): _exists_one(1),
    ("existsOne", 3, True): _exists_one(2),
    ("map", 2, True): _collect(1, _IDENTIFIER, ListLiteral, _append),
    ("map", 3, True): _collect(1, _IDENTIFIER, ListLiteral, _append),
    ("filter", 2, True): _filter,
    ("transformList", 3, True): _collect(2, _SIMPLE_NAME, ListLiteral, _append),
    ("transformList", 4, True): _collect(2, _SIMPLE_NAME, ListLiteral, _append),
    ("transformMap", 3, True): _collect(2, _SIMPLE_NAME, MapLiteral, _insert),
    ("transformMap", 4, True): _collect(2, _SIMPLE_NAME, MapLiteral, _insert),
    ("transformMapEntry", 3, True): _collect(2, _SIMPLE_NAME, MapLiteral, _merge),
    ("transformMapEntry", 4, True): _collect(2, _SIMPLE_NAME, MapLiteral, _merge),
    ("sortBy", 2, True): _sort_by,
    ("optMap", 2, True): _optional_map("optMap", wrap=True),
    ("optFlatMap", 2, True): _optional_map("optFlatMap", wrap=False),
}

# Not for all: expressions that select devices have it.
BINDING_MACROS: Macros = {("bind", 3, True): _bind}
