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

from collections.abc import Callable, Mapping, Sequence
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
from pybernetes.apiserver.cel.errors import CostExceeded, EvaluationError, ProgramError, no_such_overload
from pybernetes.apiserver.cel.functions import Overload
from pybernetes.apiserver.cel.operators import index, key_text, map_insert, optional_index
from pybernetes.apiserver.cel.types import Kind, Type, TypeProvider
from pybernetes.apiserver.cel.values import NONE, Optional, contains, optional, type_value

Frame = list[Any]
Run = Callable[[Frame], Any]
Compiled = tuple[Run, int]  # what to run, and what it costs in any case

_COST, _LIMIT, _FIRST = 0, 1, 2
_LIST_COST, _MAP_COST, _STRUCT_COST = 10, 30, 40
_UNBOUND = object()
_LOOK_THEMSELVES = frozenset(f"pybernetes.apiserver.cel.{name}" for name in ("operators", "values", "conversions"))


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
            if frame[_COST] > limit:
                raise CostExceeded
        except EvaluationError as error:
            error.cost = frame[_COST]
            raise
        except RecursionError:
            raise EvaluationError("expression is nested too deeply") from None
        return value, frame[_COST]


def _charge(frame: Frame, cost: int) -> None:
    frame[_COST] += cost
    if frame[_COST] > frame[_LIMIT]:
        raise CostExceeded


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
        place = _FIRST + self.globals.setdefault(name, len(self.globals))

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

        return select, cost + _step_cost(node.operand)

    # Calls

    def _call(self, node: Call) -> Compiled:
        match node.function:
            case "_&&_":
                return self._and(node)
            case "_||_":
                return self._or(node)
            case "_?_:_":
                return self._conditional(node)
            case "_?._":
                operand, cost = self.node(node.arguments[0])
                assert isinstance(node.arguments[1], Literal)
                field = node.arguments[1].value
                return (lambda frame: optional_field(operand(frame), field)), cost + _step_cost(node.arguments[0])
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
        certain = all(_is_certain(part.type) for part in parts)
        if (len(node.overloads) == 1 and certain) or _agree(node.overloads):
            return _direct(node.overloads[0], runs, fixed)
        return _dispatched(node.overloads, runs), fixed

    def _index(self, node: Call) -> Compiled:
        """A step of a path, like a field: a place that is a path itself costs only its steps."""
        (operand, cost), (place, place_cost) = map(self.node, node.arguments)
        if _is_path(node.arguments[1]):
            place_cost -= 1
        function = index if node.function == "_[_]" else optional_index
        fixed = cost + place_cost + _step_cost(node.arguments[0])
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

    def _and(self, node: Call) -> Compiled:
        left, fixed = self.node(node.arguments[0])
        right, more = self.node(node.arguments[1])

        def both(frame: Frame) -> bool:
            try:
                first = left(frame)
            except CostExceeded:
                raise
            except EvaluationError:
                frame[_COST] += more
                if right(frame) is False:
                    return False
                raise
            if first is False:
                return False
            frame[_COST] += more
            second = right(frame)
            if second is False or (first is True and second is True):
                return second is True
            raise no_such_overload()

        return both, fixed

    def _or(self, node: Call) -> Compiled:
        left, fixed = self.node(node.arguments[0])
        right, more = self.node(node.arguments[1])

        def either(frame: Frame) -> bool:
            try:
                first = left(frame)
            except CostExceeded:
                raise
            except EvaluationError:
                frame[_COST] += more
                if right(frame) is True:
                    return True
                raise
            if first is True:
                return True
            frame[_COST] += more
            second = right(frame)
            if second is True or (first is False and second is False):
                return second is True
            raise no_such_overload()

        return either, fixed

    def _conditional(self, node: Call) -> Compiled:
        (test, fixed), (yes, yes_cost), (no, no_cost) = map(self.node, node.arguments)
        yes_cost -= _is_path(node.arguments[1])
        no_cost -= _is_path(node.arguments[2])

        def choose(frame: Frame) -> Any:
            chosen = test(frame)
            if chosen is True:
                frame[_COST] += yes_cost
                return yes(frame)
            if chosen is False:
                frame[_COST] += no_cost
                return no(frame)
            raise no_such_overload()

        return choose, fixed

    def _alternative(self, node: Call) -> Compiled:
        """``a.or(b)`` and ``a.orValue(b)``: b is looked at only when a is missing."""
        assert node.target is not None
        first, fixed = self.node(node.target)
        second, more = self.node(node.arguments[0])
        wants_value = node.function == "orValue"

        def choose(frame: Frame) -> Any:
            found = first(frame)
            if type(found) is not Optional:
                raise no_such_overload()
            if found.present:
                return found.value if wants_value else found
            frame[_COST] += more
            return second(frame)

        return choose, fixed

    # Literals

    def _list(self, node: ListLiteral) -> Compiled:
        compiled = [self.node(item) for item in node.elements]
        fixed = _LIST_COST + sum(cost for _, cost in compiled)
        runs = [run for run, _ in compiled]
        if not node.optional:
            return (lambda frame: [run(frame) for run in runs]), fixed
        marked = [(run, place in node.optional) for place, run in enumerate(runs)]

        def make(frame: Frame) -> list[Any]:
            result = []
            for run, may_miss in marked:
                value = run(frame)
                if not may_miss:
                    result.append(value)
                elif _held(value).present:
                    result.append(value.value)
            return result

        return make, fixed

    def _map(self, node: MapLiteral) -> Compiled:
        rows = [(self.node(entry.key), self.node(entry.value), entry.optional) for entry in node.entries]
        fixed = _MAP_COST + sum(key[1] + value[1] for key, value, _ in rows)
        entries = [(key[0], value[0], may_miss) for key, value, may_miss in rows]

        def make(frame: Frame) -> dict[Any, Any]:
            result: dict[Any, Any] = {}
            for run_key, run_value, may_miss in entries:
                key, value = run_key(frame), run_value(frame)
                if may_miss:
                    if not _held(value).present:
                        continue
                    value = value.value
                if key in result:
                    raise EvaluationError(f"Failed with repeated key: {key_text(key)}")
                result[key] = value
            return result

        return make, fixed

    def _struct(self, node: StructLiteral) -> Compiled:
        rows = [(entry.key, self.node(entry.value), entry.optional) for entry in node.entries]
        fixed = _STRUCT_COST + sum(value[1] for _, value, _ in rows)
        entries = [(name, value[0], may_miss) for name, value, may_miss in rows]
        provider, name = self._provider, node.name

        def make(frame: Frame) -> Any:
            fields: dict[str, Any] = {}
            for field, run, may_miss in entries:
                value = run(frame)
                if may_miss:
                    if not _held(value).present:
                        continue
                    value = value.value
                fields[field] = value
            return provider.make(name, fields)

        return make, fixed

    # Folds

    def _comprehension(self, node: Comprehension) -> Compiled:
        over, range_cost = self.node(node.range)
        initial, initial_cost = self._initial(node.initial)
        accumulator = self._local()
        self._scopes.append({node.accumulator: accumulator})
        first, second = self._local(), self._local() if node.variable2 else 0
        self._scopes.append({node.variable: first, **({node.variable2: second} if second else {})})
        if node.accumulator == ACCUMULATOR and _is_quantifier(node.condition):
            loop, loop_cost = self._quantifier(node, first, second)
        else:
            loop, loop_cost = self._fold(node, accumulator, first, second)
        self._scopes.pop()
        result, result_cost = self.node(node.result)
        self._scopes.pop()
        self._locals -= 3 if second else 2

        def fold(frame: Frame) -> Any:
            frame[-accumulator] = initial(frame)
            loop(frame, over(frame), accumulator)
            return result(frame)

        return fold, range_cost + initial_cost + result_cost + loop_cost

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

    def _quantifier(
        self, node: Comprehension, first: int, second: int
    ) -> tuple[Callable[[Frame, Any, int], None], int]:
        """``all`` and ``exists``: an error counts only when no other element decides."""
        _, condition_cost = self.node(node.condition)
        assert isinstance(node.step, Call)
        test, test_cost = self.node(node.step.arguments[1])
        each = condition_cost + 1 + test_cost
        decides = node.step.function == "_||_"

        def loop(frame: Frame, over: Any, accumulator: int) -> None:
            pending: EvaluationError | None = None
            left = len(over) if isinstance(over, list | dict) else 0
            for element in _elements(over, pairs=bool(second)):
                left -= 1
                _charge(frame, each)
                if second:
                    frame[-first], frame[-second] = element
                else:
                    frame[-first] = element
                try:
                    found = test(frame)
                except CostExceeded:
                    raise
                except EvaluationError as error:
                    pending = pending or error
                    continue
                if found is decides:
                    frame[-accumulator] = decides
                    if left:
                        _charge(frame, condition_cost)
                    return
                if found is not (not decides):
                    pending = pending or no_such_overload()
            if pending is not None:
                raise pending

        return loop, 0

    def _fold(
        self, node: Comprehension, accumulator: int, first: int, second: int
    ) -> tuple[Callable[[Frame, Any, int], None], int]:
        condition, condition_cost = self.node(node.condition)
        step, step_cost = self._gathering(node.step, node, accumulator)
        each = condition_cost + step_cost
        always = isinstance(node.condition, Literal) and node.condition.value is True

        def loop(frame: Frame, over: Any, accumulator: int) -> None:
            for element in _elements(over, pairs=bool(second)):
                _charge(frame, each)
                if second:
                    frame[-first], frame[-second] = element
                else:
                    frame[-first] = element
                if not always and condition(frame) is not True:
                    return
                frame[-accumulator] = step(frame)

        return loop, 0

    def _gathering(self, step: Node, node: Comprehension, accumulator: int) -> Compiled:
        """The step of a fold. What adds to a list or a map that the fold itself has begun adds in place."""
        if not isinstance(step, Call) or not isinstance(node.initial, ListLiteral | MapLiteral):
            return self.node(step)
        if step.function == "_?_:_":
            test, fixed = self.node(step.arguments[0])
            more, more_cost = self._gathering(step.arguments[1], node, accumulator)
            return _conditional_gathering(test, more, more_cost, accumulator), fixed
        if step.function == "_+_" and isinstance(step.arguments[1], ListLiteral):
            value, cost = self.node(step.arguments[1].elements[0])

            def append(frame: Frame) -> Any:
                frame[-accumulator].append(value(frame))
                return frame[-accumulator]

            return append, cost + _LIST_COST + 2
        if step.function == "cel.@mapInsert":
            compiled = [self.node(part) for part in step.arguments[1:]]
            runs = [run for run, _ in compiled]

            def insert(frame: Frame) -> Any:
                more = [run(frame) for run in runs]
                target = frame[-accumulator]
                target.update(_new_entries(target, more))
                return target

            return insert, 2 + sum(cost for _, cost in compiled)
        return self.node(step)


def _conditional_gathering(test: Run, more: Run, more_cost: int, accumulator: int) -> Run:
    def gather(frame: Frame) -> Any:
        chosen = test(frame)
        if chosen is True:
            frame[_COST] += more_cost
            return more(frame)
        if chosen is False:
            return frame[-accumulator]
        raise no_such_overload()

    return gather


def _new_entries(target: dict[Any, Any], more: list[Any]) -> dict[Any, Any]:
    entries = more[0] if len(more) == 1 else {more[0]: more[1]}
    for key in entries:
        if key in target:
            map_insert(target, key, None)  # raises
    return dict(entries)


def _is_quantifier(condition: Node) -> bool:
    return isinstance(condition, Call) and condition.function == "@not_strictly_false"


def _elements(over: Any, *, pairs: bool) -> Any:
    """What a loop goes through: elements or keys; with `pairs` also places or values."""
    if isinstance(over, list):
        return enumerate(over) if pairs else over
    if isinstance(over, dict):
        return over.items() if pairs else over
    raise no_such_overload()


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


def _is_path(node: Node) -> bool:
    """Whether it is a variable with fields and places behind it, or a choice, which is looked at like one."""
    if isinstance(node, Select):
        return not node.test_only
    if isinstance(node, Call):
        return node.function in ("_[_]", "_[?_]", "_?._")
    return isinstance(node, Ident) and node.named is None


def _step_cost(operand: Node) -> int:
    """What a field or a place costs: one, and one more where a path begins with it."""
    begins = not (_is_path(operand) or (isinstance(operand, Call) and operand.function == "_?_:_"))
    return 2 if begins else 1


def _is_certain(some: Type) -> bool:
    """Whether values of the type are of one kind for sure."""
    return some.kind not in (Kind.DYN, Kind.PARAMETER, Kind.ERROR)


def _agree(overloads: Sequence[Overload]) -> bool:
    """Whether it does not matter which overload runs: all are one function, which looks at the values itself."""
    if len({(overload.run, overload.cost) for overload in overloads}) != 1:
        return False
    return getattr(overloads[0].run, "__module__", "") in _LOOK_THEMSELVES


def _direct(overload: Overload, runs: list[Run], fixed: int) -> Compiled:
    """A call whose overload is known."""
    function, cost = overload.run, overload.cost
    if cost is not None:
        return _costed(function, cost, runs), fixed
    if len(runs) == 1:
        (only,) = runs
        return (lambda frame: function(only(frame))), fixed + 1
    if len(runs) == 2:
        left, right = runs
        return (lambda frame: function(left(frame), right(frame))), fixed + 1
    return (lambda frame: function(*[run(frame) for run in runs])), fixed + 1


def _costed(function: Callable[..., Any], cost: Callable[[Sequence[Any], Any], int], runs: list[Run]) -> Run:
    def call(frame: Frame) -> Any:
        values = [run(frame) for run in runs]
        result = function(*values)
        _charge(frame, cost(values, result))
        return result

    return call


def _dispatched(overloads: Sequence[Overload], runs: list[Run]) -> Run:
    """A call whose overload the values decide."""

    def call(frame: Frame) -> Any:
        values = [run(frame) for run in runs]
        for overload in overloads:
            if overload.takes(values):
                result = overload.run(*values)
                _charge(frame, 1 if overload.cost is None else overload.cost(values, result))
                return result
        raise no_such_overload()

    return call


def _held(value: Any) -> Optional:
    if type(value) is not Optional:
        raise no_such_overload()
    return value


def field_of(value: Any, field: str) -> Any:
    """A field of something that is no plain map."""
    if isinstance(value, dict):
        if field not in value:
            raise EvaluationError(f"no such key: {field}")
        return value[field]
    if type(value) is Optional:
        return optional_field(value, field)
    read: Callable[[str], Any] | None = getattr(value, "cel_field", None)
    if read is None:
        raise no_such_overload()
    return read(field)


def has_field(value: Any, field: str) -> bool:
    if isinstance(value, dict):
        return field in value
    if type(value) is Optional:
        return value.present and has_field(value.value, field)
    test: Callable[[str], bool] | None = getattr(value, "cel_has", None)
    if test is None:
        raise no_such_overload()
    return test(field)


def optional_field(value: Any, field: str) -> Optional:
    """The field, if it is there."""
    if type(value) is Optional:
        if not value.present:
            return NONE
        value = value.value
    return optional(field_of(value, field)) if has_field(value, field) else NONE
