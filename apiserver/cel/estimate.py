"""What an expression costs at most, before it runs: from the sizes that its inputs can have.

The caller tells how large an input can be, by the path it is reached at from a variable: field names, ``@items``,
``@keys`` and ``@values``. Rules of a schema are accepted or refused by what comes out here, so it is the arithmetic
of cel-go to the last unit, quirks included.

Counterparts: cel-go/checker/cost.go; apiserver/pkg/cel/library/cost.go is in `function_costs`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce

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
from pybernetes.apiserver.cel.function_costs import Argument, library_cost
from pybernetes.apiserver.cel.functions import REGEX, TRAVERSAL
from pybernetes.apiserver.cel.sizes import LARGEST, NOTHING, ONE, UNKNOWN, Range, exactly
from pybernetes.apiserver.cel.types import Kind, Type, unwrap_optional

SizeOfPath = Callable[[tuple[str, ...]], Range | None]

_LIST, _MAP, _STRUCT = exactly(10), exactly(30), exactly(40)
_SCALARS = (Kind.BOOL, Kind.DOUBLE, Kind.DURATION, Kind.INT, Kind.TIMESTAMP, Kind.UINT)
_COMPARISONS = frozenset(
    f"{name}_{of}" for name in ("less", "greater", "less_equals", "greater_equals") for of in ("string", "bytes")
) | {"equals", "not_equals"}


def estimate(tree: Node, size_of_path: SizeOfPath) -> Range:
    """The least and the most that a checked expression can cost."""
    return _Estimate(size_of_path).cost(tree)


@dataclass(slots=True)
class _Entries:
    """How large the keys and the values of a container are."""

    is_list: bool
    key: Range
    value: Range


@dataclass(slots=True)
class _Local:
    path: tuple[str, ...]
    size: Range | None = None
    entries: _Entries | None = None


def _total(costs: Sequence[Range]) -> Range:
    return reduce(Range.plus, costs, NOTHING)


class _Estimate:
    def __init__(self, size_of_path: SizeOfPath):
        self._size_of_path = size_of_path
        self._paths: dict[Node, tuple[str, ...]] = {}
        self._sizes: dict[Node, Range] = {}
        self._entries: dict[Node, _Entries] = {}
        self._locals: dict[str, list[_Local]] = {}

    def cost(self, node: Node) -> Range:
        match node:
            case Literal():
                return NOTHING
            case Ident():
                local = self._local(node.name)
                self._paths[node] = local.path if local else (node.name,)
                return ONE
            case Select():
                return self._select(node)
            case Call():
                return self._call(node)
            case ListLiteral():
                return self._list(node)
            case MapLiteral():
                return self._map(node)
            case StructLiteral():
                return _total([self.cost(entry.value) for entry in node.entries]).plus(_STRUCT)
            case Comprehension():
                return self._bind(node) if _is_bind(node) else self._comprehension(node)
        raise TypeError(f"no such node: {node}")

    # Sizes and paths

    def _local(self, name: str) -> _Local | None:
        found = self._locals.get(name)
        return found[-1] if found else None

    def _path(self, node: Node) -> tuple[str, ...]:
        if isinstance(node, Ident) and (local := self._local(node.name)) is not None:
            return local.path
        return self._paths.get(node, ())

    def _size(self, node: Node) -> Range | None:
        if node in self._sizes:
            return self._sizes[node]
        written = _written_size(node)
        if written is not None:
            return written
        path = self._path(node)
        told = self._size_of_path(path) if path else None
        if told is not None:
            self._sizes[node] = told
            return told
        if _is_scalar(node.type):
            return ONE
        if isinstance(node, Ident) and (local := self._local(node.name)) is not None:
            return local.size
        return None

    def _size_or_unknown(self, node: Node) -> Range:
        size = self._size(node)
        return UNKNOWN if size is None else size

    def _entries_of(self, node: Node) -> _Entries | None:
        if node in self._entries:
            return self._entries[node]
        local = self._local(node.name) if isinstance(node, Ident) else None
        return local.entries if local is not None else None

    def _keep_entries(self, node: Node, entries: _Entries | None) -> None:
        if entries is not None:
            self._entries[node] = entries

    # Nodes

    def _select(self, node: Select) -> Range:
        if not node.field:
            return self.cost(node.operand)
        cost = self.cost(node.operand)
        if node.test_only:
            return cost
        if node.operand.type.kind in (Kind.MAP, Kind.STRUCT, Kind.PARAMETER):
            cost = cost.plus(ONE)
        self._paths[node] = (*self._path(node.operand), node.field)
        return cost

    def _list(self, node: ListLiteral) -> Range:
        cost, size = _LIST, Range(LARGEST if node.elements else 0, 0)
        for element in node.elements:
            cost = cost.plus(self.cost(element))
            size = size.around(self._size_or_unknown(element))
        self._entries[node] = _Entries(True, ONE, size)
        return cost

    def _map(self, node: MapLiteral) -> Range:
        low = LARGEST if node.entries else 0
        cost, key, value = _MAP, Range(low, 0), Range(low, 0)
        for entry in node.entries:
            cost = cost.plus(self.cost(entry.key)).plus(self.cost(entry.value))
            key = key.around(self._size_or_unknown(entry.key))
            value = value.around(self._size_or_unknown(entry.value))
        self._entries[node] = _Entries(False, key, value)
        return cost

    def _bind(self, node: Comprehension) -> Range:
        cost = self.cost(node.range).plus(self.cost(node.initial))
        local = _Local(self._path(node.initial), self._size(node.initial), self._entries_of(node.initial))
        self._locals.setdefault(node.accumulator, []).append(local)
        cost = cost.plus(self.cost(node.result))
        self._locals[node.accumulator].pop()
        self._copy_sizes(node, node.result)
        return cost

    def _copy_sizes(self, node: Node, source: Node) -> None:
        size = self._size(source)
        if size is not None:
            self._sizes[node] = size
        self._keep_entries(node, self._entries_of(source))

    def _comprehension(self, node: Comprehension) -> Range:
        cost = self.cost(node.range).plus(self.cost(node.initial))
        local = _Local(self._path(node.initial), self._size(node.initial), self._entries_of(node.initial))
        self._locals.setdefault(node.accumulator, []).append(local)
        names = self._push_variables(node)
        each = self.cost(node.condition).plus(self.cost(node.step))
        for name in names:
            self._locals[name].pop()
        cost = cost.plus(self.cost(node.result))
        self._locals[node.accumulator].pop()
        times = self._size_or_unknown(node.range)
        if isinstance(node.initial, Literal):
            size = self._size(node.initial)
            if size is not None:
                self._sizes[node] = size
        elif isinstance(node.initial, ListLiteral | MapLiteral):
            self._sizes[node] = times
            self._keep_entries(node, self._entries_of(node.step))
        return cost.plus(times.times(each))

    def _push_variables(self, node: Comprehension) -> list[str]:
        entries, path = self._entries_of(node.range), self._path(node.range)
        is_list = entries.is_list if entries is not None else node.range.type.kind is Kind.LIST
        key = _Local((*path, "@indices" if is_list else "@keys"), entries.key if entries else None)
        value = _Local((*path, "@items" if is_list else "@values"), entries.value if entries else None)
        if node.variable2:
            self._locals.setdefault(node.variable, []).append(key)
            self._locals.setdefault(node.variable2, []).append(value)
            return [node.variable, node.variable2]
        self._locals.setdefault(node.variable, []).append(value if is_list else key)
        return [node.variable]

    # Calls

    def _call(self, node: Call) -> Range:
        if node.function == "dyn":
            cost = ONE.plus(self.cost(node.arguments[0]))
            self._copy_sizes(node, node.arguments[0])
            return cost
        costs = [self.cost(argument) for argument in node.arguments]
        base = self.cost(node.target) if node.target is not None else NOTHING
        identifiers = [overload.identifier for overload in node.overloads] or ["select_optional_field"]
        total, size = Range(LARGEST, 0), None
        for identifier in identifiers:
            cost, result = self._function(node, identifier, costs)
            total = total.around(cost)
            if result is not None:
                size = result if size is None else size.around(result)
            if identifier in ("index_list", "index_map") and node.arguments:
                entries = self._entries_of(node.arguments[0])
                size = entries.value if entries is not None else None
                step = "@items" if identifier == "index_list" else "@values"
                self._paths[node] = (*self._path(node.arguments[0]), step)
            if size is None:
                size = self._size(node)
        if size is not None:
            self._sizes[node] = size
        return base.plus(total)

    def _argument(self, node: Node) -> Argument:
        path = self._path(node)
        if path and path[0] in (ACCUMULATOR, "__result__"):
            path = ()
        return Argument(node, path, node.type, self._size(node))

    def _function(self, node: Call, identifier: str, costs: Sequence[Range]) -> tuple[Range, Range | None]:
        """What one overload costs with its arguments, and how large its result is where that is known."""
        arguments = [self._argument(argument) for argument in node.arguments]
        target = self._argument(node.target) if node.target is not None else None
        found = library_cost(node.function, identifier, target, arguments, self._size_of_path)
        if found is not None:
            return found[0].plus(_total(costs)), found[1]
        special = self._standard(node, identifier, costs)
        return special if special is not None else (ONE.plus(_total(costs)), None)

    def _standard(self, node: Call, identifier: str, costs: Sequence[Range]) -> tuple[Range, Range | None] | None:
        rest, size = _total(costs), self._size_or_unknown
        arguments = node.arguments
        match identifier:
            case "string_format" if node.target is not None:
                return size(node.target).scaled(TRAVERSAL).plus(rest), UNKNOWN
            case "string_to_bytes":
                given = size(arguments[0])
                return given.scaled(TRAVERSAL).plus(rest), Range(given.low, min(given.high * 4, LARGEST))
            case "bytes_to_string":
                given = size(arguments[0])
                return given.scaled(TRAVERSAL).plus(rest), Range(given.low // 4, given.high)
            case "strings_quote":
                given = size(arguments[0])
                return given.scaled(TRAVERSAL).plus(rest), Range(given.low + 2, min(given.high * 2 + 2, LARGEST))
            case "starts_with_string" | "ends_with_string":
                return size(arguments[0]).scaled(TRAVERSAL).plus(rest), None
            case "in_list":
                return size(arguments[1]).scaled(1).plus(rest), None
            case "matches_string" if node.target is not None:
                text = size(node.target).plus(ONE).scaled(TRAVERSAL)
                return text.times(size(arguments[0]).scaled(REGEX)).plus(rest), None
            case "contains_string" if node.target is not None:
                text = size(node.target).scaled(TRAVERSAL)
                return text.times(size(arguments[0]).scaled(TRAVERSAL)).plus(rest), None
            case "logical_and" | "logical_or":
                return Range(costs[0].low, costs[0].plus(costs[1]).high), None
            case "conditional":
                return self._conditional(node, costs)
            case "add_string" | "add_bytes" | "add_list":
                return self._addition(node, identifier, rest)
        if identifier in _COMPARISONS:
            high = min(size(arguments[0]).high, size(arguments[1]).high)
            return Range(1 if high > 0 else 0, high).scaled(TRAVERSAL).plus(rest), None
        return None

    def _conditional(self, node: Call, costs: Sequence[Range]) -> tuple[Range, Range | None]:
        _, yes, no = node.arguments
        mine, yours = self._entries_of(yes), self._entries_of(no)
        self._keep_entries(node, _joined(mine, yours))
        size = self._size_or_unknown(yes).around(self._size_or_unknown(no))
        return costs[0].plus(costs[1].around(costs[2])), size

    def _addition(self, node: Call, identifier: str, rest: Range) -> tuple[Range, Range | None]:
        left, right = node.arguments
        size = self._size_or_unknown(left).plus(self._size_or_unknown(right))
        self._keep_entries(node, _joined(self._entries_of(left), self._entries_of(right)))
        own = ONE if identifier == "add_list" else size.scaled(TRAVERSAL)
        return own.plus(rest), size


def _joined(one: _Entries | None, other: _Entries | None) -> _Entries | None:
    if one is None or other is None:
        return None
    return _Entries(one.is_list, one.key.around(other.key), one.value.around(other.value))


def _written_size(node: Node) -> Range | None:
    """The size of what is written out."""
    match node:
        case Literal():
            return exactly(len(node.value)) if isinstance(node.value, str | bytes) else ONE
        case ListLiteral():
            return exactly(len(node.elements))
        case MapLiteral():
            return exactly(len(node.entries))
    return None


def _is_scalar(some: Type) -> bool:
    inner, is_optional = unwrap_optional(some)
    return _is_scalar(inner) if is_optional else some.kind in _SCALARS


def _is_bind(node: Comprehension) -> bool:
    return (
        isinstance(node.range, ListLiteral)
        and not node.range.elements
        and isinstance(node.condition, Literal)
        and node.condition.value is False
        and node.accumulator != ACCUMULATOR
    )
