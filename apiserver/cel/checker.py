"""Finds the type of every node of an expression, and everything that cannot be right about it.

An error does not end the check: what follows from it is taken as dynamic, so that one answer names all errors.

Counterpart: cel-go/checker.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, Sequence

from pybernetes.apiserver.cel.ast import (
    Call,
    Comprehension,
    Entry,
    Ident,
    ListLiteral,
    Literal,
    MapLiteral,
    Node,
    Select,
    StructLiteral,
    qualified_name,
)
from pybernetes.apiserver.cel.errors import Issue, compile_error, place_of
from pybernetes.apiserver.cel.functions import Functions, Overload
from pybernetes.apiserver.cel.types import (
    BOOL,
    DYN,
    ERROR,
    INT,
    NAMED_TYPES,
    STRING,
    Kind,
    Type,
    TypeProvider,
    is_dyn,
    is_dyn_or_error,
    list_of,
    map_of,
    optional_of,
    parameter,
    struct,
    type_of,
    unwrap_optional,
)
from pybernetes.apiserver.cel.unification import Substitution, assignable, most_general, substitute
from pybernetes.apiserver.cel.values import type_of as type_of_value


def check(source: str, tree: Node, variables: Mapping[str, Type], functions: Functions, provider: TypeProvider) -> None:
    """Write types and overloads into the tree. Raises `CompileError`."""
    checker = _Checker(source, variables, functions, provider)
    checker.check(tree)
    if checker.issues:
        raise compile_error(source, checker.issues)
    checker.settle()


class _Checker:
    def __init__(self, source: str, variables: Mapping[str, Type], functions: Functions, provider: TypeProvider):
        self.issues: list[Issue] = []
        self._source, self._functions, self._provider = source, functions, provider
        self._scope: ChainMap[str, Type] = ChainMap({}, dict(variables))
        self._known: Substitution = {}
        self._fresh = 0
        self._nodes: list[Node] = []

    def settle(self) -> None:
        """Replace what is left of type parameters by what they turned out to be."""
        for node in self._nodes:
            node.type = substitute(self._known, node.type, free_is_dyn=True)

    def check(self, node: Node) -> Type:
        match node:
            case Literal():
                node.type = type_of_value(node.value)
            case Ident():
                node.type = self._ident(node)
            case Select():
                node.type = self._select(node)
            case Call():
                node.type = self._call(node)
            case ListLiteral():
                node.type = self._list(node)
            case MapLiteral():
                node.type = self._map(node)
            case StructLiteral():
                node.type = self._struct(node)
            case Comprehension():
                node.type = self._comprehension(node)
        self._nodes.append(node)
        return node.type

    # Errors and type parameters

    def _issue(self, offset: int, message: str) -> Type:
        self.issues.append(Issue(*place_of(self._source, offset), message))
        return ERROR

    def _mismatch(self, offset: int, wanted: Type, found: Type) -> Type:
        return self._issue(offset, f"expected type '{self._shown(wanted)}' but found '{self._shown(found)}'")

    def _shown(self, some: Type) -> Type:
        return substitute(self._known, some, free_is_dyn=True)

    def _new_parameter(self) -> Type:
        self._fresh += 1
        return parameter(f"_var{self._fresh - 1}")

    def _fits(self, given: Sequence[Type], wanted: Sequence[Type]) -> bool:
        found = assignable(self._known, given, wanted)
        if found is None:
            return False
        self._known = found
        return True

    # Names and fields

    def _lookup(self, name: str) -> tuple[Type, bool] | None:
        """The type of what a name stands for, and whether that is a type itself."""
        name = name.removeprefix(".")
        found = self._scope.get(name)
        if found is not None:
            return found, False
        if name in NAMED_TYPES:
            return type_of(NAMED_TYPES[name]), True
        if self._provider.has(name):
            return type_of(struct(name)), True
        return None

    def _ident(self, node: Ident) -> Type:
        found = self._lookup(node.name)
        if found is None:
            return self._issue(node.offset, f"undeclared reference to '{node.name}' (in container '')")
        if found[1]:
            node.named = found[0].parameters[0]
        return found[0]

    def _select(self, node: Select) -> Type:
        name = None if node.test_only else qualified_name(node)
        found = self._lookup(name) if name else None
        if found is not None and name is not None:
            self._become_ident(node, name, found)
            return found[0]
        result = self._field(node.offset, node.operand, node.field, optional=False)
        return BOOL if node.test_only else substitute(self._known, result, free_is_dyn=False)

    def _become_ident(self, node: Select, name: str, found: tuple[Type, bool]) -> None:
        """Make a field of a name the name that it turned out to be: without a field, the operand is meant."""
        node.operand = Ident(node.offset, name.removeprefix("."), found[0].parameters[0] if found[1] else None)
        node.operand.type, node.field = found[0], ""

    def _field(self, offset: int, operand: Node, field: str, *, optional: bool) -> Type:
        target, is_optional = unwrap_optional(substitute(self._known, self.check(operand), free_is_dyn=False))
        result = ERROR
        match target.kind:
            case Kind.MAP:
                result = target.parameters[1]
            case Kind.STRUCT:
                found = self._provider.field(target.name, field)
                result = self._issue(offset, f"undefined field '{field}'") if found is None else found
            case Kind.PARAMETER:
                self._fits([DYN], [target])
                result = DYN
            case _:
                if not is_dyn_or_error(target):
                    self._issue(offset, f"type '{self._shown(target)}' does not support field selection")
                result = DYN
        return optional_of(result) if is_optional or optional else result

    # Calls

    def _call(self, node: Call) -> Type:
        if node.function == "_?._":
            return self._optional_select(node)
        for argument in node.arguments:
            self.check(argument)
        name = node.function.removeprefix(".")
        if node.target is None:
            overloads = self._functions.get(name)
            if overloads is None:
                return self._undeclared(node)
            node.function = name
            return self._resolve(node, overloads, [])
        prefix = qualified_name(node.target)
        qualified = f"{prefix}.{name}".removeprefix(".") if prefix else ""
        if qualified in self._functions:
            node.function, node.target = qualified, None
            return self._resolve(node, self._functions[qualified], [])
        target = self.check(node.target)
        overloads = self._functions.get(name)
        if overloads is None:
            return self._undeclared(node)
        return self._resolve(node, overloads, [target])

    def _undeclared(self, node: Call) -> Type:
        return self._issue(node.offset, f"undeclared reference to '{node.function}' (in container '')")

    def _optional_select(self, node: Call) -> Type:
        operand, field = node.arguments
        assert isinstance(field, Literal), "the parser makes it so"
        field.type = STRING
        result = self._field(node.offset, operand, field.value, optional=True)
        return substitute(self._known, result, free_is_dyn=False)

    def _resolve(self, node: Call, overloads: Sequence[Overload], target: list[Type]) -> Type:
        given = [*target, *(argument.type for argument in node.arguments)]
        if node.function in ("_&&_", "_||_"):
            return self._logical(node, overloads, given)
        result: Type | None = None
        fitting: list[Overload] = []
        for overload in overloads:
            if overload.member is not bool(target):
                continue
            wanted, gives = self._instance(overload)
            if not self._fits(given, wanted):
                continue
            fitting.append(overload)
            found = substitute(self._known, gives, free_is_dyn=False)
            if result is None:
                result = found
            elif not is_dyn(result) and found != result:
                result = DYN
        if result is None:
            return self._no_overload(node, given, bool(target))
        node.overloads = fitting
        return result

    def _logical(self, node: Call, overloads: Sequence[Overload], given: Sequence[Type]) -> Type:
        node.overloads = overloads
        result = BOOL
        for argument, found in zip(node.arguments, given, strict=True):
            if not self._fits([found], [BOOL]):
                result = self._mismatch(argument.offset, BOOL, found)
        return result

    def _instance(self, overload: Overload) -> tuple[Sequence[Type], Type]:
        """The overload's types, with parameters of its own."""
        if not overload.is_generic:
            return overload.parameters, overload.result
        fresh: Substitution = {}
        for some in (*overload.parameters, overload.result):
            for name in _parameters(some):
                if name not in fresh:
                    fresh[name] = self._new_parameter()
        wanted = [substitute(fresh, some, free_is_dyn=False) for some in overload.parameters]
        return wanted, substitute(fresh, overload.result, free_is_dyn=False)

    def _no_overload(self, node: Call, given: Sequence[Type], is_member: bool) -> Type:
        shown = [str(self._shown(some)) for some in given]
        receiver = f"{shown.pop(0)}." if is_member else ""
        signature = f"{receiver}({', '.join(shown)})"
        return self._issue(node.offset, f"found no matching overload for '{node.function}' applied to '{signature}'")

    # Literals and folds

    def _list(self, node: ListLiteral) -> Type:
        element: Type | None = None
        for place, item in enumerate(node.elements):
            found = self.check(item)
            if place in node.optional:
                found = self._unwrapped(item, found)
            element = self._join(item, element, found)
        return list_of(self._new_parameter() if element is None else element)

    def _unwrapped(self, node: Node, found: Type) -> Type:
        inner, is_optional = unwrap_optional(found)
        if not is_optional and not is_dyn(found):
            self._mismatch(node.offset, optional_of(found), found)
        return inner

    def _join(self, node: Node, before: Type | None, found: Type) -> Type:
        """The type of the elements so far and one more."""
        if before is None:
            return found
        if self._fits([before], [found]):
            return most_general(before, found)
        return self._mismatch(node.offset, before, found)

    def _map(self, node: MapLiteral) -> Type:
        key: Type | None = None
        value: Type | None = None
        for entry in node.entries:
            key = self._join(entry.key, key, self.check(entry.key))
            found = self.check(entry.value)
            if entry.optional:
                found = self._unwrapped(entry.value, found)
            value = self._join(entry.value, value, found)
        if key is None or value is None:
            return map_of(self._new_parameter(), self._new_parameter())
        return map_of(key, value)

    def _struct(self, node: StructLiteral) -> Type:
        found = self._lookup(node.name)
        if found is None:
            result = self._issue(node.offset, f"undeclared reference to '{node.name}' (in container '')")
            for entry in node.entries:
                self.check(entry.value)
            return result
        some = found[0].parameters[0] if found[1] else None
        if some is None:
            self._issue(node.offset, f"'{found[0]}' is not a type")
        elif some.kind is not Kind.STRUCT:
            self._issue(node.offset, f"'{some}' is not a message type")
            some = None
        node.name = node.name.removeprefix(".")
        for entry in node.entries:
            self._struct_field(entry, some)
        return some or ERROR

    def _struct_field(self, entry: Entry, owner: Type | None) -> None:
        value = self.check(entry.value)
        wanted: Type | None = ERROR
        if owner is not None:
            wanted = self._provider.field(owner.name, entry.key)
            if wanted is None:
                wanted = self._issue(entry.offset, f"undefined field '{entry.key}'")
        assert wanted is not None
        if entry.optional:
            value = self._unwrapped(entry.value, value)
        if not self._fits([wanted], [value]):
            message = f"expected type of field '{entry.key}' is '{wanted}' but provided type is '{self._shown(value)}'"
            self._issue(entry.offset, message)

    def _comprehension(self, node: Comprehension) -> Type:
        of = substitute(self._known, self.check(node.range), free_is_dyn=False)
        accumulator = self.check(node.initial)
        outer = self._scope
        self._scope = outer.new_child({node.accumulator: accumulator})
        first, second = self._variables(node, of)
        self._scope = self._scope.new_child({node.variable: first})
        if node.variable2:
            self._scope[node.variable2] = second
        self._assert(node.condition, BOOL)
        self._assert(node.step, accumulator)
        self._scope = self._scope.parents
        result = self.check(node.result)
        self._scope = outer
        return substitute(self._known, result, free_is_dyn=False)

    def _variables(self, node: Comprehension, of: Type) -> tuple[Type, Type]:
        match of.kind:
            case Kind.LIST:
                return (INT, of.parameters[0]) if node.variable2 else (of.parameters[0], ERROR)
            case Kind.MAP:
                return of.parameters[0], of.parameters[1]
            case Kind.DYN | Kind.ERROR | Kind.PARAMETER:
                self._fits([DYN], [of])
                return DYN, DYN
        self._issue(
            node.range.offset,
            f"expression of type '{self._shown(of)}' cannot be range of a comprehension "
            "(must be list, map, or dynamic)",
        )
        return ERROR, ERROR

    def _assert(self, node: Node, wanted: Type) -> None:
        found = self.check(node)
        if not self._fits([wanted], [found]):
            self._mismatch(node.offset, wanted, found)


def _parameters(some: Type) -> list[str]:
    if some.kind is Kind.PARAMETER:
        return [some.name]
    return [name for part in some.parameters for name in _parameters(part)]
