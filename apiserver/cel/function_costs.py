"""What the functions of the libraries cost at most, by the sizes of what they are given.

Counterpart: EstimateCallCost of apiserver/pkg/cel/library/cost.go.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pybernetes.apiserver.cel.ast import Literal, Node
from pybernetes.apiserver.cel.functions import REGEX, TRAVERSAL
from pybernetes.apiserver.cel.sizes import LARGEST, ONE, UNKNOWN, Range, exactly
from pybernetes.apiserver.cel.types import Kind, Type

# A cost, and how large the result is where that is known.
Cost = tuple[Range, Range | None]
SizeOfPath = Callable[[tuple[str, ...]], Range | None]

_CHECK = exactly(350_000)
_MAKING = exactly(11)  # a call, and a new list
_ADDRESS_BYTES = Range(4, 16)
_FORMAT_PATTERN = 128
_REQUIREMENT_COST = 50.0  # a list and a struct for each requirement of a selector, which has two characters at least

_NOMINAL = frozenset(
    (
        *("serviceAccount", "path", "group", "resource", "subresource", "namespace", "name"),
        *("allowed", "reason", "error", "errored"),
        *("masked", "prefixLength", "family", "isUnspecified", "isLoopback", "isLinkLocalMulticast"),
        *("isLinkLocalUnicast", "isGlobalUnicast", "format.named"),
        *("sign", "asInteger", "isInteger", "asApproximateFloat", "isGreaterThan", "isLessThan", "compareTo"),
        *("add", "sub", "major", "minor", "patch"),
        *("getScheme", "getHostname", "getHost", "getPort", "getEscapedPath", "getQuery"),
    )
)
_ELEMENTS = frozenset(("isSorted", "sum", "max", "min", "indexOf", "lastIndexOf"))
_SIMPLE_EQUALITY = frozenset(
    (
        *("net.IP", "net.CIDR", "kubernetes.Quantity", "kubernetes.Semver"),
        *(f"kubernetes.authorization.{name}" for name in ("Authorizer", "PathCheck", "GroupCheck", "ResourceCheck")),
        "kubernetes.authorization.Decision",
    )
)


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument or a receiver, with its size where that is known."""

    node: Node | None
    path: tuple[str, ...]
    type: Type
    size: Range | None


def _sized(argument: Argument, size_of_path: SizeOfPath) -> Range:
    if argument.size is not None:
        return argument.size
    told = size_of_path(argument.path) if argument.path else None
    return UNKNOWN if told is None else told


def _element(of: Argument, size_of_path: SizeOfPath) -> Argument | None:
    """What a list holds; None for anything else."""
    if not of.type.parameters:
        return None
    path = (*of.path, "@items") if of.path else ()
    return Argument(None, path, of.type.parameters[0], None)


def library_cost(
    function: str, identifier: str, target: Argument | None, arguments: Sequence[Argument], size_of_path: SizeOfPath
) -> Cost | None:
    """The cost of a call without its arguments; None where there is nothing special about it."""

    def size(argument: Argument) -> Range:
        return _sized(argument, size_of_path)

    if function in _NOMINAL:
        return ONE, None
    if function in _ELEMENTS and target is not None:
        return _over_elements(target, size_of_path), None
    match function:
        case "check":
            return _CHECK, None
        case "fieldSelector" | "labelSelector" if len(arguments) == 1:
            length = size(arguments[0])
            requirements = length.scaled(0.5).scaled(_REQUIREMENT_COST)
            return exactly(10).plus(length.scaled(TRAVERSAL)).plus(requirements), None
        case "url" | "jsonpatch.escapeKey" if len(arguments) == 1:
            length = size(arguments[0])
            return length.scaled(TRAVERSAL), length
        case "lowerAscii" | "upperAscii" | "substring" | "trim" if target is not None:
            length = size(target)
            return length.scaled(TRAVERSAL), length
        case "replace" if target is not None and len(arguments) >= 2:
            length = size(target)
            return length.scaled(2 * TRAVERSAL), _replaced(length, size(arguments[0]), size(arguments[1]))
        case "split" if target is not None:
            length = size(target)
            return length.scaled(2 * TRAVERSAL), Range(0, _limit(arguments, length.high))
        case "join" if target is not None:
            length = _joined(target, arguments, size_of_path)
            return length.scaled(TRAVERSAL), length
        case "find" | "findAll" if target is not None and arguments:
            length = size(target)
            text = length.plus(ONE).scaled(TRAVERSAL)
            return text.times(size(arguments[0]).scaled(REGEX)), Range(0, length.high)
        case "ip" if target is not None:
            return ONE, None
        case "containsIP" | "containsCIDR" if target is not None and arguments:
            return _containment(function, identifier, size(arguments[0])), None
        case "validate" if target is not None:
            return size(arguments[0]).scaled(TRAVERSAL).scaled(_FORMAT_PATTERN * REGEX), None
        case "_==_" if len(arguments) == 2:
            return _equality(arguments)
    return _making(function, identifier, target, arguments, size_of_path)


def _making(
    function: str, identifier: str, target: Argument | None, arguments: Sequence[Argument], size_of_path: SizeOfPath
) -> Cost | None:
    """The cost of making a list of another."""
    if function == "lists.range":
        return _made(1.0, exactly(_written(arguments[0], LARGEST)))
    if target is None:
        return None
    length = _sized(target, size_of_path)
    match function:
        case "slice":
            start, end = _written(arguments[0], 0), _written(arguments[1], length.high)
            return _made(1.0, exactly((end - start) % 2**64))
        case "flatten":
            return _made(float(_written(arguments[0], LARGEST)) if arguments else 1.0, length)
        case "reverse" if target.type.kind is Kind.LIST:
            return _made(1.0, length)
        case "distinct":
            return _made(2.0, length.times(length))
        case "sort" | "@sortByAssociatedKeys":
            keys = _sized(arguments[0], size_of_path) if arguments else length
            of_text = identifier.startswith(("list_string_", "list_bytes_"))
            return _made(2.0 + TRAVERSAL if of_text else 2.0, keys.times(keys))
    return None


def _made(factor: float, length: Range) -> Cost:
    return length.scaled(factor).plus(_MAKING), length


def _written(argument: Argument, otherwise: int) -> int:
    """A number that is written out."""
    node = argument.node
    known = isinstance(node, Literal) and type(node.value) is int
    return max(node.value, 0) if known else otherwise  # type: ignore[union-attr]  # known means a literal


def _over_elements(target: Argument, size_of_path: SizeOfPath) -> Range:
    element = _element(target, size_of_path)
    length = _sized(target, size_of_path)
    if element is None:
        return length.scaled(TRAVERSAL)
    each = ONE
    if element.type.kind in (Kind.STRING, Kind.BYTES):
        each = each.plus(_sized(element, size_of_path).scaled(TRAVERSAL))
    return length.times(each)


def _limit(arguments: Sequence[Argument], most: int) -> int:
    """How many parts a text is split into at most."""
    if len(arguments) > 1:
        node = arguments[1].node
        if isinstance(node, Literal) and isinstance(node.value, int):
            return node.value % 2**64  # a negative limit wraps round, as it does in Go
    return most


def _joined(target: Argument, arguments: Sequence[Argument], size_of_path: SizeOfPath) -> Range:
    parts, length = _sized(target, size_of_path), Range(0, 0)
    element = _element(target, size_of_path)
    if element is not None:
        length = parts.times(_sized(element, size_of_path))
    if arguments:
        between = Range(max(parts.low - 1, 0), max(parts.high - 1, 0))
        length = length.plus(_sized(arguments[0], size_of_path).times(between))
    return length


def _replaced(text: Range, old: Range, new: Range) -> Range:
    """How long a text is after a replacement: the longest and the shortest that the sizes allow."""
    most = least = kept_most = kept_least = 0
    if old.low == 0:
        most, kept_most = min(text.high + 1, LARGEST), text.high
    elif new.high <= old.low:
        kept_most = text.high
    else:
        most = _divided(text.high, old.low)
    if old.high == 0:
        least, kept_least = min(text.low + 1, LARGEST), text.low
    elif old.high <= new.low:
        kept_least = text.low
    else:
        least = _divided(text.low, old.high)
    return Range(least, most).times(new).plus(Range(kept_least, kept_most))


def _divided(a: int, b: int) -> int:
    return min(math.ceil(float(a) / float(b)), LARGEST)


def _containment(function: str, identifier: str, given: Range) -> Range:
    cost = _ADDRESS_BYTES.plus(_ADDRESS_BYTES).scaled(TRAVERSAL)
    if function == "containsCIDR":
        cost = cost.plus(_ADDRESS_BYTES.scaled(TRAVERSAL)).plus(ONE)
    if identifier in ("cidr_contains_ip_string", "cidr_contains_cidr_string"):
        cost = cost.plus(given.scaled(TRAVERSAL))
    return cost


def _equality(arguments: Sequence[Argument]) -> Cost | None:
    left, right = arguments
    if left.type != right.type or left.type.kind not in (Kind.OPAQUE, Kind.STRUCT):
        return None
    if left.type.name in _SIMPLE_EQUALITY:
        return ONE, None
    if left.type.name == "kubernetes.URL":
        return Range(1, 1 if right.size is None else max(right.size.high, 1)).scaled(TRAVERSAL), None
    return None
