"""A checked expression as something that runs: each node becomes a function of the frame.

The frame is a list: the cost so far, the most that it may be, and the variables. What a node costs in any case is
added up while compiling and charged where control divides: at the start, in a branch, for each element of a loop. What
depends on the values is charged by the call itself. So a frame's cost is the one that cel-go would have counted when
all that it evaluates has been evaluated.

Errors are exceptions, except where the language says that an error may not matter: ``&&``, ``||`` and the macros made
of them look at the other side first.

Counterpart: cel-go/interpreter.
"""

from __future__ import annotations

from collections.abc import Mapping
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
    StructLiteral,
)
from pybernetes.apiserver.cel.branches import alternative, both, choice, either
from pybernetes.apiserver.cel.calls import agree, direct, dispatched, is_certain
from pybernetes.apiserver.cel.constants import constant, is_path, step_cost
from pybernetes.apiserver.cel.errors import CostExceeded, EvaluationError
from pybernetes.apiserver.cel.fields import field_of, has_field, optional_field
from pybernetes.apiserver.cel.folds import Loop, appending, conditional_step, gathering, inserting, quantifier
from pybernetes.apiserver.cel.frame import COST, FIRST_VARIABLE, Compiled, Frame, Run
from pybernetes.apiserver.cel.making import list_maker, map_maker, object_maker
from pybernetes.apiserver.cel.operators import index, optional_index
from pybernetes.apiserver.cel.types import TypeProvider
from pybernetes.apiserver.cel.values import contains

_LIST_COST, _MAP_COST, _STRUCT_COST = 10, 30, 40
_UNBOUND = object()


class Program:
    """Evaluates one expression. `type` is what it gives; `variables` what it reads."""

    def __init__(self, source: str, tree: Node, provider: TypeProvider):
        self.source, self.type, self.tree = source, tree.type, tree
        compiler = _Compiler(provider)
        self._run, self._fixed = compiler.node(tree)
        self.variables = tuple(compiler.globals)
        self._slots = compiler.slots

    def evaluate(self, bindings: Mapping[str, Any], limit: int) -> tuple[Any, int]:
        """The value, and what it cost. Raises `EvaluationError`, which has the cost too, and `CostExceeded`."""
        frame: Frame = [self._fixed, limit, *(bindings.get(name, _UNBOUND) for name in self.variables)]
        frame += [None] * (self._slots - len(self.variables))
        try:
            value = self._run(frame)
            if frame[COST] > limit:
                raise CostExceeded
        except EvaluationError as error:
            error.cost = frame[COST]
            raise
        except RecursionError:
            raise EvaluationError("expression is nested too deeply") from None
        return value, frame[COST]


def _local(place: int) -> Run:
    """Reads a variable of a loop. They stand at the end, since how many globals there are is known last."""
    return lambda frame: frame[-place]


class _Compiler:
    def __init__(self, provider: TypeProvider):
        self._provider = provider
        self.globals: dict[str, int] = {}
        self._scopes: list[dict[str, int]] = []
        self._locals = 0
        self._most_locals = 0

    @property
    def slots(self) -> int:
        return len(self.globals) + self._most_locals

    def node(self, node: Node) -> Compiled:
        known = constant(node)
        if known is not None:
            (value,) = known
            return (lambda frame: value), 0
        match node:
            case Ident():
                return self._ident(node)
            case Select():
                return self._select(node)
            case Call():
                return self._call(node)
            case ListLiteral():
                return self._list(node)
            case MapLiteral():
                return self._map(node)
            case StructLiteral():
                return self._struct(node)
            case Comprehension():
                return self._comprehension(node)
        raise TypeError(f"no such node: {node}")

    # Names and fields

    def _ident(self, node: Ident) -> Compiled:
        name = node.name.removeprefix(".")
        for scope in reversed(self._scopes):
            if name in scope:
                return _local(scope[name]), 1
        place = FIRST_VARIABLE + self.globals.setdefault(name, len(self.globals))

        def read(frame: Frame) -> Any:
            value = frame[place]
            if value is _UNBOUND:
                raise EvaluationError(f"no such attribute(s): {name}")
            return value

        return read, 1

    def _select(self, node: Select) -> Compiled:
        operand, cost = self.node(node.operand)
        field = node.field
        if not field:
            return operand, cost
        if node.test_only:
            return (lambda frame: has_field(operand(frame), field)), cost

        def select(frame: Frame) -> Any:
            value = operand(frame)
            if isinstance(value, dict):
                try:
                    return value[field]
                except KeyError:
                    raise EvaluationError(f"no such key: {field}") from None
            return field_of(value, field)

        return select, cost + step_cost(node.operand)

    # Calls

    def _call(self, node: Call) -> Compiled:
        match node.function:
            case "_&&_" | "_||_":
                return self._two_sides(node)
            case "_?_:_":
                return self._choice(node)
            case "_?._":
                operand, cost = self.node(node.arguments[0])
                assert isinstance(node.arguments[1], Literal)
                field = node.arguments[1].value
                return (lambda frame: optional_field(operand(frame), field)), cost + step_cost(node.arguments[0])
            case "_[_]" | "_[?_]":
                return self._index(node)
            case "@in" if constant(node.arguments[1]) is not None and isinstance(node.arguments[1], ListLiteral):
                return self._member_of_constant(node)
            case "or" | "orValue" if node.target is not None and len(node.arguments) == 1:
                return self._alternative(node)
        parts = [*([node.target] if node.target is not None else []), *node.arguments]
        compiled = [self.node(part) for part in parts]
        fixed = sum(cost for _, cost in compiled)
        runs = [run for run, _ in compiled]
        certain = all(is_certain(part.type) for part in parts)
        if (len(node.overloads) == 1 and certain) or agree(node.overloads):
            return direct(node.overloads[0], runs, fixed)
        return dispatched(node.overloads, runs), fixed

    def _index(self, node: Call) -> Compiled:
        """A step of a path, like a field: a place that is a path itself costs only its steps."""
        (operand, cost), (place, place_cost) = map(self.node, node.arguments)
        if is_path(node.arguments[1]):
            place_cost -= 1
        function = index if node.function == "_[_]" else optional_index
        fixed = cost + place_cost + step_cost(node.arguments[0])
        return (lambda frame: function(operand(frame), place(frame))), fixed

    def _member_of_constant(self, node: Call) -> Compiled:
        """Whether a value is in a list that is written out: looked up, which counts for nothing."""
        value, cost = self.node(node.arguments[0])
        known = constant(node.arguments[1])
        assert known is not None
        (items,) = known
        texts = frozenset(item for item in items if type(item) is str)
        others = [item for item in items if type(item) is not str]

        def test(frame: Frame) -> bool:
            found = value(frame)
            return found in texts if type(found) is str else contains(others, found)

        return test, cost

    def _two_sides(self, node: Call) -> Compiled:
        left, fixed = self.node(node.arguments[0])
        right, more = self.node(node.arguments[1])
        return (both if node.function == "_&&_" else either)(left, right, more), fixed

    def _choice(self, node: Call) -> Compiled:
        (test, fixed), (yes, yes_cost), (no, no_cost) = map(self.node, node.arguments)
        yes_cost -= is_path(node.arguments[1])
        no_cost -= is_path(node.arguments[2])
        return choice(test, yes, yes_cost, no, no_cost), fixed

    def _alternative(self, node: Call) -> Compiled:
        assert node.target is not None
        first, fixed = self.node(node.target)
        second, more = self.node(node.arguments[0])
        return alternative(first, second, more, wants_value=node.function == "orValue"), fixed

    # Literals

    def _list(self, node: ListLiteral) -> Compiled:
        compiled = [self.node(item) for item in node.elements]
        elements = [(run, place in node.optional) for place, (run, _) in enumerate(compiled)]
        return list_maker(elements), _LIST_COST + sum(cost for _, cost in compiled)

    def _map(self, node: MapLiteral) -> Compiled:
        rows = [(self.node(entry.key), self.node(entry.value), entry.optional) for entry in node.entries]
        fixed = _MAP_COST + sum(key[1] + value[1] for key, value, _ in rows)
        return map_maker([(key[0], value[0], may_miss) for key, value, may_miss in rows]), fixed

    def _struct(self, node: StructLiteral) -> Compiled:
        rows = [(entry.key, self.node(entry.value), entry.optional) for entry in node.entries]
        fixed = _STRUCT_COST + sum(value[1] for _, value, _ in rows)
        entries = [(name, value[0], may_miss) for name, value, may_miss in rows]
        return object_maker(self._provider, node.name, entries), fixed

    # Folds

    def _comprehension(self, node: Comprehension) -> Compiled:
        over, range_cost = self.node(node.range)
        initial, initial_cost = self._initial(node.initial)
        accumulator = self._local()
        self._scopes.append({node.accumulator: accumulator})
        first, second = self._local(), self._local() if node.variable2 else 0
        self._scopes.append({node.variable: first, **({node.variable2: second} if second else {})})
        if node.accumulator == ACCUMULATOR and _is_quantifier(node.condition):
            loop = self._quantifier(node, first, second)
        else:
            loop = self._fold(node, accumulator, first, second)
        self._scopes.pop()
        result, result_cost = self.node(node.result)
        self._scopes.pop()
        self._locals -= 3 if second else 2

        def fold(frame: Frame) -> Any:
            elements = over(frame)  # first: a loop in it may use the same places
            frame[-accumulator] = initial(frame)
            loop(frame, elements, accumulator)
            return result(frame)

        return fold, range_cost + initial_cost + result_cost

    def _initial(self, node: Node) -> Compiled:
        """What a fold begins with: a list or a map is its own each time, since it is added to in place."""
        if isinstance(node, ListLiteral) and not node.elements:
            return (lambda frame: []), 0
        if isinstance(node, MapLiteral) and not node.entries:
            return (lambda frame: {}), 0
        return self.node(node)

    def _local(self) -> int:
        self._locals += 1
        self._most_locals = max(self._most_locals, self._locals)
        return self._locals

    def _quantifier(self, node: Comprehension, first: int, second: int) -> Loop:
        """``all`` and ``exists``: an error counts only when no other element decides."""
        _, condition_cost = self.node(node.condition)
        assert isinstance(node.step, Call)
        test, test_cost = self.node(node.step.arguments[1])
        each = condition_cost + 1 + test_cost
        decides = node.step.function == "_||_"

        return quantifier(test, each, condition_cost, first, second, decides=decides)

    def _fold(self, node: Comprehension, accumulator: int, first: int, second: int) -> Loop:
        condition, condition_cost = self.node(node.condition)
        step, step_cost = self._gathering(node.step, node, accumulator)
        each = condition_cost + step_cost
        always = isinstance(node.condition, Literal) and node.condition.value is True

        return gathering(None if always else condition, step, each, first, second)

    def _gathering(self, step: Node, node: Comprehension, accumulator: int) -> Compiled:
        """The step of a fold. What adds to a list or a map that the fold itself has begun adds in place."""
        if not isinstance(step, Call) or not isinstance(node.initial, ListLiteral | MapLiteral):
            return self.node(step)
        if step.function == "_?_:_":
            test, fixed = self.node(step.arguments[0])
            more, more_cost = self._gathering(step.arguments[1], node, accumulator)
            return conditional_step(test, more, more_cost, accumulator), fixed
        if step.function == "_+_" and isinstance(step.arguments[1], ListLiteral):
            value, cost = self.node(step.arguments[1].elements[0])

            return appending(value, accumulator), cost + _LIST_COST + 2
        if step.function == "cel.@mapInsert":
            compiled = [self.node(part) for part in step.arguments[1:]]
            return inserting([run for run, _ in compiled], accumulator), 2 + sum(cost for _, cost in compiled)
        return self.node(step)


def _is_quantifier(condition: Node) -> bool:
    return isinstance(condition, Call) and condition.function == "@not_strictly_false"
